"""Saved views on Spark SQL, where the data have outgrown one machine: the same files, over the same Parquet.

Spark reads the Parquet files that a manifest names, of the snapshot or of an exported dataset, wherever Spark itself can
read: a local folder, hdfs://, s3a://. A session that is active already, as in a notebook, is used and left running; else
one is started. Spark's own settings (memory, credentials) are taken from SPARK_CONF_DIR and PYSPARK_SUBMIT_ARGS.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from alembic_db.errors import MissingExtraError, ProjectError, QueryError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

LOCAL = "local[*]"  # on this machine, a thread per core
_CAUSE = re.compile(r"(?:Caused by: )?(?:[\w$]+\.)+\w*(?:Exception|Error): (?P<message>.+)")


class SparkReader:
    """The tables of a manifest as views of one Spark session."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session

    def open_snapshot(self, version: Path) -> None:
        """Make the tables of a version of a project's snapshot known."""
        from alembic_db.store.snapshot import Manifest

        for table, segments in Manifest.read(version).tables.items():
            self._open_table(table, [_literal(version / table / segment.file) for segment in segments])

    def open_dataset(self, dataset: str) -> None:
        """Make the tables of a dataset known that `alembic-db export parquet` wrote; ProjectError if it is none.

        `dataset` is a path, or an address that Spark reads.
        """
        root = dataset.rstrip("/") if "://" in dataset else _literal(Path(dataset).resolve())
        with _spark_errors(dataset):
            try:
                ((text,),) = self._session.read.text(f"{root}/manifest.json", wholetext=True).collect()
                tables = {
                    name: [f"{root}/{name}/{_literal(file['file'])}" for file in table["files"]]
                    for name, table in json.loads(text)["tables"].items()
                }
            except (ValueError, TypeError, KeyError) as error:
                raise ProjectError(
                    f"{dataset} holds no manifest of ours ({error}).",
                    hint="Name a folder that `alembic-db export parquet` wrote.",
                ) from error
            for name, files in tables.items():
                self._open_table(name, files)

    def _open_table(self, name: str, files: Sequence[str]) -> None:
        with _spark_errors(name):
            self._session.read.parquet(*files).createOrReplaceTempView(name)

    def table(self, sql: str) -> pa.Table:
        """Run a query of ours, in Spark's dialect, and return all rows."""
        with _spark_errors("the query"):
            return self._session.sql(sql).toArrow()

    def plan(self, sql: str) -> str:
        """Show how Spark would run a query of ours."""
        with _spark_errors("the query"):
            return str(self._session.sql(f"explain formatted {sql}").collect()[0][0]).strip()


@contextmanager
def spark_reader(master: str = LOCAL) -> Iterator[SparkReader]:
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
    session = _start(master)
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

            SparkContext._ensure_initialized(gateway=launch_gateway(conf, {"stdout": talk, "stderr": talk}))
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
    causes = [match["message"] for line in lines if (match := _CAUSE.match(line))]
    return (causes[-1] if causes else lines[0] if lines else type(error).__name__).rstrip(". ") + "."


def _said(talk: IO[Any]) -> str:
    talk.seek(0)
    return str(talk.read()[-20_000:].decode(errors="replace"))
