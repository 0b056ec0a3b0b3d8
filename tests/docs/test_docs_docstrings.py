from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import predictor

SOURCE = Path(predictor.__file__).parent

# Their examples open scoring runs: tests/lists/test_lists_doctests.py makes those and runs them.
WITH_RUNS = (SOURCE / "__init__.py", SOURCE / "lists")
# Those of these open a demo.
WITH_DEMO = ("predictor.operations.analysing", "predictor.operations.opening")
MODULES = [
    ".".join(("predictor", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(
        ".__init__"
    )
    for path in sorted(SOURCE.rglob("*.py"))
    if path.name != "__main__.py" and not any(path.is_relative_to(other) for other in WITH_RUNS)
]


def _examples(name: str) -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    return [test for test in finder.find(importlib.import_module(name)) if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings_are_true(name, request, monkeypatch):
    if name in WITH_DEMO:
        monkeypatch.chdir(request.getfixturevalue("tiny_demo").parent)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for test in _examples(name):
        if name in WITH_DEMO:
            test.globs["predictor"] = predictor
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_there_are_examples():
    assert sum(len(_examples(name)) for name in MODULES) >= 8
