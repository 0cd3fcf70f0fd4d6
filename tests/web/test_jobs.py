"""Work in a process of its own: told as it goes, stopped without loss."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alembic_db import Project
from alembic_db.errors import UsageError
from alembic_db.jobs import Job, Jobs

if TYPE_CHECKING:
    from starlette.testclient import TestClient


def ended(job: Job) -> Job:
    """Wait until a job has ended."""
    tick = threading.Event()
    for _ in range(1200):
        if not job.running:
            return job
        tick.wait(0.05)
    raise AssertionError(f"still running: {job}")


@pytest.fixture
def project(tmp_path: Path, entrez: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", entrez)
    return Project.create(tmp_path / "project")


def search_values(term: str) -> dict[str, Any]:
    names = ("organism", "strategy", "source", "layout", "platform", "since", "until")
    return {"term": term, "filters": dict.fromkeys(names), "limit": None}


def test_a_search_is_done_in_its_own_process(project: Project):
    jobs = Jobs(project.path)
    job = jobs.start("search", "Search cancer", search_values("cancer"))
    with pytest.raises(UsageError, match="Search cancer"):
        jobs.start("search", "another", search_values("x"))
    assert ended(job).state == "done", job
    assert job.report is not None
    assert job.report["stored"] == project.status().tables["experiment"] > 0
    assert job.done == job.total or job.finished_stages
    assert jobs.running() is None


def test_what_fails_says_why(project: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", "http://127.0.0.1:9/")
    jobs = Jobs(project.path)
    with pytest.raises(UsageError):
        Project.query_term("")
    job = ended(jobs.start("annotate", "Read", {"annotators": ["no-such-annotator"], "fields": []}))
    assert job.state == "failed"
    assert "no-such-annotator" in job.message


def test_a_job_that_is_stopped_keeps_what_it_has(project: Project):
    jobs = Jobs(project.path)
    job = jobs.start("search", "Search cancer", search_values("cancer"))
    jobs.stop(job.job_id)
    assert ended(job).state in ("stopped", "done")
    again = ended(jobs.start("search", "Search cancer", search_values("cancer")))
    assert again.state == "done"
    assert all(invariant.ok for invariant in project.check())


def test_a_page_starts_a_job_and_its_events_tell_the_end(project: Project, client_of: Callable[..., TestClient]):
    client = client_of(project.path)
    found = client.get("/search", params={"term": "cancer"})
    assert "23 experiments found" in found.text
    token = re.search(r'name="csrf" value="(\w+)"', found.text)
    assert token
    started = client.post("/search", data={"csrf": token[1], "term": "cancer", "limit": "all"})
    assert started.status_code == 303
    events = client.get(started.headers["location"].replace("/job", "/events")).text
    assert '"state": "done"' in events.strip().rpartition("data: ")[2]
    page = client.get(started.headers["location"])
    assert page.status_code == 200
    assert "23" in page.text
    assert client.get("/jobs.json").json()["jobs"][0]["state"] == "done"


def test_what_is_new_is_told_before_it_is_fetched(
    tmp_path: Path, client_of: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
):
    from alembic_db.demo import StandInEntrez, bundled_packages

    packages = bundled_packages()
    project = Project.create(tmp_path / "kept")
    with StandInEntrez(packages[:-5]) as server:
        monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", server.url)
        first = project.search("Homo sapiens", limit=None)
    with StandInEntrez(packages) as server:
        monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", server.url)
        client = client_of(project.path)
        (news,) = client.get("/search.json?news=1").json()["news"]
        assert news["new"] == news["found"] - first.found > 0
        assert project.status().tables["experiment"] == first.stored
        token = re.search(r'name="csrf" value="(\w+)"', client.get("/search?news=1").text)
        assert token
        started = client.post("/sync", data={"csrf": token[1]})
        client.get(started.headers["location"].replace("/job", "/events"))
        assert client.get(started.headers["location"].replace("/job", "/job.json")).json()["state"] == "done"
    assert project.status().tables["experiment"] == news["found"]


def test_only_the_chosen_fields_are_read(project: Project):
    project.search("cancer", limit=None, annotate=False)
    report = project.annotate(["pattern"], fields=["study.title"])
    titles = project.sql(
        "select count(distinct text_id) as n from field_text where record_type = 'study' and field = 'title'"
    )
    assert report.texts == titles.to_pylist()[0]["n"]
    again = project.annotate(["pattern"], fields=["study.title"])
    assert again.texts == 0
    rest = project.annotate(["pattern"])
    assert report.texts + rest.texts == project.status().tables["text"]
