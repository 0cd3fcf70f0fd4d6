"""Rows as table, JSON, CSV and TSV."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import click
import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alembic_db
from alembic_db.cli.output import Format, Output
from alembic_db.cli.rows import Rows, cell, plain
from alembic_db.cli.table import write_table
from alembic_db.errors import QueryError

ROWS: list[dict[str, object]] = [
    {"accession": "SRX0000001", "title": 'a "quoted", text', "runs": 2},
    {"accession": "SRX0000002", "title": None, "runs": 11},
]
TEXTS = st.text(st.characters(codec="utf-8"))


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., bytes]:
    """Write to a file and return its bytes."""

    def write(source: object, form: Format) -> bytes:
        file = tmp_path / "out"
        Output(form, file).write_rows(source)
        return file.read_bytes()

    return write


def table_of(sql: str) -> pa.Table:
    """Run SQL on nothing."""
    with duckdb.connect() as connection:
        return connection.sql(sql).to_arrow_table()


def test_csv_follows_rfc_4180(written: Callable[..., bytes]) -> None:
    assert written(ROWS, Format.CSV) == (
        b"accession,title,runs\r\n"
        b'SRX0000001,"a ""quoted"", text",2\r\n'
        b"SRX0000002,,11\r\n"
    )  # fmt: skip


def test_tsv_quotes_what_would_break_it(written: Callable[..., bytes]) -> None:
    assert written([{"a": "x\ty", "b": "l1\nl2"}], Format.TSV) == b'a\tb\n"x\ty"\t"l1\nl2"\n'


def test_json_is_a_list_of_objects(written: Callable[..., bytes]) -> None:
    assert json.loads(written(ROWS, Format.JSON)) == ROWS


@pytest.mark.parametrize("form", [Format.CSV, Format.TSV])
@given(rows=st.lists(st.tuples(TEXTS, TEXTS)))
def test_separated_text_comes_back_as_it_was(rows: list[tuple[str, str]], form: Format) -> None:
    with io.StringIO(newline="") as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", stream)
        Output(form).write_rows([{"a": a, "b": b} for a, b in rows])
        stream.seek(0)
        back = list(csv.reader(stream, "excel" if form is Format.CSV else "excel-tab"))[1:]
    assert back == [list(row) for row in rows]


def test_json_names_equal_columns_apart(written: Callable[..., bytes]) -> None:
    table = table_of("select 1 as a, 2 as a, 3 as b")
    assert json.loads(written(table, Format.JSON)) == [{"a": 1, "a_2": 2, "b": 3}]
    assert written(table, Format.CSV) == b"a,a,b\r\n1,2,3\r\n"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select sum(x) as v from range(5) t(x)", 10),
        ("select 1.5::decimal(9,2) as v", 1.5),
        ("select 'nan'::double as v", None),
        ("select true as v", True),
        ("select timestamp '2024-02-29 10:00:00' as v", "2024-02-29T10:00:00"),
        ("select date '2024-02-29' as v", "2024-02-29"),
        ("select time '10:00:01' as v", "10:00:01"),
        ("select 'ab'::blob as v", "6162"),
        ("select [1, null] as v", [1, None]),
        ("select {'k': date '2024-01-01'} as v", {"k": "2024-01-01"}),
        ("select timestamp_ns '2020-01-01 00:00:00.123456789' as v", "2020-01-01 00:00:00.123456789"),
        ("select null as v", None),
    ],
)
def test_every_sql_type_has_a_json_value(written: Callable[..., bytes], sql: str, expected: object) -> None:
    assert json.loads(written(table_of(sql), Format.JSON)) == [{"v": expected}]


def test_time_past_the_year_9999_is_no_crash(written: Callable[..., bytes]) -> None:
    assert written(table_of("select date '99999-01-01' as v"), Format.CSV).startswith(b"v\r\n")
    with pytest.raises(QueryError, match="Cast it in the statement"):
        written(table_of("select [date '99999-01-01'] as v"), Format.CSV)


def test_cells_keep_decimals_and_tell_true_from_text() -> None:
    assert [cell(value) for value in (None, True, Decimal("1.50"), 0.1, datetime(2024, 1, 2))] == [
        "", "true", "1.50", "0.1", "2024-01-02T00:00:00",
    ]  # fmt: skip


def test_large_decimal_stays_exact() -> None:
    assert plain(Decimal(10**30)) == 10**30


def test_table_off_a_terminal_is_whole_and_without_colour(written: Callable[..., bytes]) -> None:
    long = "word " * 100
    text = written([{"text": long.strip(), "[bold]n[/]": 1}], Format.TABLE).decode()
    assert long.strip() in text
    assert "[bold]n[/]" in text
    assert "\x1b" not in text


def test_table_shows_nothing_that_a_terminal_obeys(written: Callable[..., bytes]) -> None:
    text = written([{"x": "a\x1b[31mb\nc\u202ed"}], Format.TABLE).decode()
    assert "a\ufffd[31mb c\ufffdd" in text


def test_table_on_a_terminal_fits_its_width(monkeypatch: pytest.MonkeyPatch, terminal: io.StringIO) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    write_table(terminal, Rows.of([{"accession": "SRX1", "abstract": "word " * 30}]))
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= 40
    assert "…" in terminal.getvalue()


def test_narrow_columns_stay_whole_beside_a_wide_one(monkeypatch: pytest.MonkeyPatch, terminal: io.StringIO) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    write_table(terminal, Rows.of([{"accession": "SRX0000001", "abstract": "word " * 30, "runs": 12}]))
    assert terminal.getvalue().splitlines()[2].split() == ["SRX0000001", "word", "word", "word", "word…", "12"]


def test_wide_letters_are_counted_as_wide(written: Callable[..., bytes]) -> None:
    header, rule, first, second = (
        written([{"a": "肝臓", "b": 1}, {"a": "wxyz", "b": 2}], Format.TABLE).decode().splitlines()
    )
    assert (header, first, second) == ("a      b", "肝臓   1", "wxyz   2")
    assert len(rule) == len("wxyz   2")


def test_columns_that_a_terminal_has_no_room_for_are_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: io.StringIO
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    write_table(terminal, Rows.of([{f"c{n}": n for n in range(30)}]))
    assert "c3" in terminal.getvalue()
    assert "c9" not in terminal.getvalue()
    assert "26 more columns not shown" in capsys.readouterr().err


def test_no_rows_leave_the_header(written: Callable[..., bytes]) -> None:
    empty = table_of("select 1 as a, 'x' as b where false")
    assert written(empty, Format.CSV) == b"a,b\r\n"
    assert written(empty, Format.JSON) == b"[]\n"
    assert written(empty, Format.TABLE).split()[:2] == [b"a", b"b"]


def test_object_in_csv_has_one_row_per_leaf(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    Output(Format.CSV, file).write_object({"a": 1, "tables": {"study": 2}, "searches": [{"name": "x"}]})
    assert file.read_text().splitlines() == ["name,value", "a,1", "tables.study,2", "searches.1.name,x"]


@pytest.mark.parametrize(
    ("flag", "name", "expected"),
    [(None, "x.json", "json"), (None, "x.CSV", "csv"), ("tsv", "x.csv", "tsv"), (None, "x.txt", "table")],
)
def test_file_name_says_the_format_if_no_flag_does(flag: str | None, name: str, expected: str) -> None:
    assert Output.chosen(flag, Path(name)).format == expected


def test_dash_is_stdout() -> None:
    assert Output.chosen(None, Path("-")) == Output()


def test_file_is_replaced_only_when_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        Output(Format.CSV, file).write_rows([{"a": "fine"}, {"a": "\ud800"}])
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.csv"]


def test_file_gets_the_rights_that_a_new_file_has(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    Output(Format.CSV, tmp_path / "out.csv").write_rows(ROWS)
    assert (tmp_path / "out.csv").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_device_is_written_to_and_not_replaced() -> None:
    device = Path("/dev/null")
    if not device.exists():
        pytest.skip("no /dev/null on this system")
    Output(Format.CSV, device).write_rows(ROWS)
    assert not device.is_file()


def test_stdout_by_its_path_goes_on_where_it_is(tmp_path: Path) -> None:
    if not Path("/dev/stdout").exists():
        pytest.skip("no /dev/stdout on this system")
    code = """
from pathlib import Path
from alembic_db.cli.output import Format, Output
print("before", flush=True)
Output(Format.CSV, Path("/dev/stdout")).write_rows([{"a": 1}])
"""
    environment = os.environ | {"PYTHONPATH": str(Path(alembic_db.__file__).parents[1])}
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True, env=environment)
    assert (tmp_path / "out").read_bytes() == b"before\na\r\n1\r\n"


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"Cannot write .*nowhere.*No such file"):
        Output(Format.CSV, tmp_path / "nowhere" / "out.csv").write_rows(ROWS)
