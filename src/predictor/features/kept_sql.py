"""SQL kept between processes: Ibis takes up to a second to write what DuckDB reads in no time.

A query depends on the specification, the features and the tables' columns, on this package's code
and on Ibis. All of that is in the name of its file, so a change of any of it makes a new file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from predictor.features.catalogue import Feature
    from predictor.features.specification import FeatureSpecification

_MOST_FILES = 200


def kept_sql(key: str, write: Callable[[], str]) -> str:
    """Return the SQL that was kept under a key, or write and keep it.

    Parameters
    ----------
    key : str
        What `sql_key` returns.
    write : callable
        Returns the SQL.
    """
    path = cache_folder() / "sql" / f"{key}.sql"
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        sql = write()
    with contextlib.suppress(OSError):  # a read-only home or a full disk costs time only
        _keep(path, sql)
    return sql


def cache_folder() -> Path:
    """Return where files are kept that may be deleted at any time.

    The environment's `PREDICTOR_CACHE`, or else where this system keeps them for each user.
    """
    chosen = os.environ.get("PREDICTOR_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("conversion-predictor")


def sql_key(
    specification: FeatureSpecification, catalogue: Iterable[Feature], *others: Any
) -> str | None:
    """Return what tells a query of features from all others; None if it may not be kept.

    Parameters
    ----------
    specification : FeatureSpecification
        What was frozen at training.
    catalogue : iterable of Feature
        The features. One whose expression is not in this package's code may not be kept.
    *others : Any
        Whatever else the query depends on; its `str` must tell.
    """
    features = []
    for feature in catalogue:
        if not feature.expression.__module__.startswith(__package__):
            return None
        relation = feature.relation
        features.append([feature.name, relation.build.__qualname__, relation.part, feature.absent])
    document = [_code(), specification.to_json(), features, [str(other) for other in others]]
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()


@cache
def _code() -> list[str]:
    """Return what tells the code that writes the SQL: the versions, and this package's files."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"\n{path.relative_to(folder)}\n".encode() + path.read_bytes())
    packages = ("ibis-framework", "sqlglot", "duckdb")
    return [digest.hexdigest(), *(version(package) for package in packages)]


def _keep(path: Path, sql: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = sorted(path.parent.glob("*.sql"), key=lambda file: file.stat().st_mtime)
    for oldest in kept[: max(0, len(kept) + 1 - _MOST_FILES)]:
        oldest.unlink(missing_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(sql)
    os.replace(partial, path)  # noqa: PTH105 - atomic on every system
