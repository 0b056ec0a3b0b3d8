from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from support.forward_tests import HORIZON_DAYS, make_test

from predictor import printing
from predictor.config import Config
from predictor.evaluation.explored import explored, say_explored
from predictor.evaluation.forward import metrics
from predictor.evaluation.report import report_on
from predictor.features.catalogue import Text
from predictor.operations import evaluating
from predictor.operations.evaluating import Evaluation


def report_of(test, **settings):
    return report_on(
        test,
        metrics(test),
        HORIZON_DAYS,
        subject=Text("configuration test", "configuration d'essai"),
        **settings,
    )


@pytest.fixture(scope="module")
def report():
    return report_of(
        make_test(1, n_prospects=500),
        champion=Text("The champion is ours/1.", "Le champion est ours/1."),
    )


def test_asking_for_a_champion_makes_no_registry(tmp_path):
    config = Config(source={"inputs": {"prospects": "p.csv"}}, folder=tmp_path)
    assert evaluating._champion(config) is None
    assert list(tmp_path.iterdir()) == []


def test_an_evaluation_that_cannot_be_made_leaves_no_file(report, tmp_path, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(evaluating, "evaluation_documents", fail)
    with pytest.raises(MemoryError):
        evaluating._write(report, tmp_path / "evaluation")
    assert list(tmp_path.iterdir()) == []


def test_a_second_evaluation_leaves_other_files_of_the_folder_alone(report, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for _ in range(2):
        evaluating._write(report, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"notes.txt", "evaluation.html", "metrics.csv", "over_time.png"} <= names


@pytest.fixture
def slices():
    cold = pd.DataFrame({"prospect_id": list("abcd"), "as_of": 0, "propensity": 0.5, "won": False})
    return explored(cold.assign(foretold=0.1, exploration=[True, True, False, False]))


def test_what_random_slices_came_to_is_written_only_where_there_are_some(report, slices, tmp_path):
    evaluating._write(replace(report, explored=slices), tmp_path)
    table = pd.read_csv(tmp_path / "explored.csv")
    pd.testing.assert_frame_equal(table, slices.table, check_dtype=False)
    evaluating._write(report, tmp_path)
    assert not (tmp_path / "explored.csv").exists()


def test_the_terminal_says_what_random_slices_came_to(report, slices, tmp_path, capsys):
    printing.print_evaluation(Evaluation(replace(report, explored=slices), tmp_path))
    assert say_explored(slices) in " ".join(capsys.readouterr().out.split())


def test_the_terminal_says_worth_worst_slices_and_champion_in_80_columns(report, tmp_path, capsys):
    test = report.test
    long = test.traits.rename(columns={"source": "the source of the prospect, in many words " * 3})
    printing.print_evaluation(Evaluation(report_of(replace(test, traits=long)), tmp_path))
    printing.print_evaluation(Evaluation(report, tmp_path))
    lines = capsys.readouterr().out.splitlines()
    # The folder of the test itself may be long; people give a short one.
    assert max(len(line) for line in lines if str(tmp_path) not in line) <= 80
    assert "The champion is ours/1." in lines
    (title, *_) = [line for line in lines if line.startswith("The worst slices")]
    first = lines[lines.index(title) + 2 :][0]
    assert first.split()[0] in {"the", "age", "source:", "month:"}
    assert any(line.startswith("Had the team worked the top 20%") for line in lines)


def test_the_worst_slice_is_printed_first(report, tmp_path, capsys):
    printing.print_evaluation(Evaluation(report, tmp_path))
    lines = capsys.readouterr().out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("The worst slices"))
    worst = report.slices.iloc[0]
    assert lines[start + 2].startswith(f"{worst['trait']}: {worst['slice']}")
    assert f"{worst['observed_over_expected']:.2f}" in lines[start + 2]
