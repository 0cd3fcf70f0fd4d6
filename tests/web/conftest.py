"""A project to look at, the application over it, and a real server with a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alembic_db import Project
from alembic_db.demo import StandInEntrez, bundled_packages
from alembic_db.entrez import EntrezSettings

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page
    from starlette.testclient import TestClient

# Without the extra there is no page to test; in CI, where it has to be there, its absence fails the tests.
_MAY_LACK = not os.environ.get("CI") or os.environ.get("ALEMBIC_DB_LIGHT")
collect_ignore_glob = ["test_*.py"] if _MAY_LACK and find_spec("starlette") is None else []


@pytest.fixture(scope="session")
def entrez() -> Iterator[str]:
    """Start the stand-in for NCBI and give its address."""
    with StandInEntrez(bundled_packages()) as server:
        yield server.url


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, entrez: str) -> Path:
    """Make a project of the bundled records; for tests that only look."""
    project = Project.create(tmp_path_factory.mktemp("web") / "project")
    project.entrez = EntrezSettings(base_url=entrez)
    project.search("cancer", limit=None)
    project.search("Alzheimer disease RNASeq", limit=None)
    return project.path


@pytest.fixture(scope="session")
def client_of() -> Iterator[Callable[..., TestClient]]:
    """Make clients of applications over projects, without a server between."""
    from contextlib import ExitStack

    from starlette.testclient import TestClient

    from alembic_db.web.app import make_app
    from alembic_db.web.site import Site

    with ExitStack() as stack:

        def make(
            path: Path, *, token: str | None = None, hosts: tuple[str, ...] | None = ("testserver",)
        ) -> TestClient:
            site = Site(Project.open(path))
            site.start()
            app = make_app(site, hosts=list(hosts) if hosts else None, token=token)
            return stack.enter_context(TestClient(app, raise_server_exceptions=False, follow_redirects=False))

        yield make


@pytest.fixture(scope="session")
def client(client_of: Callable[..., TestClient], filled: Path) -> TestClient:
    """Give a client of the filled project."""
    return client_of(filled)


class Served:
    """A server in a process of its own, as a user starts it."""

    def __init__(self, project: Path, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "alembic_db", "-p", str(project), "serve", "--port", "0"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise AssertionError(self.stop())

    def stop(self) -> str:
        """End it as Ctrl-C does and return what it said."""
        import signal

        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=60)[1]


@pytest.fixture(scope="session")
def serve(entrez: str) -> Iterator[Callable[[Path], Served]]:
    """Start servers over projects; each has to end without a traceback."""
    started: list[Served] = []

    def start(project: Path) -> Served:
        started.append(Served(project, {"ALEMBIC_DB_ENTREZ_URL": entrez}))
        return started[-1]

    yield start
    said = [served.stop() for served in started]
    assert not [text for text in said if "Traceback" in text], said


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start Debian's Chromium; in CI its absence is a failure."""
    executable = os.environ.get("ALEMBIC_DB_CHROMIUM") or shutil.which("chromium")
    if executable is None and not os.environ.get("CI"):
        pytest.skip("no chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync"]  # fmt: skip
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium: Any) -> Iterator[Callable[..., Page]]:
    """Open pages in contexts of their own; a request that leaves the machine or a script's error fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def guard(route: Any) -> None:
        if route.request.url.startswith(("http://127.0.0.1", "data:", "blob:")):
            route.continue_()
        else:
            faults.append(f"left the machine: {route.request.url}")
            route.abort()

    def open_page(**options: Any) -> Page:
        context = chromium.new_context(accept_downloads=True, **options)
        context.set_default_timeout(60_000)
        context.route("**/*", guard)
        contexts.append(context)
        page: Page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
