"""The data sets: where each lies, when it is trained, and which later looks test it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import argparse

_CONFIGS = Path(__file__).parents[2] / "configs"
_DATE = datetime.fromisoformat


@dataclass(frozen=True)
class DataSet:
    """One business at one training instant; instants are UTC.

    Attributes
    ----------
    name : str
        Its folder, and what the tables call it.
    train_as_of, until : datetime
        The training instant, and the end of the looks of the test, which begin at it.
    followed_until : datetime, optional
        End of the follow-up of the test; by default the end of the data.
    config : Path, optional
        Configuration; a simulation has one of its own.
    cycle : {"short", "long"}, optional
        What is simulated.
    prospects, seed : int
        Of the simulation.
    """

    name: str
    train_as_of: datetime
    until: datetime
    followed_until: datetime | None = None
    config: Path | None = None
    cycle: Literal["short", "long"] | None = None
    prospects: int = 6000
    seed: int = 0


#: The test's looks end early enough for most of them to be followed to the longest horizon.
DATA_SETS = {
    each.name: each
    for each in (
        DataSet(
            "loan_applications",
            _DATE("2012-01-16"),
            _DATE("2012-02-14"),
            config=_CONFIGS / "loan_applications.yaml",
        ),
        DataSet(
            "school_crm",
            _DATE("2023-12-18"),
            _DATE("2024-01-30"),
            config=_CONFIGS / "school_crm.yaml",
        ),
        DataSet(
            "driver_signups",
            _DATE("2016-02-08"),
            _DATE("2016-02-17"),
            config=_CONFIGS / "driver_signups.yaml",
        ),
        DataSet("simulated_short", _DATE("2026-02-02"), _DATE("2026-05-18"), cycle="short"),
        DataSet("simulated_long", _DATE("2024-06-03"), _DATE("2025-06-30"), cycle="long"),
    )
}


def data_set_of(arguments: argparse.Namespace, word: str) -> DataSet:
    """Return a data set by its name, or that of a configuration file.

    Raises
    ------
    SystemExit
        If there is no such data set, or a file comes without instants.
    """
    if word in DATA_SETS:
        data = DATA_SETS[word]
    elif Path(word).is_file():
        if not (arguments.train_as_of and arguments.until):
            raise SystemExit(
                f"{word}: say --train-as-of and --until, where its test begins and ends"
            )
        data = DataSet(Path(word).stem, arguments.train_as_of, arguments.until, config=Path(word))
    else:
        raise SystemExit(f"{word}: no configuration file, and none of {', '.join(DATA_SETS)}")
    names = ("train_as_of", "until", "followed_until", "prospects")
    told = {name: getattr(arguments, name) for name in names if getattr(arguments, name)}
    return replace(data, **told)
