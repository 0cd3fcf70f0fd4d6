"""Reads are fetched whole, verified, resumed, and whatever a server does, never outside their folder."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alembic_db import Project
from alembic_db.errors import ProjectLockedError, ReadsError, ReadsTransientError, UsageError
from alembic_db.reads import FetchOptions, Layout, Selection, Source
from alembic_db.reads import fetching as fetching_module
from alembic_db.reads import plan as plan_module
from alembic_db.reads.bucket import Bucket
from alembic_db.reads.link import Link
from alembic_db.reads.one_file import FetchedFile, FetchFailedError, FileFetch, Surroundings
from alembic_db.reads.part import Part
from alembic_db.reads.plan import FileTask
from alembic_db.reads.selection import Run
from alembic_db.reads.transfer import FileServers, _moved_to
from alembic_db.reports import NoProgress

BODY = random.Random(6).randbytes(300_000)
PASSING = (
    "dropped", "cut_off", "wrong_size", "wrong_md5", "no_range", "no_length", "wrong_range", "redirect", "busy",
    "too_many", "broken", "encoded", "html",
)  # fmt: skip


def md5(body: bytes) -> str:
    return hashlib.md5(body).hexdigest()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tries follow each other at once."""
    monkeypatch.setattr(FileFetch, "_wait", lambda self, seconds: None)
    monkeypatch.setattr(fetching_module, "_LAST_WAIT", 0.0)
    monkeypatch.setattr(fetching_module, "_TICK", 0.01)


@pytest.fixture
def project(made: Any, archive: Any) -> Project:
    """One run with one FASTQ file at ENA."""
    archive.hold("/vol1/SRR1.fastq.gz", BODY)
    archive.report("SRR1", "/vol1/SRR1.fastq.gz")
    found: Project = made.project(made.package(1, made.run("SRR1", public="")))  # so that AWS is not thought of
    return found


def fetch(project: Project, *accessions: str, source: Source | None = None, **options: Any) -> Any:
    chosen = FetchOptions(options.pop("folder", project.path / "reads"), **options)
    return project.fetch(project.plan_fetch(Selection(accessions), chosen, source=source))


def file_of(project: Project, name: str = "SRR1.fastq.gz") -> Path:
    return project.path / "reads" / name


def gets(archive: Any) -> list[str | None]:
    return [asked for _, asked in archive.file_requests]


def on_disk(project: Project) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = project.query("reads_on_disk").to_pylist()
    return rows


# What arrives


def test_a_file_arrives_with_its_row_and_its_line_in_the_manifest(project: Project, archive: Any) -> None:
    report = fetch(project)
    assert (report.fetched, report.found_on_disk, report.bytes_fetched, report.failed) == (1, 0, len(BODY), ())
    assert file_of(project).read_bytes() == BODY
    (row,) = on_disk(project)
    assert (row["run_accession"], row["path"], row["size"]) == ("SRR1", str(file_of(project)), len(BODY))
    assert (row["md5"], row["verified"], row["source"], row["kind"]) == (md5(BODY), True, "ena", "fastq")
    assert (file_of(project, "MD5SUMS")).read_text() == f"{md5(BODY)}  SRR1.fastq.gz\n"
    assert sorted(path.name for path in file_of(project).parent.iterdir() if path.name[0] != ".") == [
        "MD5SUMS", "SRR1.fastq.gz",
    ]  # fmt: skip


@pytest.mark.skipif(shutil.which("md5sum") is None, reason="no md5sum here")
def test_md5sum_reads_the_manifest(project: Project) -> None:
    fetch(project, layout=Layout.STUDY)
    done = subprocess.run(["md5sum", "-c", "MD5SUMS"], cwd=project.path / "reads", capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "SRP1/SRR1.fastq.gz: OK\n")


@pytest.mark.parametrize(
    ("layout", "place"), [("flat", ""), ("run", "SRR1/"), ("experiment", "SRX1/"), ("study", "SRP1/")]
)
def test_files_go_into_the_folders_asked_for(project: Project, layout: str, place: str) -> None:
    fetch(project, layout=Layout(layout))
    assert file_of(project, f"{place}SRR1.fastq.gz").read_bytes() == BODY


def test_what_is_there_is_not_fetched_again(project: Project, archive: Any) -> None:
    fetch(project)
    report = fetch(project)
    assert (report.fetched, report.found_on_disk, report.bytes_fetched) == (0, 1, 0)
    assert len(gets(archive)) == 1


def test_verify_reads_it_again_and_a_damaged_one_is_replaced(project: Project, archive: Any) -> None:
    fetch(project)
    before = file_of(project).stat()
    file_of(project).write_bytes(BODY[:-1] + bytes([BODY[-1] ^ 1]))
    os.utime(file_of(project), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert fetch(project).found_on_disk == 1  # same size, same time: believed
    report = fetch(project, verify=True)
    assert (report.fetched, report.found_on_disk) == (1, 0)
    assert file_of(project).read_bytes() == BODY
    assert file_of(project, "SRR1.fastq.gz.bad").stat().st_size == len(BODY)
    assert fetch(project, verify=True).found_on_disk == 1


def test_a_file_that_was_changed_since_is_looked_at(project: Project, archive: Any) -> None:
    fetch(project)
    os.utime(file_of(project), ns=(1, 1))
    assert fetch(project).found_on_disk == 1
    file_of(project).write_bytes(b"edited")
    assert fetch(project).fetched == 1
    assert file_of(project).read_bytes() == BODY


def test_a_file_without_its_row_is_adopted(project: Project, archive: Any) -> None:
    file_of(project).parent.mkdir()
    file_of(project).write_bytes(BODY)
    assert (fetch(project).found_on_disk, gets(archive)) == (1, [])
    assert len(on_disk(project)) == 1


def test_a_deleted_file_is_fetched_again_and_its_row_goes(project: Project, archive: Any) -> None:
    fetch(project)
    file_of(project).unlink()
    archive.files["/vol1/SRR1.fastq.gz"].always = "missing"
    assert fetch(project).failed
    assert on_disk(project) == []
    archive.files["/vol1/SRR1.fastq.gz"].always = None
    assert fetch(project).fetched == 1
    assert len(on_disk(project)) == 1


def test_a_file_fetched_to_another_folder_counts(project: Project, archive: Any, tmp_path: Path) -> None:
    fetch(project, folder=tmp_path / "elsewhere")
    assert fetch(project).found_on_disk == 1
    assert not file_of(project).exists()


def test_an_empty_file_is_a_file(made: Any, archive: Any) -> None:
    archive.hold("/SRR1.fastq.gz", b"")
    archive.report("SRR1", "/SRR1.fastq.gz")
    project = made.project(made.package(1, made.run("SRR1")))
    assert fetch(project).failed == ()
    assert file_of(project).read_bytes() == b""


# Faults


@dataclass
class Alone:
    """One file, fetched without a project around it."""

    archive: Any
    folder: Path

    @property
    def target(self) -> Path:
        return self.folder / "SRR1.fastq.gz"

    @property
    def stored(self) -> Any:
        return self.archive.files["/SRR1.fastq.gz"]

    def fetch(self, *more: Link) -> FetchedFile:
        link = Link("SRR1", "ena", "fastq", f"{self.archive.url}/SRR1.fastq.gz", "SRR1.fastq.gz", len(BODY), md5(BODY))
        self.task = FileTask(Run("SRR1"), (link, *more), self.target, link.size)
        servers = FileServers(1, 5.0, 5.0)
        stopped = threading.Event()
        try:
            return FileFetch(
                self.task, Surroundings(servers, Bucket(None), stopped, lambda _: None, threading.Semaphore(1))
            ).run()
        finally:
            servers.close()

    def part(self, body: bytes, *, validator: str | None = None, note: bool = True) -> None:
        self.target.with_name("SRR1.fastq.gz.part").write_bytes(body)
        if note:
            said = {"url": f"{self.archive.url}/SRR1.fastq.gz", "validator": validator, "md5": md5(BODY), "size": None}
            self.target.with_name("SRR1.fastq.gz.part.json").write_text(json.dumps(said))

    def others(self) -> list[str]:
        return sorted(path.name.removeprefix("SRR1.fastq.gz.") for path in self.folder.iterdir() if path != self.target)


@pytest.fixture
def alone(archive: Any, tmp_path: Path) -> Alone:
    archive.hold("/SRR1.fastq.gz", BODY)
    folder = tmp_path / "alone"
    folder.mkdir()
    return Alone(archive, folder)


@pytest.mark.parametrize("fault", PASSING)
def test_passing_faults_are_outlived(alone: Alone, fault: str) -> None:
    alone.stored.faults = [fault, fault]
    assert alone.fetch().md5 == md5(BODY)
    assert alone.target.read_bytes() == BODY
    assert alone.others() == (["bad"] if fault == "wrong_md5" else [])


@pytest.mark.parametrize("seed", range(40))
def test_faults_in_any_order_are_outlived(alone: Alone, seed: int) -> None:
    alone.stored.faults = random.Random(seed).choices(PASSING, k=5)
    while alone.stored.faults.count("wrong_md5") > 2:
        alone.stored.faults.pop()
    alone.fetch()
    assert alone.target.read_bytes() == BODY
    assert set(alone.others()) <= {"bad"}


def test_what_broke_off_is_taken_up_where_it_was(alone: Alone) -> None:
    alone.stored.faults = ["dropped", "dropped"]
    alone.fetch()
    half, quarter = len(BODY) // 2, len(BODY) // 2 + len(BODY) // 4
    assert gets(alone.archive) == [None, f"bytes={half}-", f"bytes={quarter}-"]
    assert (alone.task.came, alone.archive.sent["/SRR1.fastq.gz"]) == (len(BODY), len(BODY))


def test_a_server_without_ranges_starts_anew(alone: Alone) -> None:
    alone.stored.faults = ["dropped", "no_range"]
    alone.fetch()
    assert alone.task.came == len(BODY) // 2 + len(BODY)
    assert alone.target.read_bytes() == BODY


def test_a_file_that_changed_at_the_server_starts_anew(alone: Alone) -> None:
    alone.part(b"x" * 1000, validator='"an older one"')
    alone.fetch()
    assert gets(alone.archive) == ["bytes=1000-"]
    assert alone.target.read_bytes() == BODY
    assert alone.others() == []


@pytest.mark.parametrize("note", [True, False])
def test_a_part_is_completed(alone: Alone, note: bool) -> None:
    alone.part(BODY[:1000], note=note)
    alone.fetch()
    assert (gets(alone.archive), alone.task.came) == (["bytes=1000-"], len(BODY) - 1000)
    assert alone.target.read_bytes() == BODY


def test_a_whole_part_needs_no_request(alone: Alone) -> None:
    alone.part(BODY)
    alone.fetch()
    assert gets(alone.archive) == []
    assert alone.target.read_bytes() == BODY


def test_a_part_of_something_else_costs_one_more_fetch(alone: Alone) -> None:
    alone.part(b"y" * 1000, note=False)
    alone.fetch()
    assert gets(alone.archive) == ["bytes=1000-", None]
    assert alone.target.read_bytes() == BODY
    assert alone.target.with_name("SRR1.fastq.gz.bad").read_bytes()[:1000] == b"y" * 1000


def test_a_part_that_is_too_long_is_thrown_away(alone: Alone) -> None:
    alone.part(b"z" * (len(BODY) + 1))
    alone.fetch()
    assert gets(alone.archive) == [None]


@pytest.mark.parametrize("note", ["", "[]", "{", '{"url": 1, "validator": "a\\nb"}', "null"])
def test_a_damaged_note_beside_a_part_does_no_harm(alone: Alone, note: str) -> None:
    alone.part(BODY[:1000])
    alone.target.with_name("SRR1.fastq.gz.part.json").write_text(note)
    alone.fetch()
    assert alone.target.read_bytes() == BODY


@given(st.integers(0, len(BODY) + 2), st.lists(st.sampled_from(["dropped", "no_range", "busy", "encoded"]), max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_is_fetched_twice_where_ranges_are_served(alone: Alone, there: int, faults: list[str]) -> None:
    alone.target.unlink(missing_ok=True)
    alone.part(BODY[:there] + b"!" * (there - len(BODY)))
    alone.stored.faults = list(faults)
    alone.fetch()
    assert alone.target.read_bytes() == BODY
    if "no_range" not in faults:
        assert alone.task.came == len(BODY) - (there if there <= len(BODY) else 0)


@pytest.mark.parametrize("fault", ["missing", "forbidden", "to_file", "to_ftp", "to_itself", "to_nowhere"])
def test_what_cannot_be_had_is_named_and_not_asked_for_again(alone: Alone, fault: str) -> None:
    alone.stored.always = fault
    with pytest.raises(FetchFailedError, match="127.0.0.1") as caught:
        alone.fetch()
    assert not caught.value.worth_another_try
    assert len(gets(alone.archive)) == (6 if fault == "to_itself" else 1)
    assert list(alone.folder.iterdir()) == []


@pytest.mark.parametrize("fault", ["wrong_md5", "wrong_size", "busy", "cut_off", "html", "no_length_wrong"])
def test_a_lasting_fault_ends(alone: Alone, fault: str) -> None:
    alone.stored.always = fault.removesuffix("_wrong")
    if fault == "no_length_wrong":
        alone.stored.body = BODY + b"more"
    with pytest.raises(FetchFailedError) as caught:
        alone.fetch()
    assert caught.value.worth_another_try
    assert len(gets(alone.archive)) <= 25
    assert not alone.target.exists()


def test_a_weak_validator_is_not_trusted(alone: Alone) -> None:
    alone.stored.etag = 'W/"weak"'
    alone.stored.faults = ["dropped"]
    alone.fetch()
    assert gets(alone.archive) == [None, f"bytes={len(BODY) // 2}-"]


def test_a_redirect_from_https_to_http_is_not_followed() -> None:
    with pytest.raises(ReadsError, match="not followed"):
        _moved_to("https://a.org/x", "http://a.org/x")
    assert _moved_to("https://a.org/x/y", "../z") == "https://a.org/z"


def test_what_becomes_too_slow_counts_as_broken_off(alone: Alone) -> None:
    class Trickle:
        def read(self, most: int) -> bytes:
            return b"0123456789"

    seconds = iter(range(0, 10_000, 10))
    around = Surroundings(
        FileServers(1, 1.0, 1.0),
        Bucket(None),
        threading.Event(),
        lambda _: None,
        threading.Semaphore(1),
        clock=lambda: float(next(seconds)),
    )
    task = FileTask(Run("SRR1"), (), alone.target, 10_000)
    with Part(alone.target) as part, pytest.raises(ReadsTransientError, match="too slow"):
        FileFetch(task, around)._copy(part, Trickle(), 10_000)  # type: ignore[arg-type]
    assert task.came == 60


def test_the_rate_is_kept_over_all() -> None:
    now = [0.0]
    bucket = Bucket(1000, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    for _ in range(10):
        bucket.take(bucket.block(1 << 20))
    assert now[0] == pytest.approx(1.0)
    assert bucket.block(1 << 20) == 100
    assert Bucket(None).block(7) == 7


def test_what_cannot_be_had_is_in_the_report(project: Project, archive: Any) -> None:
    archive.files["/vol1/SRR1.fastq.gz"].always = "missing"
    (problem,) = fetch(project).failed
    assert (problem.accession, on_disk(project)) == ("SRR1", [])
    assert "SRR1.fastq.gz: 127.0.0.1" in problem.message
    assert "404" in problem.message


def test_one_bad_file_does_not_cost_the_others(made: Any, archive: Any) -> None:
    for number in range(1, 6):
        archive.hold(f"/SRR{number}.fastq.gz", BODY[: number * 1000], always="missing" if number == 3 else None)
        archive.report(f"SRR{number}", f"/SRR{number}.fastq.gz")
    project = made.project(*(made.package(n, made.run(f"SRR{n}", public="")) for n in range(1, 6)))
    report = fetch(project)
    assert (report.fetched, [problem.accession for problem in report.failed]) == (4, ["SRR3"])


# Sources


@pytest.fixture
def mirrored(made: Any, archive: Any) -> Project:
    """One run as SRA keeps it, at NCBI and at AWS; ENA has nothing."""
    places = [
        ("NCBI", archive.hold("/ncbi/SRR2", BODY), "anonymous"),
        ("AWS", archive.hold("/aws/SRR2", BODY), "anonymous"),
    ]
    found: Project = made.project(
        made.package(2, made.run("SRR2", made.sra_file("SRR2", md5(BODY), len(BODY), *places)))
    )
    return found


@pytest.mark.parametrize("fault", ["missing", "wrong_md5", "wrong_size", "busy"])
def test_the_next_place_gives_what_the_first_does_not(mirrored: Project, archive: Any, fault: str) -> None:
    archive.files["/ncbi/SRR2"].always = fault
    assert fetch(mirrored).failed == ()
    assert file_of(mirrored, "SRR2.sra").read_bytes() == BODY
    assert on_disk(mirrored)[0]["source"] == "aws"
    assert file_of(mirrored, "SRR2.sra.bad").exists() == (fault == "wrong_md5")


def test_the_next_place_goes_on_with_what_the_first_gave(mirrored: Project, archive: Any) -> None:
    archive.files["/ncbi/SRR2"].faults = ["dropped"]
    archive.files["/ncbi/SRR2"].always = "missing"
    report = fetch(mirrored)
    assert (report.failed, report.bytes_fetched) == ((), len(BODY))
    assert archive.file_requests[-1] == ("/aws/SRR2", f"bytes={len(BODY) // 2}-")


def test_a_place_that_ends_a_spoilt_beginning_is_not_blamed(mirrored: Project, archive: Any) -> None:
    archive.files["/ncbi/SRR2"].body = bytes(len(BODY))
    archive.files["/ncbi/SRR2"].faults = ["dropped"]
    archive.files["/ncbi/SRR2"].always = "missing"
    assert fetch(mirrored).failed == ()
    assert file_of(mirrored, "SRR2.sra").read_bytes() == BODY


def test_another_edition_is_verified_by_its_own_checksum(made: Any, archive: Any) -> None:
    archive.hold("/ncbi/SRR2", BODY, always="missing")
    archive.hold("/ena/SRR2", BODY[:5000])
    archive.report("SRR2", "/ena/SRR2", kind="sra")
    places = [("NCBI", f"{archive.url}/ncbi/SRR2", "anonymous")]
    project = made.project(made.package(2, made.run("SRR2", made.sra_file("SRR2", md5(BODY), len(BODY), *places))))
    assert fetch(project).failed == ()
    assert file_of(project, "SRR2.sra").read_bytes() == BODY[:5000]


def test_another_way_is_turned_to_and_said(made: Any, archive: Any) -> None:
    archive.hold("/SRR2.fastq.gz", BODY, always="missing")
    archive.report("SRR2", "/SRR2.fastq.gz")
    sra = BODY[::-1]
    places = [("NCBI", archive.hold("/ncbi/SRR2", sra), "anonymous")]
    project = made.project(made.package(2, made.run("SRR2", made.sra_file("SRR2", md5(sra), len(sra), *places))))
    report = fetch(project)
    assert (report.failed, report.fetched) == ((), 1)
    assert "sra from sra is taken instead" in report.notes[0]
    assert file_of(project, "SRR2.sra").read_bytes() == sra
    assert fetch(project, source=Source.ENA).failed  # who names a source gets nothing else


def test_a_file_of_unknown_checksum_is_not_called_verified(made: Any, archive: Any) -> None:
    archive.hold("/SRR1.fastq.gz", BODY)
    archive.report("SRR1", "/SRR1.fastq.gz", fastq_md5="", fastq_bytes="")
    project = made.project(made.package(1, made.run("SRR1")))
    assert project.plan_fetch().bytes_to_fetch == len(BODY)  # its server was asked
    assert fetch(project).failed == ()
    assert [(row["verified"], row["md5"]) for row in on_disk(project)] == [(False, md5(BODY))]
    assert fetch(project).found_on_disk == 1


def test_runs_that_are_not_public_are_skipped_with_the_reason(made: Any, archive: Any) -> None:
    project = made.project(made.package(1, made.run("SRR1", public="false")))
    report = fetch(project)
    assert (report.failed, report.fetched) == ((), 0)
    assert "controlled access" in report.skipped[0].message
    assert archive.file_requests == []


def test_runs_that_ena_protects_are_skipped_too(made: Any, archive: Any) -> None:
    archive.reports["SRR1"] = {"run_accession": "SRR1", "submitted_ftp": "Protected file(s). Go to dbGap"}
    project = made.project(made.package(1, made.run("SRR1", public="")))
    report = fetch(project)
    assert (report.failed, [problem.accession for problem in report.skipped]) == ((), ["SRR1"])


def test_a_place_that_wants_an_account_is_named(made: Any, archive: Any) -> None:
    file = made.sra_file("SRR2", "b" * 32, 7, ("GCP", "gs://bucket/SRR2", "gcp identity"))
    project = made.project(made.package(2, made.run("SRR2", file)))
    report = fetch(project, source=Source.GCP)
    assert "gcp identity" in report.failed[0].message


# Names


@pytest.mark.parametrize("name", ["../../../evil.fastq.gz", "..%2f..%2fevil.fastq.gz", "%2e%2e", "a%00b", "c%0ad.gz"])
def test_no_name_leads_out_of_the_folder(made: Any, archive: Any, name: str, tmp_path: Path) -> None:
    path = f"/vol1/{name}"
    archive.hold(path, BODY)
    archive.anything = archive.files[path]
    archive.report("SRR1", path)
    project = made.project(made.package(1, made.run("SRR1", public="")))
    fetch(project, layout=Layout.RUN)
    (row,) = on_disk(project)
    assert Path(row["path"]).resolve().is_relative_to((project.path / "reads").resolve())
    assert not [p for p in tmp_path.rglob("*evil*") if "reads" not in p.relative_to(project.path).parts]


def test_no_record_leads_out_of_the_folder(made: Any, archive: Any) -> None:
    package = made.package(1, made.run("SRR1")).replace('"SRP1"', '"../../up"').replace("SRX1", "../x")
    archive.hold("/vol1/SRR1.fastq.gz", BODY)
    archive.report("SRR1", "/vol1/SRR1.fastq.gz")
    project = made.project(package)
    for layout in Layout:
        for task in project.plan_fetch(None, FetchOptions(project.path / "reads", layout)).files:
            assert task.path.resolve().is_relative_to((project.path / "reads").resolve())


def test_a_run_that_ena_makes_up_is_not_believed(made: Any, archive: Any) -> None:
    archive.hold("/x.gz", BODY)
    archive.reports["x"] = {
        "run_accession": "../../x", "experiment_accession": "SRX9", "fastq_ftp": f"{archive.url}/x.gz",
    }  # fmt: skip
    assert fetch(made.project(), "SRX9").fetched == 0


def test_two_files_of_one_name_lie_side_by_side(made: Any, archive: Any) -> None:
    archive.hold("/a/SRR1.bam", b"one")
    archive.hold("/b/SRR1.bam", b"two")
    archive.report("SRR1", "/a/SRR1.bam", "/b/SRR1.bam", kind="submitted")
    project = made.project(made.package(1, made.run("SRR1")))
    assert fetch(project, source=Source.ORIGINAL).fetched == 2
    assert sorted(Path(row["path"]).read_bytes() for row in on_disk(project)) == [b"one", b"two"]


# Disk, size, rate


def test_too_small_a_disk_is_said_before_the_first_byte(
    project: Project, archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "free_bytes", lambda folder: 1000)
    with pytest.raises(ReadsError, match="Not enough disk: 300,000 bytes"):
        fetch(project)
    assert archive.file_requests == []
    assert not file_of(project).parent.exists()


def test_a_disk_that_becomes_full_ends_it_and_keeps_what_came(
    project: Project, archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Part.write

    def full(self: Part, block: bytes) -> None:
        if self.size:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, block[:1000])

    monkeypatch.setattr(Part, "write", full)
    with pytest.raises(ReadsError, match="is full"):
        fetch(project)
    monkeypatch.undo()
    assert file_of(project, "SRR1.fastq.gz.part").stat().st_size == 1000


def test_runs_that_are_too_large_are_left_out(project: Project, archive: Any) -> None:
    report = fetch(project, max_size=len(BODY) - 1)
    assert (report.fetched, report.failed) == (0, ())
    assert "--max-size" in report.skipped[0].message
    assert fetch(project, max_size=len(BODY)).fetched == 1


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        FetchOptions(tmp_path, jobs=0)


def test_a_folder_that_cannot_be_written_is_said(project: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReadsError, match="Cannot write"):
        fetch(project, folder=tmp_path / "file")


# Two at once


def test_another_process_in_the_same_folder_is_refused(project: Project) -> None:
    with fetching_module._folder_for_itself(project.path / "reads"), pytest.raises(ReadsError, match="Another process"):
        fetch(project)


def test_the_store_is_free_while_files_arrive(project: Project, archive: Any) -> None:
    seen: list[int] = []

    def look(path: str, sent: int) -> None:
        if not seen:
            with project._writing() as store:
                seen.append(len(store.run("migrations")))

    archive.on_block = look
    assert fetch(project).fetched == 1
    assert seen


@pytest.mark.parametrize("refusals", [2, 1000])
def test_a_busy_store_is_waited_for(
    project: Project, archive: Any, monkeypatch: pytest.MonkeyPatch, refusals: int
) -> None:
    save: Callable[..., None] = Project._save_downloads
    left = [refusals]

    def busy(self: Project, *args: Any) -> None:
        if left[0] > 0:
            left[0] -= 1
            raise ProjectLockedError("busy")
        save(self, *args)

    monkeypatch.setattr(Project, "_save_downloads", busy)
    report = fetch(project)
    assert report.fetched == 1
    assert len(on_disk(project)) == (1 if refusals == 2 else 0)
    assert bool(report.notes) == (refusals == 1000)
    left[0] = 0
    assert (fetch(project).bytes_fetched, len(on_disk(project))) == (0, 1)


def test_rows_are_written_while_it_runs(made: Any, archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching_module, "_RECORD_FILES", 2)
    for number in range(1, 6):
        archive.hold(f"/SRR{number}.fastq.gz", BODY[: number * 100])
        archive.report(f"SRR{number}", f"/SRR{number}.fastq.gz")
    project = made.project(*(made.package(n, made.run(f"SRR{n}", public="")) for n in range(1, 6)))
    fetch(project, jobs=1)
    commits = project.sql("select inserted from store_commit where action = 'fetch' order by commit_seq").to_pylist()
    assert sum(row["inserted"] for row in commits) == 5
    assert len(commits) >= 2


# Ended from outside


def test_an_interruption_keeps_what_came_and_the_next_call_goes_on(
    made: Any, archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.hold("/SRR1.fastq.gz", BODY[:100])
    archive.hold("/SRR2.fastq.gz", BODY, "slow")
    for run in ("SRR1", "SRR2"):
        archive.report(run, f"/{run}.fastq.gz")
    project = made.project(*(made.package(n, made.run(f"SRR{n}")) for n in (1, 2)))
    monkeypatch.setattr(fetching_module, "_GOODBYE", 0.1)
    plan = project.plan_fetch()
    arrived = threading.Event()

    class Watching(NoProgress):
        def show(self, transfers: Any) -> None:
            if transfers.files_done == 1 and transfers.bytes_done == 100 + len(BODY) // 2:
                arrived.set()
                raise KeyboardInterrupt

    report = project.fetch(plan, Watching())
    assert arrived.is_set()
    assert (report.interrupted, report.fetched) == (True, 1)
    assert file_of(project, "SRR2.fastq.gz.part").stat().st_size == len(BODY) // 2
    assert [row["run_accession"] for row in on_disk(project)] == ["SRR1"]
    archive.released.set()
    assert fetch(project).bytes_fetched == len(BODY) - len(BODY) // 2
    assert file_of(project, "SRR2.fastq.gz").read_bytes() == BODY
