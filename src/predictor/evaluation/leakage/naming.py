"""The checks on what an attribute is: a name of prospects, or of a field that is rewritten."""

from __future__ import annotations

import re

import pandas as pd

from predictor.evaluation.leakage.population import MIN_ROWS, Population, Suspicion

#: Share of different values from which a text, or a whole number, names single prospects.
IDENTIFIER_SHARE, SURE_IDENTIFIER_SHARE = 0.8, 0.95
#: Rank correlation with created_at from which a number carries time.
CARRIES_TIME, MIN_DIFFERENT = 0.9, 12
# Words in the names of fields that CRMs rewrite by themselves (Salesforce, HubSpot, Pipedrive,
# Marketo, Zoho): latest values, scores and what closing writes.
REWRITTEN_WORDS = frozenset(
    {
        *("last", "latest", "recent", "status", "stage", "lifecycle", "closing", "closed", "close"),
        *("won", "lost", "reason", "paid", "payment", "probability", "forecast", "activity"),
        *("score", "scoring", "quality", "rating", "grade", "tag", "tags", "index"),
        *("modified", "updated"),
    }
)
# In the names of flags that are set when somebody asks for no more, or a mail comes back.
REFUSED = re.compile(r"\b(do not|opt(ed)? ?out|optout|unsubscribed?|bounced?)\b")
# Words in the names of running totals, which go on after the outcome.
COUNTER_WORDS = frozenset(
    {
        *("total", "count", "counter", "num", "visits", "views", "pageviews", "sessions", "clicks"),
        *("opens", "opened", "emails", "calls", "meetings", "spent", "times"),
    }
)


def identifier(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether it names single prospects, or carries the time of creation, or both.

    A text is read as the digits in it: 'LEAD-000123' counts up as 123 does.
    """
    filled = values.dropna()
    if len(filled) < MIN_ROWS:
        return None
    share = filled.nunique() / len(filled)
    drift = _correlation_with_creation(filled, population)
    clauses = []
    if _names_prospects(filled, share):
        clauses.append(f"names single prospects: {share:.0%} of its values are different")
    if abs(drift) >= CARRIES_TIME:
        clauses.append(f"carries time: its rank correlation with created_at is {drift:.2f}")
    return Suspicion("weak", ", and it ".join(clauses)) if clauses else None


def _names_prospects(filled: pd.Series, share_different: float) -> bool:
    if not pd.api.types.is_numeric_dtype(filled):
        return share_different >= IDENTIFIER_SHARE
    return share_different >= SURE_IDENTIFIER_SHARE and bool((filled.astype(float) % 1 == 0).all())


def _correlation_with_creation(filled: pd.Series, population: Population) -> float:
    """Spearman correlation; 0 for few values, or where creation does not vary."""
    numbers = filled
    if not pd.api.types.is_numeric_dtype(filled):
        digits = filled.astype(str).str.replace(r"\D", "", regex=True).str[-15:]
        numbers = pd.to_numeric(digits, errors="coerce").dropna()
    numbers = numbers.astype(float)
    created = population.created_at.loc[numbers.index].rank()
    enough = len(numbers) >= MIN_ROWS and numbers.nunique() >= MIN_DIFFERENT
    if not enough or created.nunique() < MIN_DIFFERENT:
        return 0.0
    return float(numbers.rank().corr(created))


def named_as_rewritten(name: str, values: pd.Series) -> Suspicion | None:
    """See whether its name is that of a field which CRMs rewrite, or count up, by themselves."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    for word in words:
        if word in REWRITTEN_WORDS:
            return Suspicion("weak", f"has a name ('{word}') of fields that hold the latest value")
    refused = REFUSED.search(" ".join(words))
    if refused:
        evidence = f"has a name ('{refused[0]}') of flags that are set along the way"
        return Suspicion("weak", evidence)
    if pd.api.types.is_numeric_dtype(values):
        for word in words:
            if word in COUNTER_WORDS:
                evidence = f"has a name ('{word}') of running totals, which go on after the outcome"
                return Suspicion("weak", evidence)
    return None
