"""How true explanations are to a simulated world: against its true effects, and without the facts.

The true effect of a type of interaction is what it says about the daily rate of winning, evidence
and lift together (`predictor.crm.simulator.effects`). The explained one is the mean contribution of
its signal where the type was seen within the shortest window, less that where it was not seen
within the longest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from support.simulated import config_of, crm_of
from support.small_worlds import END, FEW_FEATURES, PHASES_DAYS, SMALL

from predictor.crm.simulator import simulate
from predictor.explanation.contributions import explain_probability
from predictor.explanation.signals import SignalContributions, sum_by_signal
from predictor.features.families import build_catalogue
from predictor.features.learning import learn_specification
from predictor.features.matrix import compute_features
from predictor.model.training import TrainingMatrix, fit_predictor, training_snapshots

if TYPE_CHECKING:
    from predictor.crm.crm import Crm
    from predictor.crm.simulator import Simulation
    from predictor.features.catalogue import Feature
    from predictor.features.specification import FeatureSpecification
    from predictor.model.predictor import TrainedPredictor

HORIZON_DAYS = 30
#: Snapshots explained per world.
EXPLAINED = 1_500


@dataclass(frozen=True)
class ExplainedWorld:
    """A simulation, a predictor trained on it, and the explanations of some of its snapshots."""

    simulation: Simulation
    crm: Crm
    predictor: TrainedPredictor
    catalogue: tuple[Feature, ...]
    snapshots: pd.DataFrame
    features: pd.DataFrame
    contributions: SignalContributions

    @property
    def specification(self) -> FeatureSpecification:
        return self.predictor.specification


def explained_worlds(n_prospects: int, seeds: range) -> list[ExplainedWorld]:
    """Simulate and explain one world per seed; all have the features of the first."""
    worlds: list[ExplainedWorld] = []
    for seed in seeds:
        known = worlds[0].specification if worlds else None
        worlds.append(_explained_world(simulate(n_prospects, seed=seed), known))
    return worlds


def _explained_world(
    simulation: Simulation, specification: FeatureSpecification | None
) -> ExplainedWorld:
    config = config_of(simulation)
    update = {
        "model": config.model.model_copy(update=SMALL),
        "snapshots": config.snapshots.model_copy(update={"every_days": 14}),
        "features": config.features.model_copy(update=FEW_FEATURES),
        "phases_days": PHASES_DAYS,
    }
    config = config.model_copy(update=update)
    crm = crm_of(simulation).known_at(END)
    specification = specification or learn_specification(crm, config)
    catalogue = build_catalogue(specification)
    snapshots = training_snapshots(crm, config, END)
    features = compute_features(crm, specification, catalogue, snapshots)
    predictor = fit_predictor(crm, config, END, TrainingMatrix(specification, snapshots, features))
    rows = np.random.default_rng(0).permutation(len(features))[:EXPLAINED]
    some = features.iloc[rows].reset_index(drop=True)
    explained = explain_probability(predictor.model, some, predictor.portfolio, HORIZON_DAYS)
    return ExplainedWorld(
        simulation,
        crm,
        predictor,
        catalogue,
        snapshots.iloc[rows].reset_index(drop=True),
        some,
        sum_by_signal(explained, catalogue),
    )


def effects_of_types(world: ExplainedWorld) -> pd.DataFrame:
    """Return the true and the explained effect of each type of interaction."""
    truth = world.simulation.truth.to_pandas()
    true = truth[truth["kind"] == "effect"].set_index("signal")["effect"]
    names = [signal.name for signal in world.contributions.signals]
    found = {}
    for type_ in world.specification.types:
        values = world.contributions.values[:, names.index(type_)]
        lately = (world.features[f"{type_}_count_7d"] > 0).to_numpy()
        never = (world.features[f"{type_}_count_30d"] == 0).to_numpy()
        found[type_] = (true[type_], values[lately].mean() - values[never].mean())
    return pd.DataFrame(found, index=["true", "explained"]).T


def without_the_top_reason(world: ExplainedWorld, n_signals: int) -> pd.DataFrame:
    """Delete the facts of each snapshot's top reason, and score again.

    Of snapshots whose strongest signal lifts P by a point or more, for the signals that are the
    strongest most often. Columns: signal, before, after.
    """
    contributions = world.contributions
    top = contributions.values.argmax(axis=1)
    lifted = contributions.values.max(axis=1) >= 0.01
    names = np.array([signal.name for signal in contributions.signals])[top]
    removed = {name: _without(world, name) for name in sorted(set(names[lifted]))}
    made_of_facts = [name for name, crm in removed.items() if crm is not None]
    often = pd.Series(names[lifted & np.isin(names, made_of_facts)]).value_counts().index
    parts = []
    for name in often[:n_signals]:
        mine = np.flatnonzero(lifted & (names == name))
        features = compute_features(
            removed[name], world.specification, world.catalogue, world.snapshots.iloc[mine]
        )
        after = world.predictor.model.predict_proba_won(features, HORIZON_DAYS)
        before = contributions.probability[mine]
        parts.append(pd.DataFrame({"signal": name, "before": before, "after": after}))
    return pd.concat(parts, ignore_index=True)


def _without(world: ExplainedWorld, signal: str) -> Crm | None:
    """Return the CRM without the facts of a signal; None where it is made of none."""
    crm = world.crm
    if signal in world.specification.types:
        facts = crm.interactions
        return replace(crm, interactions=facts.filter(facts.type != signal))
    if signal == "activity":
        return replace(crm, interactions=crm.interactions.limit(0))
    if signal == "stage":
        return replace(crm, stages=crm.stages.limit(0))
    if signal.startswith(("answer_", "grid_", "concept_")):
        return replace(crm, answers=crm.answers.limit(0))
    return None
