from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
from support.small_demo import make_small_demo
from support.worlds import ignore_what_libraries_say_of_themselves

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _quiet_libraries():
    with warnings.catch_warnings():
        ignore_what_libraries_say_of_themselves()
        yield


@pytest.fixture(scope="session")
def tiny_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `make demo` leaves in demo/, made small: a champion and two runs."""
    folder = tmp_path_factory.mktemp("documentation") / "demo"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ignore_what_libraries_say_of_themselves()
        return make_small_demo(folder, 250)
