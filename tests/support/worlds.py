"""The folder of a user who has simulated, trained and scored, and readers of what lies in it."""

from __future__ import annotations

import csv
import hashlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from support.typing_at_a_terminal import Answer

CONFIG = "crm/config.yaml"
#: The training instant lies six weeks before the end of the data: a test period of its own.
TRAINED, WEEK_BEFORE, END = "2026-05-18", "2026-06-22", "2026-06-29"


@dataclass(frozen=True)
class World:
    """A folder in which a user has worked, and what the terminal said at each step."""

    folder: Path
    simulated: Answer
    unscored: Answer
    checked: Answer
    trained: Answer
    scored_before: Answer
    scored: Answer

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "crm" / "config.yaml"

    @property
    def exported(self) -> Path:
        """The folder of the exported model."""
        return self.folder / "exported"

    def run(self, as_of: str = END) -> Path:
        """The folder of a scoring run."""
        return self.folder / "crm" / "runs" / as_of


def keep_the_week_before(world, output: str) -> None:
    """Copy last week's run to another folder of runs: bands start from those of the last run."""
    copy = world.folder / output / WEEK_BEFORE
    shutil.copytree(world.run(WEEK_BEFORE), copy, dirs_exist_ok=True)


def ranked_rows(world, as_of: str = END) -> list[dict[str, str]]:
    with (world.run(as_of) / "ranked.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def people(world) -> pd.DataFrame:
    return pd.read_parquet(world.folder / "crm" / "crm" / "prospects.parquet")


def closings(world) -> pd.DataFrame:
    return pd.read_parquet(world.folder / "crm" / "crm" / "outcomes.parquet")


def contents(folder) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
