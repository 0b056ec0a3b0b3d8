from __future__ import annotations

import warnings
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from support.small_demo import make_small_demo
from support.worlds import ignore_what_libraries_say_of_themselves

if TYPE_CHECKING:
    from pathlib import Path

#: So early that the champion itself can be tested at the end of the data.
TRAINED = datetime(2026, 5, 18)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small CRM with its champion and two runs, as analysts find them."""
    folder = tmp_path_factory.mktemp("notebooks") / "demo"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ignore_what_libraries_say_of_themselves()
        return make_small_demo(folder, 600, TRAINED)
