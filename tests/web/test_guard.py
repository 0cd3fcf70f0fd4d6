"""Who is let in, and what a page may do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alembic_db import Project
from alembic_db.errors import UsageError

if TYPE_CHECKING:
    from starlette.testclient import TestClient


def test_foreign_hosts_are_refused(client: TestClient):
    assert client.get("/search", headers={"host": "evil.example"}).status_code == 421
    assert client.get("/search", headers={"host": "testserver.evil.example"}).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://testserver.evil.example"])
def test_foreign_origins_are_refused(client: TestClient, origin: str):
    assert client.get("/entities.json", headers={"origin": origin}).status_code == 403
    assert client.post("/search", headers={"origin": origin}, data={"term": "x"}).status_code == 403


def test_cross_site_posts_are_refused(client: TestClient):
    assert client.post("/job", headers={"sec-fetch-site": "cross-site"}, data={"id": "1"}).status_code == 403


@pytest.mark.parametrize("path", ["/search", "/columns", "/job"])
def test_what_changes_anything_needs_the_token_of_our_own_form(client: TestClient, path: str):
    assert client.post(path, data={"term": "x", "id": "1"}).status_code == 403
    assert client.post(path, data={"term": "x", "id": "1", "csrf": "wrong"}).status_code == 403


def test_the_token_of_one_session_is_not_that_of_another(client_of: Callable[..., TestClient], filled: Path):
    one, other = client_of(filled), client_of(filled)
    token = re.search(r'name="csrf" value="(\w+)"', one.get("/columns").text)
    assert token
    other.get("/columns")
    assert other.post("/columns", data={"csrf": token[1]}).status_code == 403
    assert one.post("/columns", data={"csrf": token[1]}).status_code == 303


def test_every_answer_forbids_what_is_not_ours(client: TestClient):
    for path in ("/search", "/entities.json", "/nowhere", "/static/app.css", "/take/report.html"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_the_session_cookie_is_strict(client_of: Callable[..., TestClient], filled: Path):
    cookie = client_of(filled).get("/search").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_with_a_token_nobody_comes_in_without_it(client_of: Callable[..., TestClient], filled: Path):
    closed = client_of(filled, token="open sesame", hosts=None)
    assert closed.get("/search").status_code == 401
    assert closed.get("/search?token=wrong").status_code == 401
    assert closed.get("/entities.json", headers={"authorization": "Bearer open sesame"}).status_code == 200
    entry = closed.get("/entities?token=open sesame&type=Gene")
    assert entry.status_code == 303
    assert entry.headers["location"] == "/entities?type=Gene"
    assert closed.get("/entities?type=Gene").status_code == 200


def test_long_addresses_and_large_bodies_are_refused(client: TestClient):
    assert client.get("/sql", params={"q": "x" * 40_000}).status_code == 414
    assert client.post("/search", content=b"x" * (1 << 21)).status_code == 413


def test_other_machines_need_a_token(filled: Path):
    from alembic_db.web import serve

    with pytest.raises(UsageError, match="other machines"):
        serve(Project.open(filled), host="0.0.0.0")


def test_a_job_leads_to_our_own_pages_only(client: TestClient):
    for then in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert "evil" not in client.get("/job", params={"id": "1", "then": then}).text.partition("<main")[2]
