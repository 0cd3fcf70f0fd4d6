"""sync and diff from the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from alembic_db import Project
from alembic_db.demo import StandInEntrez, bundled_packages
from alembic_db.entrez import EntrezClient, EntrezSettings

type Run = Callable[..., Result]
RECORDS = 30


class Free:
    """A limiter that lets all pass."""

    def wait(self) -> float:
        """Grant at once."""
        return 0.0

    def pause(self, seconds: float) -> None:
        """Do not."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInEntrez]:
    """Serve some records, to a client that never waits."""

    def entrez(_: Project) -> EntrezClient:
        return EntrezClient(EntrezSettings.from_environment(), limiter=Free(), sleep=lambda seconds: None)

    with StandInEntrez(bundled_packages()[:RECORDS]) as server:
        monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", server.url)
        monkeypatch.setattr(Project, "_entrez", entrez)
        yield server


@pytest.fixture
def kept(run: Run, server: StandInEntrez, tmp_path: Path) -> Path:
    """A project that has searched, after which the archive has changed: one new, one revised, one withdrawn."""
    project = Project.create(tmp_path / "kept").path
    run("-p", project, "search", "public[Access]", "--all", "--no-annotate")
    names = list(server.uids)
    package = server.packages[names[1]]
    server.change(
        revise={names[1]: package.replace(b"<TITLE>", b"<TITLE>Revised ", 1)},
        withdraw=[names[2]],
        add=[package.replace(names[1].encode(), b"SRX99999999")],
    )
    return project


def test_dry_run_then_sync_then_diff(run: Run, kept: Path, server: StandInEntrez) -> None:
    (dry,) = json.loads(run("-p", kept, "sync", "--dry-run", "--json").stdout)
    assert (dry["new"], dry["changed"], dry["withdrawn"], dry["to_fetch"]) == (1, 1, 1, 2)
    assert run("-p", kept, "diff", "--csv").stdout.count("\n") == RECORDS + 1, "nothing but the search has run"
    done = run("-p", kept, "sync", "--json")
    (line,) = json.loads(done.stdout)
    counts = {name: line[name] for name in ("new", "changed", "unchanged", "withdrawn", "returned", "failed")}
    assert counts == {"new": 1, "changed": 1, "unchanged": RECORDS - 2, "withdrawn": 1, "returned": 0, "failed": 0}
    assert "3 changes: alembic-db diff --since 2" in done.stderr
    assert "mentions found" in done.stderr or "mention found" in done.stderr
    rows = json.loads(run("-p", kept, "diff", "--json").stdout)
    assert sorted(row["change"] for row in rows) == ["changed", "new", "withdrawn"]
    assert {row["run_id"] for row in rows} == {2}
    assert json.loads(run("-p", kept, "diff", "--since", "2", "--json").stdout) == rows


@pytest.mark.parametrize("form", ["--table", "--csv", "--tsv", "--json"])
def test_every_format_tells_the_same(run: Run, kept: Path, form: str) -> None:
    out = run("-p", kept, "sync", form, "--no-annotate").stdout
    if form == "--json":
        rows = json.loads(out)
    elif form == "--table":
        assert all(word in out for word in ("new", "changed", "unchanged", "withdrawn", "failed", "public[Access]"))
        return
    else:
        rows = list(csv.DictReader(out.splitlines(), delimiter="," if form == "--csv" else "\t"))
    assert [str(row["withdrawn"]) for row in rows] == ["1"]


def test_a_record_that_cannot_be_had_is_named_and_tried_again(run: Run, kept: Path, server: StandInEntrez) -> None:
    server._service._poison_uids = frozenset({server.uids["SRX99999999"]})
    failed = run("-p", kept, "sync", "--csv", "--no-annotate", exit_code=1)
    assert f"UID {server.uids['SRX99999999']}" in failed.stderr
    run("-p", kept, "sync", "--failed", "--no-annotate", exit_code=1)
    server._service._poison_uids = frozenset()
    (line,) = json.loads(run("-p", kept, "sync", "--failed", "--no-annotate", "--json").stdout)
    assert (line["new"], line["failed"]) == (1, 0)
    assert (
        "no rows" in run("-p", kept, "problems").output.lower()
        or run("-p", kept, "problems", "--json").stdout == "[]\n"
    )


def test_a_project_without_searches_says_so(run: Run, tmp_path: Path, server: StandInEntrez) -> None:
    empty = Project.create(tmp_path / "empty").path
    assert "No search has been saved yet" in run("-p", empty, "sync").stderr
    assert json.loads(run("-p", empty, "diff", "--json").stdout) == []


def test_wrong_wishes_are_usage_errors(run: Run, kept: Path) -> None:
    run("-p", kept, "sync", "--failed", "--full", exit_code=2)
    assert "No saved search is 'liver'" in run("-p", kept, "sync", "liver", exit_code=2).stderr
    assert "neither a day nor a run" in run("-p", kept, "diff", "--since", "last week", exit_code=2).stderr


def test_a_server_that_is_away_is_an_error_of_each_search(
    run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", "http://127.0.0.1:1/")
    result = run("-p", kept, "sync", "--json", exit_code=1)
    (line,) = json.loads(result.stdout)
    assert "127.0.0.1:1" in line["error"] and line["found"] == RECORDS
