"""Several annotators side by side: which spans count, where they agree, how far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from alembic_db.saved import render, saved_query

from .conftest import MIGRATIONS

Rows = list[tuple[Any, ...]]
Ask = Callable[..., Rows]
ALL = "Gene,Disease,Chemical,Species,Variant,CellLine"
ANNOTATORS = [
    (1, "structured", "1", ALL),
    (2, "compact", "1", ALL),
    (3, "cells", "1", "CellLine"),
    (4, "compact", "2", ALL),
    (5, "scispacy", "1", "Disease"),
]
SPANS = [  # text, annotator, start, end, type, concept, score
    # 1: the record says it; what the others know of the very place is kept, what they make of it is not counted
    (1, 1, 0, 5, "CellLine", None, 0.95),
    (1, 3, 0, 5, "CellLine", "CVCL_0031", 0.9),
    (1, 4, 0, 5, "Gene", None, 0.6),
    (1, 4, 10, 14, "Gene", None, 0.6),
    # 2: added models come before the one inside, of equals the longer counts
    (2, 4, 0, 20, "Disease", None, 0.9),
    (2, 5, 6, 12, "Disease", None, 1.0),
    (2, 3, 6, 15, "CellLine", "CVCL_1", 0.9),
    # 3: the old version has been read over by the new one, which finds nothing
    (3, 2, 0, 4, "Gene", None, 0.9),
    # 4: only the old version has read it
    (4, 2, 0, 4, "Gene", None, 0.9),
    # 5: a chain of overlaps is one place
    (5, 4, 0, 6, "Disease", None, 0.9),
    (5, 5, 4, 9, "Disease", "D:1", 0.8),
    (5, 1, 8, 12, "Disease", None, 0.9),
    (5, 4, 20, 25, "Disease", None, 0.9),
    (5, 5, 20, 25, "Disease", None, 0.9),
    (5, 1, 20, 25, "Disease", None, 0.9),
]
READ = [(text, annotator) for text in (1, 2, 3, 5) for annotator in (1, 3, 4, 5)] + [(3, 2), (4, 2)]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with duckdb.connect(":memory:") as connection:
        for migration in MIGRATIONS:
            connection.execute(migration.read_text(encoding="utf-8"))
        _fill(connection)

        def rows(view: str, *columns: str, **values: str) -> Rows:
            sql = render(saved_query(view), values)
            return connection.execute(f"select {', '.join(columns)} from ({sql})").fetchall()

        yield rows


def _fill(connection: duckdb.DuckDBPyConnection) -> None:
    connection.executemany("insert into annotator values (?, ?, ?, ?, 1)", ANNOTATORS)
    connection.executemany("insert into annotation values (?, ?, 0, timestamp '2024-01-01', 1)", READ)
    for text in range(1, 6):
        connection.execute("insert into text values (?, 'a text of thirty characters ...', null, null, 30, 1)", [text])
        connection.execute("insert into field_text values ('study', 'SRP1', 'title', ?, ?, 1)", [text, text])
    entities: dict[tuple[str, int, str], int] = {}
    for text in (1, 2):
        connection.execute("insert into field_text values ('sample', 'SRS1', 'attribute', ?, ?, 1)", [text, text])
    for text, annotator, start, end, kind, concept, score in SPANS:
        name = f"{start}-{end}"
        entity = 100 + len(entities)
        entity = entities.setdefault((kind, text, name), entity)
        row = [text, annotator, start, end, kind, name, entity, concept, score]
        connection.execute("insert into entity_span values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)", row)
    for (kind, text, name), entity in entities.items():
        connection.execute("insert into entity values (?, ?, ?, 1)", [entity, kind, f"{text}: {name}"])


def test_one_reading_of_each_place_is_counted(ask: Ask) -> None:
    counted = ask("counted_span", "text_id", "annotator_id", "start_offset", "end_offset", "concept_id")
    assert sorted(counted) == [
        (1, 1, 0, 5, "CVCL_0031"),
        (1, 4, 10, 14, None),
        (2, 3, 6, 15, "CVCL_1"),
        (4, 2, 0, 4, None),
        (5, 1, 8, 12, None),
        (5, 1, 20, 25, None),
    ]


def test_views_count_what_is_counted_and_all_of_one_annotator(ask: Ask) -> None:
    names = [name for (name,) in ask("top_entities", "name")]
    assert sorted(names) == ["1: 0-5", "1: 10-14", "2: 6-15", "4: 0-4", "5: 20-25", "5: 8-12"]
    assert sorted(ask("top_entities", "name", annotator="scispacy")) == [("2: 6-12",), ("5: 20-25",), ("5: 4-9",)]
    study = {"accession": "SRP1"}
    assert len(ask("entity_mention", "text_id", **study)) == 6
    assert len(ask("entity_mention", "text_id", spans="all", **study)) == len(SPANS)
    assert len(ask("entity_mention", "text_id", annotator="scispacy", **study)) == 3


def test_overlapping_spans_of_a_type_are_one_place(ask: Ask) -> None:
    columns = ("text_id", "entity_type", "start_offset", "end_offset", "mention", "annotator_count", "reader_count")
    assert ask("entity_consensus", *columns, type="Disease") == [
        (2, "Disease", 0, 20, "0-20", 2, 3),
        (5, "Disease", 0, 12, "0-6", 3, 3),
        (5, "Disease", 20, 25, "20-25", 3, 3),
    ]
    assert ask("entity_consensus", *columns, type="CellLine") == [
        (1, "CellLine", 0, 5, "0-5", 2, 3),
        (2, "CellLine", 6, 15, "6-15", 1, 3),
    ]


def test_exact_places_majorities_and_minimum(ask: Ask) -> None:
    columns = ("text_id", "start_offset", "end_offset", "annotator_count")
    exact = ask("entity_consensus", *columns, type="Disease", level="exact")
    assert exact == [(2, 0, 20, 1), (2, 6, 12, 1), (5, 0, 6, 1), (5, 4, 9, 1), (5, 8, 12, 1), (5, 20, 25, 3)]
    assert ask("entity_consensus", *columns, type="Disease", level="exact", minimum="2") == [(5, 20, 25, 3)]
    assert ask("entity_consensus", *columns, level="exact", mode="unanimous") == [(4, 0, 4, 1), (5, 20, 25, 3)]
    majority = ask("entity_consensus", *columns, mode="majority")
    assert majority == [(1, 0, 5, 2), (2, 0, 20, 2), (4, 0, 4, 1), (5, 0, 12, 3), (5, 20, 25, 3)]


def test_what_a_sample_states_comes_before_what_is_named_elsewhere(ask: Ask) -> None:
    rows = ask("sample_entity", "sample_accession", "entity_type", "mention", "concept_id", "basis")
    assert rows == [
        ("SRS1", "CellLine", "0-5", "CVCL_0031", "stated"),  # not 6-15 of text 2
        ("SRS1", "Gene", "10-14", None, "named"),
    ]
    assert [row[1:3] for row in ask("sample_entity", "*", type="Gene")] == [("Gene", "1: 10-14")]
    assert ask("sample_entity", "*", sample="SRS9") == []


def test_agreement_of_every_pair_on_what_both_can_find(ask: Ask) -> None:
    found = {
        (a, b, kind): (spans_a, spans_b, exact, overlap_a, overlap_b, strict, relaxed)
        for a, b, kind, spans_a, spans_b, exact, overlap_a, overlap_b, strict, relaxed in ask(
            "annotator_agreement", "*"
        )
    }
    assert found["compact", "scispacy", "Disease"] == (3, 3, 1, 3, 3, 2 / 6, 1.0)
    assert found["cells", "structured", "CellLine"] == (2, 1, 1, 1, 1, 2 / 3, 2 / 3)
    assert found["scispacy", "structured", "Disease"] == (3, 2, 1, 2, 2, 2 / 5, 4 / 5)
    assert found["compact", "structured", "Gene"] == (2, 0, 0, 0, 0, 0.0, 0.0)  # not what the old version found
    assert not [key for key in found if "cells" in key[:2] and key[2] != "CellLine"]
