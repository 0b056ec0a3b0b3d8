"""The command line before any work: help, versions, mistakes in arguments, interruption."""

import json
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from support.typing_at_a_terminal import predictor

from predictor import cli
from predictor.config import json_schema
from predictor.errors import PredictorError

GOLDEN = Path(__file__).parent / "golden"
COMMANDS = [
    "demo",
    "simulate",
    "check",
    "cluster",
    "features",
    "train",
    "score",
    "explain",
    "evaluate",
    "report",
    "schema",
]
HEAVY = ("pandas", "numpy", "pyarrow", "ibis", "duckdb", "lightgbm", "sklearn", "mlflow", "shap",
         "matplotlib", "rich", "yaml", "xlsxwriter")  # fmt: skip
MISTAKES = yaml.safe_load((GOLDEN / "argument_mistakes.yaml").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def narrow_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def test_the_commands_are_those_of_the_golden_texts():
    assert [command.callback.__name__ for command in cli.app.registered_commands] == COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help(command):
    answer = predictor(*filter(None, [command, "--help"]))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (GOLDEN / "help" / f"{command or 'predictor'}.txt").read_text("utf-8")
    assert max(len(line) for line in answer.out.splitlines()) <= 80
    assert predictor(*filter(None, [command, "-h"])).out == answer.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_that_the_command_takes(command):
    text = " ".join(predictor(command, "--help").out.split())
    example = text.partition("Example: ")[2].split(" Arguments:")[0].split(" Options:")[0]
    words = example.split(" > ")[0].split()
    assert words[:2] == ["predictor", command]
    # an unknown word more is the only thing that can be wrong with it
    answer = predictor(*words[1:], "--no-such-option")
    assert answer.complaint.startswith("No such option: --no-such-option")


def test_no_arguments_show_the_help():
    answer = predictor()
    assert (answer.code, answer.err) == (2, "")
    assert answer.out == predictor("--help").out


def test_version():
    answer = predictor("--version")
    expected = f"predictor {version('conversion-predictor')}\n"
    assert (answer.code, answer.out, answer.err) == (0, expected, "")


def test_help_loads_nothing_heavy():
    script = f"""
import sys
from predictor.cli import main
for words in {[[], *([command] for command in COMMANDS)]!r}:
    sys.argv = ["predictor", *words, "--help"]
    try:
        main()
    except SystemExit as end:
        assert end.code == 0, words
print("LOADED", sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case["words"] or "nothing")
def test_a_mistake_in_the_arguments_is_one_line(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = predictor(*case["words"].split())
    assert answer.complaint == case["message"]
    assert answer.code == case["code"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["check", "train", "score", "evaluate"])
def test_a_mistake_in_the_configuration_is_one_line(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("source: {inputs: {a: b.csv}}\nhorizon_day: 3\n")
    complaint = predictor(command, "config.yaml").complaint
    assert complaint.startswith("config.yaml:2: unknown key 'horizon_day'; did you mean 'horizon_d")
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_schema_is_json_and_ends_with_a_line():
    answer = predictor("schema")
    assert answer.out.endswith("}\n")
    assert json.loads(answer.out) == json.loads(json.dumps(json_schema()))


@pytest.mark.parametrize(
    ("raised", "code", "complaint"),
    [
        (KeyboardInterrupt(), 130, "stopped; nothing was left half-written"),
        (PredictorError("people.csv:3: soon is\n no date"), 1, "people.csv:3: soon is no date"),
        (OSError(28, "No space left on device"), 1, "output: No space left on device"),
        (PermissionError(13, "Permission denied", "/x"), 1, "/x: Permission denied"),
    ],
)
def test_what_ends_a_command_is_one_line(monkeypatch, raised, code, complaint):
    def fail() -> None:
        raise raised

    monkeypatch.setattr("predictor.config.json_schema", fail)
    answer = predictor("schema")
    assert (answer.code, answer.complaint) == (code, complaint)


def test_a_mistake_of_ours_keeps_its_traceback(monkeypatch):
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("predictor.config.json_schema", fail)
    with pytest.raises(ZeroDivisionError):
        predictor("schema")


# The shell of a test may ignore SIGINT, and a child inherits that.
STOPPABLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import predictor.config
from predictor.cli import main
from predictor.crm.source import connect

def query():
    connect().raw_sql(
        "SELECT a.r % 1000, count(*) FROM range(100000) a(r), range(9000000) b(r) GROUP BY 1"
    ).fetchall()

predictor.config.json_schema = query
sys.argv = ["predictor", {words}]
print("ready", flush=True)
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize(
    "words", ["'simulate', 'crm', '--prospects', '1000000'", "'schema'"], ids=["work", "query"]
)
def test_ctrl_c_in_a_terminal(tmp_path, words):
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPABLE.format(words=words)],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "predictor: stopped; nothing was left half-written\n"
    assert list(tmp_path.iterdir()) == []


def test_a_closed_pipe_ends_in_silence():
    with subprocess.Popen(
        [sys.executable, "-m", "predictor", "schema"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_closed_pipe_is_met_in_silence():
    command = f"{sys.executable} -m predictor schema | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("{\n", "")
