"""A scoring run: the ranked list and its companions in a folder per as_of."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from predictor.crm.crm import Crm, read_crm
from predictor.lists.alert_words import say_not_told
from predictor.lists.files import write_run
from predictor.lists.folders import run_name
from predictor.lists.previous import read_previous
from predictor.operations.former_model import list_by_former
from predictor.operations.gathering import gather
from predictor.operations.list_files import people_files
from predictor.operations.list_rules import rank_as_configured, strangers_in_capacity
from predictor.operations.looking_back import find_run_alerts, look_back
from predictor.operations.next_steps import ask_the_best, next_step_companions
from predictor.operations.registry import RegisteredPredictor, load_predictor
from predictor.operations.run_companions import BEST, page_companions
from predictor.operations.scoring import score_in_chunks
from predictor.operations.work_companions import work_companions

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from predictor.config import Config
    from predictor.features.catalogue import Text
    from predictor.lists.ranking import Ranked
    from predictor.operations.training import Step


@dataclass(frozen=True)
class ScoringReport:
    """Where a list went, what is in it, its alerts, and what somebody should look at."""

    folder: Path
    ranked: Ranked
    as_of: datetime
    model_version: str
    counts: pd.DataFrame
    alerts: pd.DataFrame
    notes: tuple[Text, ...] = ()


def score_open_prospects(
    config: Config,
    as_of: datetime | None,
    step: Step,
    *,
    output: Path | None = None,
    model_uri: str | None = None,
    by_owner: bool = False,
) -> ScoringReport:
    """Rank every open prospect and write the list.

    Parameters
    ----------
    config : Config
        The business.
    as_of : datetime, optional
        The instant of the scoring; by default the end of the data.
    step : callable
        Told what is being done.
    output : Path, optional
        Folder of the runs; by default that of the configuration.
    model_uri : str, optional
        A model other than the champion.
    by_owner : bool
        Whether each owner gets a list as well, as with `owner_lists` in the configuration.

    Raises
    ------
    PredictorError
        If the source or the model cannot be used; the previous list stays as it was.
    """
    step("loading the model")
    registered = load_predictor(config, model_uri)
    step("reading the source")
    crm = read_crm(config)
    as_of = as_of or crm.last_instant()
    step("scoring the open prospects")
    parts = score_in_chunks(crm, config, registered.predictor, registered.version, as_of)
    with TemporaryDirectory() as scratch:
        scores = gather(parts, Path(scratch))
        folder = (output or config.output_folder) / run_name(as_of)
        notes = [*strangers_in_capacity(config, crm)]
        previous = read_previous(folder, config.horizon_days, notes.append)
        back = look_back(previous, crm, config, registered, scores, as_of, notes.append)
        known = crm.known_at(as_of)
        frame, next_steps = ask_the_best(known, config, registered.predictor, scores)
        frame = frame.join(back.columns)
        ranked = rank_as_configured(config, frame, as_of, previous)
        by_former = list_by_former(
            previous, crm, config, registered, scores, frame, as_of, notes.append
        )
        alerts = find_run_alerts(ranked.frame, back, crm, config, as_of, by_former)
        notes += filter(None, [say_not_told(alerts.not_told)])
        step("writing the list")
        quarantine = crm.connection.execute(crm.quarantine)
        manifest = _manifest(config, crm, registered, as_of, ranked)
        manifest |= _told_from(folder, registered.source())
        manifest |= {"moved_by_model_alone": alerts.not_told} if alerts.not_told else {}
        best = ranked.frame["prospect_id"].head(BEST).tolist()
        features = scores.features_of(best)
        companions = page_companions(crm, config, registered, features, best, as_of)
        companions |= work_companions(ranked, config, by_owner=by_owner)
        companions |= people_files(ranked.frame, alerts.frame, config)
        companions |= next_step_companions(next_steps, ranked)
        companions |= back.companions(ranked.frame, alerts)
        write_run(folder, ranked, scores.explanations, quarantine, manifest, companions)
    return ScoringReport(
        folder, ranked, as_of, registered.version, crm.counts, alerts.frame, tuple(notes)
    )


def _told_from(folder: Path, source: dict[str, str]) -> dict[str, str]:
    """Say where a model's folder lies as seen from a run: they may move together."""
    if "model_folder" not in source:
        return source
    try:
        told = os.path.relpath(source["model_folder"], folder.resolve())
    except ValueError:  # on another drive
        return source
    return source | {"model_folder": Path(told).as_posix()}


def _manifest(
    config: Config,
    crm: Crm,
    registered: RegisteredPredictor,
    as_of: datetime,
    ranked: Ranked,
) -> dict[str, object]:
    return {
        "name": config.name,
        "as_of": as_of,
        "horizon_days": config.horizon_days,
        "ranking": config.ranking.by,
        "language": config.language,
        "model_version": registered.version,
        "trained_as_of": registered.predictor.trained_as_of,
        "software": version("conversion-predictor"),
        "open_prospects": len(ranked.frame) + ranked.n_do_not_contact,
        "do_not_contact": ranked.n_do_not_contact,
        "fingerprints": crm.fingerprints(),
        "source_rows": crm.counts.to_dict("records"),
    }
