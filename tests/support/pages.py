"""Made-up scoring runs with everything that a page can show, as many prospects as wanted."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predictor.lists.alert_words import LABELS
from predictor.lists.bands import BAND_NAMES
from predictor.lists.csv_files import to_csv
from predictor.lists.files import write_run
from predictor.lists.ranking import Ranked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AS_OF = pd.Timestamp("2026-06-29")
PREVIOUS = pd.Timestamp("2026-06-22")
HORIZON, PORTFOLIO = 30, 0.12
OWNERS = ("Ana Petit", "Bruno Keller", "Chloé Dubois", "Elena Rossi", "", "Zoë O'Neil")
SIGNALS = ("quote_request", "silence", "email_open", "stage", "website_visit", "meeting", "budget",
           "age", "source", "call", "webinar", "account", "rhythm", "industry")  # fmt: skip
DID = ("Asked for a quote", "Opened an e-mail", "Had a call", "Visited the website",
       "Answered on budget (BANT): over 3,000", "Entered stage proposal")  # fmt: skip
WORDS = ("harbour", "mill", "north", "steel", "paper", "river", "stone", "field", "glass", "cloud")

SCRIPT = "<img src=x onerror=\"window.hacked='img'\">"
RISEN = "Up 5 points since 22 June: asked for a quote"
HOSTILE = (
    "</script><script>window.hacked='script'</script>",
    SCRIPT,
    "<!--<script>",
    "]]>&lt;b&gt;&amp;",
    "\u202eevil\u202d RTL",
    "اسم العميل",
    '=HYPERLINK("http://evil.example","x")',
    "@data@ {count} ${x} {{y}}",
    "line\u2028separator\u2029and\ttab",
    "émojis 👩‍🚀🔥 ﷽",
    "'\"` onmouseover=alert(1)",
    "javascript:window.hacked='link'",
    "x" * 3000,
    "#id=1&q=%3Cb%3E?view=model+a b",
    "constructor",
    "__proto__",
)


EVALUATION: dict[str, Any] = {
    "subject": "configuration acme",
    "horizon_days": HORIZON,
    "snapshots": 1277,
    "prospects": 331,
    "first": "2026-04-20",
    "last": "2026-06-15",
    "metrics": {
        "all prospects": [
            {"horizon_days": 30, "predictor": "model", "auc": 0.79, "log_loss": 0.336,
             "brier_skill": 0.173, "lift_top": 3.56, "observed_over_expected": 1.17,
             "time_coverage": 0.514},
            {"horizon_days": 30, "predictor": "base rate", "auc": None, "log_loss": 0.41},
        ]
    },
    "calibration": [
        {"predicted": 0.1 * k, "observed": 0.1 * k + 0.01, "observed_low": 0.09 * k,
         "observed_high": 0.12 * k, "snapshots": 128} for k in range(1, 7)
    ] + [{"predicted": 0.9, "observed": None, "observed_low": None, "observed_high": None}],
    "tops": {
        name: [{"share": share, "lift": 2.0, "won_found": share**power} for share in (0.1, 0.5, 1)]
        for name, power in (("model", 0.4), ("points", 0.7), (SCRIPT, 0.9))
    },
    "looks": [],
    "time_coverage": [],
    "worth": {
        "sentence": {"en": "Had the team worked the top.", "fr": "Si l'équipe avait travaillé."},
        "deals": 47,
        "top": 0.2,
        "table": [{"predictor": "model", "met": 0.7, "low": 0.55, "high": 0.81},
                  {"predictor": "base rate", "met": 0.48, "low": None, "high": None}],
    },
    "slices": [
        {"label": {"en": SCRIPT, "fr": SCRIPT}, "prospects": 230, "won": 24,
         "observed_over_expected": 1.66, "low": 1.07, "high": 2.35},
        {"label": {"en": "source: web", "fr": "source : web"}, "prospects": 30, "won": 4,
         "observed_over_expected": 0.9, "low": None, "high": None},
    ],
}  # fmt: skip


def made_up_run(
    folder: Path,
    n: int,
    *,
    names: Sequence[str] = (),
    language: str = "en",
    companions: bool = True,
    extra: bool = True,
    evaluation: dict[str, Any] | None = None,
    moved_by_model_alone: dict[str, int] | None = None,
) -> pd.DataFrame:
    """Write a run of `n` prospects; the first have `names`. Returns the list as written."""
    rng = np.random.default_rng(7)
    ids = [*names, *(f"P{place:06d} {WORDS[place % 10]}" for place in range(len(names), n))]
    contributions = rng.normal(0, 0.03, (n, len(SIGNALS))) * rng.exponential(1, (n, 1))
    total = np.clip(PORTFOLIO + contributions.sum(axis=1), 0.001, 0.97)
    contributions[:, 0] += total - PORTFOLIO - contributions.sum(axis=1)
    order = np.argsort(-total, kind="stable")
    total, contributions = total[order], contributions[order]
    explanations = _explanations(ids, contributions, total, rng)
    ranked = _ranked(ids, total, explanations, rng, language, extra=extra)
    others = _companions(ids, total, explanations, evaluation, rng) if companions else {}
    if companions and extra:
        others["alerts.csv"] = partial(to_csv, made_up_alerts(ranked))
    manifest = {
        "name": SCRIPT if names else "Acme",
        "as_of": AS_OF.to_pydatetime(),
        "language": language,
        "model_version": "acme/7",
        "software": "0.1.0",
        "do_not_contact": 3,
        "source_rows": [{"table": "prospects", "reason": SCRIPT, "rows": 4}],
    }
    if moved_by_model_alone is not None:
        manifest["moved_by_model_alone"] = moved_by_model_alone
    write_run(folder, Ranked(ranked, 3), explanations, pd.DataFrame(), manifest, others)
    return ranked


def _explanations(ids, contributions, total, rng) -> pd.DataFrame:
    n, s = contributions.shape
    days = rng.integers(1, 60, (n, s))
    reasons = [f"{DID[k % 6]} {days[i, k]} days ago" for i in range(n) for k in range(s)]
    if n:
        reasons[0] = SCRIPT
    return pd.DataFrame(
        {
            "prospect_id": np.repeat(np.array(ids, dtype=object), s),
            "as_of": AS_OF,
            "signal": np.tile(np.array(SIGNALS), n),
            "contribution": contributions.ravel(),
            "reason": reasons,
            "probability": np.repeat(total, s),
            "portfolio_probability": PORTFOLIO,
        }
    )


def _ranked(ids, total, explanations, rng, language, *, extra: bool) -> pd.DataFrame:
    n = len(ids)
    hot, warm, cold = BAND_NAMES[language]
    place = np.arange(n)
    known = rng.random(n) > 0.1
    said = explanations["reason"].to_numpy().reshape(n, len(SIGNALS))
    worth = np.round(100 * explanations["contribution"].to_numpy().reshape(n, len(SIGNALS)))
    low, high = total * 0.7, np.minimum(1, total * 1.3)
    median = rng.uniform(3, 25, n)
    columns = {
        "rank": place + 1,
        "prospect_id": pd.Series(ids, dtype="str"),
        "account_id": pd.Series([f"A{i % 977:04d}" if i % 7 else None for i in place], dtype="str"),
        "owner": pd.Series([OWNERS[i % 6] or None for i in place], dtype="str"),
        "band": np.where(place < n / 10, hot, np.where(place < 4 * n / 10, warm, cold)),
        "conversion_probability": total,
        "horizon_days": HORIZON,
        "expected_value": np.where(known, total * rng.uniform(500, 5000, n), np.nan),
        "days_to_close_p25": np.where(known, median * 0.5, np.nan),
        "days_to_close_median": np.where(known, median, np.nan),
        "days_to_close_p75": np.where(known, median * 2, np.nan),
        "loss_probability": (1 - total) * 0.6,
        **{
            f"reason_{k + 1}": [f"{said[i, k]}: {worth[i, k]:+.0f} points" for i in place]
            for k in range(3)
        },
        "caution": [f"{said[i, 4]}: -1 point" if i % 3 else "" for i in place],
        "last_interaction_at": AS_OF - pd.to_timedelta(rng.integers(1, 90, n), unit="D"),
        "as_of": AS_OF,
        "model_version": "acme/7",
        "conversion_probability_low": np.where(known, low, np.nan),
        "conversion_probability_high": np.where(known, high, np.nan),
        "not_enough_history": ~known,
    }
    frame = pd.DataFrame(columns)
    if not extra:
        return frame
    known_before = place % 5 > 0
    frame = frame.assign(
        territory=[("North", "South", SCRIPT)[i % 3] for i in place],
        exploration=place % 50 == 49,
        follow_up=[("Call this week", "Send the case study")[i % 2] for i in place],
        previous_probability=np.where(known_before, np.clip(total - 0.05, 0, 1), np.nan),
        previous_rank=pd.array(np.where(known_before, (place * 7) % n + 1, 0), dtype="Int64"),
        previous_band=np.where(known_before, np.array([hot, warm, cold])[place % 3], ""),
        change_reason=[RISEN if i % 5 else "Not in the list of 22 June" for i in place],
        sooner_or_later=["A stage late in the cycle: sooner" if i % 2 else "" for i in place],
        ask_next=[("Budget not known yet", SCRIPT)[i % 2] for i in place],
    )
    return frame.assign(previous_rank=frame["previous_rank"].where(known_before))


def _companions(ids, total, explanations, evaluation, rng) -> dict[str, Any]:
    n = len(ids)
    days = np.array([0, 1, 3, 6, 9, 12, 16, 20, 25, 30, 34, 40, 45, 51, 57, 63, 70, 76, 83, 90])
    grown = (1 - np.exp(-days / rng.uniform(5, 30, (n, 1)))) / (1 - np.exp(-3))
    won = np.minimum(total[:, None] * grown / grown[:, [9]], 0.99)
    lost = (1 - won) * (1 - np.exp(-days / 40))
    curves = pd.DataFrame(
        {
            "prospect_id": np.repeat(np.array(ids, dtype=object), len(days)),
            "days": np.tile(days, n),
            "won": won.ravel().astype("f4"),
            "lost": lost.ravel().astype("f4"),
            "open": (1 - won - lost).ravel().astype("f4"),
        }
    )
    at = AS_OF - pd.to_timedelta(np.sort(rng.integers(1, 90 * 1440, (n, 9)), axis=1).ravel(), "min")
    kinds = np.array(["interaction", "answer", "stage"])[rng.integers(0, 3, 9 * n)]
    kinds[8::9] = "created"
    history = pd.DataFrame(
        {
            "prospect_id": np.repeat(np.array(ids, dtype=object), 9),
            "at": at,
            "kind": kinds,
            "what": [SCRIPT if k == 0 else DID[c] for k, c in enumerate(rng.integers(0, 6, 9 * n))],
        }
    )
    steps = pd.DataFrame(
        {
            "prospect_id": np.repeat(np.array(ids, dtype=object), 2),
            "signal": "budget",
            "action": np.tile(np.array(["Ask for the budget", "Ask who decides"]), n),
            "probability_low": np.repeat(total * 0.8, 2),
            "probability_high": np.repeat(np.minimum(total * 1.2, 1), 2),
            "value_low": SCRIPT,
            "value_high": "over 3,000",
            "support": np.tile([40, 12], n),
            "place": np.tile([1, 2], n),
        }
    )
    changes = pd.DataFrame(
        {
            "prospect_id": ids,
            "previous_as_of": PREVIOUS,
            "by_time": 0.01,
            "by_prospect": 0.06,
            "by_model": -0.02,
            "by_data": 0.0,
        }
    )
    model = {
        "version": "acme/7",
        "trained_as_of": "2026-06-22T00:00:00",
        "max_horizon_days": 90.0,
        "features": 314,
        "signals": {name: {"en": name.replace("_", " "), "fr": f"{name} (fr)"} for name in SIGNALS},
        "training": {"snapshots": 7324, "prospects": 1357, "every_days": 7,
                     "prospects_by_outcome": {"won": 233, "lost": 1005, "open": 119}},
        "evaluation": evaluation,
    }  # fmt: skip
    text = json.dumps(model)
    return {
        "curves.parquet": curves.to_parquet,
        "history.parquet": history.to_parquet,
        "next_steps.parquet": steps.to_parquet,
        "changes.parquet": changes.to_parquet,
        "model.json": lambda path: path.write_text(text, encoding="utf-8"),
    }


def made_up_alerts(ranked: pd.DataFrame) -> pd.DataFrame:
    """Of every sixth prospect, each kind in turn; the first has two of its kind."""
    kinds = list(LABELS)
    places = [place for kind in range(len(kinds)) for place in range(6 * kind, len(ranked), 30)]
    places = sorted([*places, 0], key=lambda place: (place // 6 % 5, place))
    told = ranked.iloc[places]
    kind = [kinds[place // 6 % 5] for place in places]
    slipped = np.array(kind) == "close_slipped"
    said = [f"{DID[place % 6]} {place} days ago (alert{k})" for k, place in enumerate(places)]
    if len(said) > 2:
        said[1] = SCRIPT
    return told[["prospect_id", "account_id", "owner"]].assign(
        kind=kind,
        alert=[LABELS[name].en for name in kind],
        reason=said,
        since=PREVIOUS,
        previous_value=np.where(slipped, "2026-07-10", "warm"),
        current_value=np.where(slipped, "2026-08-01", "hot"),
        rank=told["rank"],
        band=told["band"],
        conversion_probability=told["conversion_probability"].round(4),
        as_of=AS_OF,
    )
