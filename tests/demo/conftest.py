from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from alembic_db.demo import StandInEntrez, bundled_packages


def made_package(number: int, words: str = "", day: str = "2020-01-01") -> bytes:
    """A package with no more than a stand-in needs."""
    accession = f"SRX{number}"
    return (
        f'<EXPERIMENT_PACKAGE><EXPERIMENT accession="{accession}"><TITLE>{words}</TITLE></EXPERIMENT>'
        f'<STUDY accession="SRP1"><IDENTIFIERS><PRIMARY_ID>SRP1</PRIMARY_ID></IDENTIFIERS></STUDY>'
        f'<RUN_SET><RUN accession="SRR{number}" published="{day} 01:02:03"/></RUN_SET></EXPERIMENT_PACKAGE>'
    ).encode()


class Asker:
    """Asks one stand-in over its own session."""

    timeout = 10.0

    def __init__(self, server: StandInEntrez, session: requests.Session) -> None:
        self.server = server
        self._session = session

    def get(self, call: str, **form: object) -> requests.Response:
        return self._session.get(f"{self.server.url}{call}.fcgi", params=_texts(form), timeout=self.timeout)

    def post(self, call: str, **form: object) -> requests.Response:
        return self._session.post(f"{self.server.url}{call}.fcgi", data=_texts(form), timeout=self.timeout)

    def search(self, term: str, **form: object) -> dict[str, Any]:
        answer = self.post("esearch", **{"db": "sra", "term": term, "retmode": "json", **form})
        result: dict[str, Any] = answer.json()["esearchresult"]
        return result


def _texts(form: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in form.items()}


@pytest.fixture(scope="session")
def packages() -> list[bytes]:
    return bundled_packages()


@pytest.fixture
def package() -> Callable[..., bytes]:
    return made_package


@pytest.fixture
def asking() -> Iterator[Callable[..., Asker]]:
    """Start a stand-in and return somebody who asks it; both end with the test."""
    with ExitStack() as stack:

        def start(packages: list[bytes], **options: Any) -> Asker:
            session = stack.enter_context(requests.Session())
            session.trust_env = False
            return Asker(stack.enter_context(StandInEntrez(packages, **options)), session)

        yield start
