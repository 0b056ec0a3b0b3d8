"""One list per owner, in a file named after the owner."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from predictor.lists.bands import Language

NOBODY: dict[Language, str] = {"en": "without owner", "fr": "sans responsable"}
"""Names the file of the prospects that nobody has."""
OVERALL_RANK = "overall_rank"

#: In UTF-8; with a hash and an ending, far below the 255 bytes that file systems allow.
_MAX_BYTES = 100
_UNSAFE = re.compile(r"[^\w .,'()&-]+")
# A name that looks as if it had a hash could be mistaken for one that has.
_HASHED = re.compile(r"-[0-9a-f]{8}\Z")
# Windows takes these for devices, with any ending.
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def owner_file_names(owners: Iterable[str], language: Language = "en") -> dict[str, str]:
    """Give each owner a file name, without ending, that is safe on every system.

    Letters and digits of any script stay, and so do spaces and a few signs; anything else (slashes,
    control characters, quotes, ...) becomes ``_``. No name begins or ends with a dot or a space, is
    one that Windows reserves, or differs from another by case or by the form of its accents alone.
    A name that had to be changed, and names that would collide, get a part of the hash of the
    owner's real name: so an owner keeps the file name whoever else comes and goes.

    Parameters
    ----------
    owners : iterable of str
        Each once; ``""`` stands for nobody.
    language : {"en", "fr"}
        Language of the file of nobody's prospects.

    Examples
    --------
    >>> owner_file_names(["Ana Díaz", "", "../etc/passwd"])
    {'Ana Díaz': 'Ana Díaz', '': 'without owner', '../etc/passwd': '_etc_passwd-7fef78f5'}
    >>> owner_file_names(["ANA", "Ana", "con"])
    {'ANA': 'ANA-482673bd', 'Ana': 'Ana-dea210f0', 'con': '_con-1143da2b'}
    """
    plain = {owner: _safe(owner) if owner else NOBODY[language] for owner in owners}
    alike = Counter(_folded(name) for name in plain.values())

    def stays(owner: str, name: str) -> bool:
        alone = alike[_folded(name)] == 1 and not _HASHED.search(_folded(name))
        return not owner or (name == owner and alone)

    return {
        owner: name if stays(owner, name) else f"{name}-{_hash(owner)}"
        for owner, name in plain.items()
    }


def lists_by_owner(frame: pd.DataFrame, language: Language = "en") -> dict[str, pd.DataFrame]:
    """Cut a ranked list into one per owner.

    Parameters
    ----------
    frame : DataFrame
        The ranked list, the best prospect first.
    language : {"en", "fr"}
        Language of the name of nobody's list.

    Returns
    -------
    dict of str to DataFrame
        By file name without ending, in its alphabetical order. The columns are those of the list
        and, at the end, ``overall_rank``; ``rank`` is the place in the owner's own list.
    """
    owner = frame["owner"].astype("object").where(frame["owner"].notna(), "")
    names = owner_file_names(sorted(owner.unique()), language)
    lists = {}
    for who, mine in frame.groupby(owner, sort=False):
        own = mine.assign(**{OVERALL_RANK: mine["rank"]}).reset_index(drop=True)
        own["rank"] = np.arange(1, len(own) + 1, dtype=np.int64)
        lists[names[str(who)]] = own
    return dict(sorted(lists.items()))


def _safe(owner: str) -> str:
    text = unicodedata.normalize("NFC", owner)
    # Marks that combine are no word characters, but some scripts cannot do without them.
    text = _UNSAFE.sub(lambda found: _keep_marks(found[0]), text)
    text = text.encode(errors="ignore")[:_MAX_BYTES].decode(errors="ignore").strip(". ")
    # A dash at the start would be an option to many a command.
    return f"_{text}" if not text or text[0] == "-" or _DEVICE.fullmatch(text) else text


def _hash(owner: str) -> str:
    return hashlib.sha256(owner.encode(errors="surrogatepass")).hexdigest()[:8]


def _keep_marks(text: str) -> str:
    return re.sub(
        r"_+", "_", "".join(c if unicodedata.category(c) in ("Mn", "Mc") else "_" for c in text)
    )


def _folded(name: str) -> str:
    """Give what file systems that ignore case and forms of accents take a name for."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
