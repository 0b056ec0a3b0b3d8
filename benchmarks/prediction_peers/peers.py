"""The predictors: where each is fitted, with what settings, and what it makes of the lost."""

from __future__ import annotations

from dataclasses import dataclass

_SPLIT = "early stopping on a fifth of the accounts, then fitted again on all rows"
_TWICE = "two cause-specific models, joined by the cumulative incidence"


@dataclass(frozen=True)
class Peer:
    """One predictor of the comparison.

    Attributes
    ----------
    title : str
        What the tables call it.
    fit : str
        'module:function' in this folder.
    packages : tuple of str
        Distributions whose versions are noted.
    settings, lost : str
        How it is set, and how lost prospects enter.
    gives_times : bool
        Whether it yields a curve, and so a time to close, or P at the horizons only.
    max_rows : int, optional
        Training snapshots that it gets at most, unless the command line says otherwise.
    simulated_only : bool
        Whether it needs what only a simulation knows.
    """

    title: str
    fit: str
    packages: tuple[str, ...]
    settings: str
    lost: str
    gives_times: bool = True
    max_rows: int | None = None
    simulated_only: bool = False


OURS, ORACLE, TRUTH = "ours", "oracle", "truth"

PEERS = {
    OURS: Peer(
        "phased rates (ours)",
        "ours:fit",
        ("lightgbm",),
        "those of the configuration",
        "a competing cause",
    ),
    "survival_boost": Peer(
        "hazardous SurvivalBoost",
        "survival:fit_survival_boost",
        ("hazardous", "scikit-learn"),
        "defaults (100 iterations, censoring model by features); codes of levels as numbers",
        "a competing cause",
        max_rows=20_000,
    ),
    "survival_forest": Peer(
        "scikit-survival forest",
        "survival:fit_survival_forest",
        ("scikit-survival",),
        "100 trees, leaves of 15 or more; 120 times; one-hot, medians and marks for missing",
        _TWICE,
        max_rows=20_000,
    ),
    "survival_gradient_boosting": Peer(
        "scikit-survival gradient boosting",
        "survival:fit_survival_gradient_boosting",
        ("scikit-survival",),
        "Cox loss, rate 0.1, up to 300 trees with early stopping (10, 15% of the rows), half the "
        "rows and the root of the columns at a time; one-hot, medians and marks for missing",
        _TWICE,
        max_rows=5_000,
    ),
    "xgbse": Peer(
        "XGBSE debiased BCE",
        "survival:fit_xgbse",
        ("xgbse", "xgboost"),
        "its tutorial's (depth 8, rate 0.05, no DART), rounds by "
        + _SPLIT
        + "; penalty of the logistic "
        "regressions (C 0.001, 0.01, 0.1 or 1) by the same fifth; one-hot, medians "
        "and marks for missing",
        _TWICE,
        max_rows=20_000,
    ),
    "cox": Peer(
        "lifelines Cox",
        "survival:fit_cox",
        ("lifelines",),
        "ridge penalty 1, 0.1 or 0.01 by a fifth of the accounts; one-hot, medians "
        "and marks for missing, scaled and kept within 5 standard deviations",
        _TWICE,
    ),
    "lightgbm_dropped": Peer(
        "LightGBM per horizon, censored dropped",
        "classifiers:fit_lightgbm_dropped",
        ("lightgbm",),
        "rate 0.03, 31 leaves of 40 or more, 80% of rows and columns; rounds by early stopping in "
        "5 folds of accounts, then fitted on all rows",
        "not won",
        gives_times=False,
    ),
    "lightgbm_weighted": Peer(
        "LightGBM per horizon, censoring weights",
        "classifiers:fit_lightgbm_weighted",
        ("lightgbm",),
        "the same, weighted by the inverse probability of censoring",
        "not won",
        gives_times=False,
    ),
    "catboost": Peer(
        "CatBoost per horizon, censoring weights",
        "classifiers:fit_catboost",
        ("catboost",),
        "rate 0.05, else defaults, its own encoding of categories; rounds by " + _SPLIT,
        "not won",
        gives_times=False,
    ),
    "flaml": Peer(
        "FLAML per horizon, censoring weights",
        "classifiers:fit_flaml",
        ("FLAML", "lightgbm", "xgboost", "scikit-learn"),
        "log-loss on a fifth of the accounts, for the budget per horizon; its best model "
        "is fitted again on all rows",
        "not won",
        gives_times=False,
    ),
    "portfolio": Peer(
        "portfolio rate",
        "ours:fit_portfolio",
        (),
        "Aalen-Johansen of training",
        "a competing cause",
    ),
    ORACLE: Peer(
        "ours, given the true drivers",
        "ours:fit",
        ("lightgbm",),
        "as ours; the features are the hidden fit, diligence, intent and stage, and the date",
        "a competing cause",
        simulated_only=True,
    ),
    "informed": Peer(
        "LightGBM taught the true P",
        "informed:fit",
        ("lightgbm",),
        "the same features, with the true P of the training snapshots as labels; rate 0.05, "
        "31 leaves of 20 or more, half of the columns; rounds in 5 folds of accounts",
        "known",
        gives_times=False,
        simulated_only=True,
    ),
}


def chosen_peers(names: list[str] | None, *, simulated: bool) -> list[str]:
    """Return the predictors asked for that a data set allows; all of them by default."""
    return [name for name in names or PEERS if simulated or not PEERS[name].simulated_only]
