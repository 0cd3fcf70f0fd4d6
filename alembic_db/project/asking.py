"""Asking a project: saved views, SQL, its state. All of it reads the published snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from alembic_db.project.base import ProjectBase
from alembic_db.reports import Status

if TYPE_CHECKING:
    import pyarrow as pa

    from alembic_db.explore import Explorer
    from alembic_db.saved import SavedQuery
    from alembic_db.store import Limits


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
    def query_sql(name: str, values: Mapping[str, str] | None = None) -> str:
        """Show the SQL of a saved view with its parameters filled in. QueryError for a wrong name or value."""
        from alembic_db.saved import render, saved_query

        return render(saved_query(name), values or {})

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

    def problems(self) -> pa.Table:
        """List what could not be had or read."""
        return self.query("problems")

    def status(self) -> Status:
        """Tell what is in the project, as of its last published snapshot."""
        from alembic_db.status import read_status

        with self.reading() as reader:
            return read_status(self.path, reader, self.default_annotators())
