"""A small simulated CRM with a predictor trained on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from support.simulated import config_of, crm_of

from predictor.crm.simulator import simulate
from predictor.features.hypotheses import Looks
from predictor.features.matrix import compute_features
from predictor.features.snapshots import open_prospects
from predictor.model.training import fit_predictor

if TYPE_CHECKING:
    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.crm.simulator import Simulation
    from predictor.model.predictor import TrainedPredictor

END = datetime(2026, 6, 29)
SMALL = {"max_rounds": 40, "num_threads": 1}
#: Each phase has its booster for each cause, and each of these its search for the rounds.
PHASES_DAYS = (7, 30, 90)

#: Fewer features are fewer lines of SQL, which Ibis is slow to write.
FEW_FEATURES = {
    "windows_days": (7, 30),
    "leave_out": ("rhythm", "channels", "habits", "ratios", "sequence", "account", "calendar"),
}


@dataclass(frozen=True)
class SmallWorld:
    """A simulation, what is known at its end, and a predictor trained on it."""

    simulation: Simulation
    config: Config
    crm: Crm
    predictor: TrainedPredictor
    looks: Looks


@lru_cache(maxsize=4)
def small_world(n_prospects: int = 700, seed: int = 3, every_days: int = 14) -> SmallWorld:
    """Simulate, train at the end of the data, and look at the open prospects."""
    simulation = simulate(n_prospects, seed=seed)
    config = config_of(simulation)
    config = config.model_copy(
        update={
            "model": config.model.model_copy(update=SMALL),
            "snapshots": config.snapshots.model_copy(update={"every_days": every_days}),
            "features": config.features.model_copy(update=FEW_FEATURES),
            "phases_days": PHASES_DAYS,
        }
    )
    crm = crm_of(simulation).known_at(END)
    predictor = fit_predictor(crm, config, END)
    people = open_prospects(crm, END)
    catalogue = predictor.catalogue(config.labels)
    features = compute_features(crm, predictor.specification, catalogue, people)
    looks = Looks(crm, predictor.specification, catalogue, people, features)
    return SmallWorld(simulation, config, crm, predictor, looks)
