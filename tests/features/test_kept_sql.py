import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.random_histories import SPECIFICATION

from predictor.features import kept_sql as module
from predictor.features.families import build_catalogue
from predictor.features.kept_sql import kept_sql, sql_key

CATALOGUE = tuple(build_catalogue(SPECIFICATION))
KEY_OF_ANOTHER_PROCESS = """
from predictor.features.families import build_catalogue
from predictor.features.kept_sql import sql_key
from support.random_histories import SPECIFICATION
print(sql_key(SPECIFICATION, build_catalogue(SPECIFICATION), ("table", "columns")))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PREDICTOR_CACHE", str(tmp_path))
    return tmp_path / "sql"


def _never() -> str:
    raise AssertionError("written again")


def test_sql_is_written_once(folder: Path) -> None:
    assert kept_sql("key", lambda: "SELECT 'é'") == "SELECT 'é'"
    assert kept_sql("key", _never) == "SELECT 'é'"
    assert [path.name for path in folder.iterdir()] == ["key.sql"]


def test_the_key_is_the_same_in_another_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", KEY_OF_ANOTHER_PROCESS],
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == sql_key(SPECIFICATION, CATALOGUE, ("table", "columns"))


def test_whatever_the_sql_depends_on_is_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [
        sql_key(SPECIFICATION, CATALOGUE, "columns"),
        sql_key(SPECIFICATION, CATALOGUE, "other columns"),
        sql_key(SPECIFICATION, CATALOGUE[1:], "columns"),
        sql_key(SPECIFICATION, (*CATALOGUE[1:], CATALOGUE[0]), "columns"),
        sql_key(replace(SPECIFICATION, half_life_days=8.0), CATALOGUE, "columns"),
    ]
    monkeypatch.setattr(module, "_code", lambda: ["another version"])
    keys.append(sql_key(SPECIFICATION, CATALOGUE, "columns"))
    assert None not in keys
    assert len({*keys}) == len(keys)


def test_a_change_of_any_file_of_the_package_changes_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "features"
    shutil.copytree(Path(module.__file__).parent, package)
    monkeypatch.setattr(module, "__file__", str(package / "kept_sql.py"))
    compute = module._code.__wrapped__
    seen = [compute()]
    for name in ("facts.py", "relations/interactions.py", "families/fit.py", "table.py"):
        path = package / name
        path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
        seen.append(compute())
    assert len({tuple(code) for code in seen}) == len(seen)
    versions = {"ibis-framework": "0", "sqlglot": "0", "duckdb": "0"}
    monkeypatch.setattr(module, "version", versions.__getitem__)
    assert compute() not in seen


def test_a_feature_from_elsewhere_is_not_kept() -> None:
    foreign = replace(CATALOGUE[0], expression=lambda table: table.number)
    assert sql_key(SPECIFICATION, [foreign]) is None


@pytest.mark.parametrize("place", ["file/below", "file"])
def test_a_folder_that_cannot_be_written_costs_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PREDICTOR_CACHE", str(tmp_path / place))
    assert kept_sql("key", lambda: "SELECT 1") == "SELECT 1"


def test_the_oldest_files_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_FILES", 2)
    for age, key in enumerate("abc"):
        kept_sql(key, lambda: "SELECT 1")
        os.utime(folder / f"{key}.sql", (age, age))
    assert sorted(path.name for path in folder.iterdir()) == ["b.sql", "c.sql"]


def test_without_a_choice_files_go_where_the_system_keeps_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PREDICTOR_CACHE")
    assert module.cache_folder().name == "conversion-predictor"
