"""The pages of the documentation, cut into the parts that the tests look at."""

from __future__ import annotations

import importlib.util
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md"))
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)(?P<info>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
# An example that cannot run says why: <!-- not run: it needs a server -->
_NOT_RUN = re.compile(r"<!-- not run: \S.* -->\n$")
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    title: str
    text: str
    runs: bool

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def name_of(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


def blocks(page: Path, *languages: str) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        indent = match["indent"]
        body = "".join(
            line.removeprefix(indent) for line in match["text"].splitlines(keepends=True)
        )
        title = _TITLE.search(match["info"])
        before = text[: match.start()]
        found.append(
            Block(
                page=name_of(page),
                line=before.count("\n") + 2,
                language=match["language"],
                title=title[1] if title else "",
                text=body,
                runs=_NOT_RUN.search(before) is None,
            )
        )
    return [block for block in found if not languages or block.language in languages]


def all_blocks(*languages: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page, *languages)]


def write_files(page: Path, folder: Path) -> None:
    """Write the files whose contents stand in a page, each in a block with a title."""
    for block in blocks(page):
        if block.title:
            path = folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")


def commands(block: Block) -> list[str]:
    """Return the command lines of a console block; the output of commands is left out."""
    joined = block.text.replace("\\\n", " ")
    return [line[2:] for line in joined.splitlines() if line.startswith("$ ")]


def arguments(line: str) -> list[str]:
    """Return the words of a command line, up to a pipe, a redirection or a second command."""
    return shlex.split(re.split(r"[|>&;]", line)[0])


def output_of(block: Block, command: str) -> str:
    """Return what a console block shows below a command."""
    rest = block.text.partition(f"$ {command}\n")[2]
    return re.split(r"^\$ ", rest, flags=re.MULTILINE)[0].strip()


def table_below(page: Path, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    section = page.read_text(encoding="utf-8").partition(f"{heading}\n")[2]
    lines = [line for line in section.splitlines() if line.startswith("|") or not line]
    table = "\n".join(lines).strip().partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table]


def load_hook() -> ModuleType:
    """Import the hook as MkDocs does, by its path."""
    spec = importlib.util.spec_from_file_location(
        "docs_reference_hook", DOCS / "hooks/reference.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
