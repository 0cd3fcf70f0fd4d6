"""Asking a project: saved views, SQL, its state. All of it reads the published snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alembic_db.project.base import ProjectBase
from alembic_db.reports import NoProgress, Progress, Status

if TYPE_CHECKING:
    import pyarrow as pa

    from alembic_db.explore import Explorer
    from alembic_db.saved import SavedQuery
    from alembic_db.spark import SparkReader
    from alembic_db.store import Limits
    from alembic_db.terms import TermCount

DEFAULT_TERM_FIELDS = ("study.title", "study.abstract")


class Asking(ProjectBase):
    """Answers questions about what is stored."""

    def fields(self) -> pa.Table:
        """List every field with how often it is filled, its distinct values and the commonest ones."""
        return self.query("field_fill")

    @staticmethod
    def queries() -> list[SavedQuery]:
        """List the saved views."""
        from alembic_db.saved import saved_queries

        return saved_queries()

    @staticmethod
    def query_sql(name: str, values: Mapping[str, str] | None = None, *, dialect: str = "duckdb") -> str:
        """Show the SQL of a saved view with its parameters filled in. QueryError for a wrong name or value."""
        from alembic_db.saved import render, saved_query

        return render(saved_query(name), values or {}, dialect=dialect)

    def query(self, name: str, values: Mapping[str, str] | None = None) -> pa.Table:
        """Run a saved view. QueryError for a wrong name or value."""
        sql = self.query_sql(name, values)
        with self.reading() as reader:
            return reader.table(sql)

    def explain(self, name: str, values: Mapping[str, str] | None = None) -> str:
        """Show how DuckDB would run a saved view."""
        sql = self.query_sql(name, values)
        with self.reading() as reader:
            return reader.plan(sql)

    @contextmanager
    def on_spark(self, master: str | None = None) -> Iterator[SparkReader]:
        """Start Spark over the published snapshot; what is given runs saved views there.

        `master` is Spark's: by default this machine; a cluster has to see the project's folder under the same path.
        Raises MissingExtraError without pyspark or Java, QueryError where Spark cannot be started.
        """
        from alembic_db.spark import spark_reader

        with self.reading() as reader, spark_reader(master) as spark:
            spark.open_snapshot(reader.version)
            yield spark

    @staticmethod
    @contextmanager
    def dataset_on_spark(dataset: str, master: str | None = None) -> Iterator[SparkReader]:
        """Start Spark over a dataset that `export_parquet` wrote, by its path or an address that Spark reads."""
        from alembic_db.spark import spark_reader

        with spark_reader(master) as spark:
            spark.open_dataset(dataset)
            yield spark

    def sql(self, statement: str, limits: Limits | None = None) -> pa.Table:
        """Run one SQL statement that reads; QueryError for any other, and for what reaches outside.

        Under limits it is stopped in time, and returns one row more than they allow where there are more.
        """
        with self.reading(limits) as reader:
            return reader.user_table(statement)

    def explore(self) -> Explorer:
        """Make the last published snapshot ready to be looked around in; close it when done."""
        from alembic_db.explore import Explorer
        from alembic_db.store import Reader

        with self.reading():
            pass  # a snapshot of an older version is brought up to date first
        return Explorer(Reader(self.snapshot_path))

    def terms(
        self,
        fields: Sequence[str] = DEFAULT_TERM_FIELDS,
        *,
        search: str | None = None,
        words: int = 1,
        minimum: int = 1,
        progress: Progress | None = None,
    ) -> list[TermCount]:
        """Count the terms in the texts of some fields, prepared as for a word cloud, the most frequent first.

        `fields` are keys such as study.title or attribute:tissue, none for every field; `words` is how many words a
        term may have, 1 to 3; `minimum` how many fields have to say it. MissingExtraError without the extra nlp.
        """
        from alembic_db.terms import count_terms

        with self.reading() as reader:
            return count_terms(reader, fields, search, words, minimum, progress or NoProgress())

    def problems(self) -> pa.Table:
        """List what could not be had or read."""
        return self.query("problems")

    def status(self) -> Status:
        """Tell what is in the project, as of its last published snapshot."""
        from alembic_db.status import read_status

        with self.reading() as reader:
            return read_status(self.path, reader, self.default_annotators())
