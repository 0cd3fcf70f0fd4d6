"""Which column an element goes to."""

from __future__ import annotations

from datetime import datetime

from alembic_db.sra import TABLES, RowBatch, XmlReader


def batch_of(*pages: bytes) -> RowBatch:
    batch = RowBatch()
    for page in pages:
        for record in XmlReader([page], "page"):
            batch.add(record)
    return batch


def dicts(batch: RowBatch, table: str) -> list[dict[str, object]]:
    return [dict(zip(TABLES[table], row, strict=True)) for row in batch.rows[table]]


def test_a_package_gives_the_rows_that_it_states(package, make_page):
    batch = batch_of(make_page(package))
    (experiment,) = dicts(batch, "experiment")
    assert experiment["study_accession"] == "SRP9000001"
    assert experiment["submission_accession"] == "SRA9000001"
    assert (experiment["library_layout"], experiment["nominal_length"], experiment["nominal_sdev"]) == (
        "PAIRED",
        250.0,
        20.5,
    )
    assert (experiment["platform"], experiment["instrument_model"]) == ("ILLUMINA", "NextSeq 500")
    assert (experiment["run_count"], experiment["total_bytes"], experiment["spot_length"]) == (1, 999, 202)
    (study,) = dicts(batch, "study")
    assert (study["bioproject_accession"], study["geo_accession"]) == ("PRJNA900001", "GSE900001")
    (sample,) = dicts(batch, "sample")
    assert (sample["taxon_id"], sample["biosample_accession"]) == (9606, "SAMN90000001")
    (run,) = dicts(batch, "run")
    assert run["published"] == datetime(2020, 6, 30, 17, 40, 41)
    assert (run["is_public"], run["load_done"], run["static_data_available"]) == (False, True, None)


def test_duplicate_tags_and_a_tag_without_value_are_rows_of_their_own(package, make_page):
    rows = dicts(batch_of(make_page(package)), "sample_attribute")
    assert [(row["tag"], row["value"], row["units"]) for row in rows] == [
        ("cell line", "HeLa", None), ("cell line", "HEK293", None), ("age", "40", "years"), ("note", None, None),
    ]  # fmt: skip


def test_every_file_has_its_mirrors(package, make_page):
    batch = batch_of(make_page(package))
    (file,) = dicts(batch, "run_file")
    assert file["md5"] == "0cc175b9c0f1b6a831c399e269772661"
    places = dicts(batch, "run_file_location")
    assert [(place["file_position"], place["org"]) for place in places] == [(0, "NCBI"), (0, "AWS")]


def test_pool_members_come_before_the_descriptor(package, make_page):
    batch = batch_of(make_page(package))
    assert [row["member_name"] for row in dicts(batch, "experiment_sample")] == ["p1", "p2"]
    kept = {row["path"]: row["value"] for row in dicts(batch, "record_field")}
    assert kept["DESIGN/SAMPLE_DESCRIPTOR/POOL/MEMBER[1]/@proportion"] == "0.25"
    assert kept["Pool/Member[2]/@spots"] == "x12"  # what is no number is kept as it stands


def test_the_sample_descriptor_stands_in_for_a_missing_pool(objects):
    batch = batch_of(f"<EXPERIMENT_SET>{objects['EXPERIMENT_SET']}</EXPERIMENT_SET>".encode())
    assert batch.rows["experiment_sample"][0][:3] == ["ERX9000001", 0, "ERS9000001"]


def test_a_run_without_reference_belongs_to_its_package(make_page):
    xml = '<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX1"/><RUN_SET><RUN accession="SRR1"/></RUN_SET></EXPERIMENT_PACKAGE>'
    (run,) = dicts(batch_of(make_page(xml)), "run")
    assert run["experiment_accession"] == "SRX1"


def test_an_experiment_without_runs_study_or_sample_is_a_row_of_nulls(make_page):
    xml = '<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX1"/></EXPERIMENT_PACKAGE>'
    batch = batch_of(make_page(xml))
    (experiment,) = dicts(batch, "experiment")
    filled = {column for column, value in experiment.items() if value is not None}
    assert filled == {"accession", "origin", "content_hash"}


def test_a_sample_without_accession_is_named_after_its_experiment(make_page):
    xml = (
        '<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX1"/><SAMPLE alias="s"><SAMPLE_ATTRIBUTES><SAMPLE_ATTRIBUTE>'
        "<TAG>tissue</TAG><VALUE>liver</VALUE></SAMPLE_ATTRIBUTE></SAMPLE_ATTRIBUTES></SAMPLE></EXPERIMENT_PACKAGE>"
    )
    batch = batch_of(make_page(xml))
    assert [row["accession"] for row in dicts(batch, "sample")] == ["SRX1.sample1"]
    assert batch.rows["experiment_sample"][0][:3] == ["SRX1", 0, "SRX1.sample1"]
    assert batch.rows["sample_attribute"][0][:4] == ["SRX1.sample1", 0, "tissue", "liver"]


def test_other_parts_without_accession_are_kept_with_the_experiment(make_page):
    xml = (
        '<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX1"/><STUDY alias="s"><DESCRIPTOR><STUDY_TITLE>t</STUDY_TITLE>'
        '</DESCRIPTOR></STUDY><RUN_SET><RUN alias="r"/></RUN_SET></EXPERIMENT_PACKAGE>'
    )
    batch = batch_of(make_page(xml))
    kept = {(row["path"], row["value"]) for row in dicts(batch, "record_field")}
    assert {
        ("EXPERIMENT_PACKAGE/STUDY/@alias", "s"),
        ("EXPERIMENT_PACKAGE/STUDY/DESCRIPTOR/STUDY_TITLE", "t"),
        ("RUN_SET/RUN/@alias", "r"),
    } <= kept


def test_a_study_under_many_experiments_is_read_once_and_the_highest_accession_speaks_for_it(package, make_page):
    other = package.replace("SRX9000001", "SRX9000002").replace("SRR9000001", "SRR9000002")
    changed = other.replace("<STUDY_TITLE>Islets", "<STUDY_TITLE>Islets again")
    assert len(batch_of(make_page(package, other)).rows["study"]) == 1
    for pages in (make_page(package, changed), make_page(changed, package)):
        batch = batch_of(pages)
        (study,) = dicts(batch, "study")
        assert study["title"] == "Islets again"
        assert len([row for row in dicts(batch, "link") if row["record_type"] == "study"]) == 1
        assert batch.sources["study", "SRP9000001"] == "SRX9000002"
        assert len(batch.rows["experiment"]) == 2


def test_numbers_beyond_64_bits_do_not_break_the_batch(package, make_page):
    huge = "9" * 30
    batch = batch_of(make_page(package.replace('total_spots="10"', f'total_spots="{huge}"')))
    (run,) = dicts(batch, "run")
    assert run["total_spots"] is None
    assert ("@total_spots", huge) in {
        (row["path"].rpartition("/")[2], row["value"]) for row in dicts(batch, "record_field")
    }
