"""The folder of a user who has simulated, trained and scored, and readers of what lies in it."""

from __future__ import annotations

import csv
import hashlib
import shutil
import warnings
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


def ignore_what_libraries_say_of_themselves() -> None:
    """Let only warnings of other libraries about each other pass."""
    # MLflow's tables use a loader that SQLAlchemy 2.1 gives up.
    warnings.filterwarnings("ignore", message="The ``noload`` loader strategy is deprecated")
    # MLflow reads type hints of its own agents when it is imported; it colours the message.
    warnings.filterwarnings("ignore", message=r".*Any type hint is inferred as AnyType")
    # MLflow looks through the input example with a pandas call that changes in pandas 4.
    warnings.filterwarnings("ignore", message="Operation with range is deprecated", module="mlflow")
    # As in pyproject.toml: Ibis 12 on DuckDB 2 and pandas 3.
    warnings.filterwarnings("ignore", message="fetch_arrow_table")
    warnings.filterwarnings("ignore", message="The 'future.infer_string' option")
