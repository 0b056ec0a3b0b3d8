"""The figures of each predictor on a data set, and its differences from ours with their errors.

An error is the standard error of the paired cluster bootstrap: whole accounts (prospects where
there are none) are drawn again, the same ones for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from prediction_peers.peers import OURS, PEERS, TRUTH
from prediction_peers.task import TEST_TARGET, About
from predictor.evaluation.bootstrap import ClusterBootstrap
from predictor.evaluation.censoring import HorizonLabels, horizon_labels
from predictor.evaluation.metrics.calibration_slope import calibration_slope
from predictor.evaluation.metrics.integrated_brier import integrated_brier_score
from predictor.evaluation.metrics.log_loss import CLIP, log_loss
from predictor.evaluation.metrics.observed_over_expected import observed_over_expected
from predictor.evaluation.metrics.time_to_close import interval_coverage, median_absolute_error
from predictor.evaluation.truth import root_mean_squared_error

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from prediction_peers.task import FloatArray

N_DRAWS = 200
LOG_LOSS, IBS, RMSE, TIME_ERROR = "log_loss", "ibs", "rmse_to_truth", "time_error_days"
OBSERVED, SLOPE, COVERAGE = "observed_over_expected", "slope", "time_coverage"
_QUANTILES = (0.25, 0.5, 0.75)


def figures(folder: Path, costs: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Compute every figure of the predictors that finished.

    Parameters
    ----------
    folder : Path
        Of the data set, with the probabilities.
    costs : dict
        The measurement of each predictor.

    Returns
    -------
    DataFrame
        peer, figure, horizon_days, value, difference (from ours; NaN without ours) and
        standard_error (of the difference).
    """
    test = _Test(folder)
    finished = [name for name, cost in costs.items() if "failed" not in cost]
    curves = {name: pd.read_parquet(folder / f"{name}.parquet").to_numpy() for name in finished}
    ours = curves.get(OURS)
    frames = []
    for name, curve in curves.items():
        gives_times = PEERS[name].gives_times
        values = test.values(curve, gives_times=gives_times)
        frame = pd.DataFrame(values, columns=["figure", "horizon_days", "value"])
        if ours is not None:
            differences = test.differences(curve, ours, gives_times=gives_times)
            frame = frame.merge(differences, on=["figure", "horizon_days"], how="left")
        frames.append(frame.assign(peer=name))
    if test.truth is not None:
        frames.append(test.of_truth(ours).assign(peer=TRUTH))
    columns = ["peer", "figure", "horizon_days", "value", "difference", "standard_error"]
    return pd.concat(frames, ignore_index=True).reindex(columns=columns)


class _Test:
    """What became of the test snapshots, with what every predictor is judged by."""

    def __init__(self, folder: Path) -> None:
        target = pd.read_parquet(folder / TEST_TARGET)
        self.about = About.read(folder)
        self.outcome = target["outcome"].to_numpy(str)
        self.duration_days = target["duration_days"].to_numpy(float)
        self.places = self.about.horizon_places
        self.labels = [
            horizon_labels(self.outcome, self.duration_days, days) for days in self.about.times_days
        ]
        self.weight = np.column_stack([labels.weight for labels in self.labels])
        self.label = np.column_stack([labels.label for labels in self.labels])
        self.bootstrap = ClusterBootstrap(target["group"], N_DRAWS)
        # Shape (n, H); missing where the prospect had closed already, unknown to the CRM.
        true = [f"true_{days}" for days in self.about.horizons_days]
        self.truth = target[true].to_numpy(float) if true[0] in target else None

    def values(self, curve: FloatArray, *, gives_times: bool) -> Iterable[tuple[str, int, float]]:
        """Return each figure: its name, its horizon and its value."""
        found = []
        for place, days in zip(self.places, self.about.horizons_days, strict=True):
            p, labels = curve[:, place], self.labels[place]
            observed = observed_over_expected(self.outcome, self.duration_days, p, days)
            times = self.about.times_days[: place + 1]
            found += [
                (LOG_LOSS, days, log_loss(labels, p)),
                (IBS, days, self._ibs(curve[:, : place + 1], times)),
                (OBSERVED, days, observed),
                (SLOPE, days, calibration_slope(labels, p)),
            ]
        if self.truth is not None:
            found += [
                (RMSE, days, root_mean_squared_error(p[known], true[known]))
                for days, p, true in self._true_pairs(curve)
                for known in [np.isfinite(true)]
            ]
        if gives_times:
            found += self._time_figures(curve)
        return found

    def _ibs(self, curve: FloatArray, times_days: list[float]) -> float:
        if len(times_days) < 2:
            return float("nan")
        return integrated_brier_score(self.outcome, self.duration_days, curve, times_days)

    def _true_pairs(self, curve: FloatArray) -> Iterable[tuple[int, FloatArray, FloatArray]]:
        if self.truth is None:
            return []
        columns = (curve[:, self.places].T, self.truth.T)
        return zip(self.about.horizons_days, *columns, strict=True)

    def _time_figures(self, curve: FloatArray) -> list[tuple[str, int, float]]:
        """Judge the days to close, given won by the longest horizon."""
        low, median, high = quantiles_given_won(curve, self.about.times_days).T
        labels, days = self.labels[-1], self.about.horizons_days[-1]
        return [
            (TIME_ERROR, days, median_absolute_error(labels, self.duration_days, median)),
            (COVERAGE, days, interval_coverage(labels, self.duration_days, low, high)),
        ]

    def differences(
        self, curve: FloatArray, ours: FloatArray, *, gives_times: bool
    ) -> pd.DataFrame:
        """Return how much higher the losses are than ours, with their bootstrap errors."""
        rows = [*self._loss_differences(curve, ours), *self._ibs_differences(curve, ours)]
        rows += self._rmse_differences(curve, ours)
        if gives_times:
            rows.append(self._time_difference(curve, ours))
        columns = ["figure", "horizon_days", "difference", "standard_error"]
        return pd.DataFrame(rows, columns=columns)

    def _loss_differences(self, curve: FloatArray, ours: FloatArray) -> list[tuple[Any, ...]]:
        label, weight = self.label[:, self.places], self.weight[:, self.places]
        extra = _log_losses(label, curve[:, self.places]) - _log_losses(label, ours[:, self.places])
        mean, draws = _ratios(self.bootstrap, weight * extra, weight)
        return _rows(LOG_LOSS, self.about.horizons_days, mean, draws)

    def _ibs_differences(self, curve: FloatArray, ours: FloatArray) -> list[tuple[Any, ...]]:
        extra = np.square(curve - self.label) - np.square(ours - self.label)
        mean, draws = _ratios(self.bootstrap, self.weight * extra, self.weight)
        times, found = np.asarray(self.about.times_days), []
        for place, days in zip(self.places, self.about.horizons_days, strict=True):
            if place:
                part, width = slice(0, place + 1), times[place] - times[0]
                of_mean = np.trapezoid(mean[part], times[part]) / width
                of_draws = np.trapezoid(draws[:, part], times[part], axis=1) / width
                found += _rows(IBS, [days], of_mean[None], of_draws[:, None])
        return found

    def _rmse_differences(self, curve: FloatArray, ours: FloatArray) -> list[tuple[Any, ...]]:
        if self.truth is None:
            return []
        known = np.isfinite(self.truth)
        squares = [
            np.where(known, np.square(each[:, self.places] - self.truth), 0.0)
            for each in (curve, ours)
        ]
        (mean, draws), (our_mean, our_draws) = (
            _ratios(self.bootstrap, square, known.astype(float)) for square in squares
        )
        difference = np.sqrt(mean) - np.sqrt(our_mean)
        return _rows(
            RMSE, self.about.horizons_days, difference, np.sqrt(draws) - np.sqrt(our_draws)
        )

    def _time_difference(self, curve: FloatArray, ours: FloatArray) -> tuple[Any, ...]:
        medians = [quantiles_given_won(each, self.about.times_days)[:, 1] for each in (curve, ours)]
        # Only the won count: the others are left out before the draws.
        labels = self.labels[-1]
        won = labels.label & labels.known

        def difference(times: FloatArray) -> float:
            if not times[won].any():
                return float("nan")
            drawn = HorizonLabels(
                labels.horizon_days, labels.label[won], labels.weight[won] * times[won], 0.0
            )
            theirs, our = (
                median_absolute_error(drawn, self.duration_days[won], each[won]) for each in medians
            )
            return theirs - our

        found = self.bootstrap.intervals(difference).loc[0]
        return (
            TIME_ERROR,
            self.about.horizons_days[-1],
            found["estimate"],
            found["standard_error"],
        )

    def of_truth(self, ours: FloatArray | None) -> pd.DataFrame:
        """Return the figures of the true P itself, at the horizons."""
        # A prospect that had closed already is never seen to be won.
        won = np.nan_to_num(self.truth)
        curve = np.zeros(self.label.shape)
        curve[:, self.places] = won
        frame = pd.DataFrame(
            self.values(curve, gives_times=False), columns=["figure", "horizon_days", "value"]
        )
        if ours is not None:
            differences = self.differences(curve, ours, gives_times=False)
            frame = frame.merge(differences, on=["figure", "horizon_days"], how="left")
        # Between the horizons it is not known here, so there is nothing to integrate.
        return frame[frame["figure"] != IBS]


def quantiles_given_won(curve: FloatArray, times_days: list[float]) -> FloatArray:
    """Return p25, median and p75 of the days to close, given won by the last time, shape (n, 3).

    The curve of P(won by t), shape (n, T), is read linearly between its times; it begins at 0.
    NaN for who cannot be won.
    """
    days = np.concatenate([[0.0], times_days])
    won = np.concatenate([np.zeros((len(curve), 1)), np.maximum.accumulate(curve, axis=1)], axis=1)
    row = np.arange(len(won))
    found = np.full((len(won), len(_QUANTILES)), np.nan)
    for column, q in enumerate(_QUANTILES):
        target = q * won[:, -1]
        after = np.maximum((won < target[:, None]).sum(axis=1), 1)
        low, high = won[row, after - 1], won[row, after]
        width = np.where(high > low, high - low, np.nan)
        found[:, column] = days[after - 1] + (target - low) / width * (
            days[after] - days[after - 1]
        )
    return found


def _log_losses(label: FloatArray, probability: FloatArray) -> FloatArray:
    p = np.clip(probability, CLIP, 1 - CLIP)
    found: FloatArray = -np.where(label, np.log(p), np.log1p(-p))
    return found


def _ratios(
    bootstrap: ClusterBootstrap, weighted: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return weighted means of columns, as they are and in each draw."""
    (total, drawn), (all_weight, drawn_weight) = bootstrap.sums(weighted), bootstrap.sums(weight)
    return total / all_weight, drawn / drawn_weight


def _rows(
    figure: str, horizons_days: list[int], mean: FloatArray, draws: FloatArray
) -> list[tuple[Any, ...]]:
    errors = draws.std(axis=0, ddof=1)
    return [
        (figure, days, float(value), float(error))
        for days, value, error in zip(horizons_days, mean, errors, strict=True)
    ]
