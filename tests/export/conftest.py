"""A store of two studies whose texts hold everything that breaks a table: tabs, line breaks, quotes, empty texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

MIGRATIONS = sorted((Path(__file__).parents[2] / "schema" / "migrations").glob("*.sql"))
NASTY = 'a\ttab, a "quote",\r\na line break; α 🧬 and \\N'
REQUIRED = {
    "origin": "package", "content_hash": "h", "created_at": datetime(2024, 1, 1), "updated_at": datetime(2024, 1, 1),
    "commit_seq": 1, "score": 1.0, "char_count": 1, "position": 0, "file_position": 0, "found": 1, "selected": 1,
    "first_run_at": datetime(2024, 1, 1),
}  # fmt: skip
RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("study", {"accession": "SRP1", "title": NASTY, "abstract": "TP53, then KRAS, then TP53."}),
    ("study", {"accession": "SRP2", "title": "", "abstract": None}),
    ("experiment", {"accession": "SRX1", "study_accession": "SRP1", "sample_accession": "SRS1", "title": "KRAS"}),
    ("experiment", {"accession": "SRX2", "study_accession": "SRP2", "library_name": "NULL"}),
    ("sample", {"accession": "SRS1", "scientific_name": "Homo sapiens", "taxon_id": 9606}),
    ("experiment_sample", {"experiment_accession": "SRX1", "sample_accession": "SRS1"}),
    ("sample_attribute", {"sample_accession": "SRS1", "tag": "tissue", "value": "lung"}),
    ("sample_attribute", {"sample_accession": "SRS1", "position": 1, "tag": "tissue", "value": "liver"}),
    ("run", {"accession": "SRR1", "experiment_accession": "SRX1", "published": datetime(2020, 1, 2, 3, 4, 5),
             "is_public": True, "total_bases": 3_000_000_000}),
    ("run", {"accession": "SRR2", "experiment_accession": "SRX1", "is_public": False}),
    ("run_file", {"run_accession": "SRR2", "supertype": "Primary ETL", "url": "https://example.org/a b\n?c=%20&d=é"}),
    ("annotator", {"annotator_id": 1, "name": "structured", "version": "1", "entity_types": "Gene,Disease"}),
    ("annotator", {"annotator_id": 2, "name": "pattern", "version": "1", "entity_types": "Gene"}),
    ("search", {"search_id": 1, "kind": "search", "name": "one"}),
    ("search_hit", {"search_id": 1, "experiment_accession": "SRX1"}),
]  # fmt: skip
TEXTS = {1: NASTY, 2: "TP53, then KRAS, then TP53.", 3: "KRAS", 4: "lung", 5: "liver", 6: "Homo sapiens"}
FIELD_TEXTS = [
    ("study", "SRP1", "title", 0, 1),
    ("study", "SRP1", "abstract", 0, 2),
    ("experiment", "SRX1", "title", 0, 3),
    ("sample", "SRS1", "attribute", 0, 4),
    ("sample", "SRS1", "attribute", 1, 5),
    ("sample", "SRS1", "scientific_name", 0, 6),
]
SPANS = [
    (1, 1, 2, 5, "Gene", "tab", 1),
    (1, 1, 9, 14, "Disease", "quote", 2),
    (2, 1, 0, 4, "Gene", "TP53", 3),
    (2, 2, 0, 4, "Gene", "TP53", 3),
    (2, 1, 11, 15, "Gene", "KRAS", 4),
    (2, 1, 22, 26, "Gene", "TP53", 3),
    (3, 1, 0, 4, "Gene", "KRAS", 4),
    (4, 1, 0, 4, "Disease", "lung", 5),
    (5, 1, 0, 5, "Disease", "liver", 6),
]


def _records() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from RECORDS
    for text_id, content in TEXTS.items():
        yield "text", {"text_id": text_id, "content": content, "tag": "tissue" if text_id in (4, 5) else None}
    for row in FIELD_TEXTS:
        yield "field_text", dict(zip(("record_type", "accession", "field", "position", "text_id"), row, strict=True))
    for span in SPANS:
        names = ("text_id", "annotator_id", "start_offset", "end_offset", "entity_type", "mention", "entity_id")
        yield "entity_span", dict(zip(names, span, strict=True))


@pytest.fixture
def store() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the store as a DuckDB connection."""
    with duckdb.connect(":memory:") as connection:
        for migration in MIGRATIONS:
            connection.execute(migration.read_text(encoding="utf-8"))
        for table, record in _records():
            known = [name for name, *_ in connection.execute(f"describe {table}").fetchall()]
            row = {name: value for name, value in {**REQUIRED, **record}.items() if name in known}
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))
        yield connection


@pytest.fixture
def nasty() -> str:
    """Give the title of the first study."""
    return NASTY
