"""Settings of the whole test run."""

import os

# Before LightGBM loads: its threads must not spin while other tests run (benchmarks/threads.py).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from hypothesis import settings

# Shared machines are noisy: how long an example takes says nothing about the code. Continuous
# integration tries the same examples each time; everybody else's runs look for new ones.
settings.register_profile("predictor", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("predictor")
