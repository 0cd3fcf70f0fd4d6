"""A small store with everything in it that makes a view go wrong: ties, NULLs, doubles, hostile strings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

HOSTILE = 'O\'Brien "x" \\ 100% ; drop table study --\tтест α 🧬\nnew line'
MIGRATIONS = sorted((Path(__file__).parents[2] / "schema" / "migrations").glob("*.sql"))
_REQUIRED = {
    "origin": "package",
    "content_hash": "h",
    "created_at": datetime(2024, 1, 1),
    "updated_at": datetime(2024, 1, 1),
    "commit_seq": 1,
    "score": 1.0,
    "annotated_at": datetime(2024, 1, 1),
    "version": "1",
    "span_count": 1,
    "first_run_at": datetime(2024, 1, 1),
    "selected": 1,
    "stored": 1,
    "failed": 0,
    "inserted": 1,
    "updated": 0,
    "unchanged": 0,
}

STUDIES = [
    {"accession": "SRP1", "title": "TP53 in lung cancer", "abstract": "Cisplatin hits TP53.",
     "bioproject_accession": "PRJNA1", "study_type": "Other"},
    {"accession": "SRP2", "title": HOSTILE, "abstract": None, "study_type": "Other"},
    {"accession": "SRP3", "title": "", "abstract": "  ", "study_type": "Cancer"},
]  # fmt: skip
SAMPLES = [
    {"accession": "SRS1", "alias": "m1", "scientific_name": "Mus musculus", "taxon_id": 10090, "title": "lung"},
    {"accession": "SRS2", "alias": "h1", "scientific_name": "Homo sapiens", "taxon_id": 9606, "description": "d"},
    {"accession": "SRS3", "alias": "h2", "scientific_name": "Homo sapiens", "taxon_id": 9606},
    {"accession": "SRS4", "alias": HOSTILE},
    {"accession": "SRS5", "alias": "unused", "scientific_name": "Homo sapiens", "taxon_id": 9606},
]
EXPERIMENTS = [
    {"accession": "SRX1", "study_accession": "SRP1", "sample_accession": "SRS1", "library_strategy": "RNA-Seq",
     "title": "TP53 with cisplatin", "nominal_length": 250.0, "instrument_model": "Sequel II"},
    {"accession": "SRX2", "study_accession": "SRP1", "sample_accession": None, "library_strategy": "RNA-Seq",
     "title": "TP53 with cisplatin", "nominal_length": 250.5},
    {"accession": "SRX3", "study_accession": "SRP2", "sample_accession": "SRS4", "library_strategy": "WGS"},
    {"accession": "SRX4", "study_accession": None, "sample_accession": None},
]  # fmt: skip
RECORD_ATTRIBUTES = [
    {"record_type": "study", "accession": "SRP1", "position": 0, "tag": "parent", "value": "PRJNA9"},
    {"record_type": "run", "accession": "SRR1", "position": 0, "tag": "lane", "value": "1"},
    {"record_type": "run", "accession": "SRR1", "position": 1, "tag": "lane", "value": "2"},
    {"record_type": "run", "accession": "SRR2", "position": 0, "tag": "lane", "value": "1"},
    {"record_type": "submission", "accession": "SRA1", "position": 0, "tag": "ignored", "value": "x"},
]
POOLS = [
    {"experiment_accession": "SRX1", "position": 0, "sample_accession": "SRS1"},
    {"experiment_accession": "SRX2", "position": 0, "sample_accession": None, "member_name": "unknown"},
    {"experiment_accession": "SRX2", "position": 1, "sample_accession": "SRS3"},
    {"experiment_accession": "SRX2", "position": 2, "sample_accession": "SRS2"},
    {"experiment_accession": "SRX3", "position": 0, "sample_accession": "SRS4"},
]
RUNS = [
    {"accession": "SRR1", "experiment_accession": "SRX1", "published": datetime(2020, 1, 15, 12, 30),
     "size": 1000, "is_public": True, "total_spots": 10, "total_bases": 3_000_000_000},
    {"accession": "SRR2", "experiment_accession": "SRX1", "published": datetime(2020, 3, 1), "size": 2000,
     "is_public": True, "title": "cisplatin lane"},
    {"accession": "SRR3", "experiment_accession": "SRX2", "published": datetime(2021, 7, 1), "size": 3000,
     "is_public": True},
    {"accession": "SRR4", "experiment_accession": "SRX4", "published": None, "size": None, "is_public": False},
]  # fmt: skip
NCBI = "https://sra-download.example.org/traces"
RUN_FILES = [
    {"run_accession": "SRR1", "position": 0, "filename": "a.fastq.gz", "size": 70, "md5": "aa",
     "semantic_name": "fastq", "supertype": "Original", "url": f"{NCBI}/a.fastq.gz"},
    {"run_accession": "SRR1", "position": 1, "filename": "SRR1", "size": 90, "md5": "bb",
     "semantic_name": "run", "supertype": "Primary ETL", "url": f"{NCBI}/SRR1"},
    {"run_accession": "SRR2", "position": 0, "filename": "SRR2.lite", "size": 20, "md5": "cc",
     "semantic_name": "SRA Lite", "supertype": "Primary ETL", "url": f"{NCBI}/SRR2.lite"},
    {"run_accession": "SRR2", "position": 1, "filename": "SRR2", "size": 95, "md5": "dd",
     "semantic_name": "SRA Normalized", "supertype": "Primary ETL"},
    {"run_accession": "SRR3", "position": 0, "filename": "b.fastq.gz", "size": 60, "md5": "ee",
     "semantic_name": "fastq", "supertype": "Original"},
    {"run_accession": "SRR4", "position": 0, "filename": "SRR4", "size": 60, "md5": "ff",
     "semantic_name": "run", "supertype": "Primary ETL"},
]  # fmt: skip


def _place(run: str, file: int, url: str, org: str, egress: str, access: str) -> dict[str, Any]:
    return {"run_accession": run, "position": 0, "file_position": file, "url": url, "org": org,
            "free_egress": egress, "access_type": access}  # fmt: skip


LOCATIONS = [
    _place("SRR1", 0, f"{NCBI}/a.fastq.gz", "NCBI", "worldwide", "anonymous"),
    _place("SRR1", 1, "https://mirror.example.org/SRR1", "AWS", "worldwide", "anonymous"),
    _place("SRR1", 1, f"{NCBI}/SRR1", "NCBI", "worldwide", "anonymous"),
    _place("SRR2", 0, f"{NCBI}/SRR2.lite", "NCBI", "worldwide", "anonymous"),
    _place("SRR2", 1, "https://odp.example.org/SRR2", "AWS", "worldwide", "anonymous"),
    _place("SRR3", 0, "s3://bucket/b.fastq.gz", "AWS", "-", "Use Cloud Data Delivery"),
    _place("SRR4", 0, "https://locked.example.org/SRR4", "GCP", "gs.US", "gcp identity"),
]


def _looked_up(run: str, position: int, kind: str, name: str, source: str = "ena", **more: Any) -> dict[str, Any]:
    return {"run_accession": run, "position": position, "service": "ena", "source": source, "kind": kind,
            "url": f"https://ena.example.org/{name}", "file_name": name, "size": 5, "md5": "a1",
            "looked_up_at": datetime(2024, 1, 1), **more}  # fmt: skip


READ_LINKS = [
    _looked_up("SRR3", 0, "submitted", "b.fastq.gz", "original"),
    _looked_up("SRR3", 1, "fastq", "SRR3_1.fastq.gz"),
    _looked_up("SRR3", 2, "fastq", "SRR3_2.fastq.gz"),
    _looked_up("SRR3", 3, "fastq", "SRR3_2.fastq.gz", url="https://second.example.org/SRR3_2.fastq.gz"),
    _looked_up("SRR3", 4, "sra", "SRR3"),
    _looked_up("SRR4", 0, "sra", "SRR4", "gcp", access="gcp identity"),
]
ATTRIBUTES = [
    {"sample_accession": "SRS1", "position": 0, "tag": "tissue", "value": "lung"},
    {"sample_accession": "SRS1", "position": 1, "tag": "tissue", "value": "liver"},
    {"sample_accession": "SRS1", "position": 2, "tag": "age", "value": None},
    {"sample_accession": "SRS2", "position": 0, "tag": "tissue", "value": "lung"},
    {"sample_accession": "SRS3", "position": 0, "tag": "tissue", "value": ""},
    {"sample_accession": "SRS4", "position": 0, "tag": None, "value": "no tag"},
    {"sample_accession": "SRS4", "position": 1, "tag": HOSTILE, "value": HOSTILE},
]
TEXTS = {
    1: ("TP53 in lung cancer", None),
    2: ("Cisplatin hits TP53.", None),
    3: ("lung", "tissue"),
    4: ("Mus musculus", None),
    5: ("Homo sapiens", None),
    6: ("TP53 with cisplatin", None),
    7: ("cisplatin lane", None),
    8: (HOSTILE, None),
    9: ("nobody has read this", None),
}
FIELD_TEXTS = [
    ("study", "SRP1", "title", 0, 1),
    ("study", "SRP1", "abstract", 0, 2),
    ("study", "SRP2", "title", 0, 8),
    ("study", "SRP3", "description", 0, 9),
    ("sample", "SRS1", "attribute", 0, 3),
    ("sample", "SRS1", "scientific_name", 0, 4),
    ("sample", "SRS1", "title", 0, 1),
    ("sample", "SRS2", "attribute", 0, 3),
    ("sample", "SRS2", "scientific_name", 0, 5),
    ("sample", "SRS3", "scientific_name", 0, 5),
    ("sample", "SRS5", "scientific_name", 0, 5),
    ("experiment", "SRX1", "title", 0, 6),
    ("experiment", "SRX2", "title", 0, 6),
    ("run", "SRR2", "title", 0, 7),
]
ENTITIES = [
    (11, "Gene", "tp53"),
    (12, "Disease", "lung cancer"),
    (13, "Chemical", "cisplatin"),
    (14, "Species", "mus musculus"),
    (15, "Species", "homo sapiens"),
    (16, "Gene", "o'brien \\"),
    (17, "Disease", "lung"),
]
ANNOTATORS = [(1, "structured"), (2, "pattern")]
SPANS = [  # text, annotator, start, end, type, mention, entity, concept
    (1, 1, 0, 4, "Gene", "TP53", 11, None),
    (1, 2, 0, 4, "Gene", "TP53", 11, "HGNC:11998"),
    (1, 2, 8, 19, "Disease", "lung cancer", 12, None),
    (2, 2, 0, 9, "Chemical", "Cisplatin", 13, None),
    (2, 2, 15, 19, "Gene", "TP53", 11, None),
    (3, 1, 0, 4, "Disease", "lung", 17, None),
    (4, 1, 0, 12, "Species", "Mus musculus", 14, "NCBITaxon:10090"),
    (5, 1, 0, 12, "Species", "Homo sapiens", 15, "NCBITaxon:9606"),
    (6, 2, 0, 4, "Gene", "TP53", 11, None),
    (6, 2, 10, 19, "Chemical", "cisplatin", 13, None),
    (7, 2, 0, 9, "Chemical", "cisplatin", 13, None),
    (8, 2, 0, 13, "Gene", 'O\'Brien "x" \\', 16, None),
]
DOWNLOADS = [
    {"run_accession": "SRR1", "url": "https://ena.example.org/SRR1.fastq.gz", "path": "/reads/SRR1.fastq.gz",
     "size": 90, "md5": "bb", "verified": True, "finished_at": datetime(2024, 3, 1), "modified_ns": 1,
     "source": "ena", "kind": "fastq"},
    {"run_accession": "CRR9", "url": "https://gsa.example.org/CRR9.bam", "path": HOSTILE,
     "size": 1, "md5": "cc", "verified": False, "finished_at": datetime(2024, 3, 2)},
]  # fmt: skip
SEARCHES = [(1, "search", "lung", 4, 3), (2, "search", HOSTILE, 2, 2), (3, "add", "SRX9", 1, 1)]
SEARCH_RUNS = [(1, 3, True), (1, 4, False), (2, 2, False)]  # search, found, interrupted
HITS = [(1, "SRX1"), (1, "SRX2"), (2, "SRX2"), (2, "SRX3")]
ENTREZ_RECORDS = [
    ("91", "SRX1", "2020/01/01", None),
    ("92", "SRX2", "2021/02/03", datetime(2024, 3, 4, 5, 6, 7)),
    ("93", "SRX3", None, None),
]
CHANGES = [  # run, search, record type, accession, change
    (1, 1, "experiment", "SRX1", "new"),
    (1, 1, "experiment", "SRX2", "new"),
    (2, 1, "experiment", "SRX1", "changed"),
    (3, 1, "experiment", "SRX2", "withdrawn"),
    (3, 2, "study", "SRP1", "new"),
]
PROBLEMS = [
    {"search_id": 1, "stage": "fetch", "uid": "77", "message": "cut off", "counts_as_record": True},
    {"search_id": 1, "stage": "parse", "accession": "SRX2", "message": HOSTILE, "counts_as_record": False},
    {"search_id": None, "stage": "annotate", "message": "slow", "counts_as_record": False},
]


def _rows() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give every row of the store with its table."""
    by_table: dict[str, list[dict[str, Any]]] = {
        "study": STUDIES,
        "sample": SAMPLES,
        "experiment": EXPERIMENTS,
        "experiment_sample": POOLS,
        "run": RUNS,
        "run_file": RUN_FILES,
        "run_file_location": LOCATIONS,
        "sample_attribute": ATTRIBUTES,
        "record_attribute": RECORD_ATTRIBUTES,
        "read_link": READ_LINKS,
        "download": DOWNLOADS,
        "problem": PROBLEMS,
    }
    tuples: dict[str, tuple[str, list[Any]]] = {
        "text": ("text_id content tag", [(key, *value) for key, value in TEXTS.items()]),
        "field_text": ("record_type accession field position text_id", FIELD_TEXTS),
        "entity": ("entity_id entity_type name", ENTITIES),
        "annotator": ("annotator_id name", ANNOTATORS),
        "annotation": ("text_id annotator_id", [(t, a) for t in range(1, 9) for a, _ in ANNOTATORS]),
        "entity_span": (
            "text_id annotator_id start_offset end_offset entity_type mention entity_id concept_id",
            SPANS,
        ),
        "search": ("search_id kind name found selected", SEARCHES),
        "search_run": ("search_id found interrupted", SEARCH_RUNS),
        "search_hit": ("search_id experiment_accession", HITS),
        "entrez_record": ("uid experiment_accession update_date withdrawn_at", ENTREZ_RECORDS),
        "record_change": ("run_id search_id record_type accession change", CHANGES),
        "external_id": (
            "record_type accession position path id_kind value",
            [("experiment", "SRX1", 0, None, "PRIMARY_ID", "SRX1-primary")],
        ),
    }
    for table, (columns, rows) in tuples.items():
        by_table[table] = [dict(zip(columns.split(), row, strict=True)) for row in rows]
    for table, records in by_table.items():
        for number, record in enumerate(records):
            yield table, _with_required(table, number, record)


def _with_required(table: str, number: int, record: Mapping[str, Any]) -> Mapping[str, Any]:
    own = {
        "text": {"char_count": len(str(record.get("content")))},
        "annotator": {"entity_types": "Gene"},
        "search_run": {"started_at": datetime(2024, 1, 1), "finished_at": datetime(2024, 2, 1 + number)},
        "problem": {"occurred_at": datetime(2024, 1, 1 + number)},
        "entrez_record": {"fetched_at": datetime(2024, 1, 1)},
        "record_change": {"changed_at": datetime(2024, 1, 1 + number, 10)},
    }
    return {**_REQUIRED, **own.get(table, {}), **record}


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    known = {name for name, *_ in connection.execute(f"describe {table}").fetchall()}
    row = {name: value for name, value in row.items() if name in known}
    marks = ", ".join("?" for _ in row)
    connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))


@pytest.fixture(scope="session")
def store() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the small store in DuckDB; nobody may write to it."""
    with duckdb.connect(":memory:") as connection:
        for migration in MIGRATIONS:
            connection.execute(migration.read_text(encoding="utf-8"))
        for table, row in _rows():
            _insert(connection, table, row)
        yield connection


@pytest.fixture
def hostile() -> str:
    """Give the string that stands wherever the store lets one stand."""
    return HOSTILE
