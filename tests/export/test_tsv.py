"""The three files hold what the store holds, and every common reader gets it back."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db.errors import QueryError, StoreError, UsageError
from alembic_db.export import tsv
from alembic_db.export.tsv import TEXT_FIELDS, export_tsv
from alembic_db.saved import render, saved_query


def read(path: Path) -> list[dict[str, str]]:
    """Read a file as most scripts do."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", strict=True))


def ai_processed(store: duckdb.DuckDBPyConnection, folder: Path, *fields: str, **options: Any) -> list[dict[str, str]]:
    export_tsv(store, folder, text_fields=fields or None, **options)
    return read(folder / "AI_PROCESSED.TSV")


def test_three_files_are_written_into_a_new_folder(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    paths = export_tsv(store, folder)
    assert paths == [folder / "RESULTS.TSV", folder / "AI_PROCESSED.TSV", folder / "DOWNLOADS.TXT"]
    assert sorted(folder.iterdir()) == sorted(paths)


def test_results_come_back_through_csv(store: duckdb.DuckDBPyConnection, tmp_path: Path, nasty: str) -> None:
    export_tsv(store, tmp_path)
    rows = read(tmp_path / "RESULTS.TSV")
    assert [row["Run Accession"] for row in rows] == ["SRR1", "SRR2", ""]
    first = rows[0]
    assert first["Study Title"] == nasty
    assert (first["Total Bases"], first["Run Public"], first["Run Published"]) == (
        "3000000000",
        "true",
        "2020-01-02 03:04:05",
    )
    assert all(None not in row and None not in row.values() for row in rows)  # no row is longer or shorter


def test_results_come_back_through_duckdb_with_null_and_empty_apart(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    export_tsv(store, tmp_path)
    read_back = store.execute(
        "select * from read_csv(?, delim = '\t', quote = '\"', escape = '\"', header = true, all_varchar = true,"
        " nullstr = '', allow_quoted_nulls = false, strict_mode = true)",
        [str(tmp_path / "RESULTS.TSV")],
    ).fetchall()
    there = store.execute(render(saved_query("result_table"), {})).fetchall()
    assert len(there) == 3
    assert [[_text(value) for value in row] for row in there] == [list(row) for row in read_back]


def _text(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_results_can_be_imported_into_sqlite(store: duckdb.DuckDBPyConnection, tmp_path: Path, nasty: str) -> None:
    export_tsv(store, tmp_path)
    with (tmp_path / "RESULTS.TSV").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter="\t", strict=True)
    with closing(sqlite3.connect(":memory:")) as target:
        target.execute("create table results ({})".format(", ".join(f'"{title}"' for title in header)))
        target.executemany(f"insert into results values ({', '.join('?' * len(header))})", rows)
        assert target.execute('select "Study Title" from results where "Run Accession" = ?', ["SRR1"]).fetchall() == [
            (nasty,)
        ]


def test_null_is_nothing_and_empty_is_quoted(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export_tsv(store, tmp_path)
    text = (tmp_path / "RESULTS.TSV").read_bytes().decode("utf-8")
    header, *_, last, end = text.split("\n")
    assert end == ""
    row = dict(zip(header.split("\t"), last.split("\t"), strict=True))
    assert row["Study Accession"] == "SRP2"
    assert (row["Study Title"], row["Study Abstract"], row["Library Name"]) == ('""', "", '"NULL"')


def test_entities_stand_beside_their_text_in_its_order(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = ai_processed(store, tmp_path)
    titles = list(rows[0])
    assert titles[titles.index("Study Title") + 1] == "Study Title Entities"
    assert titles[titles.index("Study Abstract") + 1] == "Study Abstract Entities"
    assert rows[0]["Study Title Entities"] == "Gene:tab; Disease:quote"
    assert rows[0]["Study Abstract Entities"] == "Gene:TP53; Gene:KRAS"
    assert [row["Run Accession"] for row in rows] == ["SRR1", "SRR2", ""]
    assert rows[1]["Study Abstract Entities"] == rows[0]["Study Abstract Entities"]
    assert rows[2]["Study Abstract Entities"] == ""


def test_other_columns_are_those_of_the_results(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    added = {"Study Title Entities", "Study Abstract Entities", "ID", "TAGS"}
    rows = ai_processed(store, tmp_path)
    results = read(tmp_path / "RESULTS.TSV")
    assert [{title: value for title, value in row.items() if title not in added} for row in rows] == results


def test_reader_of_the_original_finds_id_and_tags(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = ai_processed(store, tmp_path)
    assert [(row["ID"], row["TAGS"]) for row in rows[1:]] == [("SRP1", "tab,quote,TP53,KRAS"), ("SRP2", "")]


def test_text_fields_can_be_chosen_attributes_too(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    row = ai_processed(store, tmp_path, "attribute:tissue", "Experiment Title", "Experiment Title")[0]
    assert "Study Title Entities" not in row
    assert row["Experiment Title Entities"] == "Gene:KRAS"
    assert row["attribute:tissue"] == "lung; liver"
    assert row["attribute:tissue Entities"] == "Disease:lung; Disease:liver"
    assert list(row)[-4:] == ["attribute:tissue", "attribute:tissue Entities", "ID", "TAGS"]


def test_every_text_field_is_a_column_of_the_results(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    row = ai_processed(store, tmp_path, *TEXT_FIELDS)[0]
    assert all(f"{title} Entities" in row for title in TEXT_FIELDS)
    assert set(TEXT_FIELDS) <= set(read(tmp_path / "RESULTS.TSV")[0])


def test_every_text_field_is_one_that_the_store_takes_texts_from() -> None:
    said = (Path(__file__).parents[2] / "schema" / "statements" / "said_texts.sql").read_text(encoding="utf-8")
    pairs = re.findall(r"'(\w+)'(?: as record_type)?, accession, '(\w+)'", said)
    assert set(TEXT_FIELDS.values()) <= {f"{record_type}.{field}" for record_type, field in pairs}


def test_no_text_field_leaves_the_plain_table(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export_tsv(store, tmp_path, text_fields=[])
    assert not [title for title in read(tmp_path / "AI_PROCESSED.TSV")[0] if title.endswith("Entities")]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Study Titel", "did you mean 'Study Title'?"),
        ("attribute:tisue", "did you mean 'attribute:tissue'?"),
        ("zzz", "There are Study Title, "),
        ("attribute:\x1fstudy.title", "There are Study Title, "),
    ],
)
def test_unknown_text_field_is_refused_before_anything_is_written(
    name: str, suggestion: str, store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        export_tsv(store, tmp_path / "out", text_fields=["Study Title", name])
    assert repr(name) in str(caught.value)
    assert suggestion in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_downloads_hold_one_address_a_line(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export_tsv(store, tmp_path)
    assert (tmp_path / "DOWNLOADS.TXT").read_bytes().decode("ascii").splitlines() == [
        "https://sra-pub-run-odp.s3.amazonaws.com/sra/SRR1/SRR1",
        "https://example.org/a%20b%0A?c=%20&d=%C3%A9",
    ]


def test_a_search_limits_all_three_files(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = ai_processed(store, tmp_path, search="one")
    assert [row["Run Accession"] for row in rows] == ["SRR1", "SRR2"]
    assert len(read(tmp_path / "RESULTS.TSV")) == 2
    export_tsv(store, tmp_path, search="none such")
    assert [read(tmp_path / "RESULTS.TSV"), (tmp_path / "DOWNLOADS.TXT").read_text()] == [[], ""]
    assert (tmp_path / "RESULTS.TSV").read_text(encoding="utf-8").startswith("Experiment Accession\t")


def test_rows_beyond_one_batch_are_all_written(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tsv, "_BATCH_ROWS", 1)
    assert len(ai_processed(store, tmp_path)) == 3


def test_failed_export_leaves_the_old_file_and_no_scrap(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export_tsv(store, tmp_path)
    old = (tmp_path / "RESULTS.TSV").read_bytes()
    store.execute("drop table run_file_location")
    with pytest.raises(QueryError, match="run_file_location"):
        export_tsv(store, tmp_path)
    assert (tmp_path / "RESULTS.TSV").read_bytes() == old
    assert {path.name for path in tmp_path.iterdir()} == {"RESULTS.TSV", "AI_PROCESSED.TSV", "DOWNLOADS.TXT"}


def test_folder_that_cannot_be_made_is_told(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        export_tsv(store, tmp_path / "file")


def test_connection_can_be_used_after_an_export(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export_tsv(store, tmp_path)
    assert store.execute("select count(*) from study").fetchall() == [(2,)]


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")), min_size=2))
def test_any_line_comes_back_through_csv(values: list[str]) -> None:
    line = tsv._line(values)
    assert list(csv.reader(io.StringIO(line, newline=""), delimiter="\t", strict=True)) == [values]
