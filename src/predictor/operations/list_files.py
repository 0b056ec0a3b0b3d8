"""The files of a run that people open in a spreadsheet, as the configuration asks for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from predictor.lists.list_files import write_list
from predictor.lists.styles import ListStyle, spreadsheet_style

if TYPE_CHECKING:
    import pandas as pd

    from predictor.config import Config
    from predictor.lists.files import Writer


def list_style(config: Config) -> ListStyle:
    """Return the style of the files that people open."""
    files = config.files
    return spreadsheet_style(
        config.language, files.csv_separator, files.csv_decimal, bom=files.csv_bom
    )


def asked_files(config: Config, *, xlsx: bool) -> Config:
    """Return the configuration, with XLSX files where the command line asks for them."""
    if not xlsx:
        return config
    return config.model_copy(update={"files": config.files.model_copy(update={"xlsx": True})})


def spreadsheet_files(
    frame: pd.DataFrame, config: Config, stem: str, sheet: str | None = None
) -> dict[str, Writer]:
    """Return what writes a list for people, in the formats that are asked for.

    Parameters
    ----------
    frame : DataFrame
        The list, or one owner's part of it.
    config : Config
        Formats and language.
    stem : str
        Path in the run's folder, without a suffix.
    sheet : str, optional
        Name of the sheet of an XLSX file, such as the owner.

    Returns
    -------
    dict of str to callable
        For `predictor.lists.files.write_run`; empty where no format is asked for.
    """
    formats = {".spreadsheet.csv": config.files.spreadsheet_csv, ".xlsx": config.files.xlsx}
    style = list_style(config)
    return {
        stem + suffix: partial(write_list, frame, style=style, sheet=sheet)
        for suffix, asked in formats.items()
        if asked
    }
