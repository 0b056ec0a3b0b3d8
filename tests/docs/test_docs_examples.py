from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from docs_pages import (
    DOCS,
    PAGES,
    ROOT,
    all_blocks,
    arguments,
    blocks,
    commands,
    name_of,
    output_of,
    write_files,
)

from predictor.cli import app, main
from predictor.config_file import parse_config
from predictor.lists.files import RUN_FILES
from predictor.lists.run import load_run

if TYPE_CHECKING:
    from docs_pages import Block

LANGUAGES = {"bash", "console", "csv", "python", "sql", "text", "yaml"}
PROGRAMS = {"predictor", "make", "mlflow", "curl", "export", "head", "python"}
SOURCE = "source: {inputs: {prospects: prospects.csv, outcomes: outcomes.csv}}\n"
WITH_PYTHON = [page for page in PAGES if blocks(page, "python")]
FILES = (DOCS / "reference/files.md").read_text(encoding="utf-8")
OWN_CRM = DOCS / "tutorials/own_crm.md"


def _command_lines() -> list[tuple[Block, str]]:
    return [(block, line) for block in all_blocks("console", "bash") for line in commands(block)]


def test_blocks_are_of_languages_that_are_looked_at():
    assert {block.language for block in all_blocks()} <= LANGUAGES


# Importing shap makes colour maps by a call that Matplotlib is about to retire.
@pytest.mark.filterwarnings("ignore:The set_:PendingDeprecationWarning")
# Its plots set the labels of an axis before they fix its ticks, and use NumPy's global generator.
@pytest.mark.filterwarnings("ignore:.*tick.*:UserWarning")
@pytest.mark.filterwarnings("ignore:The NumPy global RNG:FutureWarning")
@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_python_runs(page, tmp_path, monkeypatch, request):
    write_files(page, tmp_path)
    if "demo/" in page.read_text(encoding="utf-8"):
        shutil.copytree(request.getfixturevalue("tiny_demo"), tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names: dict[str, Any] = {"__name__": "__documentation__"}
    for block in blocks(page, "python"):
        if block.runs:
            code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
            exec(code, names)


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=str)
def test_yaml_is_a_configuration(block):
    text = block.text if "source:" in block.text else block.text + SOURCE
    parse_config(text, DOCS / f"{block.page}.yaml")


@pytest.mark.parametrize(("block", "line"), _command_lines(), ids=str)
def test_command_lines_are_valid(block, line):
    words = arguments(line)
    while words and "=" in words[0]:  # an environment variable before the command
        words = words[1:]
    assert words[0] in PROGRAMS
    if words[0] == "predictor":
        _parse(words[1:])
    if words[0] == "make":
        assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_commands_within_sentences_are_valid():
    lines = [
        line
        for page in PAGES
        for line in page.read_text(encoding="utf-8").split("`")
        if line.startswith("predictor ") and "COMMAND" not in line
    ]
    assert lines
    group: Any = typer.main.get_command(app)
    for line in lines:
        words = arguments(line)[1:]
        assert words[0] in group.commands
        if words[1:]:  # a sentence may name a command alone
            _parse(words)


def test_every_command_stands_in_an_example():
    used = {arguments(line)[1] for _, line in _command_lines() if line.startswith("predictor ")}
    group: Any = typer.main.get_command(app)
    assert {"check", "train", "score", "explain", "evaluate", "features", "simulate"} <= used
    assert used <= set(group.commands)


def test_own_crm_shows_what_check_prints(tmp_path, monkeypatch, capsys):
    write_files(OWN_CRM, tmp_path)
    monkeypatch.chdir(tmp_path)
    block = next(b for b in blocks(OWN_CRM, "console") if "predictor check" in b.text)
    line = commands(block)[0]
    monkeypatch.setattr("sys.argv", shlex.split(line))
    with pytest.raises(SystemExit) as ended:
        main()
    printed = "\n".join(text.rstrip() for text in capsys.readouterr().out.splitlines()).strip()
    assert ended.value.code == 1
    assert output_of(block, line) == printed, f"paste this into {OWN_CRM}:\n{printed}"


def test_own_crm_holds_every_file_that_it_needs(tmp_path):
    write_files(OWN_CRM, tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert written == {
        "config.yaml",
        *(f"crm/{name}.csv" for name in ("activities", "deals")),
        *(f"sql/{name}.sql" for name in ("interactions", "outcomes", "prospects")),
    }


def _parse(words: list[str]) -> None:
    """Let the command line parse words as it would, without running the command."""
    group: Any = typer.main.get_command(app)
    command = group.commands[words[0]]
    command.make_context(words[0], words[1:])


def test_the_parser_of_this_test_refuses_what_does_not_exist():
    with pytest.raises(Exception, match="No such option"):
        _parse(["train", "config.yaml", "--asof", "2024-01-01"])


def test_no_page_loads_or_names_what_it_must_not():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<img" not in text
        assert str(Path.home()) not in text
        assert str(ROOT) not in text


def test_files_of_a_run_are_on_the_page(tiny_demo):
    for name in RUN_FILES:
        assert f"`{name}`" in FILES
    run = load_run(tiny_demo / "runs/2026-06-29")
    for name in [*run.explanations.columns, *run.manifest]:
        assert f"`{name}`" in FILES, name


def test_files_of_a_model_are_on_the_page(tiny_demo):
    folder = tiny_demo / "model"
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert names
    for name in names:
        shown = name if "_phase_" not in name else "boosters/won_phase_0.txt"
        assert f"`{shown}`" in FILES, name
