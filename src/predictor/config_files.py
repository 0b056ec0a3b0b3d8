"""What a configuration may say of the files that people open."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from predictor.config_types import Section


class FileConfig(Section):
    """Files beside ``ranked.csv``, for people. ``ranked.csv`` itself stays as documented."""

    xlsx: bool = Field(
        False,
        strict=True,
        description="Also write 'ranked.xlsx': filters, band colours, ids that stay as they are.",
    )
    spreadsheet_csv: bool = Field(
        False,
        strict=True,
        description="Also write 'ranked.spreadsheet.csv', which a double click opens right.",
    )
    csv_separator: Literal["auto", ",", ";", "tab"] = Field(
        "auto",
        description="Of the CSV files for people: 'auto' takes ';' where the decimal sign is a "
        "comma.",
    )
    csv_decimal: Literal["auto", ".", ","] = Field(
        "auto",
        description="Of the CSV files for people: 'auto' takes that of the language, or '.' where "
        "the separator is a comma.",
    )
    csv_bom: bool = Field(
        True,
        strict=True,
        description="Whether the CSV files for people begin with a byte order mark, by which Excel "
        "knows accents.",
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if self.csv_separator == self.csv_decimal == ",":
            raise ValueError(
                "has ',' for both 'csv_separator' and 'csv_decimal'; separate by ';' or 'tab'"
            )
        return self
