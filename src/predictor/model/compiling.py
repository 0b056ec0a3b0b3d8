"""Functions compiled by numba, kept on disk where that can be written, and run in threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

_ROWS_PER_TASK = 2_048
# Division as NumPy does it (no exception), and a product with its sum in one rounding: both let
# the processor take several numbers at once.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function on its first call; it runs without Python's lock."""
    try:
        return numba.njit(function, cache=True, **_OPTIONS)  # type: ignore[no-any-return]
    except RuntimeError:
        # Neither the installation nor the user's cache can be written.
        return numba.njit(function, **_OPTIONS)  # type: ignore[no-any-return]


def run_in_threads(work: Callable[[int, int], None], n_rows: int, num_threads: int) -> None:
    """Call `work(start, stop)` on slices of the rows, in `num_threads` threads (0: one per core).

    The number of threads does not show in the results, as each row is computed by itself.
    """
    starts = range(0, n_rows, _ROWS_PER_TASK)
    threads = min(num_threads or _cores(), len(starts))
    if threads <= 1:
        work(0, n_rows)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda start: work(start, min(start + _ROWS_PER_TASK, n_rows)), starts))


def _cores() -> int:
    """Threads that LightGBM would take: OMP_NUM_THREADS, or as many as there are cores."""
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if asked.isdigit() and int(asked):
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
