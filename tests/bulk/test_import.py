"""A whole-archive dump gives what its files give one by one; what is broken in it costs itself."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from alembic_db.bulk import is_archive_dump
from alembic_db.bulk.pool import Workers
from alembic_db.errors import StoreError
from alembic_db.reports import NoProgress


def unpacked(dump: Path, folder: Path) -> Path:
    with tarfile.open(dump) as archive:
        archive.extractall(folder, filter="data")
    return folder


def packed(file: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as archive:
        for name, body in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return file


def experiments(*titles: tuple[str, str]) -> bytes:
    records = "".join(f'<EXPERIMENT accession="{a}"><TITLE>{title}</TITLE></EXPERIMENT>' for a, title in titles)
    return f"<EXPERIMENT_SET>{records}</EXPERIMENT_SET>".encode()


def test_a_dump_on_two_processes_gives_what_its_files_give(
    new_project, dump, data, left_over, small_steps, tmp_path, monkeypatch
):
    bulk, plain = new_project("bulk"), new_project("plain")
    report = bulk.import_paths([dump], jobs=2)
    assert report.selected == report.stored == report.new and not report.problems
    with monkeypatch.context() as patch:
        patch.setattr("alembic_db.bulk.is_archive_dump", lambda path: False)
        other = plain.import_paths([unpacked(dump, tmp_path / "files")])
    assert report.stored == other.stored
    without = ("submission_accession",)  # the folder's name says it, which plain files do not have
    assert data(bulk, without=without) == data(plain, without=without)
    assert all(finding.ok for finding in bulk.check())
    assert left_over(bulk) == 0
    hits = bulk.sql("select count(*) as n from search_hit").to_pylist()
    assert hits == bulk.sql("select count(*) as n from experiment").to_pylist()


def test_the_folder_of_the_dump_says_of_which_submission_an_experiment_is(new_project, dump, made):
    project = new_project("p")
    project.import_paths([dump], annotate=False, jobs=1)
    found = project.sql("select submission_accession as a, count(*) as n from experiment group by all order by 1")
    made_up = {s.accession: s.experiments for s in made.submissions(90, seed=4)}
    assert {row["a"]: row["n"] for row in found.to_pylist()} == made_up


def test_mirror_sets_are_cut_into_pieces_and_give_the_same(new_project, dump, data, made, maker, tmp_path, monkeypatch):
    monkeypatch.setattr("alembic_db.bulk.blocks.PIECE_BYTES", 5_000)
    monkeypatch.setattr("alembic_db.bulk.blocks.BLOCK_BYTES", 20_000)
    maker.write_sets(tmp_path / "mirror", made.submissions(90, seed=4))
    assert is_archive_dump(tmp_path / "mirror")
    sets, whole = new_project("sets"), new_project("whole")
    assert not sets.import_paths([tmp_path / "mirror"], jobs=2).problems
    whole.import_paths([dump], jobs=1)
    without = ("submission_accession",)
    assert data(sets, without=without) == data(whole, without=without)


def test_dumps_are_known_by_name_or_by_what_they_hold(dump, tmp_path):
    member = {"SRA000001/SRA000001.run.xml": b"<RUN_SET/>"}
    assert is_archive_dump(dump)
    assert is_archive_dump(packed(tmp_path / "other.tar.gz", member))
    assert is_archive_dump(unpacked(dump, tmp_path / "files"))
    assert is_archive_dump(tmp_path / "meta_study_set.xml.gz")
    assert not is_archive_dump(packed(tmp_path / "plain.tar.gz", {"a/b.xml": b"<RUN_SET/>"}))
    (tmp_path / "notes.xml").write_bytes(b"<RUN_SET/>")
    (tmp_path / "broken.tar.gz").write_bytes(b"no archive")
    assert not is_archive_dump(tmp_path / "notes.xml") and not is_archive_dump(tmp_path / "broken.tar.gz")
    assert not is_archive_dump(tmp_path / "nowhere")


def test_a_bad_member_costs_itself_and_is_named(new_project, tmp_path):
    members = {
        "SRA1/SRA1.experiment.xml": experiments(("SRX1", "one")),
        "SRA2/SRA2.experiment.xml": experiments(("SRX2", "two"), ("SRX3", "three"))[:-60],
        "SRA3/SRA3.experiment.xml": b"\x00\xff",
        "SRA4/SRA4.analysis.xml": b'<ANALYSIS_SET><ANALYSIS accession="SRZ1"/></ANALYSIS_SET>',
        "SRA5/SRA5.run.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><RUN_SET/>",
        "SRA6/SRA6.experiment.xml": experiments(("SRX6", "six")),
        "SRA_Accessions.tab": b"Accession\n",
    }
    project = new_project("p")
    report = project.import_paths([packed(tmp_path / "NCBI_SRA_Metadata_x.tar.gz", members)], jobs=2)
    assert report.selected == report.stored + report.failed
    stored = project.sql("select accession from experiment order by 1").column("accession").to_pylist()
    assert stored == ["SRX1", "SRX2", "SRX6"]
    named = {Path(problem.source or "").name for problem in report.problems}
    assert named == {"SRA2.experiment.xml", "SRA3.experiment.xml", "SRA4.analysis.xml", "SRA5.run.xml"}
    assert project.problems().num_rows == len(report.problems)


def test_a_dump_that_is_cut_off_is_stored_up_to_there(new_project, dump, tmp_path):
    cut = tmp_path / "NCBI_SRA_Metadata_cut.tar.gz"
    cut.write_bytes(dump.read_bytes()[:-4000])
    project = new_project("p")
    report = project.import_paths([cut], jobs=1, annotate=False)
    assert report.stored > 0 and report.problems
    assert any("cut" in problem.message for problem in report.problems)
    assert project.import_paths([dump], jobs=1, annotate=False).new > 0
    assert all(finding.ok for finding in project.check())


def test_the_same_dump_again_writes_nothing(new_project, dump, data, small_steps):
    project = new_project("p")
    first = project.import_paths([dump], jobs=1)
    before = data(project)
    again = project.import_paths([dump], jobs=1)
    assert (again.new, again.changed, again.unchanged, again.stored) == (0, 0, first.stored, first.stored)
    assert data(project) == before


@pytest.mark.parametrize("scattered", [False, True])
def test_a_later_dump_changes_what_it_changes(new_project, dump, data, made, maker, tmp_path, small_steps, scattered):
    revision = made.Revision(1, 0.3, scattered)
    later = tmp_path / "NCBI_SRA_Metadata_20261102.tar.gz"
    maker.write_dump(later, made.submissions(90, seed=4, revision=revision, only_changed=True))
    whole = tmp_path / "NCBI_SRA_Metadata_20261130_Full.tar.gz"
    maker.write_dump(whole, made.submissions(90, seed=4, revision=revision))
    step_by_step, at_once = new_project("steps"), new_project("once")
    step_by_step.import_paths([dump], jobs=1)
    report = step_by_step.import_paths([later], jobs=1)
    assert report.changed > 0 and report.new == 0
    at_once.import_paths([whole], jobs=1)
    assert data(step_by_step) == data(at_once)
    assert step_by_step.import_paths([whole], jobs=1).changed == 0
    back = step_by_step.import_paths([dump], jobs=1)  # the older one again: it says otherwise, so it counts
    assert back.changed == report.changed
    assert all(finding.ok for finding in step_by_step.check())


def test_of_two_versions_in_one_dump_the_later_one_counts(new_project, tmp_path, monkeypatch):
    monkeypatch.setattr("alembic_db.bulk.blocks.BLOCK_BYTES", 1)
    name = "SRA1/SRA1.experiment.xml"
    first = packed(tmp_path / "NCBI_SRA_Metadata_1.tar.gz", {name: experiments(("SRX1", "old"))})
    members = {
        name: experiments(("SRX1", "new")),
        "SRA2/SRA2.experiment.xml": experiments(("SRX1", "old"), ("SRX2", "b")),
    }
    second = packed(tmp_path / "NCBI_SRA_Metadata_2.tar.gz", members)
    project = new_project("p")
    for dump, titles in ((first, ["old"]), (second, ["old", "b"])):
        report = project.import_paths([dump], jobs=1, annotate=False)
        assert report.stored == len(titles)
        assert project.sql("select title from experiment order by accession").column("title").to_pylist() == titles


def test_what_an_import_no_longer_holds_is_no_hit_of_it(new_project, tmp_path):
    file = tmp_path / "NCBI_SRA_Metadata_1.tar.gz"
    project = new_project("p")
    for accessions in (("SRX1", "SRX2"), ("SRX2", "SRX3")):
        packed(file, {"SRA1/SRA1.experiment.xml": experiments(*((a, "t") for a in accessions))})
        project.import_paths([file], jobs=1, annotate=False)
        hits = project.sql("select experiment_accession as a from search_hit order by 1").column("a").to_pylist()
        assert hits == list(accessions)
    assert project.sql("from experiment").num_rows == 3


def test_a_worker_that_dies_is_told_and_the_same_command_goes_on(new_project, dump, data, small_steps, monkeypatch):
    project, undisturbed = new_project("p"), new_project("undisturbed")
    start = Workers.__init__

    def with_a_dead_one(self, jobs, setup):  # type: ignore[no-untyped-def]
        start(self, jobs, setup)
        self._processes[0].kill()
        self._processes[0].wait()

    with monkeypatch.context() as patch:
        patch.setattr(Workers, "__init__", with_a_dead_one)
        with pytest.raises(StoreError, match="worker process ended"):
            project.import_paths([dump], jobs=2)
    project.import_paths([dump], jobs=2)
    undisturbed.import_paths([dump], jobs=1)
    assert data(project) == data(undisturbed)


def test_the_progress_counts_the_megabytes_of_the_file(new_project, tmp_path):
    file = tmp_path / "NCBI_SRA_Metadata_1.tar"
    filling = gzip.compress(b"x")  # no XML: passed over, but read
    with tarfile.open(file, "w") as archive:
        for name, body in (
            ("SRA1/SRA1.experiment.xml", experiments(("SRX1", "t"))),
            ("a.tab", filling + bytes(3 << 20)),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))

    class Told(NoProgress):
        total, done = 0, 0

        def start(self, stage: str, total: int | None) -> None:
            self.total = total or 0

        def advance(self, count: int = 1) -> None:
            self.done += count

    told = Told()
    new_project("p").import_paths([file], jobs=1, annotate=False, progress=told)
    assert told.total == 3 and told.done == 3
