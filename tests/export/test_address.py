"""Addresses of servers: read, shown without secrets, and gone from what `ps` shows."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alembic_db
from alembic_db.errors import ExportError, UsageError
from alembic_db.export.address import read_address
from alembic_db.export.mysql import MySqlEngine
from alembic_db.export.mysql_link import _tls_options
from alembic_db.export.postgresql import PostgresEngine

SECRET = "pa ss:w/ör@d#1?&"


def test_every_part_is_read_and_the_password_is_not_shown():
    address = read_address(
        f"postgresql+psycopg://an%40n:{quote(SECRET, safe='')}@db.lab:5433/om%20ics?sslmode=verify-full&x=",
        ("postgresql",),
    )
    assert (address.host, address.port, address.user, address.password) == ("db.lab", 5433, "an@n", SECRET)
    assert (address.database, dict(address.options)) == ("om ics", {"sslmode": "verify-full", "x": ""})
    assert address.shown == "postgresql://an%40n@db.lab:5433/om%20ics"
    assert SECRET not in repr(address) and quote(SECRET, safe="") not in repr(address)


@given(st.text(min_size=3))
def test_what_a_driver_says_is_shown_without_the_password(secret: str):
    try:
        url = f"mysql://u:{quote(secret, safe='')}@h/d"
    except UnicodeEncodeError:
        return
    address = read_address(url, ("mysql",))
    message = f"access denied: {secret} {quote(secret)} {quote(secret, safe='')}"
    shown = address.redacted(message)
    assert secret in "***" or secret not in shown.replace("***", "").replace("access denied: ", "")


@pytest.mark.parametrize(
    "url", ["", "db", "mysql://u:p@h/d", "postgresql://h:port/d", "postgresql://[::1/d", "sqlite:///x"]
)
def test_what_is_no_address_is_refused_without_repeating_it(url: str):
    with pytest.raises(UsageError) as caught:
        read_address(url, ("postgresql", "postgres"))
    assert "postgresql://user@host/database" in str(caught.value)
    assert "u:p" not in str(caught.value)


def test_tls_options_pass_through():
    assert _tls_options({"ssl-ca": "ca.pem", "ssl_mode": "verify_identity"}) == {
        "ssl_ca": "ca.pem", "ssl_verify_cert": True, "ssl_verify_identity": True,
    }  # fmt: skip
    assert _tls_options({"ssl_mode": "DISABLED"}) == {"ssl_disabled": True}
    assert _tls_options({}) == _tls_options({"ssl_mode": "PREFERRED"}) == {}
    for wrong in ({"ssl_mode": "SOMETIMES"}, {"unknown": "x"}):
        with pytest.raises(UsageError):
            _tls_options(wrong)


@pytest.mark.parametrize(("engine", "scheme"), [(PostgresEngine, "postgresql"), (MySqlEngine, "mysql")])
def test_a_server_that_cannot_be_reached_is_named_without_the_password(engine: type, scheme: str):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        one = engine(f"{scheme}://ann:{quote(SECRET, safe='')}@127.0.0.1:{port}/lab?connect_timeout=2")
        with pytest.raises(ExportError) as caught, one.session():
            pass
    assert caught.value.transient
    assert f"{scheme}://ann@127.0.0.1:{port}/lab" in str(caught.value)
    assert SECRET not in str(caught.value) and quote(SECRET, safe="") not in str(caught.value)


def test_the_password_is_asked_for_where_the_server_wants_one(monkeypatch: pytest.MonkeyPatch):
    import psycopg

    tried = []

    def connect(**given: object) -> object:
        tried.append(given.get("password"))
        raise psycopg.OperationalError("fe_sendauth: no password supplied")

    monkeypatch.setattr(psycopg, "connect", connect)
    asked = []
    engine = PostgresEngine("postgresql://ann@127.0.0.1/lab", ask_password=lambda title: asked.append(title) or SECRET)
    with pytest.raises(ExportError), engine.session():
        pass
    assert tried == [None, SECRET]
    assert asked == ["postgresql://ann@127.0.0.1/lab"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the arguments cannot be overwritten")
@pytest.mark.parametrize("command", ["postgresql", "mysql"])
def test_the_password_is_not_in_the_process_list(tmp_path: Path, command: str):
    alembic_db.Project.create(tmp_path / "project")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(60)
        url = f"{command}://ann:{quote(SECRET, safe='')}@127.0.0.1:{server.getsockname()[1]}/lab"
        line = [sys.executable, "-m", "alembic_db", "-p", str(tmp_path / "project"), "export", command, url]
        environment = os.environ | {"PYTHONPATH": str(Path(alembic_db.__file__).parents[1])}
        with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as process:
            connection, _ = server.accept()  # it has read its arguments, and waits for what this server never says
            shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
            connection.close()
            _, said = process.communicate(timeout=60)
    assert b"ann:xxxx" in shown and command.encode() in shown
    assert quote(SECRET, safe="").encode() not in shown
    assert SECRET.encode() not in said and quote(SECRET, safe="").encode() not in said
    assert said.startswith(b"Error: ")
