"""Every title, axis and legend of the analysts' plots is said in French; names of data stay."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from matplotlib.text import Text as Written

from predictor import plots
from predictor.evaluation.report import ALL
from predictor.explanation.partial_dependence import pair_dependence, partial_dependence
from predictor.plots.words import said

if TYPE_CHECKING:
    import numpy as np

#: What comes from the data, or is the same word in both languages.
DATA = re.compile(
    r"P1|P2|visits|stage|early|late|quote_request|all prospects|all|prospects|log loss|brier|auc"
    r"|early\n.*|n = .*|points|\(.*\)"
)


def curve() -> pd.DataFrame:
    return pd.DataFrame(
        {"prospect_id": "P1", "days": [0, 10], "won": [0, 0.4], "lost": [0, 0.2], "open": [1, 0.4]}
    )


def before() -> pd.DataFrame:
    return pd.DataFrame(
        {"status": ["in both"] * 1200, "probability_before": 0.1, "probability_now": 0.2}
    )


def parts() -> pd.DataFrame:
    moved = {"by_prospect": 0.08, "by_time": -0.03, "by_model": 0.01, "by_data": 0.02}
    return pd.DataFrame({"prospect_id": ["P1", "P2"], "change": 0.08, **moved})


def importances() -> pd.DataFrame:
    values = {"mean_absolute": 0.03, "mean": -0.03, "spread": 0.02}
    return pd.DataFrame({"segment": ["early"], "prospects": 1200, "signal": "visits", **values})


def drifts() -> pd.DataFrame:
    row = {"psi": 0.3, "psi_by_chance": 0.1, "shift": 1.25, "drifted": True}
    return pd.DataFrame({"feature": ["visits"], **row})


def dependence(*, pair: bool) -> pd.DataFrame:
    stage = pd.Series(["early", "late"] * 120, dtype="str")
    features = pd.DataFrame({"visits": [0.0, 0.0, 1.0, 2.0] * 60, "stage": stage})

    def chance(x: pd.DataFrame) -> np.ndarray:
        return (0.1 + 0.1 * x["visits"] * (x["stage"] == "late")).to_numpy()

    if pair:
        one, other = ("visits", ["visits"]), ("stage", ["stage"])
        table = pair_dependence(chance, features, one, other)
        table.attrs["share"] = 0.25
        return table
    segments = pd.Series("all prospects", index=features.index)
    return partial_dependence(chance, features, "visits", ["visits"], segments)


def compared(language: str = "en") -> SimpleNamespace:
    row = {"predictor": "base rate", "difference": 0.02, "low": 0.01, "high": 0.03}
    table = pd.DataFrame([{**row, "figure": "log_loss", "horizon_days": 30.0}])
    return SimpleNamespace(comparisons={ALL: table}, language=language)


FIGURES = {
    "curves": lambda **said: plots.curves(curve(), **said),
    "before and now": lambda **said: plots.before_and_now(before(), **said),
    "reasons for change": lambda **said: plots.reasons_for_change(parts(), **said),
    **{
        value: lambda value=value, **said: plots.importance(importances(), value, **said)
        for value in ("mean_absolute", "mean", "spread")
    },
    "drift": lambda **said: plots.drift(drifts(), **said),
    "score drift": lambda **said: plots.score_drift(
        pd.DataFrame({"signal": ["visits"], "change": [0.0125]}), **said
    ),
    "one signal": lambda **said: plots.partial_dependence(dependence(pair=False), 30, **said),
    "two signals": lambda **said: plots.pair_dependence(dependence(pair=True), 30, **said),
    "comparison": lambda **said: plots.comparison(compared(**said), "base rate"),
}


def texts(figure) -> list[str]:
    """Return the texts as they are on the drawn picture."""
    with io.BytesIO() as file:
        figure.savefig(file, format="png")
    found = [written.get_text() for written in figure.findobj(Written)]
    return [text for text in found if re.search("[a-z]{2}", text) and not DATA.fullmatch(text)]


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_stays_english(name):
    english, french = texts(FIGURES[name]()), texts(FIGURES[name](language="fr"))
    assert english
    assert not set(english) & set(french)
    assert texts(said(FIGURES[name](language="fr"), "fr")) == french


def test_numbers_in_titles_have_french_signs():
    assert "1\u202f200 prospects dans les deux listes" in texts(
        FIGURES["before and now"](language="fr")
    )
    assert " moyenne +1,2 écart-type" in texts(FIGURES["drift"](language="fr"))
    title = "points au-delà de la somme des deux (25\u202f% de la variation)"
    assert title in texts(FIGURES["two signals"](language="fr"))
    assert "Avance du modèle sur «\u00a0taux de base\u00a0» (95\u202f%)" in texts(
        FIGURES["comparison"](language="fr")
    )
