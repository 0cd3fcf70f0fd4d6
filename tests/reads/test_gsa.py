"""Runs of the Genome Sequence Archive, as its own pages ask for them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db import Project
from alembic_db.reads import FetchOptions, Selection, Source
from alembic_db.reads.gsa import https_address, read_sums

ALL = ["CRR1", "CRR2"]


@pytest.fixture
def gsa(archive: Any) -> Any:
    """A study of two runs, one of them paired and in one row, and a row of another study that the search finds too."""
    base = "/gsa9/CRA7"
    paths = {name: f"{base}/{name[:4]}/{name}" for name in ("CRR1_f1.fq.gz", "CRR1_r2.fq.gz", "CRR2.bam")}
    for name, path in paths.items():
        archive.hold(path, name.encode())
    sums = "".join(f"{hashlib.md5(n.encode()).hexdigest().upper()}  ./{n[:4]}/{n}\n" for n in paths)
    archive.pages[f"{base}/md5sum.txt"] = sums
    common = {"BioProject": "PRJCA5", "Submission": "CRA7"}
    urls = {name: archive.url + path for name, path in paths.items()}
    rows = [
        {"Run": "CRR1", "FileType": "fastq", "Experiment": "CRX1", "BioSample": "SAMC1", **common,
         "Download_path": f"{urls['CRR1_f1.fq.gz']}|{urls['CRR1_r2.fq.gz']}"},
        {"Run": "CRR2", "FileType": "bam", "Experiment": "CRX2", "BioSample": "SAMC2", **common,
         "Download_path": urls["CRR2.bam"]},
    ]  # fmt: skip
    other = {"Run": "CRR99", "Experiment": "CRX99", "BioProject": "PRJCA99", "Submission": "CRA99",
             "Download_path": f"{archive.url}/gsa/CRA99/CRR99/CRR99.fq.gz"}  # fmt: skip
    archive.gsa |= {"CRA7": [*rows, other], "PRJCA5": [*rows, other], "SAMC1": rows, "CRA99": [other]}
    page = "<p>example: CRA000112</p>\n<a href='browse/CRA7'>CRA7</a> <a>CRA99</a>\n"
    archive.pages |= {f"/gsa/search?searchTerm={name}": page for name in ("CRR1", "CRR2", "CRX1", "CRX2", "CRR404")}
    return archive


@pytest.fixture
def project(made: Any) -> Project:
    found: Project = made.project()
    return found


def runs(found: Any) -> list[str]:
    return [run.run.accession for run in found.runs]


@pytest.mark.parametrize(
    ("accession", "expected"),
    [("CRA7", ALL), ("CRR1", ["CRR1"]), ("CRX2", ["CRR2"]), ("PRJCA5", ALL), ("samc1", ["CRR1"])],
)
def test_accessions_of_every_kind_lead_to_runs(project: Project, gsa: Any, accession: str, expected: list[str]) -> None:
    found = project.links(Selection((accession,)))
    assert (runs(found), found.problems) == (expected, ())


def test_links_have_names_kinds_and_checksums(project: Project, gsa: Any) -> None:
    found = project.links(Selection(("CRA7",)))
    links = [file[0] for run in found.runs for file in run.files]
    assert [(link.file_name, link.kind, link.source) for link in links] == [
        ("CRR1_f1.fq.gz", "fastq", "gsa"), ("CRR1_r2.fq.gz", "fastq", "gsa"), ("CRR2.bam", "submitted", "gsa"),
    ]  # fmt: skip
    assert [link.md5 for link in links] == [hashlib.md5(link.file_name.encode()).hexdigest() for link in links]
    assert found.runs[0].run.experiment_accession == "CRX1"


def test_a_study_is_asked_for_once(project: Project, gsa: Any) -> None:
    project.links(Selection(("CRR1", "CRR2", "CRX1")))
    assert [names for call, names in gsa.asked if call == "getRunInfoByCra"] == [("CRA7",), ("CRA99",)]


def test_runs_of_gsa_and_of_ena_come_together(project: Project, gsa: Any) -> None:
    gsa.hold("/ERR9.fastq.gz", b"e")
    gsa.report("ERR9", "/ERR9.fastq.gz")
    assert runs(project.links(Selection(("ERR9 CRR1",)))) == ["ERR9", "CRR1"]
    assert not [call for call, _ in gsa.asked if call == "retrieve"]
    assert runs(project.links(Selection(("CRR1",)), source=Source.GSA)) == ["CRR1"]


def test_they_are_fetched_and_verified(project: Project, gsa: Any) -> None:
    report = project.fetch(project.plan_fetch(Selection(("CRA7",)), FetchOptions(project.path / "reads")))
    assert (report.fetched, report.failed) == (3, ())
    rows = project.query("reads_on_disk").to_pylist()
    assert [(row["run_accession"], row["source"], row["verified"]) for row in rows] == [
        ("CRR1", "gsa", True), ("CRR1", "gsa", True), ("CRR2", "gsa", True),
    ]  # fmt: skip


def test_without_checksums_they_are_fetched_but_not_called_verified(project: Project, gsa: Any) -> None:
    del gsa.pages["/gsa9/CRA7/md5sum.txt"]
    project.fetch(project.plan_fetch(Selection(("CRR2",)), FetchOptions(project.path / "reads")))
    assert [row["verified"] for row in project.query("reads_on_disk").to_pylist()] == [False]


@pytest.mark.parametrize(
    ("accession", "said"),
    [("CRR404", "not known to GSA"), ("CRA404", "not known to GSA"), ("HRA1", "controlled access")],
)
def test_what_is_not_there_is_named(project: Project, gsa: Any, accession: str, said: str) -> None:
    (problem,) = project.links(Selection((accession,))).problems
    assert (problem.accession, problem.stage) == (accession, "skip" if accession == "HRA1" else "links")
    assert said in problem.message


@pytest.mark.parametrize("fault", [503, b"no table"])
def test_passing_faults_are_outlived_and_lasting_ones_named(project: Project, gsa: Any, fault: int | bytes) -> None:
    gsa.faults["getRunInfoByCra"] = [fault]
    assert runs(project.links(Selection(("CRA7",)))) == ALL
    gsa.faults["getRunInfoByCra"] = [fault] * 10
    found = project.links(Selection(("CRA7",)))
    assert (runs(found), found.problems[0].accession) == ([], "CRA7")


def test_a_run_without_address_is_named(project: Project, gsa: Any) -> None:
    gsa.gsa["CRA7"][0]["Download_path"] = ""
    gsa.gsa["CRA7"][1]["Download_path"] = "file:///etc/passwd"
    found = project.links(Selection(("CRA7",)))
    assert all(not run.files for run in found.runs)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("ftp://download.big.ac.cn/gsa2/CRA1/CRR1/a.gz", "https://download.cncb.ac.cn/gsa2/CRA1/CRR1/a.gz"),
        ("https://download.cncb.ac.cn/gsa/x", "https://download.cncb.ac.cn/gsa/x"),
        ("file:///etc/passwd", None), ("ftp://user@host/x", None), ("", None), ("gsa2/CRA1", None), ("ftp://h/a b", None),
    ],
)  # fmt: skip
def test_addresses_become_https(path: str, address: str | None) -> None:
    assert https_address(path) == address


def test_checksums_of_files_of_one_name_are_kept_apart() -> None:
    one, two = "a" * 32, "B" * 32
    sums = read_sums(f"{one}  CRR1/reads.fq.gz\n{two} *CRR2/reads.fq.gz\n{two}\talone.bam\nnonsense\n")
    assert sums == {
        ("CRR1", "reads.fq.gz"): one, ("CRR2", "reads.fq.gz"): two.lower(), ("", "reads.fq.gz"): None,
        ("", "alone.bam"): two.lower(),
    }  # fmt: skip


@given(st.text())
def test_any_text_can_be_read_as_checksums(text: str) -> None:
    assert all(md5 is None or len(md5) == 32 for md5 in read_sums(text).values())
