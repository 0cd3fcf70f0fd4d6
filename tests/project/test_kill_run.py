"""kill -9 at random moments: what was committed stays, `check` is clean, and finishing gives the undisturbed store.

ALEMBIC_DB_TEST_FULL=1 kills 100 times; ALEMBIC_DB_TEST_SEED chooses other moments.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

import alembic_db
from alembic_db import Project
from alembic_db.demo import StandInEntrez, bundled_packages
from alembic_db.store import Store

FULL = bool(os.environ.get("ALEMBIC_DB_TEST_FULL"))
KILLS = 100 if FULL else 5
SEED = int(os.environ.get("ALEMBIC_DB_TEST_SEED", "1"))
RECORDS = 60

# The real command line, with small batches, no pace, a snapshot after each commit, and a log of what was committed.
CHILD = """
import os, sys
from contextlib import contextmanager
log = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
from alembic_db import annotate, ingest
from alembic_db.store.database import Store
import alembic_db.entrez.client as client
class Free:
    def wait(self): pass
    def pause(self, seconds): pass
client.shared_limiter = lambda *args, **names: Free()
ingest.CHUNK_RECORDS = ingest.COMMIT_RECORDS = 10
annotate.BATCH_TEXTS = 40
ingest.Ingest._publish_sometimes = lambda self: self._publish()
commit = Store.commit
@contextmanager
def told(self, *args):
    with commit(self, *args) as made:
        yield made
    os.write(log, b"%d\\n" % made.seq)
Store.commit = told
os.write(log, b"ready\\n")
from alembic_db.cli import main
main(sys.argv[1:])
"""


@dataclass
class Scene:
    """A project and the stand-in it asks; `step` runs one command of its life."""

    project: Project
    server: StandInEntrez
    log: Path

    STEPS = (
        ("search", "public[Access]", "--all", "--no-annotate"),
        ("annotate",),
        ("sync", "--no-annotate"),
        ("annotate",),
    )

    def before(self, step: int) -> None:
        """Let the archive change before the sync."""
        if self.STEPS[step][0] == "sync":
            names = list(self.server.uids)
            self.server.change(
                revise={n: self.server.packages[n].replace(b"<TITLE>", b"<TITLE>Revised ", 1) for n in names[::3]},
                withdraw=names[4:8],
            )

    def start(self, step: int) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "PYTHONPATH": str(Path(alembic_db.__file__).parents[1]), "ALEMBIC_DB_ENTREZ_URL": self.server.url
        }  # fmt: skip
        command = [sys.executable, "-c", CHILD, str(self.log), "-q", "-p", str(self.project.path), *self.STEPS[step]]
        self.log.write_bytes(b"")
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)

    def committed(self) -> int:
        """Return the last commit that the process has told of."""
        lines = [line for line in self.log.read_bytes().split(b"\n") if line.isdigit()]
        return int(lines[-1]) if lines else 0

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        while b"ready" not in self.log.read_bytes() and process.poll() is None:
            time.sleep(0.005)

    def books(self) -> dict[str, Any]:
        said = {
            "hits": "select experiment_accession as a, uid from search_hit",
            "dates": "select uid, experiment_accession as a, update_date from entrez_record",
            "withdrawn": "select experiment_accession as a from entrez_record where withdrawn_at is not null",
            "changes": "select change, record_type, accession as a from record_change",
        }
        return {name: sorted(map(repr, self.project.sql(sql).to_pylist())) for name, sql in said.items()}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Callable[[str], Scene]]:
    servers: list[StandInEntrez] = []

    def make(name: str) -> Scene:
        project = Project.create(tmp_path / name)
        (project.path / "alembic.toml").write_text("page_size = 10\nconnections = 2\n")
        server = StandInEntrez(bundled_packages()[:RECORDS])
        server.__enter__()
        servers.append(server)
        return Scene(Project.open(project.path), server, tmp_path / f"{name}.log")

    yield make
    for server in servers:
        server.__exit__(None, None, None)


def run_through(scene: Scene) -> list[float]:
    """Live undisturbed; return how long each step took from when it was ready."""
    took = []
    for step in range(len(scene.STEPS)):
        scene.before(step)
        process = scene.start(step)
        scene.wait_until_ready(process)
        began = time.monotonic()
        _, said = process.communicate()
        assert process.returncode == 0, said.decode()
        took.append(time.monotonic() - began)
    return took


def check_after_kill(scene: Scene) -> None:
    """Reopen: nothing that was told to be committed is gone, a reader reads, and every invariant holds."""
    with scene.project.reading() as reader:
        assert reader.manifest.tables
    with Store.open(scene.project.store_path) as store:
        ((last,),) = store.run("last_commit")
    assert last >= scene.committed()
    broken = [finding for finding in scene.project.check() if not finding.ok]
    assert not broken, broken


def test_killed_at_any_moment_nothing_is_lost(scene: Callable[[str], Scene], data: Callable[..., Any]):
    undisturbed = scene("undisturbed")
    took = run_through(undisturbed)
    random, kills, lives = Random(SEED), 0, 0
    while kills < KILLS:
        killed = scene(f"killed-{lives}")
        lives += 1
        for step in range(len(killed.STEPS)):
            killed.before(step)
            done = False
            while not done:
                process = killed.start(step)
                killed.wait_until_ready(process)
                try:
                    if kills >= KILLS:
                        process.communicate()
                    else:
                        process.communicate(timeout=random.uniform(0, 1.2 * took[step]))
                    assert process.returncode == 0, process.returncode
                    done = True
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    kills += 1
                    check_after_kill(killed)
        assert data(killed.project) == data(undisturbed.project)
        assert killed.books() == undisturbed.books()
    print(f"{kills} kills over {lives} lives")
