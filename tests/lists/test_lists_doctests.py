from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import predictor.lists

PACKAGE = Path(predictor.lists.__file__).parent
MODULES = sorted(path.stem for path in PACKAGE.glob("[a-z]*.py"))


# Importing shap makes colour maps by a call that Matplotlib is about to retire.
@pytest.mark.filterwarnings("ignore:The set_:PendingDeprecationWarning")
@pytest.mark.parametrize("name", ["predictor", *(f"predictor.lists.{name}" for name in MODULES)])
def test_examples_of_docstrings_are_true(name, runs_folder, monkeypatch):
    monkeypatch.chdir(runs_folder.parent)
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = {
        test.name
        for name in MODULES
        for test in finder.find(importlib.import_module(f"predictor.lists.{name}"))
        if test.examples
    }
    assert len(found) >= 10
