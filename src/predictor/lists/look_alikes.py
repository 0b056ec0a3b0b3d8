r"""Text that a spreadsheet would turn into something else: ids that look like numbers or dates.

A CSV file has no types: ``00123`` becomes 123, ``1E5`` becomes 100000, the 16th digit of a long id
becomes 0, ``3-4`` and ``MAR1`` become dates. Quotes do not help, and ``="00123"`` is a formula. An
apostrophe helps everywhere, at the price of being seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.lists.cells import text_columns

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

_MONTH = (
    "(?:jan|feb|f[eé]v|mar|apr|avr|mai|may|ju[inl]|aug|ao[uû]|sep|oct|nov|d[eé]c)[a-zéèû]{0,8}[.]?"
)
# Rather one apostrophe too many: what is made of digits and of signs that numbers, dates, times,
# fractions, currencies and telephone numbers have; a month beside digits; logical and error values.
_BLANK = "[ \t\r\n" + chr(0xA0) + chr(0x202F) + "]"
LOOK_ALIKE = (
    rf"(?:{_BLANK}*(?:"
    rf"(?:[-+($€£¥]|{_BLANK})*[.,]?[0-9](?:[0-9.,:/'()$€£¥%TZe+-]|{_BLANK})*(?:[ap][.]?m?[.]?)?"
    rf"|[0-9]{{1,4}}[ ./-]*{_MONTH}[ .,:/0-9-]*"
    rf"|{_MONTH}[ ./,-]*[0-9][ .,:/0-9-]*"
    r"|true|false|vrai|faux"
    r"|#[a-z0-9/]+[!?]?"
    rf"){_BLANK}*)"
)


def mark_look_alikes(frame: pd.DataFrame, but: Collection[str] = ()) -> pd.DataFrame:
    """Put an apostrophe before each text that a spreadsheet would turn into something else.

    Parameters
    ----------
    frame : DataFrame
        Any table; only columns of text are looked at.
    but : collection of str
        Columns that are left alone.

    Returns
    -------
    DataFrame
        A copy.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"id": ["00123", "1E5", "P-003", "3-4", "MAR1"], "n": range(5)})
    >>> mark_look_alikes(frame)["id"].tolist()
    ["'00123", "'1E5", 'P-003', "'3-4", "'MAR1"]
    """
    marked = {}
    for name in text_columns(frame):
        if name in but:
            continue
        column = frame[name].astype("str")
        alike = column.str.fullmatch(LOOK_ALIKE, case=False, na=False)
        marked[name] = column.mask(alike, "'" + column)
    return frame.assign(**marked)
