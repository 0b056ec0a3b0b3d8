"""The target that the model is fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.features.targets import OUTCOME_DTYPE, check_target, make_target


def test_a_target_holds_outcomes_and_days() -> None:
    y = make_target(["won", "open"], [3, 4.5])
    assert y.dtype == OUTCOME_DTYPE
    assert y["outcome"].tolist() == ["won", "open"]
    assert y["duration_days"].tolist() == [3.0, 4.5]
    assert check_target(y, 2) is y


@pytest.mark.parametrize("days", [-0.1, np.nan, np.inf])
def test_a_duration_that_is_no_time_is_refused_with_its_row(days: float) -> None:
    with pytest.raises(ValueError, match=r"row 1: duration_days is .*finite and not negative"):
        make_target(["won", "lost"], [1.0, days])


def test_another_outcome_is_refused_even_if_the_field_would_cut_it_to_a_valid_one() -> None:
    with pytest.raises(ValueError, match="row 0: outcome 'wonder' is not one of open, won, lost"):
        make_target(["wonder"], [1.0])


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one value per snapshot"):
        make_target(["won"], [1.0, 2.0])


def test_a_plain_array_or_another_length_is_no_target() -> None:
    with pytest.raises(ValueError, match="structured array"):
        check_target([0, 1], 2)
    with pytest.raises(ValueError, match="X has 3 rows"):
        check_target(make_target(["won"], [1.0]), 3)
