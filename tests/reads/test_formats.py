"""Links as nf-core, aria2 and other programs read them; and the command that writes them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from alembic_db.cli import main
from alembic_db.reads import Link
from alembic_db.reads.choice import RunLinks
from alembic_db.reads.formats import aria2_lines, disk_name, samplesheet
from alembic_db.reads.selection import Run


def run_links(accession: str, *names: str, kind: str = "fastq") -> RunLinks:
    files = tuple((Link(accession, "ena", kind, f"https://x.org/{name}", name, 1, "a" * 32),) for name in names)
    return RunLinks(Run(accession, "SRX1", "PAIRED"), (files,) if files else ())


@pytest.mark.parametrize(
    ("names", "row"),
    [
        (["SRR1_1.fastq.gz", "SRR1_2.fastq.gz"], ["SRR1_1.fastq.gz", "SRR1_2.fastq.gz"]),
        (["SRR1.fastq.gz", "SRR1_1.fastq.gz", "SRR1_2.fastq.gz"], ["SRR1_1.fastq.gz", "SRR1_2.fastq.gz"]),
        (["SRR1.fastq.gz"], ["SRR1.fastq.gz", ""]),
        (["CRR1_r2.fq.gz", "CRR1_f1.fq.gz"], ["CRR1_f1.fq.gz", "CRR1_r2.fq.gz"]),  # as GSA names them
        (["SRR1_1.fastq.gz"], ["SRR1_1.fastq.gz", ""]),
    ],
)
def test_mates_stand_side_by_side_in_the_sheet(names: list[str], row: list[str]) -> None:
    lines, without = samplesheet([run_links("SRR1", *names)], {})
    first, second = (f"https://x.org/{name}" if name else "" for name in row)
    assert list(csv.DictReader(lines)) == [
        {"sample": "SRX1", "fastq_1": first, "fastq_2": second, "strandedness": "auto"}
    ]
    assert without == []


def test_a_fetched_file_stands_in_the_sheet_with_its_path() -> None:
    lines, _ = samplesheet([run_links("SRR1", "SRR1.fastq.gz")], {"https://x.org/SRR1.fastq.gz": "/data/SRR1.fastq.gz"})
    assert lines[1] == "SRX1,/data/SRR1.fastq.gz,,auto"


def test_runs_without_fastq_are_not_in_the_sheet_and_named() -> None:
    lines, without = samplesheet([run_links("SRR1", "SRR1", kind="sra"), run_links("SRR2")], {})
    assert len(lines) == 1
    assert without == ["SRR1", "SRR2"]


def test_aria2_gets_every_place_and_the_checksum() -> None:
    file = tuple(Link("SRR1", "sra", "sra", f"https://{host}/SRR1", "SRR1", 1, "a" * 32) for host in ("a.org", "b.org"))
    lines = list(aria2_lines([RunLinks(Run("SRR1"), ((file,),))]))
    assert lines == ["https://a.org/SRR1\thttps://b.org/SRR1", "  out=SRR1.sra", "  checksum=md5=" + "a" * 32]


def test_a_run_whose_name_another_begins_with_gets_its_folder() -> None:
    assert disk_name(Link("SRR1", "original", "submitted", "https://x.org/SRR10.bam", "SRR10.bam")) == "SRR1/SRR10.bam"


def test_files_of_two_runs_never_get_one_name() -> None:
    one, two = (Link(run, "original", "submitted", "https://x.org/a.bam", "a.bam") for run in ("SRR1", "SRR2"))
    assert disk_name(one) != disk_name(two)


def test_aria2_gets_no_place_that_has_another_edition() -> None:
    one, other = (Link("SRR1", "sra", "sra", f"https://{md5}.org/SRR1", "SRR1", 1, md5 * 32) for md5 in "ab")
    run = RunLinks(Run("SRR1"), (((one, other),),))
    assert list(aria2_lines([run])) == ["https://a.org/SRR1", "  out=SRR1.sra", f"  checksum=md5={'a' * 32}"]


def call(*args: str, exit_code: int = 0) -> Any:
    result = CliRunner().invoke(main, args, prog_name="alembic-db")
    assert result.exit_code == exit_code, result.output
    return result


@pytest.fixture
def folder(made: Any, archive: Any) -> str:
    project = made.project(made.package(1, made.run("SRR1")))
    archive.hold("/SRR1_1.fastq.gz", b"1")
    archive.hold("/SRR1_2.fastq.gz", b"2")
    archive.report("SRR1", "/SRR1_1.fastq.gz", "/SRR1_2.fastq.gz")
    return str(project.path)


def test_the_command_writes_every_format(folder: str, archive: Any, tmp_path: Path) -> None:
    first, second = (f"{archive.url}/SRR1_{mate}.fastq.gz" for mate in (1, 2))
    assert call("-p", folder, "links").stdout.splitlines() == [first, second]
    assert call("-p", folder, "links", "SRX1", "--format", "ids").stdout == "SRR1\n"
    sheet = call("-p", folder, "links", "--format", "samplesheet").stdout
    assert sheet.splitlines()[1] == f"SRX1,{first},{second},auto"
    rows = json.loads(call("-p", folder, "links", "--where", "true", "--format", "json").stdout)
    assert [row["url"] for row in rows] == [first, second]
    assert rows[0]["md5"] == archive.files["/SRR1_1.fastq.gz"].md5
    table = call("-p", folder, "links", "--format", "tsv").stdout.splitlines()
    assert table[0].split("\t")[:3] == ["run_accession", "experiment_accession", "source"]
    assert "out=SRR1_1.fastq.gz" in call("-p", folder, "links", "--format", "aria2").stdout
    call("-p", folder, "links", "-o", str(tmp_path / "list.txt"))
    assert (tmp_path / "list.txt").read_text().splitlines() == [first, second]


def test_no_link_is_an_empty_list_with_a_header_where_there_is_one(folder: str) -> None:
    assert call("-p", folder, "links", "--where", "false").stdout == ""
    assert call("-p", folder, "links", "--where", "false", "--format", "tsv").stdout.startswith("run_accession\t")
    assert json.loads(call("-p", folder, "links", "--where", "false", "--format", "json").stdout) == []


def test_what_cannot_be_had_is_named_and_the_exit_code_says_so(folder: str, archive: Any) -> None:
    archive.pages["/gsa/search?searchTerm=CRR123456"] = "<p>nothing found, for example CRA000112</p>"
    result = call("-p", folder, "links", "SRR1", "CRR123456", exit_code=1)
    assert len(result.stdout.splitlines()) == 2
    assert "CRR123456: is not known to GSA" in result.stderr


def test_contradictions_are_errors_of_usage(folder: str) -> None:
    assert "exclude" in call("-p", folder, "links", "SRR1", "--where", "true", exit_code=2).stderr
