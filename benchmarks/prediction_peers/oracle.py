"""What drives a simulated prospect and nobody sees, and the true P that follows from it.

The simulation is drawn again with the same seed, up to the paths, and the hidden states are noted
at the instants of the snapshots.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.crm.simulator.kernel import Kernel
from predictor.crm.simulator.paths import Walk
from predictor.crm.simulator.population import draw_population
from predictor.crm.simulator.scenario import (
    DILIGENCE_LEVELS,
    FIT_LEVELS,
    N_INTENTS,
    N_STAGES,
    scenario_of,
)
from predictor.crm.simulator.simulation import DEFAULT_END
from predictor.crm.simulator.truth import true_probabilities

if TYPE_CHECKING:
    from prediction_peers.data_sets import DataSet

_EPOCH = np.datetime64("1970-01-01")
_KEYS = ["prospect_id", "as_of"]


class HiddenStates:
    """The class and state of every open prospect at some instants, and what follows from them.

    Parameters
    ----------
    data : DataSet
        A simulated one.
    instants : Series of datetime
        Midnights.
    """

    def __init__(self, data: DataSet, instants: pd.Series) -> None:
        scenario = scenario_of(str(data.cycle))
        self._end_day = (DEFAULT_END - dt.date(1970, 1, 1)).days
        # The order of the streams is that of `predictor.crm.simulator.simulate`.
        of_people, of_paths, _ = np.random.default_rng(data.seed).spawn(3)
        population = draw_population(data.prospects, scenario, self._end_day, of_people)
        self._kernel = Kernel(scenario)
        days = np.unique(_days(instants))
        history = Walk(population, self._kernel, of_paths).run(self._end_day, days)
        self._codes = pd.concat(
            [
                pd.DataFrame({"prospect_id": population.ids[who], "day": day, "code": codes})
                for day, (who, codes) in history.states.items()
            ],
            ignore_index=True,
        ).astype({"prospect_id": "str"})

    def drivers(self, snapshots: pd.DataFrame) -> pd.DataFrame:
        """Return the hidden drivers of each snapshot, shape (n, 8).

        NaN where the prospect had closed already, and the CRM did not know it yet.
        """
        known = self._of(snapshots)["code"]
        code = known.fillna(0).to_numpy(int)
        class_, state = np.divmod(code, N_INTENTS * N_STAGES)
        fit, diligence = np.divmod(class_, len(DILIGENCE_LEVELS))
        intent, stage = np.divmod(state, N_STAGES)
        instants = snapshots["as_of"].dt
        drivers = pd.DataFrame(
            {
                "fit": FIT_LEVELS[fit],
                "diligence": DILIGENCE_LEVELS[diligence],
                "intent": intent,
                "stage": stage,
                "log_won": self._kernel.log_won[code],
                "log_lost": self._kernel.log_lost[code],
                "day_of_year": instants.dayofyear.to_numpy(),
                "day": _days(snapshots["as_of"]),
            },
            dtype=np.float64,
        )
        of_prospect = list(drivers.columns[:-2])
        drivers.loc[known.isna().to_numpy(), of_prospect] = np.nan
        return drivers

    def true_won(self, snapshots: pd.DataFrame, horizons_days: list[int]) -> pd.DataFrame:
        """Return the true P(won by h) of each snapshot, columns true_h."""
        known = self._of(snapshots)
        days = np.unique(known["day"].to_numpy())
        by_day = true_probabilities(self._kernel, days, tuple(horizons_days), self._end_day)
        found = np.full((len(known), len(horizons_days)), np.nan)
        for day, rows in known.dropna().groupby("day"):
            found[rows.index] = by_day[int(day)][rows["code"].to_numpy(int), 0]
        return pd.DataFrame(found, columns=[f"true_{days}" for days in horizons_days])

    def _of(self, snapshots: pd.DataFrame) -> pd.DataFrame:
        keys = pd.DataFrame(
            {
                "prospect_id": snapshots["prospect_id"].astype("str"),
                "day": _days(snapshots["as_of"]),
            }
        )
        return keys.merge(self._codes, on=["prospect_id", "day"], how="left", validate="1:1")


def check_against_truth(true_won: pd.DataFrame, truth: pd.DataFrame) -> None:
    """Make sure that the simulation drawn again is the one that was written.

    Raises
    ------
    SystemExit
        If the true P differ, or have no snapshot in common.
    """
    truth = truth[truth["kind"] == "probability"]
    horizons = [name for name in true_won if name.startswith("true_")]
    n_compared = 0
    for name in horizons:
        written = truth[truth["horizon_days"] == int(name.removeprefix("true_"))]
        both = true_won[[*_KEYS, name]].merge(written, on=_KEYS).dropna(subset=[name])
        n_compared += len(both)
        if not np.allclose(both[name], both["probability_won"], rtol=0, atol=1e-12):
            raise SystemExit("the simulator drew other paths the second time: mend oracle.py")
    if not n_compared:
        raise SystemExit("no snapshot of the test is in truth.parquet: take another --until")


def _days(instants: pd.Series) -> np.ndarray:
    return (instants.to_numpy().astype("datetime64[D]") - _EPOCH).astype(np.int64)
