"""An import that is stopped at any moment, in any way, goes on where its last commit ended and leaves nothing behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alembic_db import Project
from alembic_db.bulk import parse
from alembic_db.store import Store

# Imports a dump on two processes and ends itself by a signal at the n-th statement from the start of the import.
CHILD = """
import os, signal, sys
from pathlib import Path
from alembic_db import Project
from alembic_db.bulk import blocks, pool, writer
from alembic_db.bulk.writer import BulkImport
from alembic_db.store import Store
blocks.BLOCK_BYTES, writer.COMMIT_BYTES = 20_000, 60_000
project, dump, moment, how = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
start, run, begin, left = pool._start, Store.run, BulkImport.run, [None]
def told(setup):
    process = start(setup)
    print(process.pid, flush=True)
    return process
def counting(self, *arguments, **names):
    if left[0] is not None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), how)
    return run(self, *arguments, **names)
def beginning(self, *arguments):
    left[0] = moment
    return begin(self, *arguments)
pool._start, Store.run, BulkImport.run = told, counting, beginning
try:
    Project.open(project).import_paths([dump], jobs=2, annotate=False)
except KeyboardInterrupt:
    sys.exit(130)
"""


def killed(project: Project, dump: Path, moment: int, how: signal.Signals) -> tuple[int, list[int]]:
    """Run the child to its end; return its exit code and the process ids of its workers."""
    arguments = [str(project.path), str(dump), str(moment), str(int(how))]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments], stdout=subprocess.PIPE, timeout=120, check=False, cwd=Path.cwd(),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    return done.returncode, [int(line) for line in done.stdout.split()]


def ends(pid: int) -> bool:
    """Tell whether a process ends within ten seconds."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 10)[0])
    finally:
        os.close(handle)


MOMENTS = [2, 40, 75, 110, 160, 235]


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when another's process ends")
@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_9_costs_one_commit_at_most_and_leaves_no_worker(new_project, dump, data, left_over, small_steps, moment):
    project, undisturbed = new_project("killed"), new_project("undisturbed")
    code, workers = killed(project, dump, moment, signal.SIGKILL)
    assert code == -signal.SIGKILL and all(map(ends, workers))
    assert all(finding.ok for finding in project.check() if not finding.check.startswith("snapshot"))
    report = project.import_paths([dump], jobs=1, annotate=False)
    whole = undisturbed.import_paths([dump], jobs=1, annotate=False)
    assert (report.stored, report.failed) == (whole.stored, whole.failed)
    assert data(project) == data(undisturbed)
    assert left_over(project) == 0
    assert all(finding.ok for finding in project.check())


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when another's process ends")
@pytest.mark.parametrize("moment", [40, 160])
def test_ctrl_c_ends_the_workers_and_keeps_what_was_read(new_project, dump, data, small_steps, moment):
    project, undisturbed = new_project("stopped"), new_project("undisturbed")
    code, workers = killed(project, dump, moment, signal.SIGINT)
    assert workers and all(map(ends, workers))
    assert code == 0  # the report says that it was interrupted
    assert project.sql("from experiment").num_rows > 0
    project.import_paths([dump], jobs=1, annotate=False)
    undisturbed.import_paths([dump], jobs=1, annotate=False)
    assert data(project) == data(undisturbed)


def interrupt_at(monkeypatch: pytest.MonkeyPatch, name: str, count: int) -> None:
    """Let the `count`-th run of a statement be an interruption."""
    run, left = Store.run, [count]

    def interrupting(self, statement, *arguments, **names):  # type: ignore[no-untyped-def]
        left[0] -= statement == name
        if left[0] == 0 and statement == name:
            raise KeyboardInterrupt
        return run(self, statement, *arguments, **names)

    monkeypatch.setattr(Store, "run", interrupting)


def test_going_on_does_not_read_again_what_is_stored(new_project, dump, small_steps, monkeypatch):
    project = new_project("p")
    with monkeypatch.context() as patch:
        interrupt_at(patch, "insert_import_hits", 3)
        report = project.import_paths([dump], jobs=1, annotate=False)
    assert report.interrupted and report.stored > 0
    parsed: list[int] = []
    read = parse.BlockParser.parse

    def counting(self, block):  # type: ignore[no-untyped-def]
        parsed.append(block.size)
        return read(self, block)

    monkeypatch.setattr(parse.BlockParser, "parse", counting)
    again = project.import_paths([dump], jobs=1, annotate=False)
    after = len(parsed)
    assert again.stored == report.stored + again.new and again.new > 0
    parsed.clear()
    other = new_project("other")
    other.import_paths([dump], jobs=1, annotate=False)
    assert 0 < after < len(parsed)


def test_problems_found_before_an_interruption_are_still_named(new_project, dump, small_steps, tmp_path, monkeypatch):
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "meta_run_set.xml").write_bytes(b"<RUN_SET><RUN/></RUN_SET>")
    (folder / "z.tar.gz").write_bytes(dump.read_bytes())
    project = new_project("p")
    with monkeypatch.context() as patch:
        interrupt_at(patch, "insert_import_hits", 3)
        report = project.import_paths([folder], jobs=1, annotate=False)
    assert report.interrupted and report.failed == 1
    again = project.import_paths([folder], jobs=1, annotate=False)
    assert [Path(problem.source or "").name for problem in again.problems] == ["meta_run_set.xml"]
    assert again.selected == again.stored + 1


def test_a_dump_changed_between_two_tries_is_read_where_it_differs(
    new_project, dump, data, made, maker, small_steps, monkeypatch
):
    project, undisturbed = new_project("p"), new_project("undisturbed")
    with monkeypatch.context() as patch:
        interrupt_at(patch, "insert_import_hits", 3)
        project.import_paths([dump], jobs=1, annotate=False)
    maker.write_dump(dump, made.submissions(90, seed=4, revision=made.Revision(1, 0.5)))
    project.import_paths([dump], jobs=1, annotate=False)
    undisturbed.import_paths([dump], jobs=1, annotate=False)
    assert data(project) == data(undisturbed)
