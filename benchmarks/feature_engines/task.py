"""What every engine is asked for: the same 80 features of the same files.

Names and meanings are those of the catalogue (families engagement, activity and rhythm).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

TYPES = (
    "email_open",
    "page_view",
    "email_click",
    "call",
    "email_reply",
    "download",
    "meeting",
    "quote_request",
)
WINDOWS_DAYS = (7, 30, 90)
HALF_LIFE_DAYS = 14.0
DAY_US = 86_400_000_000
#: An age in microseconds times this is the exponent of its weight in a decayed count.
DECAY_PER_US = -0.6931471805599453 / (HALF_LIFE_DAYS * DAY_US)

_AMOUNTS = (
    *(f"count_{days}d" for days in WINDOWS_DAYS),
    *("count", "days_since_last", "days_since_first", "decayed_count", "trend"),
)
TYPE_FEATURES = tuple(f"{type_}_{amount}" for type_ in TYPES for amount in _AMOUNTS)
ACTIVITY_FEATURES = (
    *(f"activity_{amount}" for amount in _AMOUNTS),
    *(f"activity_types_{days}d" for days in WINDOWS_DAYS),
    *(f"activity_active_days_{days}d" for days in WINDOWS_DAYS),
)
RHYTHM_FEATURES = ("rhythm_longest_silence_days", "rhythm_usual_gap_days")
FEATURES = (*TYPE_FEATURES, *ACTIVITY_FEATURES, *RHYTHM_FEATURES)

#: The trend compares the shortest window with the rest of the next; one imagined interaction is
#: spread evenly over both.
RECENT_DAYS, EARLIER_DAYS = float(WINDOWS_DAYS[0]), float(WINDOWS_DAYS[1] - WINDOWS_DAYS[0])
RECENT_PRIOR, EARLIER_PRIOR = RECENT_DAYS / WINDOWS_DAYS[1], EARLIER_DAYS / WINDOWS_DAYS[1]


@dataclass(frozen=True)
class Task:
    """One computation, from Parquet to Parquet.

    `output` is a folder for Parquet files with the columns snapshot_id and `FEATURES`, all of them
    float64, in any order of rows. `scratch` is a folder for spilling. `chunk_snapshots` is about
    how many snapshots to compute at a time; None leaves it to the engine.
    """

    interactions: Path
    snapshots: Path
    output: Path
    scratch: Path
    clustered: bool
    threads: int
    memory_limit: str | None = None
    chunk_snapshots: int | None = None

    def to_json(self) -> str:
        """Return what `from_json` reads back in another process."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Task:
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        paths = {name: Path(fields[name]) for name in _PATHS}
        return cls(**(fields | paths))


def quoted(path: Path) -> str:
    """Write a path as text in SQL."""
    text = str(path).replace("'", "''")
    return f"'{text}'"


_PATHS = ("interactions", "snapshots", "output", "scratch")
