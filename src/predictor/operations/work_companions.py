"""What a run has beside the list for those who work it: lists by owner, and who might be drawn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from predictor.lists.csv_files import to_csv
from predictor.lists.owners import lists_by_owner
from predictor.operations.list_files import spreadsheet_files

if TYPE_CHECKING:
    from predictor.config import Config
    from predictor.lists.files import Writer
    from predictor.lists.ranking import Ranked

EXPLORATION_FILE = "exploration.parquet"


def work_companions(ranked: Ranked, config: Config, *, by_owner: bool) -> dict[str, Writer]:
    """Give the files for those who work the list.

    Parameters
    ----------
    ranked : Ranked
        The list.
    config : Config
        Language, and whether each owner gets a list.
    by_owner : bool
        Asks for a list for each owner whatever the configuration says.

    Returns
    -------
    dict of str to Writer
        ``owners/NAME.csv``, with the files for people beside it, and ``exploration.parquet``,
        where they are asked for.
    """
    companions: dict[str, Writer] = {}
    if by_owner or config.owner_lists:
        for name, own in lists_by_owner(ranked.frame, config.language).items():
            stem = f"owners/{name}"
            companions[f"{stem}.csv"] = partial(to_csv, own)
            companions |= spreadsheet_files(own, config, stem, sheet=name)
    if ranked.candidates is not None:
        companions[EXPLORATION_FILE] = partial(ranked.candidates.to_parquet, index=False)
    return companions
