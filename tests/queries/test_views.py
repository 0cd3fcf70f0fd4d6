"""Given the small store, every view gives exactly these rows."""

from __future__ import annotations

from math import log2
from typing import Any

import duckdb
import pytest

from alembic_db.saved import render, saved_query

Row = dict[str, Any]
ORIGINAL_COLUMNS = [
    "Experiment Accession", "Experiment Alias", "Experiment Title", "Experiment ID", "Study Accession", "Study Title",
    "Study Abstract", "BioProject ID", "Sample Accession", "Sample Alias", "Scientific Name", "Taxon ID",
    "Sample Description", "Library Name", "Library Strategy", "Library Source", "Library Selection", "Library Layout",
    "Instrument Model", "Run Accession", "Run Alias", "Total Spots", "Total Bases", "File Size (bytes)",
    "Download Links",
]  # fmt: skip


def rows(store: duckdb.DuckDBPyConnection, view: str, **values: str) -> list[Row]:
    cursor = store.execute(render(saved_query(view), values))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def picked(found: list[Row], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in found]


def test_result_table_has_the_original_columns_first(store: duckdb.DuckDBPyConnection) -> None:
    names = list(rows(store, "result_table")[0])
    assert names[: len(ORIGINAL_COLUMNS)] == ORIGINAL_COLUMNS
    assert len(set(names)) == len(names)


def test_result_table_has_one_row_per_run_and_keeps_experiments_without_runs(
    store: duckdb.DuckDBPyConnection,
) -> None:
    found = picked(
        rows(store, "result_table"), "Study Accession", "Experiment Accession", "Run Accession", "Run Public"
    )
    assert found == [
        ("SRP1", "SRX1", "SRR1", True),
        ("SRP1", "SRX1", "SRR2", True),
        ("SRP1", "SRX2", "SRR3", True),
        ("SRP2", "SRX3", None, None),
        (None, "SRX4", "SRR4", False),
    ]


def test_result_table_takes_the_first_named_sample_of_a_pool(store: duckdb.DuckDBPyConnection) -> None:
    found = picked(rows(store, "result_table"), "Experiment Accession", "Sample Accession", "Sample Count", "Taxon ID")
    assert sorted(set(found)) == [
        ("SRX1", "SRS1", 1, 10090),
        ("SRX2", "SRS3", 2, 9606),
        ("SRX3", "SRS4", 1, None),
        ("SRX4", None, 0, None),
    ]


def test_result_table_can_be_limited_to_a_search(store: duckdb.DuckDBPyConnection, hostile: str) -> None:
    assert picked(rows(store, "result_table", search="lung"), "Run Accession") == [("SRR1",), ("SRR2",), ("SRR3",)]
    found = rows(store, "result_table", search=hostile)
    assert picked(found, "Experiment Accession", "Study Title") == [("SRX2", "TP53 in lung cancer"), ("SRX3", hostile)]
    assert rows(store, "result_table", search="no such search") == []


def test_experiment_id_is_the_stated_primary_id(store: duckdb.DuckDBPyConnection) -> None:
    ids = set(picked(rows(store, "result_table"), "Experiment Accession", "Experiment ID"))
    assert ids == {("SRX1", "SRX1-primary"), ("SRX2", "SRX2"), ("SRX3", "SRX3"), ("SRX4", "SRX4")}


def test_reads_on_disk_stand_beside_their_samples(store: duckdb.DuckDBPyConnection, hostile: str) -> None:
    found = rows(store, "reads_on_disk")
    assert picked(found, "run_accession", "study_accession", "scientific_name", "path", "verified") == [
        ("CRR9", None, None, hostile, False),
        ("SRR1", "SRP1", "Mus musculus", "/reads/SRR1.fastq.gz", True),
    ]


def test_downloads_prefers_whole_public_free_files(store: duckdb.DuckDBPyConnection) -> None:
    found = rows(store, "downloads")
    assert picked(found, "run_accession", "url", "size", "md5", "file_name", "link_source") == [
        ("SRR1", "https://sra-download.example.org/traces/SRR1", 90, "bb", "SRR1", "NCBI"),
        ("SRR2", "https://odp.example.org/SRR2", 95, "dd", "SRR2", "AWS"),
        ("SRR3", "https://ena.example.org/SRR3_1.fastq.gz", 5, "a1", "SRR3_1.fastq.gz", "ENA"),
        ("SRR3", "https://ena.example.org/SRR3_2.fastq.gz", 5, "a1", "SRR3_2.fastq.gz", "ENA"),
        ("SRR4", None, None, None, None, None),
    ]
    named = picked(rows(store, "downloads", search="lung"), "run_accession")
    assert named == [("SRR1",), ("SRR2",), ("SRR3",), ("SRR3",)]


def test_runs_has_one_row_a_run_with_the_first_sample_of_its_pool(store: duckdb.DuckDBPyConnection) -> None:
    found = picked(rows(store, "runs"), "run_accession", "study_accession", "sample_accession", "scientific_name")
    assert sorted(found, key=str) == [
        ("SRR1", "SRP1", "SRS1", "Mus musculus"),
        ("SRR2", "SRP1", "SRS1", "Mus musculus"),
        ("SRR3", "SRP1", "SRS3", "Homo sapiens"),
        ("SRR4", None, None, None),
    ]


def test_what_was_looked_up_is_among_the_links_of_a_run_that_is_not_in_the_xml(
    store: duckdb.DuckDBPyConnection,
) -> None:
    found = [row for row in rows(store, "file_link") if row["run_accession"] == "SRR3"]
    assert {(row["service"], row["source"], row["kind"], row["access"]) for row in found} == {
        ("ena", "original", "submitted", None),
        ("ena", "ena", "fastq", None),
        ("ena", "ena", "sra", None),
        ("xml", "original", "submitted", "Use Cloud Data Delivery"),
        ("rule", "aws", "sra", None),
    }


def test_field_fill_counts_blank_as_empty_and_ranks_values(store: duckdb.DuckDBPyConnection, hostile: str) -> None:
    fill = {(row["record_type"], row["field"]): row for row in rows(store, "field_fill")}
    measures = ("filled", "total", "filled_percent", "distinct_values", "top_1", "top_1_count", "top_2", "top_3")
    assert picked([fill["study", "abstract"]], *measures) == [
        (1, 3, pytest.approx(100 / 3), 1, "Cisplatin hits TP53.", 1, None, None)
    ]
    assert picked([fill["study", "study_type"]], *measures) == [(3, 3, 100.0, 2, "Other", 2, "Cancer", None)]
    assert picked([fill["sample", "taxon_id"]], *measures) == [(4, 5, 80.0, 2, "9606", 3, "10090", None)]
    assert picked([fill["experiment", "nominal_length"]], *measures) == [(2, 4, 50.0, 2, "250", 1, "250.5", None)]
    assert picked([fill["run", "is_public"]], *measures) == [(4, 4, 100.0, 2, "true", 3, "false", None)]
    assert picked([fill["run", "published"]], *measures)[0][4] == "2020-01-15"
    assert picked([fill["sample", f"attribute:{hostile}"]], "title", "filled", "top_1") == [(hostile, 1, hostile)]


def test_field_fill_counts_a_sample_once_per_tag(store: duckdb.DuckDBPyConnection) -> None:
    fill = {row["field"]: row for row in rows(store, "field_fill")}
    assert picked([fill["attribute:tissue"]], "filled", "total", "distinct_values", "top_1", "top_1_count") == [
        (2, 5, 2, "lung", 2)
    ]
    assert fill["attribute:age"]["filled"] == 0


def test_field_fill_takes_in_the_attributes_of_studies_and_runs(store: duckdb.DuckDBPyConnection) -> None:
    fill = {(row["record_type"], row["field"]): row for row in rows(store, "field_fill")}
    assert picked([fill["run", "attribute:lane"]], "filled", "total", "distinct_values", "top_1", "top_1_count") == [
        (2, 4, 2, "1", 2)
    ]
    assert fill["study", "attribute:parent"]["filled"] == 1
    assert not [field for _, field in fill if field == "attribute:ignored"]


def test_field_fill_covers_every_column_of_the_schema(store: duckdb.DuckDBPyConnection) -> None:
    housekeeping = {"origin", "content_hash", "created_at", "updated_at", "commit_seq"}
    found = set(picked(rows(store, "field_fill"), "record_type", "field"))
    for table in ("study", "sample", "experiment", "run"):
        columns = {name for name, *_ in store.execute(f"describe {table}").fetchall()} - housekeeping
        assert {field for kind, field in found if kind == table and not field.startswith("attribute:")} == columns


def test_titles_of_field_fill_are_those_of_the_result_table(store: duckdb.DuckDBPyConnection) -> None:
    titles = {row["title"] for row in rows(store, "field_fill")}
    computed = {"Experiment ID", "Download Links", "MD5", "File Name", "Link Source", "Sample Count"}
    assert set(rows(store, "result_table")[0]) - computed <= titles


def test_entity_mention_leads_to_text_field_and_records(store: duckdb.DuckDBPyConnection) -> None:
    found = rows(store, "entity_mention", accession="SRS1", spans="all")
    names = ("mention", "start_offset", "end_offset", "annotator", "field", "tag", "study_accession",
             "experiment_accession", "sample_accession")  # fmt: skip
    assert picked(found, *names) == [
        ("lung", 0, 4, "structured", "attribute", "tissue", "SRP1", "SRX1", "SRS1"),
        ("Mus musculus", 0, 12, "structured", "scientific_name", None, "SRP1", "SRX1", "SRS1"),
        ("TP53", 0, 4, "pattern", "title", None, "SRP1", "SRX1", "SRS1"),
        ("TP53", 0, 4, "structured", "title", None, "SRP1", "SRX1", "SRS1"),
        ("lung cancer", 8, 19, "pattern", "title", None, "SRP1", "SRX1", "SRS1"),
    ]


def test_entity_mention_of_study_run_and_unused_sample(store: duckdb.DuckDBPyConnection) -> None:
    leads = ("accession", "study_accession", "experiment_accession", "sample_accession")
    by_accession = {row["accession"]: row for row in rows(store, "entity_mention")}
    assert picked([by_accession[a] for a in ("SRP2", "SRR2", "SRS5")], *leads) == [
        ("SRP2", "SRP2", None, None),
        ("SRR2", "SRP1", "SRX1", "SRS1"),
        ("SRS5", None, None, "SRS5"),
    ]


def test_entity_mention_offsets_cut_the_mention_out_of_the_text(
    store: duckdb.DuckDBPyConnection,
) -> None:
    texts = dict(store.execute("select text_id, content from text").fetchall())
    found = rows(store, "entity_mention")
    assert found
    assert all(texts[row["text_id"]][row["start_offset"] : row["end_offset"]] == row["mention"] for row in found)


def test_entity_mention_filters_by_type_entity_and_annotator(store: duckdb.DuckDBPyConnection) -> None:
    found = rows(store, "entity_mention", entity="TP53", annotator="structured", type="Gene")
    assert picked(found, "record_type", "accession") == [("sample", "SRS1"), ("study", "SRP1")]
    assert rows(store, "entity_mention", entity="TP53", type="Disease") == []
    assert len(rows(store, "entity_mention", limit="3")) == 3


def test_top_entities_counts_texts_not_annotators(store: duckdb.DuckDBPyConnection) -> None:
    found = rows(store, "top_entities", limit="4")
    assert picked(found, "name", "text_count", "record_count", "mention", "spelling_count", "concept_id") == [
        ("cisplatin", 3, 4, "Cisplatin", 2, None),
        ("tp53", 3, 4, "TP53", 1, "HGNC:11998"),
        ("homo sapiens", 1, 3, "Homo sapiens", 1, "NCBITaxon:9606"),
        ("lung", 1, 2, "lung", 1, None),
    ]


def test_top_entities_of_one_annotator(store: duckdb.DuckDBPyConnection) -> None:
    found = rows(store, "top_entities", annotator="structured", type="Gene")
    assert picked(found, "name", "text_count") == [("tp53", 1)]


def pairs(store: duckdb.DuckDBPyConnection, **values: str) -> list[tuple[Any, ...]]:
    found = rows(store, "entity_cooccurrence", **{"minimum": "1", **values})
    return picked(found, "name_a", "name_b", "unit_count", "count_a", "count_b")


def test_pairs_within_a_text_count_once_for_two_annotators(store: duckdb.DuckDBPyConnection) -> None:
    assert pairs(store) == [("cisplatin", "tp53", 2, 3, 3), ("lung cancer", "tp53", 1, 1, 3)]


def test_pairs_within_a_sample_join_its_texts(store: duckdb.DuckDBPyConnection) -> None:
    # SRS1 says lung cancer, tp53, lung and mouse; SRS2 lung and human; SRS3 and SRS5 human alone
    assert pairs(store, level="sample") == [
        ("lung", "lung cancer", 1, 2, 1),
        ("lung", "tp53", 1, 2, 1),
        ("lung", "homo sapiens", 1, 2, 3),
        ("lung", "mus musculus", 1, 2, 1),
        ("lung cancer", "tp53", 1, 1, 1),
        ("lung cancer", "mus musculus", 1, 1, 1),
        ("tp53", "mus musculus", 1, 1, 1),
    ]


def test_pairs_within_an_experiment_take_in_samples_and_runs(store: duckdb.DuckDBPyConnection) -> None:
    found = pairs(store, level="experiment", minimum="2")
    assert found == [("cisplatin", "lung", 2, 2, 2), ("cisplatin", "tp53", 2, 2, 2), ("lung", "tp53", 2, 2, 2)]


def test_pairs_within_a_study_take_in_everything(store: duckdb.DuckDBPyConnection) -> None:
    found = pairs(store, level="study")
    assert len(found) == 6 * 5 / 2  # SRP1 names six entities; the one of SRP2 is alone
    assert {row[2] for row in found} == {1}


def test_pmi_and_lift_compare_with_independence(store: duckdb.DuckDBPyConnection) -> None:
    (row, _) = rows(store, "entity_cooccurrence", minimum="1")
    lift = (2 / 8) / ((3 / 8) * (3 / 8))  # eight texts have been read
    assert row["lift"] == pytest.approx(lift)
    assert row["pmi"] == pytest.approx(log2(lift))


def test_pairs_can_be_led_by_lift(store: duckdb.DuckDBPyConnection) -> None:
    assert [row[0] for row in pairs(store, sort="lift")] == ["lung cancer", "cisplatin"]
    assert [row[0] for row in pairs(store, sort="lift", limit="1")] == ["lung cancer"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"type_a": "Gene"}, [("tp53", "cisplatin"), ("tp53", "lung cancer")]),
        ({"type_b": "Gene"}, [("cisplatin", "tp53"), ("lung cancer", "tp53")]),
        ({"type_a": "Gene", "type_b": "Chemical"}, [("tp53", "cisplatin")]),
        ({"type_a": "Chemical", "type_b": "Gene"}, [("cisplatin", "tp53")]),
        ({"type_a": "Gene", "type_b": "Gene"}, []),
        ({"type_a": "Species"}, []),
    ],
)
def test_pairs_stand_the_way_round_that_is_asked(
    wanted: dict[str, str], expected: list[tuple[str, str]], store: duckdb.DuckDBPyConnection
) -> None:
    assert [row[:2] for row in pairs(store, **wanted)] == expected


def test_pairs_of_one_type_are_given_once(store: duckdb.DuckDBPyConnection) -> None:
    found = pairs(store, level="study", type_a="Disease", type_b="Disease")
    assert [row[:2] for row in found] == [("lung", "lung cancer")]


def test_examples_of_a_pair_are_records_that_say_both(store: duckdb.DuckDBPyConnection) -> None:
    examples = ("example_1", "text_1", "example_2", "text_2")
    assert picked(rows(store, "entity_cooccurrence", minimum="1"), *examples) == [
        ("SRP1", "Cisplatin hits TP53.", "SRX1", "TP53 with cisplatin"),
        ("SRP1", "TP53 in lung cancer", None, None),
    ]
    found = rows(store, "entity_cooccurrence", minimum="2", level="experiment")
    assert set(picked(found, *examples)) == {("SRX1", None, "SRX2", None)}


def test_pairs_of_one_annotator_are_measured_on_what_it_has_read(store: duckdb.DuckDBPyConnection) -> None:
    assert pairs(store, annotator="structured") == []
    assert pairs(store, annotator="pattern") == pairs(store)


def test_entities_of_a_study_are_counted_in_all_its_records(store: duckdb.DuckDBPyConnection, hostile: str) -> None:
    found = rows(store, "entity_by_study", minimum="1")
    assert picked(found, "study_accession", "study_title", "name", "text_count", "study_count")[:3] == [
        ("SRP1", "TP53 in lung cancer", "cisplatin", 3, 1),
        ("SRP1", "TP53 in lung cancer", "tp53", 3, 1),
        ("SRP1", "TP53 in lung cancer", "lung", 1, 1),
    ]
    found = rows(store, "entity_by_study", study="SRP2")
    assert picked(found, "study_title", "name") == [(hostile, "o'brien \\")]


def test_entities_by_organism_count_experiments(store: duckdb.DuckDBPyConnection) -> None:
    found = rows(store, "entity_by_organism", type="Gene")
    names = ("organism", "taxon_id", "name", "experiment_count", "experiment_total", "share")
    assert picked(found, *names) == [
        ("Homo sapiens", 9606, "tp53", 1, 1, 1.0),
        ("Mus musculus", 10090, "tp53", 1, 1, 1.0),
    ]


def test_entities_by_strategy_count_experiments(store: duckdb.DuckDBPyConnection) -> None:
    found = rows(store, "entity_by_strategy", type="Disease")
    assert picked(found, "library_strategy", "name", "experiment_count", "experiment_total", "share") == [
        ("RNA-Seq", "lung", 2, 2, 1.0),
        ("RNA-Seq", "lung cancer", 1, 2, 0.5),
    ]


def test_timeline_counts_an_experiment_once_in_a_period(store: duckdb.DuckDBPyConnection) -> None:
    names = ("period", "experiment_count", "experiment_total", "share")
    assert picked(rows(store, "entity_timeline", entity="TP53"), *names) == [
        ("2020", 1, 1, 1.0),  # both runs of SRX1
        ("2021", 1, 1, 1.0),
    ]
    assert [row["period"] for row in rows(store, "entity_timeline", entity="tp53", period="month")] == [
        "2020-01",
        "2020-03",
        "2021-07",
    ]


def test_samples_with_entity_are_found_by_any_spelling(store: duckdb.DuckDBPyConnection) -> None:
    found = rows(store, "samples_with_entity", entity="LUNG", type="Disease")
    assert picked(found, "sample_accession", "field", "mention", "text_count", "experiment_count") == [
        ("SRS1", "tissue", "lung", 1, 1),
        ("SRS2", "tissue", "lung", 1, 1),
    ]
    unused = rows(store, "samples_with_entity", entity="Homo sapiens")[-1]
    assert picked([unused], "sample_accession", "experiment_count", "study_accession") == [("SRS5", 0, None)]


def test_studies_without_entity_say_what_is_unread(store: duckdb.DuckDBPyConnection) -> None:
    names = ("study_accession", "text_count", "unread_text_count")
    assert picked(rows(store, "studies_without_entity"), *names) == [("SRP3", 1, 1)]
    assert picked(rows(store, "studies_without_entity", type="Disease"), *names) == [("SRP2", 1, 0), ("SRP3", 1, 1)]


def test_search_overlap_gives_shared_hits_and_jaccard(store: duckdb.DuckDBPyConnection, hostile: str) -> None:
    found = rows(store, "search_overlap")
    assert picked(found, "search_a", "search_b", "hits_a", "hits_b", "shared_hits", "jaccard") == [
        ("lung", hostile, 2, 2, 1, pytest.approx(1 / 3)),
        (hostile, "SRX9", 2, 0, 0, 0.0),
        ("lung", "SRX9", 2, 0, 0, 0.0),
    ]


def test_searches_say_what_is_stored_and_what_failed(store: duckdb.DuckDBPyConnection, hostile: str) -> None:
    found = rows(store, "searches")
    assert picked(found, "name", "found", "selected", "stored", "withdrawn", "failed", "problems", "times_run") == [
        ("lung", 4, 3, 1, 1, 1, 2, 2),
        (hostile, 2, 2, 1, 1, 0, 0, 1),
        ("SRX9", 1, 1, 0, 0, 0, 0, 0),
    ]
    assert picked(found, "interrupted") == [(False,), (False,), (None,)]


def test_changes_come_latest_first_and_are_chosen_by_run_time_and_kind(store: duckdb.DuckDBPyConnection) -> None:
    names = ("run_id", "change", "accession", "search")
    every = picked(rows(store, "changes"), *names)
    assert every[1] == (3, "withdrawn", "SRX2", "lung") and len(every) == 5
    assert picked(rows(store, "changes", run="2"), "run_id") == [(3,), (3,), (2,)]
    assert picked(rows(store, "changes", since="2024-01-03 10:00:00"), "run_id") == [(3,), (3,), (2,)]
    assert picked(rows(store, "changes", change="changed"), *names) == [(2, "changed", "SRX1", "lung")]


def test_withdrawn_lists_what_ncbi_has_no_longer(store: duckdb.DuckDBPyConnection) -> None:
    assert picked(rows(store, "withdrawn"), "experiment_accession", "uid") == [("SRX2", "92")]


def test_problems_name_the_search_and_the_record(store: duckdb.DuckDBPyConnection, hostile: str) -> None:
    names = ("search", "stage", "accession", "uid", "message", "counts_as_record")
    assert picked(rows(store, "problems"), *names) == [
        (None, "annotate", None, None, "slow", False),
        ("lung", "parse", "SRX2", None, hostile, False),
        ("lung", "fetch", None, "77", "cut off", True),
    ]
    assert picked(rows(store, "problems", stage="fetch"), "uid") == [("77",)]


def test_no_view_gives_a_number_that_parquet_would_spoil(store: duckdb.DuckDBPyConnection) -> None:
    from alembic_db.saved import saved_queries

    for query in saved_queries():
        values = {parameter.name: "x" for parameter in query.parameters if parameter.default is None}
        kinds = {str(column[1]) for column in store.execute(render(query, values)).description or ()}
        assert kinds <= {"VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP"}, query.name
