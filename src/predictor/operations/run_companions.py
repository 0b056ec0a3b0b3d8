"""What a scoring run keeps for its page: curves, latest facts, and what is known of the model.

Only the best prospects of the list have curves and facts: a page of more would be too large, and so
the scoring of a million costs no more for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predictor.operations.facts import facts_in_words
from predictor.operations.registry import read_evaluation
from predictor.operations.story import RECENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.lists.files import Writer
    from predictor.model.phased_rates import PhasedRates
    from predictor.operations.registry import RegisteredPredictor

#: Prospects of the list, the best first, whose curves and facts are kept.
BEST = 10_000
CURVE_POINTS = 30
CREATED = {"en": "Created", "fr": "Création"}


def page_companions(
    crm: Crm,
    config: Config,
    registered: RegisteredPredictor,
    features: pd.DataFrame,
    listed: Sequence[str],
    as_of: datetime,
) -> dict[str, Writer]:
    """Give the files of a run that only its page needs.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `as_of` are told.
    config : Config
        Labels, language, horizon.
    registered : RegisteredPredictor
        The model that scored.
    features : pd.DataFrame, shape (n, n_features)
        By prospect_id: of the best `BEST` of the list at least.
    listed : sequence of str
        prospect_id of the list, the best first.
    as_of : datetime
        The instant of the scoring.

    Returns
    -------
    dict of str to Writer
        ``curves.parquet``, ``history.parquet`` and ``model.json``.
    """
    best = list(listed[:BEST])
    curves = curve_table(registered.predictor.model, features.loc[best], config.horizon_days)
    history = _history(crm.known_at(as_of), config, best)
    text = json.dumps(_model_facts(config, registered), indent=1, ensure_ascii=False) + "\n"
    return {
        "curves.parquet": _parquet(curves),
        "history.parquet": _parquet(history),
        "model.json": lambda path: _write_text(path, text),
    }


def curve_days(horizon_days: int, max_horizon_days: float) -> NDArray[np.int64]:
    """Give the whole days at which curves are kept: denser at first, with the horizon and the end.

    Examples
    --------
    >>> curve_days(30, 90)[:8].tolist(), curve_days(30, 90)[-4:].tolist()
    ([0, 1, 2, 3, 5, 6, 8, 11], [76, 81, 85, 90])
    """
    last = int(max_horizon_days)
    days = np.round(last * np.linspace(0, 1, CURVE_POINTS) ** 1.5).astype(np.int64)
    return np.unique([*days, min(horizon_days, last)])


def curve_table(model: PhasedRates, features: pd.DataFrame, horizon_days: int) -> pd.DataFrame:
    """Return prospect_id, days, won, lost and open, of features by prospect_id, in their order."""
    days = curve_days(horizon_days, model.max_horizon_days_)
    curves = model.predict_curves(features, days.tolist())
    states = {
        name: getattr(curves, name).ravel().astype(np.float32) for name in ("won", "lost", "open")
    }
    return pd.DataFrame(
        {
            "prospect_id": np.repeat(features.index.to_numpy(), len(days)),
            "days": np.tile(days.astype(np.int32), len(features)),
            **states,
        }
    )


def _history(crm: Crm, config: Config, best: list[str]) -> pd.DataFrame:
    """Return the latest facts of each prospect, and its creation; the newest first."""
    if not best:
        return pd.DataFrame(columns=["prospect_id", "at", "kind", "what"], dtype="str")
    people = crm.connection.execute(crm.prospects.select("prospect_id", at="created_at"))
    created = people[people["prospect_id"].isin(best)].assign(
        kind="created", what=CREATED[config.language]
    )
    facts = facts_in_words(crm, config, best, latest=RECENT)
    order = pd.Series(np.arange(len(best)), index=best)
    both = pd.concat([facts, created.astype({"at": "datetime64[us]"})], ignore_index=True)
    both["place"] = both["prospect_id"].map(order)
    newest_first: pd.DataFrame = both.sort_values(
        ["place", "at", "what"], ascending=[True, False, True]
    )
    return newest_first.drop(columns="place").reset_index(drop=True)


def _model_facts(config: Config, registered: RegisteredPredictor) -> dict[str, Any]:
    predictor = registered.predictor
    catalogue = predictor.catalogue(config.labels)
    signals = {feature.signal.name: feature.signal.label for feature in catalogue}
    return {
        "version": registered.version,
        "trained_as_of": predictor.trained_as_of.isoformat(),
        "horizon_days": config.horizon_days,
        "max_horizon_days": float(predictor.model.max_horizon_days_),
        "features": len(catalogue),
        "signals": {name: {"en": label.en, "fr": label.fr} for name, label in signals.items()},
        "training": predictor.training,
        "evaluation": read_evaluation(config, registered.version),
    }


def _parquet(frame: pd.DataFrame) -> Writer:
    return lambda path: frame.to_parquet(path, index=False, compression="zstd")


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
