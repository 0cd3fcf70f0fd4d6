"""Records are hostile input: whatever stands in them is shown as text, and no request makes the server fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alembic_db import Project
from alembic_db.web.app import VIEWS

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from starlette.testclient import TestClient

EVIL = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\"'`{{7*7}}\u202egnp.\u2066\u0301"
ACCESSION = "SRX'\"<b>1"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    long = "EGFR <b>x</b> " * 75_000  # a megabyte
    xml = f"""<EXPERIMENT_PACKAGE_SET><EXPERIMENT_PACKAGE>
      <EXPERIMENT accession={quoteattr(ACCESSION)} alias={quoteattr(EVIL)}><TITLE>{escape(EVIL)}</TITLE>
        <STUDY_REF accession="SRP1'"/><DESIGN><DESIGN_DESCRIPTION>{escape(EVIL)} BRAF V600E</DESIGN_DESCRIPTION>
        <SAMPLE_DESCRIPTOR accession="SRS1"/><LIBRARY_DESCRIPTOR><LIBRARY_STRATEGY>{escape(EVIL)}</LIBRARY_STRATEGY>
        </LIBRARY_DESCRIPTOR></DESIGN></EXPERIMENT>
      <STUDY accession="SRP1'"><DESCRIPTOR><STUDY_TITLE>{escape(EVIL)} rs7412</STUDY_TITLE>
        <STUDY_ABSTRACT>{escape(long)} V600E</STUDY_ABSTRACT></DESCRIPTOR>
        <STUDY_LINKS><STUDY_LINK><URL_LINK><LABEL>{escape(EVIL)}</LABEL><URL>javascript:alert(1)</URL></URL_LINK>
        </STUDY_LINK></STUDY_LINKS></STUDY>
      <SAMPLE accession="SRS1"><SAMPLE_NAME><SCIENTIFIC_NAME>{escape(EVIL)}</SCIENTIFIC_NAME></SAMPLE_NAME>
        <SAMPLE_ATTRIBUTES><SAMPLE_ATTRIBUTE><TAG>cell line</TAG><VALUE>{escape(EVIL)}</VALUE></SAMPLE_ATTRIBUTE>
        <SAMPLE_ATTRIBUTE><TAG>{escape(EVIL)}</TAG><VALUE>HeLa</VALUE></SAMPLE_ATTRIBUTE></SAMPLE_ATTRIBUTES></SAMPLE>
      <RUN_SET><RUN accession="SRR1"><TITLE>{escape(EVIL)}</TITLE></RUN></RUN_SET>
    </EXPERIMENT_PACKAGE></EXPERIMENT_PACKAGE_SET>"""
    (folder / "evil.xml").write_text(xml, encoding="utf-8")
    project = Project.create(folder / "project")
    report = project.import_paths([folder / "evil.xml"])
    assert report.stored == 1
    return project.path


PAGES = [
    "/search", "/entities", "/entities?look=table", "/entities?look=chart", "/together?type_a=Variant&type_b=CellLine",
    "/together?type_a=Variant&type_b=Variant&look=network", "/columns", "/records?field=study.title", "/records?kind=study",
    "/record?kind=study&accession=SRP1%27", "/record?kind=experiment&accession=SRX%27%22%3Cb%3E1",
    "/record?kind=sample&accession=SRS1", "/record?kind=run&accession=SRR1", "/query?name=result_table", "/files",
    "/sql?q=select+*+from+sample_attribute",
]  # fmt: skip


def test_hostile_texts_stay_texts(client_of: Callable[..., TestClient], hostile: Path):
    client = client_of(hostile)
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text[-300:])
        assert "<script>document" not in answer.text, path
        assert "<img src=x" not in answer.text, path
        assert "49" not in answer.text.partition("{{7*7}}")[0][-5:], path
        assert 'href="javascript:' not in answer.text, path
        assert len(answer.content) < 2_000_000, path
    assert "<script>document" not in client.get("/take/report.html").text


def test_nothing_runs_in_a_real_browser(hostile: Path, serve: Callable[[Path], object], browse: Callable[..., Page]):
    url = serve(hostile).url  # type: ignore[attr-defined]
    page = browse()
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    for path in PAGES:
        page.goto(url.rstrip("/") + path)
        assert "owned" not in page.title()
        assert page.locator("h1").count() == 1


_TEXT = st.text(max_size=30)
_NAMES = st.sampled_from(
    ["term", "type", "annotator", "organism", "strategy", "study", "score", "q", "search", "field", "look", "sort", "page",
     "kind", "words", "entity", "accession", "name", "limit", "top", "type_a", "type_b", "id", "then", "since", "token"]
)  # fmt: skip
_VALUES = st.one_of(
    _TEXT,
    st.sampled_from(["0", "-1", "1e999", "nan", "Gene", "table", "network", "experiment", "9" * 40, "\0", "study"]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    view=st.sampled_from([name for name in VIEWS if name not in ("sql", "search")]),
    suffix=st.sampled_from(["", ".json", ".csv"]),
    pairs=st.lists(st.tuples(_NAMES, _VALUES), max_size=5),
)
def test_no_request_makes_the_server_fail(client: TestClient, view: str, suffix: str, pairs: list[tuple[str, str]]):
    encodable = [(name, value.encode("utf-8", "ignore").decode()) for name, value in pairs]
    answer = client.get(f"/{view}{suffix}", params=encodable)
    assert answer.status_code < 500, answer.text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(max_size=40), query=st.text(max_size=40))
def test_no_address_makes_the_server_fail(client: TestClient, path: str, query: str):
    from urllib.parse import quote

    answer = client.get(
        "/" + quote(path.encode("utf-8", "ignore")) + "?" + quote(query.encode("utf-8", "ignore"), "=&%")
    )
    assert answer.status_code < 500
