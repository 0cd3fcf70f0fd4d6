"""Saved views on Spark SQL, where the data have outgrown one machine: the same files, over the same Parquet.

Spark reads the Parquet files that a manifest names, of the snapshot or of an exported dataset, wherever it can itself
read: a local folder, hdfs://, s3a://. A session that is active already, as in a notebook, is used and left running;
else one is started. Spark's own settings (memory, credentials) are taken from SPARK_CONF_DIR and PYSPARK_SUBMIT_ARGS.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from alembic_db.errors import MissingExtraError, ProjectError, QueryError
from alembic_db.saved import saved_query

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

_LOCAL = "local[*]"  # on this machine, a thread per core
_CAUSE = re.compile(r"(?:[\w$]+\.)+\w*(?:Exception|Error): (?P<message>.+)")
_TYPES = {
    "VARCHAR": "string",
    "BIGINT": "bigint",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp_ntz",
}


@dataclass(frozen=True)
class _Table:
    """Where a table lies, as Spark writes it, and what columns it has: name and logical type."""

    files: Sequence[str]
    columns: Sequence[tuple[str, str]]


class SparkReader:
    """The tables that a manifest names, in one Spark session."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self._tables: dict[str, _Table] = {}
        self._open: set[str] = set()

    def open_snapshot(self, version: Path) -> None:
        """Read from a version of a project's snapshot."""
        from alembic_db.store.schema import table
        from alembic_db.store.snapshot import Manifest

        for name, segments in Manifest.read(version).tables.items():
            files = [_literal(version / name / segment.file) for segment in segments]
            self._tables[name] = _Table(files, [(column.name, column.type) for column in table(name).columns])

    def open_dataset(self, dataset: str) -> None:
        """Read from a dataset that `alembic-db export parquet` wrote; ProjectError if it is none.

        `dataset` is the folder that was exported to, or `current` in it: a path, or an address that Spark reads.
        """
        root = dataset.rstrip("/") if "://" in dataset else str(Path(dataset).resolve())
        for folder in (f"{root}/current", root):
            if (text := self._text(f"{folder}/manifest.json")) is not None:
                with suppress(ValueError, TypeError, KeyError, AttributeError):
                    self._tables = {name: _table(folder, table) for name, table in json.loads(text)["tables"].items()}
                    return
        raise ProjectError(
            f"{dataset} holds no manifest of an exported dataset.",
            hint="Name a folder that `alembic-db export parquet` wrote, as Spark sees it.",
        )

    def _text(self, address: str) -> str | None:
        """Read a file whole, here or wherever Spark reads; None where there is none."""
        from pyspark.errors import AnalysisException

        if "://" not in address:
            with suppress(OSError):
                return Path(address).read_text(encoding="utf-8")
            return None
        try:
            with _spark_errors(address):
                rows = self._session.read.text(_literal(address), wholetext=True).collect()
            return str(rows[0][0]) if rows else ""  # an empty file has no row
        except QueryError as error:
            if isinstance(error.__cause__, AnalysisException):  # no such path
                return None
            raise

    def _make_known(self, names: Iterable[str]) -> None:
        for name in sorted(set(names) - self._open):
            table = self._tables.get(name)
            if table is None:
                raise ProjectError(
                    f"There is no table {name!r} in the dataset.",
                    hint="Export it without --only, or with this table too.",
                )
            schema = ", ".join(f"`{column}` {_TYPES[kind]}" for column, kind in table.columns)
            self._session.read.schema(schema).parquet(*table.files).createOrReplaceTempView(name)
            self._open.add(name)

    def query(self, name: str, values: Mapping[str, str] | None = None) -> pa.Table:
        """Run a saved view and return all rows. QueryError for a wrong name or value, and where Spark fails."""
        with self._running(name, values or {}) as sql, _spark_errors(f"view {name!r}"):
            return self._session.sql(sql).toArrow()

    def explain(self, name: str, values: Mapping[str, str] | None = None) -> str:
        """Show how Spark would run a saved view."""
        with self._running(name, values or {}) as sql, _spark_errors(f"view {name!r}"):
            return str(self._session.sql(f"explain formatted {sql}").collect()[0][0]).strip()

    @contextmanager
    def _running(self, name: str, values: Mapping[str, str]) -> Iterator[str]:
        """Make the steps of a view known and give the SELECT over them.

        Spark would put each step in wherever it is read, and compute it again there: of a view with some twenty steps
        that makes hundreds of scans. What is read more than once is kept, in memory or on disk, while the view runs.
        """
        from alembic_db.query_steps import render_steps

        view = render_steps(saved_query(name), values, dialect="spark")
        kept = []
        try:
            with _spark_errors(f"view {name!r}"):
                self._make_known(view.tables)
                for step in view.steps:
                    frame = self._session.sql(step.sql)
                    if step.uses > 1:
                        kept.append(frame.persist())
                    frame.createOrReplaceTempView(step.name)
            yield view.sql
        finally:
            for frame in kept:
                frame.unpersist()
            for step in view.steps:
                self._session.catalog.dropTempView(step.name)


@contextmanager
def spark_reader(master: str | None = None) -> Iterator[SparkReader]:
    """Start Spark, or take the session that is active, and let go of it in the end.

    Raises MissingExtraError without pyspark or Java, QueryError where Spark cannot be started at `master`.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingExtraError(
            "Queries on Spark need pyspark, which is not installed.", hint="pip install 'alembic-db[spark]'"
        ) from error
    if active := SparkSession.getActiveSession():
        yield SparkReader(active.newSession())
        return
    session = _start(master or _LOCAL)
    try:
        yield SparkReader(session)
    finally:
        session.stop()


def _start(master: str) -> SparkSession:
    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

    _check_java()
    conf = SparkConf().setAll(list(_settings(master).items()))
    with tempfile.TemporaryFile() as talk, _spark_errors(f"Spark at {master}", talk):
        if SparkContext._gateway is None:  # the JVM is there once, and stays until this process ends
            from pyspark.java_gateway import launch_gateway

            gateway = launch_gateway(conf, {"stdout": talk, "stderr": talk})  # type: ignore[no-untyped-call]
            SparkContext._ensure_initialized(gateway=gateway)
        return SparkSession(SparkContext(conf=conf))


def _settings(master: str) -> Mapping[str, str]:
    settings = {
        "spark.app.name": "alembic-db",
        "spark.master": master,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.ansi.enabled": "true",  # what cannot be computed is an error, as in every other engine
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": tempfile.gettempdir(),
    }
    if master.startswith("local"):
        settings |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.sql.shuffle.partitions": str(os.cpu_count() or 1),
        }
    return settings


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=str(Path(home, "bin")) if home else None) is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH"
        raise MissingExtraError(
            f"Spark runs on Java 17 or later, and there is no java {where}.",
            hint="Install one (Debian, Ubuntu: apt-get install default-jre-headless), or set JAVA_HOME.",
        )


def _table(folder: str, table: Mapping[str, Any]) -> _Table:
    files = [_literal(f"{folder}/{file['file']}") for file in table["files"]]
    return _Table(files, [(column["name"], column["type"]) for column in table["columns"]])


def _literal(path: Path | str) -> str:
    """Write a path so that Spark reads none of its characters as a pattern."""
    return re.sub(r"([\\\[\]{}*?])", r"\\\1", str(path))


@contextmanager
def _spark_errors(what: str, talk: IO[bytes] | None = None) -> Iterator[None]:
    """Turn the errors of Spark, of the bridge to Java and of Java into ours."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise QueryError(
            f"Spark failed on {what}: {_reason(error, talk)}",
            hint="`alembic-db query` without --engine runs in DuckDB.",
        ) from error


def _reason(error: Exception, talk: IO[bytes] | None) -> str:
    """Find the sentence of a long message of Java that says what is wrong."""
    said = _said(talk) if talk else ""
    lines = [line.strip() for line in f"{error}\n{said}".splitlines() if line.strip()]
    causes = [match["message"] for line in lines if (match := _CAUSE.search(line))]
    return (causes[-1] if causes else lines[0] if lines else type(error).__name__).rstrip(". ") + "."


def _said(talk: IO[Any]) -> str:
    talk.seek(0)
    return str(talk.read()[-20_000:].decode(errors="replace"))
