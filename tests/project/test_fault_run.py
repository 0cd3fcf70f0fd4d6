"""A server that spoils three answers in ten changes nothing in the store, and is never asked faster than it allows.

The stand-in answers in this process and waiting moves a clock only, so that a run goes the same way every time.
ALEMBIC_DB_TEST_FULL=1 runs it in full: 2,000 records, 20 seeds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from alembic_db import Project
from alembic_db.demo import FAULT_NAMES, Bounds, Faults, StandInEntrez
from alembic_db.demo.inprocess import BASE_URL, StandInSession, VirtualClock
from alembic_db.entrez import EntrezClient, EntrezSettings, SharedLimiter
from alembic_db.errors import EntrezTransientError

FULL = bool(os.environ.get("ALEMBIC_DB_TEST_FULL"))
RECORDS, SEEDS = (2000, 20) if FULL else (150, 3)
MOST_COMMANDS = 8  # a user runs the same command again


def package(number: int, version: int = 1) -> bytes:
    """A package with a study and a sample that it shares with others, and runs of its own."""
    study, sample = number // 20, number // 3
    return (
        f'<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX{number}"><TITLE>experiment {number} v{version}</TITLE></EXPERIMENT>'
        f'<STUDY accession="SRP{study}"><DESCRIPTOR><STUDY_TITLE>study {study} v{version}</STUDY_TITLE></DESCRIPTOR></STUDY>'
        f'<SAMPLE accession="SRS{sample}"><TITLE>sample {sample} of BRCA1 c.68_69del</TITLE></SAMPLE>'
        f'<RUN_SET><RUN accession="SRR{number}" total_spots="{number}" published="2020-01-02 03:04:05"/>'
        f'<RUN accession="SRR{number}{version}" published="2020-01-02 03:04:05"/></RUN_SET></EXPERIMENT_PACKAGE>'
    ).encode()


def changed(server: StandInEntrez) -> None:
    """Add, revise and withdraw some records."""
    names = [f"SRX{number}" for number in range(1000, 1000 + RECORDS)]
    server.change(
        revise={name: package(int(name[3:]), 2) for name in names[:: RECORDS // 15]},
        withdraw=names[7 :: RECORDS // 5],
        add=[package(number) for number in range(90_000, 90_012)],
    )


class World:
    """A project, its stand-in and the clock that both go by."""

    def __init__(self, folder: Path, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = VirtualClock()
        packages = [package(number) for number in range(1000, 1000 + RECORDS)]
        self.server = StandInEntrez(
            packages, faults=faults, requests_per_second=3, clock=self.clock, bounds=Bounds(page=RECORDS // 3)
        )
        self.project = Project.create(folder / "project")
        (self.project.path / "alembic.toml").write_text(f"connections = 1\npage_size = {50 if FULL else 8}\n")
        self.project = Project.open(self.project.path)
        random = Random(faults.seed)
        limiter = SharedLimiter(folder / "pace.json", 3, clock=self.clock, sleep=self.clock.sleep)

        def client(_: Project) -> EntrezClient:
            session = StandInSession(self.server, self.clock)
            settings = EntrezSettings(base_url=BASE_URL)
            return EntrezClient(
                settings, session=session, limiter=limiter, sleep=self.clock.sleep, random=random.random
            )

        monkeypatch.setattr(Project, "_entrez", client)

    def until_done(self, command: Callable[[], bool]) -> None:
        """Run a command again until nothing is left to do."""
        for _ in range(MOST_COMMANDS):
            try:
                if command():
                    return
            except EntrezTransientError:
                continue
        raise AssertionError(f"not done after {MOST_COMMANDS} commands")

    def live(self) -> None:
        """Search, let the archive change, sync."""
        self.until_done(lambda: not self.project.search("public[Access]", limit=None, annotate=not FULL).failed)
        changed(self.server)
        self.until_done(self._sync)

    def _sync(self) -> bool:
        lines = self.project.sync(annotate=not FULL).lines
        unsettled = any("Could not tell" in text for text in self.project.problems().column("message").to_pylist())
        return not unsettled and not any(line.error or line.failed for line in lines)

    def books(self) -> dict[str, Any]:
        """Read what the tables of data do not say: hits, dates, marks, changes."""
        said = {
            "hits": "select experiment_accession as a, uid from search_hit",
            "dates": "select uid, experiment_accession as a, create_date, update_date from entrez_record",
            "withdrawn": "select experiment_accession as a from entrez_record where withdrawn_at is not null",
            "changes": "select change, record_type, accession as a from record_change",
        }
        return {name: sorted(map(repr, self.project.sql(sql).to_pylist())) for name, sql in said.items()}


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    """Keep what a faultless run left: it is needed once."""
    return {}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_faulty_server_leaves_the_same_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: Callable[..., Any], undisturbed: dict[str, Any], seed: int
):
    if not undisturbed:
        (tmp_path / "calm").mkdir()
        calm = World(tmp_path / "calm", Faults(), monkeypatch)
        calm.live()
        undisturbed |= {"data": data(calm.project), "books": calm.books()}
        assert calm.server.refused == 0
    (tmp_path / "stormy").mkdir()
    faults = Faults(rate=0.3, seed=seed, drawn=frozenset(FAULT_NAMES))
    stormy = World(tmp_path / "stormy", faults, monkeypatch)
    stormy.live()
    struck = sum(request.fault is not None for request in stormy.server.requests)
    print(f"seed {seed}: {len(stormy.server.requests)} requests, {struck} spoilt, {stormy.server.refused} refused")
    assert struck / len(stormy.server.requests) > 0.15
    assert stormy.server.refused == 0, "asked faster than allowed"
    assert data(stormy.project) == undisturbed["data"]
    assert stormy.books() == undisturbed["books"]
    assert all(finding.ok for finding in stormy.project.check())


def test_a_fault_run_meets_every_fault():
    faults = Faults(rate=0.9, seed=1, drawn=frozenset(FAULT_NAMES))
    forms = [("esearch", {"WebEnv": "x", "retstart": "5"}), ("efetch", {"WebEnv": "x"}), ("esummary", {})]
    met = {faults.strike(number, *forms[number % 3]).name for number in range(1, 2000)} - {None}
    assert met == set(FAULT_NAMES)
