"""Links of runs: from the XML, from ENA, from the data locator."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db.accession import AccessionKind, find_kind
from alembic_db.errors import ConfigError, QueryError, ReadsError, UsageError
from alembic_db.reads import ReadsSettings, Selection, Source
from alembic_db.reads.ena import ena_links, https_address
from alembic_db.reads.link import safe_name

SHARED = Path(__file__).parents[3] / "shared" / "sra"
OPEN = "anonymous"


def urls(found: Any) -> list[str]:
    return [file[0].url for run in found.runs for file in run.files]


def messages(found: Any) -> dict[str | None, str]:
    return {problem.accession: problem.message for problem in found.problems}


@pytest.fixture
def project(made: Any) -> Any:
    """One run of FASTQ at ENA, one that only NCBI has, one that is not public."""
    places = [("NCBI", "https://ncbi.example.org/SRR2", OPEN), ("AWS", "https://aws.example.org/SRR2", OPEN)]
    gated = [("GCP", "gs://bucket/SRR2", "gcp identity")]
    return made.project(
        made.package(1, made.run("SRR1")),
        made.package(2, made.run("SRR2", made.sra_file("SRR2", "b" * 32, 7, *places, *gated)), organism="Mus musculus"),
        made.package(3, made.run("SRR3", public="false")),
    )


@pytest.fixture
def fastq(archive: Any) -> Any:
    archive.hold("/vol1/SRR1_1.fastq.gz", b"first")
    archive.hold("/vol1/SRR1_2.fastq.gz", b"second")
    archive.report("SRR1", "/vol1/SRR1_1.fastq.gz", "/vol1/SRR1_2.fastq.gz")
    return archive


def test_fastq_of_ena_comes_first_then_the_run_as_sra_keeps_it(project: Any, fastq: Any) -> None:
    found = project.links()
    first, second = (f"{fastq.url}/vol1/SRR1_{mate}.fastq.gz" for mate in (1, 2))
    assert urls(found) == [first, second, "https://ncbi.example.org/SRR2"]
    links = [file[0] for run in found.runs for file in run.files]
    assert [(link.source, link.kind, link.size) for link in links] == [
        ("ena", "fastq", 5), ("ena", "fastq", 6), ("sra", "sra", 7),
    ]  # fmt: skip
    assert links[0].md5 == fastq.files["/vol1/SRR1_1.fastq.gz"].md5


def test_a_run_that_is_not_public_is_named_and_nobody_is_asked_for_it(project: Any, fastq: Any) -> None:
    found = project.links()
    assert "controlled access" in messages(found)["SRR3"]
    assert all("SRR3" not in names for _, names in fastq.asked)


def test_links_are_kept_and_asked_for_once(project: Any, fastq: Any) -> None:
    before = urls(project.links(Selection(("SRR1",))))
    assert [call for call, _ in fastq.asked] == ["filereport"]
    assert urls(project.links(Selection(("SRR1",)))) == before
    assert len(fastq.asked) == 1
    rows = project.sql("select run_accession, service, source, kind, position, looked_up_at from read_link order by 5")
    assert [list(row.values())[:5] for row in rows.to_pylist()] == [
        ["SRR1", "ena", "ena", "fastq", 0], ["SRR1", "ena", "ena", "fastq", 1],
    ]  # fmt: skip


def test_refresh_asks_again_and_forgets_what_is_gone(project: Any, fastq: Any) -> None:
    project.links(Selection(("SRR1",)))
    fastq.report("SRR1", "/vol1/SRR1_1.fastq.gz")
    found = project.links(Selection(("SRR1",)), refresh=True)
    assert urls(found) == [f"{fastq.url}/vol1/SRR1_1.fastq.gz"]
    assert project.sql("from read_link").num_rows == 1


def test_downloads_prefer_what_was_looked_up(project: Any, fastq: Any, tmp_path: Path) -> None:
    def lines() -> list[str]:
        project.export_tsv(tmp_path / "out")
        return (tmp_path / "out" / "DOWNLOADS.TXT").read_text().splitlines()

    odp = "https://sra-pub-run-odp.s3.amazonaws.com/sra/SRR1/SRR1"
    assert lines() == [odp, "https://ncbi.example.org/SRR2"]
    project.links()
    assert lines() == [*urls(project.links())[:2], "https://ncbi.example.org/SRR2"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Source.SRA, ["https://ncbi.example.org/SRR2"]),
        (Source.AWS, ["https://aws.example.org/SRR2"]),
        (Source.GCP, ["gs://bucket/SRR2"]),
    ],
)
def test_one_source_can_be_asked_for(project: Any, archive: Any, source: Source, expected: list[str]) -> None:
    assert urls(project.links(Selection(("SRR2",)), source=source)) == expected
    assert archive.asked == []


def test_original_files_come_from_ena_too(project: Any, archive: Any) -> None:
    archive.hold("/sub/sample.bam", b"bam")
    archive.report("SRR1", "/sub/sample.bam", kind="submitted")
    found = project.links(Selection(("SRR1",)), source=Source.ORIGINAL)
    assert urls(found) == [f"{archive.url}/sub/sample.bam"]
    assert found.runs[0].files[0][0].kind == "submitted"


def test_the_locator_is_asked_where_nothing_else_is_known(made: Any, archive: Any) -> None:
    project = made.project(made.package(1, made.run("SRR1", public="")))
    archive.hold("/sos/SRR1.4", b"sra file")
    archive.locate("SRR1", ("sra-sos", "/sos/SRR1.4"))
    found = project.links()
    assert [call for call, _ in archive.asked] == ["filereport", "retrieve"]
    assert urls(found) == [f"{archive.url}/sos/SRR1.4"]
    assert project.sql("select service, source, kind, size from read_link").to_pylist() == [
        {"service": "sdl", "source": "sra", "kind": "sra", "size": 8}
    ]


def test_signed_and_paid_places_of_the_locator_are_no_open_links(made: Any, archive: Any) -> None:
    project = made.project(made.package(1, made.run("SRR1", public="")))
    archive.hold("/sos/SRR1", b"sra file")
    archive.locate("SRR1", ("s3", "/sos/SRR1"), ("gs", "/sos/SRR1"))
    places = archive.bundles["SRR1"]["files"][0]["locations"]
    places[0]["expirationDate"] = "2030-01-01T00:00:00Z"
    places[1]["payRequired"] = True
    found = project.links()
    assert urls(found) == []
    assert "no open link" in messages(found)["SRR1"]
    (row,) = project.sql("select source, access from read_link").to_pylist()
    assert row == {"source": "gcp", "access": "the fetcher pays"}


def test_what_a_service_says_of_a_run_without_links_is_passed_on(made: Any, archive: Any) -> None:
    project = made.project(made.package(1, made.run("SRR1", public="")))
    archive.reports["SRR1"] = {"run_accession": "SRR1", "submitted_ftp": "Protected file(s). Go to dbGap"}
    assert "Protected file(s)" in messages(project.links(source=Source.ENA))["SRR1"]


def test_a_batch_that_is_refused_is_asked_in_halves(made: Any, archive: Any) -> None:
    runs = [f"SRR{number}" for number in range(1, 12)]
    project = made.project(*(made.package(n, made.run(run)) for n, run in enumerate(runs, 1)))
    for run in runs:
        archive.hold(f"/{run}.fastq.gz", run.encode())
        archive.report(run, f"/{run}.fastq.gz")
    archive.largest_batch = 3
    assert sorted(urls(project.links())) == sorted(f"{archive.url}/{run}.fastq.gz" for run in runs)
    assert max(len(names) for _, names in archive.asked) == 11


@pytest.mark.parametrize("fault", [500, 429, 503, b"", b"[{", b"<html>busy</html>", b'{"message": 1}'])
def test_passing_faults_of_a_service_are_outlived(project: Any, fastq: Any, fault: int | bytes) -> None:
    fastq.faults["filereport"] = [fault, fault]
    assert len(urls(project.links(Selection(("SRR1",))))) == 2


def test_a_service_that_is_down_is_an_error_with_what_to_do(project: Any, archive: Any) -> None:
    archive.faults["filereport"] = [503] * 50
    with pytest.raises(ReadsError, match="ENA is not able to answer now"):
        project.links()


def test_a_service_that_is_none_is_not_asked_again(project: Any, archive: Any) -> None:
    archive.faults["filereport"] = [404] * 2
    with pytest.raises(ReadsError, match="ALEMBIC_DB_ENA_URL"):
        project.links()
    assert len(archive.asked) == 1


def test_a_login_in_an_address_is_never_shown(project: Any, archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    address = archive.environment["ALEMBIC_DB_ENA_URL"].replace("://", "://user:hush-hush@")
    monkeypatch.setenv("ALEMBIC_DB_ENA_URL", address)
    archive.faults["filereport"] = [404]
    with pytest.raises(ReadsError) as caught:
        project.links()
    assert "hush-hush" not in str(caught.value) + repr(ReadsSettings.from_environment())


@pytest.mark.parametrize("address", ["ftp://x/", "https://", "https://x/?q", "nonsense"])
def test_an_address_that_cannot_be_asked_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="ALEMBIC_DB_SDL_URL"):
        ReadsSettings(sdl_url=address)


# Selection


def selected(found: Any) -> list[str]:
    return [run.run.accession for run in found.runs]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), ["SRR1", "SRR2", "SRR3"]),
        (Selection(("SRR2",)), ["SRR2"]),
        (Selection(("SRX1 srx3",)), ["SRR1", "SRR3"]),
        (Selection(("SRS2",)), ["SRR2"]),
        (Selection(("SRP1",)), ["SRR1", "SRR2", "SRR3"]),
        (Selection(("PRJNA1",)), ["SRR1", "SRR2", "SRR3"]),
        (Selection(where="scientific_name = 'Mus musculus'"), ["SRR2"]),
        (Selection(where="is_public and run_accession in ('SRR1', 'SRR3') -- a comment"), ["SRR1"]),
        (Selection(where="false"), []),
        (Selection(view="runs"), ["SRR1", "SRR2", "SRR3"]),
        (Selection(view="result_table"), ["SRR1", "SRR2", "SRR3"]),
        (Selection(view="downloads", values={"search": "none such"}), []),
    ],
)
def test_runs_are_selected(project: Any, archive: Any, selection: Selection, expected: list[str]) -> None:
    assert selected(project.links(selection)) == expected


@pytest.mark.parametrize(
    "condition",
    ["", "select 1", "1 = 1); drop table run; --", "true; select 1", "no_such_column = 1", "x in (", "true) or (true"],
)
def test_what_is_no_condition_is_refused(project: Any, archive: Any, condition: str) -> None:
    with pytest.raises(QueryError):
        project.links(Selection(where=condition))


def test_a_condition_reaches_nothing_outside(project: Any, archive: Any) -> None:
    with pytest.raises(QueryError, match="reaches outside"):
        project.links(Selection(where="run_accession in (select content from read_text('/etc/passwd'))"))


def test_a_view_without_accessions_is_refused(project: Any, archive: Any) -> None:
    with pytest.raises(QueryError, match="names runs"):
        project.links(Selection(view="top_entities"))


def test_ways_to_select_exclude_each_other() -> None:
    with pytest.raises(UsageError):
        Selection(("SRR1",), where="true")
    with pytest.raises(UsageError):
        Selection(values={"search": "x"})


def test_runs_outside_the_project_are_found_at_ena(project: Any, archive: Any) -> None:
    archive.hold("/ERR9.fastq.gz", b"e")
    archive.report("ERR9", "/ERR9.fastq.gz", secondary_study_accession="ERP9")
    found = project.links(Selection(("ERP9", "ERP10", "GSE5")))
    assert urls(found) == [f"{archive.url}/ERR9.fastq.gz"]
    assert "alembic-db add ERP10" in messages(found)["ERP10"]
    assert "alembic-db add GSE5" in messages(found)["GSE5"]


def test_rows_for_other_runs_than_those_asked_are_not_believed(project: Any, fastq: Any) -> None:
    row = {"run_accession": "SRR77", "fastq_ftp": "ftp.example.org/x/SRR77.fastq.gz"}
    fastq.faults["filereport"] = [json.dumps([row]).encode()]
    assert "SRR77" not in selected(project.links(Selection(("SRR1",))))
    assert project.sql("from read_link").num_rows == 0


@pytest.mark.parametrize("accession", ["CRA000001", "CRX000002", "crr000003", "PRJCA000004"])
def test_records_of_gsa_cannot_be_added(project: Any, accession: str) -> None:
    with pytest.raises(UsageError, match="Genome Sequence Archive"):
        project.add([accession])


# Names and addresses


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"), ("..", "SRR1"), ("a\\..\\b.fastq", "b.fastq"), (".bashrc", "bashrc"),
        ("", "SRR1"), ("x\n;rm -rf.gz", "x__rm_-rf.gz"), ("-o.gz", "o.gz"), ("CON", "_CON"), ("/", "SRR1"),
        ("SRR1_1.fastq.gz", "SRR1_1.fastq.gz"),
    ],
)  # fmt: skip
def test_a_file_name_is_one_harmless_part_of_a_path(name: str, safe: str) -> None:
    assert safe_name(name, "SRR1") == safe


@given(st.text())
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    safe = safe_name(name, "SRR1")
    folder = Path("/downloads")
    assert (folder / safe).resolve().parent == folder
    assert safe == Path(safe).name and len(safe.encode()) <= 201 and safe.isprintable()


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("ftp.sra.ebi.ac.uk/vol1/x.gz", "https://ftp.sra.ebi.ac.uk/vol1/x.gz"),
        ("ftp://ftp.sra.ebi.ac.uk/vol1/x.gz", "https://ftp.sra.ebi.ac.uk/vol1/x.gz"),
        ("http://a.example.org/x", "http://a.example.org/x"),
        ("Protected file(s). Go to dbGap", None), ("", None), ("ftp.sra.ebi.ac.uk", None), ("file:///etc/passwd", None),
    ],
)  # fmt: skip
def test_addresses_of_ena_are_asked_by_https(said: str, address: str | None) -> None:
    assert https_address(said) == address


def test_values_that_do_not_stand_side_by_side_are_not_matched() -> None:
    row = {"run_accession": "SRR1", "fastq_ftp": "a.org/1.gz;a.org/2.gz", "fastq_md5": "a" * 32, "fastq_bytes": "1;x"}
    assert [(link.md5, link.size) for link in ena_links(row)] == [(None, 1), (None, None)]


def recorded_reports() -> list[Path]:
    return sorted((SHARED / "tables").glob("ena_filereport*"))


def recorded_rows() -> dict[str, dict[str, str]]:
    """Read the first row with FASTQ of every run in the recorded file reports."""
    rows: dict[str, dict[str, str]] = {}
    for path in recorded_reports():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="," if path.suffix == ".csv" else "\t"):
                run = row.get("run_accession") or ""
                if find_kind(run) is AccessionKind.RUN and row.get("fastq_ftp"):
                    rows.setdefault(run, {name: value for name, value in row.items() if name and value})
    return rows


def files_of(row: dict[str, str]) -> list[tuple[str, str | None, int | None]]:
    """Take the files of a row apart, independently of the code under test."""
    urls = row["fastq_ftp"].split(";")
    sums = row["fastq_md5"].split(";") if row.get("fastq_md5") else [None] * len(urls)
    sizes = row["fastq_bytes"].split(";") if row.get("fastq_bytes") else [None] * len(urls)
    return sorted(
        (f"https://{url}", md5, int(size) if size else None) for url, md5, size in zip(urls, sums, sizes, strict=True)
    )


def got(found: Any) -> dict[str, list[tuple[str, str | None, int | None]]]:
    return {
        run.run.accession: sorted((link.url, link.md5, link.size) for link, *_ in run.files)
        for run in found.runs
        if run.files
    }


@pytest.mark.skipif(not recorded_reports(), reason="no recorded file reports beside this checkout")
def test_links_equal_the_recorded_file_reports(made: Any, archive: Any) -> None:
    archive.reports |= recorded_rows()
    expected = {run: files_of(row) for run, row in archive.reports.items()}
    project = made.project(*(made.package(n, made.run(run)) for n, run in enumerate(expected, 1)))
    assert len(expected) > 100
    assert got(project.links(source=Source.ENA)) == expected


@pytest.mark.skipif(not recorded_reports(), reason="no recorded records beside this checkout")
def test_runs_of_recorded_xml_have_the_files_of_the_recorded_reports(made: Any, archive: Any) -> None:
    """Ask for the runs of all recorded XML: where there is a report, its FASTQ; else the SRA file of the XML."""
    archive.reports |= recorded_rows()
    project = made.project()
    project.import_paths([SHARED / "efetch_xml", SHARED / "ena_xml"], annotate=False)
    links = got(project.links())
    both = {run: files_of(row) for run, row in archive.reports.items() if run in links}
    assert both
    assert {run: links[run] for run in both} == both
    assert len(links) > len(both)
