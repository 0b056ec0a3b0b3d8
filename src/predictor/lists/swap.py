"""Put a finished folder in the place of another one in a single step."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` for one writer; a second one waits, and a killed one lets go.

    Windows has no such lock on a folder; there, two writers at once are not kept apart.
    """
    if sys.platform == "win32":  # pragma: no cover
        yield
        return
    import fcntl  # noqa: PLC0415 - Windows has no such module

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def put_in_place(finished: Path, target: Path, retired: Path) -> None:
    """Move `finished` to `target`; what was there before moves to `retired` or to `finished`.

    On Linux the two folders change names in one step, so that a reader finds the old folder or the
    new one at any instant (renameat2 with RENAME_EXCHANGE). Elsewhere, and on file systems that
    cannot do this, the old folder is renamed first; `recover` undoes that after a kill between the
    two steps.

    Parameters
    ----------
    finished, target, retired : Path
        Siblings in one folder. `target` may exist; `retired` must not.
    """
    if target.exists() and not _exchange(finished, target):
        target.rename(retired)
    if not target.exists():
        finished.rename(target)


def recover(target: Path, retired: Path) -> None:
    """Bring the old folder back where a writer was killed between the two renames."""
    if retired.exists() and not target.exists():
        retired.rename(target)


def _exchange(one: Path, other: Path) -> bool:
    """Let two paths change names at once; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:  # a C library older than glibc 2.28 or musl 1.2
        return False
    paths = os.fsencode(one), os.fsencode(other)
    failed: int = renameat2(
        _AT_FDCWD, paths[0], _AT_FDCWD, paths[1], ctypes.c_uint(_RENAME_EXCHANGE)
    )
    return failed == 0
