"""Settings of the whole test run."""

import atexit
import os
import shutil
import tempfile

# Before LightGBM loads: its threads must not spin while other tests run (benchmarks/threads.py).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# What is kept between processes is of this run only, and shared by its workers.
if "PREDICTOR_CACHE" not in os.environ:
    os.environ["PREDICTOR_CACHE"] = tempfile.mkdtemp(prefix="predictor-cache-")
    atexit.register(shutil.rmtree, os.environ["PREDICTOR_CACHE"], ignore_errors=True)

import pytest
from hypothesis import settings

# Shared machines are noisy: how long an example takes says nothing about the code. Continuous
# integration tries the same examples each time; everybody else's runs look for new ones.
settings.register_profile("predictor", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("predictor")

#: What one worker runs whole, because its tests share a world, a demo or a browser that takes long
#: to make, and what takes long by itself; the longest first, so that no worker waits at the end.
FIRST = (
    "tests/operations/",
    "tests/notebooks/",
    "tests/explanation/test_faithfulness.py",
    "tests/explanation/test_next_steps.py",
    "tests/report/",
    "tests/lists/test_spreadsheets.py",
    "tests/docs/",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Hand out whole files as ``--dist loadfile`` does, but `FIRST` together and first."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - xdist may be missing

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            together = [part for part in FIRST if nodeid.startswith(part)]
            return together[0] if together else super()._split_scope(nodeid)

    config.option.loadscopereorder = False  # the order is that of the collection
    return Scheduling(config, log)


def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):  # of a worker of xdist
        items.sort(key=_place)


def _place(item):
    return next((n for n, part in enumerate(FIRST) if item.nodeid.startswith(part)), len(FIRST))
