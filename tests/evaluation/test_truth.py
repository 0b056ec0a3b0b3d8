from __future__ import annotations

import pytest

from predictor.evaluation.truth import bias, root_mean_squared_error


def test_error_and_bias_by_hand():
    assert root_mean_squared_error([0.1, 0.5], [0.2, 0.2]) == pytest.approx(0.05**0.5)
    assert bias([0.1, 0.5], [0.2, 0.2]) == pytest.approx(0.1)


@pytest.mark.parametrize("truth", [[0.1], [0.1, float("nan")]])
def test_lengths_and_missing_values_are_refused(truth):
    for measure in (bias, root_mean_squared_error):
        with pytest.raises(ValueError, match="probabilities"):
            measure([0.1, 0.2], truth)
