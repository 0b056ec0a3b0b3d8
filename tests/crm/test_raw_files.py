"""CSV is read as text, whatever its dress, and Parquet as it is; no row is lost in silence."""

import csv
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.crm.raw_files import register_file
from predictor.crm.source import connect
from predictor.errors import SourceError


def rows_of(path: Path, *lines: str | bytes) -> list[tuple]:
    """Write a raw file, read it as an input would be, and return its rows."""
    path.write_bytes(b"".join(x.encode() if isinstance(x, str) else x for x in lines))
    return read_rows(path)


def read_rows(pattern: Path) -> list[tuple]:
    engine = connect()
    register_file(engine, "raw", pattern)
    return engine.raw_sql("SELECT * FROM raw").fetchall()


def columns_of(pattern: Path) -> list[str]:
    engine = connect()
    register_file(engine, "raw", pattern)
    return list(engine.table("raw").columns)


def test_csv_is_text_only(tmp_path):
    file = tmp_path / "raw.csv"
    lines = "id,n,day,flag\n", "007,1e5,2024-01-05,true\n", "1234567890123456789,1.0,1,\n"
    assert rows_of(file, *lines) == [
        ("007", "1e5", "2024-01-05", "true"),
        ("1234567890123456789", "1.0", "1", None),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_byte_order_mark_and_quotes(tmp_path, end):
    lines = f'id,said{end}1,"x, ""y"""{end}2,"two{end}lines"{end}3,#4{end}#5,it\'s{end}'
    assert rows_of(tmp_path / "raw.csv", b"\xef\xbb\xbf", lines) == [
        ("1", 'x, "y"'),
        ("2", f"two{end}lines"),
        ("3", "#4"),
        ("#5", "it's"),
    ]
    assert columns_of(tmp_path / "raw.csv") == ["id", "said"]


def test_empty_cells_are_missing_and_words_for_nothing_are_words(tmp_path):
    rows = rows_of(tmp_path / "raw.csv", 'a,b\n,""\nNULL,NA\n')
    assert rows == [(None, None), ("NULL", "NA")]


@pytest.mark.parametrize(
    ("name", "delimiter"), [("a.csv", ";"), ("a.CSV", "|"), ("a.tsv", "\t"), ("a.txt", ",")]
)
def test_the_heading_tells_the_delimiter(tmp_path, name, delimiter):
    text = f"id{delimiter}amount\n1{delimiter}2.5\n"
    assert rows_of(tmp_path / name, text) == [("1", "2.5")]


def test_a_comma_inside_a_quoted_heading_is_no_delimiter(tmp_path):
    assert rows_of(tmp_path / "a.csv", '"name, first, last";age\nx;3\n') == [("x", "3")]


def test_headings_are_trimmed_numbered_and_may_have_two_lines(tmp_path):
    file = tmp_path / "raw.csv"
    assert rows_of(file, 'id, Name ,,ID,"two\nlines"\n1,2,3,4,5\n') == [("1", "2", "3", "4", "5")]
    assert columns_of(file) == ["id", "Name", "column2", "ID_1", "two\nlines"]


def test_a_heading_without_rows_is_an_empty_table(tmp_path):
    assert rows_of(tmp_path / "a.csv", "a,b\n") == []
    assert rows_of(tmp_path / "b.csv", "a,b") == []


def test_gzip_and_several_files_meet_by_name(tmp_path):
    (tmp_path / "day1.csv").write_text("id,kind\n1,call\n")
    (tmp_path / "day2.csv").write_text("kind;id;note\nmail;2;late\n")
    with gzip.open(tmp_path / "day3.csv.gz", "wt") as stream:
        stream.write("id,kind\n3,visit\n")
    assert sorted(read_rows(tmp_path / "day*.csv*"), key=str) == [
        ("1", "call", None),
        ("2", "mail", "late"),
        ("3", "visit", None),
    ]


def test_parquet_keeps_types_and_globs_reach_folders(tmp_path):
    for year, amount in (("2023", 1.5), ("2024", 2.5)):
        folder = tmp_path / "export" / year
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"id": [year], "amount": [amount]}), folder / "part.parquet")
    rows = read_rows(tmp_path / "export" / "*" / "*.parquet")
    assert sorted(rows) == [("2023", 1.5), ("2024", 2.5)]
    assert sorted(read_rows(tmp_path / "**" / "*.parquet")) == sorted(rows)


@pytest.mark.parametrize("name", ["it's.csv", "[1].csv", "a b.csv", "été.csv", "*.csv"])
def test_strange_file_names(tmp_path, name):
    assert rows_of(tmp_path / name, "id\n7\n") == [("7",)]


def test_the_delimiter_at_the_end_of_each_line_is_no_column(tmp_path):
    assert rows_of(tmp_path / "a.csv", "a,b\n1,2,\n3,4,\n") == [("1", "2"), ("3", "4")]


CELLS = st.sampled_from(
    ["", "a", "x,y", 'say "hi"', "two\nlines", "cr\r\nlf", " sp ", "'", "#c", '"', "é漢", "0012",
     "\\", "\\N", "NULL", ";", "\t", "|", "-", "1,5", '""', "\n", "'q", "x" * 50]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(2, 5).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), max_size=8).map(
            lambda body: [[f"c{place}" for place in range(n)], *body]
        )
    ),
    end=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    cut=st.booleans(),
)
def test_csv_is_read_as_python_reads_it(tmp_path_factory, rows, end, delimiter, quoting, cut):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    text = stream.getvalue()
    text = text.removesuffix(end) if cut else text
    expected = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1:]
    path = tmp_path_factory.mktemp("csv") / "raw.csv"
    read = [tuple(cell or "" for cell in row) for row in rows_of(path, text)]
    assert read == [tuple(row) for row in expected]


def test_files_of_one_pattern_are_of_one_kind(tmp_path):
    (tmp_path / "a.csv").write_text("id\n1\n")
    pq.write_table(pa.table({"id": ["2"]}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match=r"or all in \.parquet"):
        read_rows(tmp_path / "a.*")


def test_files_that_are_not_there_or_of_another_kind(tmp_path):
    (tmp_path / "folder.parquet").mkdir()
    (tmp_path / "bad.parquet").write_bytes(b"no")
    (tmp_path / "bad.csv.gz").write_bytes(b"no")
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    cases = {
        "none.csv": "no such file (source.inputs.raw)",
        "none*.parquet": "no such file (source.inputs.raw)",
        "folder.parquet": "is a folder; name its files in source.inputs.raw, for example "
        "folder.parquet/*.parquet",
        "book.xlsx": "source.inputs.raw must end in .csv, .tsv, .txt (each also with .gz), or all "
        "in .parquet",
        "bad.csv.gz": "cannot be read: Not a gzipped file (b'no')",
    }
    for name, message in cases.items():
        with pytest.raises(SourceError) as caught:
            read_rows(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {message}"
    with pytest.raises(SourceError, match="too small to be a Parquet file") as caught:
        read_rows(tmp_path / "bad.parquet")
    assert "\n" not in str(caught.value)
