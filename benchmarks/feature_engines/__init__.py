"""The engines that `benchmarks/features.py` measures: one module each, with `compute(task)`."""
