"""LibreOffice without a window: files as a real spreadsheet opens them."""

from __future__ import annotations

import shutil
import subprocess
import warnings
from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
ENGLISH, FRENCH = 1033, 1036
# openpyxl cannot draw the bars of Excel 2010, which begin at 0.
UNKNOWN_BARS = "(Unknown|Conditional Formatting) extension is not supported"
_XLSX = "xlsx:Calc MS Excel 2007 XML"


def convert(
    files: Sequence[Path], folder: Path, profile: Path, opening: str | None = None
) -> dict[str, list[list[Cell]]]:
    """Open files in LibreOffice, save them as XLSX, and return each first sheet's rows of cells.

    `profile` is LibreOffice's own folder: an open one of a person is left alone.
    """
    assert SOFFICE is not None
    command = [SOFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    command += [f"--infilter={opening}"] if opening else []
    command += ["--convert-to", _XLSX, "--outdir", str(folder), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return {file.name: cells(folder / f"{file.stem}.xlsx") for file in files}


def opening(separators: str, language: int) -> str:
    """Return the options of LibreOffice's CSV import: all that it could make of a cell, it makes.

    UTF-8; numbers, dates and percentages of the language are recognised; formulas are run.
    See https://help.libreoffice.org/latest/en-US/text/shared/guide/csv_params.html.
    """
    codes = "/".join(str(ord(sign)) for sign in separators)
    return f"CSV:{codes},34,76,1,,{language},false,true,false,false,false,0,true"


def cells(path: Path, sheet: int = 0) -> list[list[Cell]]:
    """Return the rows of cells of a sheet of an XLSX file."""
    return [list(row) for row in open_workbook(path).worksheets[sheet].iter_rows()]


def open_workbook(path: Path) -> Workbook:
    """Read an XLSX file and let go of it: openpyxl keeps it open where something is amiss."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", UNKNOWN_BARS, UserWarning)
        return openpyxl.load_workbook(BytesIO(path.read_bytes()))
