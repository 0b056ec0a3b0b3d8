"""The page as a file: one HTML document that holds everything and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import zlib
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from predictor.errors import RunFileError
from predictor.lists.run import load_run
from predictor.report import words
from predictor.report.page_data import MOST_PROSPECTS, page_data

if TYPE_CHECKING:
    import os
    from pathlib import Path

#: Parts of the page's program, in the order in which they use one another.
_NAMES = ("core", "charts", "choosing", "list", "alerts", "prospect", "model", "main")
SCRIPTS = tuple(f"{name}.js" for name in _NAMES)


def write_report(run: str | os.PathLike[str], output: Path | None = None) -> Path:
    """Write the page of a scoring run.

    Parameters
    ----------
    run : path
        The run's folder.
    output : Path, optional
        The file; by default beside the run's folder, under its name: a run's own folder is
        replaced as a whole and holds only what its manifest vouches for.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    RunFileError
        If the folder is no scoring run, a file of it was changed, or the page cannot be written.
    """
    scoring_run = load_run(run, best=MOST_PROSPECTS)
    folder = scoring_run.folder.resolve()
    path = output or folder.with_name(f"{folder.name}.html")
    if folder in path.resolve().parents:
        msg = f"{path} lies in the run's folder, which scoring replaces: choose another --output"
        raise RunFileError(msg)
    _replace(path, page(page_data(scoring_run)))
    return path


def page(data: dict[str, Any]) -> str:
    """Put the parts of the page together.

    The data are compressed and written in base64, so that no text of the CRM can be read as markup;
    the browser runs the one program whose hash stands in the page's policy, and fetches nothing.

    Parameters
    ----------
    data : dict
        See `page_data`.

    Returns
    -------
    str
        HTML.
    """
    language = data["run"]["language"]
    script = "".join(["'use strict';(() => {\n", *map(_part, SCRIPTS), "})();\n"])
    style = _part("page.css")
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A lone surrogate, half a character, cannot be written; it becomes a question mark.
    packed = zlib.compress(text.encode("utf-8", "replace"))
    values = {
        "language": language,
        "title": data["run"]["name"],
        "skip": words.WORDS["skip"][language],
        "loading": words.LOADING[language],
        "failed": words.FAILED[language],
        "noscript": words.NO_SCRIPT[language],
        "style_hash": _hash(style),
        "script_hash": _hash(script),
    }
    parts = {name: escape(str(value)) for name, value in values.items()}
    parts |= {"data": base64.b64encode(packed).decode(), "style": style, "script": script}
    return re.sub(r"@(\w+)@", lambda found: parts[found[1]], _part("page.html"))


def _part(name: str) -> str:
    return files("predictor.report").joinpath("page", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror or error})"
        raise RunFileError(msg) from error
    finally:
        partial.unlink(missing_ok=True)
