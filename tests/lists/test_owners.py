"""One list per owner: safe file names from hostile ones, and nobody lost."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.lists.owners import lists_by_owner, owner_file_names
from predictor.lists.ranking import RANKED_COLUMNS, rank

HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "..", ".", "...", " ", "  Ana  ", "C:\\Windows\\x", "~root",
    "con", "CON", "Con.txt", "nul", "COM1", "lpt¹", "aux.csv", "a/b", "a\\b", "a\0b", "a\nb",
    "a:b", "a*b", "a?b", 'a"b', "<b>", "a|b", "-rf", "--help", "$(reboot)", "`id`", "%PATH%",
    "Ana", "ana", "ANA", "Straße", "STRASSE", "Élodie", "E\u0301lodie", "élodie",
    "ﬁnance", "finance", "山田太郎", "محمد", "हिन्दी", "😀", "\u202eevil", "\u200b", "\ud800",
    "x" * 500, "x" * 501, "é" * 300, "without owner", "Without Owner", "ana-12345678", ".hidden",
    "name.", "name ", "name", "=cmd|' /C calc'!A0",
]  # fmt: skip
RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{i}" for d in ("com", "lpt") for i in range(10))}
owners = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=30), unique=True)


def seen_by_windows(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).rstrip(
        ". "
    )


@given(owners)
def test_names_are_safe_and_different_on_every_system(given_owners):
    names = owner_file_names(["", *given_owners])
    assert len({seen_by_windows(f"{name}.csv") for name in names.values()}) == len(names)
    for name in names.values():
        assert name == name.strip(". ")
        assert not set(name) & set('/\\:*?"<>|\0\n\r\t`$%')
        assert all(unicodedata.category(c)[0] != "C" for c in name)
        assert 0 < len(f"{name}.parquet".encode()) <= 255
        assert name.partition(".")[0].casefold() not in RESERVED
        assert name[0] != "-"


@given(owners)
def test_a_name_does_not_depend_on_order(given_owners):
    names = owner_file_names(given_owners)
    assert owner_file_names(given_owners[::-1]) == names


def test_files_of_all_hostile_owners_can_be_written_beside_each_other(tmp_path):
    folder = tmp_path / "run" / "owners"
    folder.mkdir(parents=True)
    names = owner_file_names(["", *HOSTILE])
    for owner, name in names.items():
        path = folder / f"{name}.csv"
        assert not path.exists()
        path.write_text(ascii(owner))
    assert len(list(folder.iterdir())) == len(HOSTILE) + 1
    assert len(list(tmp_path.rglob("*.csv"))) == len(HOSTILE) + 1


@pytest.mark.parametrize(
    "name",
    ["Ana Díaz", "O'Neil, Jr.x", "山田太郎", "हिन्दी", "Müller-Lüdenscheidt", "team (north) & co"],
)
def test_ordinary_names_stay_as_they_are(name):
    assert owner_file_names([name]) == {name: name}


def test_nobodys_list_has_a_name_in_both_languages():
    assert owner_file_names([""]) == {"": "without owner"}
    assert owner_file_names(["", "sans responsable"], "fr")[""] == "sans responsable"
    assert owner_file_names(["", "sans responsable"], "fr")["sans responsable"].startswith(
        "sans responsable-"
    )


names_or_nobody = st.sampled_from(["Ana", "ana", "Bo", "../x", "", None])


@given(st.lists(st.tuples(st.floats(0, 1), names_or_nobody, st.booleans()), max_size=30))
def test_everybody_listed_is_in_one_owners_list_in_the_same_order(scored_frame, rows):
    p, who, left_out = ([row[k] for row in rows] for k in range(3))
    scored = scored_frame(p, do_not_contact=left_out, owner=pd.Series(who, dtype="str"))
    frame = rank(scored).frame
    found = lists_by_owner(frame)
    together = pd.concat([*found.values(), frame.head(0)])
    assert sorted(together["prospect_id"]) == sorted(frame["prospect_id"])
    assert not set(together["prospect_id"]) & set(scored["prospect_id"][scored["do_not_contact"]])
    overall = frame.set_index("prospect_id")["rank"]
    for own in found.values():
        assert len(set(own["owner"].fillna(""))) == 1
        assert own["rank"].tolist() == list(range(1, len(own) + 1))
        assert own["overall_rank"].tolist() == overall[own["prospect_id"]].tolist()
        assert own["overall_rank"].is_monotonic_increasing


def test_the_columns_are_those_of_the_list_and_the_overall_rank(scored_frame):
    scored = scored_frame([0.1, 0.9, 0.5], owner=["Ana", "Bo", None])
    found = lists_by_owner(rank(scored).frame, "fr")
    assert list(found) == ["Ana", "Bo", "sans responsable"]
    assert list(found["Ana"].columns) == [*RANKED_COLUMNS, "overall_rank"]
    assert (found["Ana"]["rank"][0], found["Ana"]["overall_rank"][0]) == (1, 3)
    assert found["Ana"].dtypes["overall_rank"] == np.int64
