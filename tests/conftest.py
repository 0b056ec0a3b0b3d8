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

from hypothesis import settings

# Shared machines are noisy: how long an example takes says nothing about the code. Continuous
# integration tries the same examples each time; everybody else's runs look for new ones.
settings.register_profile("predictor", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("predictor")
