"""What every test stands on: a clean environment, a cache of its own, and no network beyond this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)  # how long an example takes depends on what else the machine does
settings.load_profile("house")
_OURS = ("NCBI_", "ALEMBIC_DB_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_KEPT = ("ALEMBIC_DB_TEST_",)  # where the test databases are


def pytest_report_header() -> str:
    """Say which versions ran: DuckDB's decides much."""
    import duckdb
    import pyarrow as pa

    return f"duckdb {duckdb.__version__}, pyarrow {pa.__version__}"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hide the developer's keys, proxies and caches from the tests, and the tests' from the developer."""
    for name in list(os.environ):
        if (name.startswith(_OURS) and not name.startswith(_KEPT)) or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("ALEMBIC_DB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("ALEMBIC_DB_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def light_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let Spark start fast: for a few rows, code is not worth compiling."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(
        "spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC\n"
        "spark.sql.codegen.wholeStage false\nspark.sql.codegen.factoryMode NO_CODEGEN\n"
        "spark.sql.adaptive.enabled false\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        yield


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
