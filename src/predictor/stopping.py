"""How a command that writes one thing stops: at once, in one line, and with nothing written."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from predictor.console import complain
from predictor.crm.interruption import interruptible

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Exit code of a command that was stopped.
STOPPED = 130


@contextmanager
def whole_or_nothing() -> Iterator[None]:
    """Let Ctrl-C end the work within, even a long query, and say that nothing was written."""
    try:
        with interruptible():
            yield
    except KeyboardInterrupt:
        complain("stopped; nothing was written")
        sys.exit(STOPPED)
