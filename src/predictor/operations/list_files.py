"""The files of a run that people open in a spreadsheet, as the configuration asks for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from predictor.lists.list_files import write_list
from predictor.lists.styles import ListStyle, spreadsheet_style

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    frame: pd.DataFrame,
    config: Config,
    stem: str,
    sheet: str | None = None,
    more: Mapping[str, pd.DataFrame] | None = None,
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
    more : mapping of str to DataFrame, optional
        Further sheets of an XLSX file, by their names.

    Returns
    -------
    dict of str to callable
        For `predictor.lists.files.write_run`; empty where no format is asked for.
    """
    formats = {".spreadsheet.csv": config.files.spreadsheet_csv, ".xlsx": config.files.xlsx}
    style = list_style(config)
    return {
        stem + suffix: partial(write_list, frame, style=style, sheet=sheet, more=more)
        for suffix, asked in formats.items()
        if asked
    }


def people_files(ranked: pd.DataFrame, alerts: pd.DataFrame, config: Config) -> dict[str, Writer]:
    """Return what writes the list and its alerts for people, in the formats that are asked for.

    The alerts are a sheet of the list's workbook, and a CSV file of their own.

    Parameters
    ----------
    ranked : DataFrame
        The list.
    alerts : DataFrame
        `predictor.lists.alert_words.ALERT_COLUMNS`.
    config : Config
        Formats and language.
    """
    told = alerts.drop(columns="kind")
    sheet = {"en": "Alerts", "fr": "Alertes"}[config.language]
    files = spreadsheet_files(ranked, config, "ranked", more={sheet: told})
    csv = config.model_copy(update={"files": config.files.model_copy(update={"xlsx": False})})
    return files | spreadsheet_files(told, csv, "alerts")
