"""Reviewing a model: its forward test with what it says, and how today's prospects differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from predictor.errors import SnapshotError
from predictor.evaluation.drift import drift_table
from predictor.evaluation.forward import forward_test, metrics
from predictor.evaluation.report import Report, report_on
from predictor.evaluation.rivals import Champion, champion_note
from predictor.evaluation.traits import trait_labels
from predictor.features.catalogue import Text
from predictor.operations.evaluating import subject_of
from predictor.operations.training import read_truth
from predictor.operations.weekly_looks import WeeklyLooks, look

if TYPE_CHECKING:
    from datetime import datetime

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.model.predictor import TrainedPredictor
    from predictor.operations.registry import RegisteredPredictor

#: The row of the drift of P itself.
SCORE = "conversion_probability"


def review(
    crm: Crm,
    config: Config,
    model: RegisteredPredictor,
    champion: RegisteredPredictor | None,
    until: datetime,
) -> Report:
    """Test a model on everything after its training, beside its rivals and a champion.

    Parameters
    ----------
    crm, config
        The facts, and the horizons and grid of the evaluation.
    model : RegisteredPredictor
        What is tested.
    champion : RegisteredPredictor, optional
        Trained no later than the model; both are then compared on the same snapshots.
    until : datetime
        End of the follow-up, UTC.

    Raises
    ------
    SnapshotError
        If the champion was trained later: it has seen outcomes of the test.
    HorizonError, TrainingRefusedError
        If too little came after the training.
    """
    predictor = model.predictor
    if champion and champion.predictor.trained_as_of > predictor.trained_as_of:
        raise SnapshotError(
            f"{champion.version} was trained as of {champion.predictor.trained_as_of:%Y-%m-%d}, "
            f"later than {model.version} ({predictor.trained_as_of:%Y-%m-%d}), and has seen "
            "outcomes of the test: let the later one be reviewed against the earlier one"
        )
    rival = Champion(champion.version, champion.predictor) if champion else None
    known = crm.known_at(until)
    test = forward_test(known, config, predictor, until, until, champion=rival)
    truth = read_truth(config)
    return report_on(
        test,
        metrics(test, truth),
        config.horizon_days,
        subject=subject_of(model),
        champion=champion_note(rival, test.snapshots) if rival else Text("", ""),
        labels=trait_labels(config.attributes, config.labels),
        truth=truth,
        seed=config.seed,
        language=config.language,
    )


def drift(crm: Crm, config: Config, model: RegisteredPredictor, as_of: datetime) -> pd.DataFrame:
    """Compare the prospects open at `as_of` with those open at the training instant.

    Returns
    -------
    DataFrame
        As `drift_table`, with a row `SCORE` for the probability itself.

    Raises
    ------
    SnapshotError
        If `as_of` does not lie after the training, or nobody was open at one of the two instants.
    """
    before, now = _then_and_now(crm, config, model.predictor, as_of)
    frames = []
    for looks in (before, now):
        probability = pd.Series(looks.predict(looks.features), looks.features.index, name=SCORE)
        frames.append(pd.concat([looks.features, probability], axis=1))
    return drift_table(*frames)


def score_drift(
    crm: Crm, config: Config, model: RegisteredPredictor, as_of: datetime
) -> pd.DataFrame:
    """Tell which signals moved the mean probability of the open prospects since the training.

    Returns
    -------
    DataFrame
        One row a signal: signal, mean_before, mean_now (mean contributions) and change, the largest
        absolute change first. The changes add up to that of the mean probability.

    Raises
    ------
    SnapshotError
        As `drift`.
    """
    before, now = (
        looks.contributions for looks in _then_and_now(crm, config, model.predictor, as_of)
    )
    columns = {
        "signal": [signal.name for signal in now.signals],
        "mean_before": before.values.mean(axis=0),
        "mean_now": now.values.mean(axis=0),
        "change": now.values.mean(axis=0) - before.values.mean(axis=0),
    }
    table = pd.DataFrame(columns)
    return table.sort_values("change", key=abs, ascending=False, kind="stable", ignore_index=True)


def _then_and_now(
    crm: Crm, config: Config, predictor: TrainedPredictor, as_of: datetime
) -> tuple[WeeklyLooks, WeeklyLooks]:
    trained = predictor.trained_as_of
    if as_of <= trained:
        raise SnapshotError(
            f"drift is looked at after the training ({trained:%Y-%m-%d}), got as_of "
            f"{as_of:%Y-%m-%d}: give a later one"
        )
    return look(crm, config, predictor, trained), look(crm, config, predictor, as_of)
