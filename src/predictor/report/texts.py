"""Texts of the page, each stored once and known by its place."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

#: Texts longer than this are cut: an answer may be a whole e-mail.
LONGEST_TEXT = 240


@dataclass
class Texts:
    """Texts, each stored once and known by its place."""

    known: list[str] = field(default_factory=list)
    place: dict[str, int] = field(default_factory=dict)

    def codes(self, column: pd.Series) -> list[int]:
        """Give the place of each text of a column; -1 where there is none."""
        codes, uniques = pd.factorize(column)
        places = [self._add(str(text)) for text in uniques]
        lookup = np.array([*places, -1], dtype=np.int64)
        found: list[int] = lookup[codes].tolist()
        return found

    def _add(self, text: str) -> int:
        if text == "":
            return -1
        text = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
        if text not in self.place:
            self.place[text] = len(self.known)
            self.known.append(text)
        return self.place[text]
