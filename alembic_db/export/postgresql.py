"""PostgreSQL: COPY, staged keys, everything in one transaction, definitions and views included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alembic_db.errors import ExportError, ExportTransientError, MissingExtraError, UsageError
from alembic_db.export import ddl
from alembic_db.export.address import Address, hide_from_process_list, read_address
from alembic_db.export.engine import STATE_TABLE, Layout, State
from alembic_db.export.rows import Rows, quoted, without_nul
from alembic_db.export.statements import sql
from alembic_db.store.schema import Table, Type, kept_tables
from alembic_db.store.schema import table as known_table

if TYPE_CHECKING:
    import psycopg

type AskPassword = Callable[[str], str | None]

SCHEMES = ("postgresql", "postgres")
_TYPES = {
    Type.TEXT: 'text collate "C"',
    Type.INTEGER: "bigint",
    Type.REAL: "double precision",
    Type.BOOLEAN: "boolean",
    Type.TIMESTAMP: "timestamptz",
}
_KEYS = "alembic_db_lost_keys"
_LOCK = 0x616C6D62  # any number, the same for every exporter
_PIECE = 1 << 18


class PostgresEngine:
    """A schema of a PostgreSQL database."""

    dialect = "postgres"
    elsewhere = "--schema NAME"
    has_lengths = True  # a longer text cannot be indexed
    has_nul = False
    takes_sorted = False

    def __init__(self, url: str, *, schema: str | None = None, ask_password: AskPassword | None = None) -> None:
        self._address = read_address(url, SCHEMES)
        self._ask = ask_password
        self._schema = schema
        hide_from_process_list(self._address)
        self.title = self._address.shown + (f" (schema {schema})" if schema else "")
        self._open: psycopg.Connection[tuple[Any, ...]] | None = None
        self._filling = False

    @property
    def _connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._open is None:
            raise ExportError(f"{self.title} is not connected.")
        return self._open

    @contextmanager
    def session(self) -> Iterator[None]:
        """Connect and begin the one transaction that everything happens in."""
        psycopg = _driver()
        try:
            self._open = self._connect()
            self._run("begin")
            self._run("set local timezone to 'UTC'")
            self._choose_schema()
            if not self._run("select pg_try_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, self._schema])[0][0]:
                raise ExportTransientError(
                    f"Another export to {self.title} is at work.", hint="Wait for it to end, then run this again."
                )
            yield
        except psycopg.Error as error:
            raise self._said(error) from error
        finally:
            if self._open is not None:
                with suppress(psycopg.Error):
                    self._open.close()
                self._open = None

    def names(self) -> Mapping[str, str]:
        """Map every table and view of the schema to `table` or `view`."""
        schema = ddl.literal(quoted(self._schema or ""))
        return {str(name): str(kind) for name, kind in self._run(sql("postgresql/names", schema=schema))}

    def columns(self, table: str) -> list[str]:
        """List the columns of a table."""
        return [row[0] for row in self._run(sql("postgresql/columns", table=ddl.literal(self._named(table))))]

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        return int(self._run(sql("postgresql/count", table=self._named(table)))[0][0])

    def read_state(self) -> State | None:
        """Read what the target remembers."""
        if STATE_TABLE not in self.names():
            return None
        rows = self._run(sql("postgresql/select", columns="*", table=self._named(STATE_TABLE)))
        return State.of([_as_python(value) for value in rows[0]]) if rows else None

    def write_state(self, state: State) -> None:
        """Remember a state instead of the one before."""
        table = self._named(STATE_TABLE)
        self._run(sql("postgresql/create_state", table=table))
        self._run(sql("postgresql/clear", table=table))
        values = [value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in state.values()]
        self._run(sql("postgresql/insert_state", table=table), values)

    def read_rows(self, table: Table, columns: Sequence[str]) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield some columns in batches, off a cursor of the server's."""
        with self._connection.cursor(name="alembic_db_rows") as cursor:
            query = sql("postgresql/select", columns=ddl.name_list(columns), table=self._named(table.name))
            cursor.execute(query.encode())
            while batch := cursor.fetchmany(10_000):
                yield [[_as_python(value) for value in row] for row in batch]

    @contextmanager
    def filling(self, layout: Layout, state: State, replaced: Mapping[str, str]) -> Iterator[None]:
        """Make tables without keys, which come when the rows are there; nobody sees them before the end."""
        if self._schema and not self._has_schema():
            self._run(sql("postgresql/create_schema", schema=quoted(self._schema)))
        self._drop(replaced)
        for table in layout.tables:
            parts = ", ".join(ddl.column_parts(table, lambda column: _TYPES[column.type]))
            self._run(sql("postgresql/create_table", table=self._named(table.name), parts=parts))
        self._run(sql("postgresql/sort_in_memory"))
        self._filling = True
        try:
            yield
        finally:
            self._filling = False
        for table in layout.tables:
            self._constrain(table, ddl.primary_key(table))
        for table in layout.tables:
            keys = ddl.foreign_keys(table, self._named, lambda name: known_table(name).key, '"')
            self._constrain(table, [f"{key} deferrable initially immediate" for key in keys])
            self._index(table)
            self._describe(table)
        self._create_views(layout)
        self._run("commit")
        self._analyze(layout)

    @contextmanager
    def changing(self, layout: Layout, *, renew_views: bool) -> Iterator[None]:
        """Go on in the session's transaction; references are looked at when it ends."""
        self._run("set constraints all deferred")
        yield
        if renew_views:
            there = self.names()
            self._drop({view.name: "view" for view in layout.views if there.get(view.name) == "view"})
            self._create_views(layout)
        self._run("commit")

    def insert(self, table: Table, rows: Rows) -> int:
        """Copy rows in."""
        return self._copy(self._named(table.name), rows)

    def delete(self, table: Table, keys: Rows) -> int:
        """Stage the keys and delete what they name."""
        names = [column.name for column in keys.columns]
        self._run(sql("postgresql/drop", kind="table", name=f"pg_temp.{_KEYS}"))
        named = {"columns": ddl.name_list(names), "table": self._named(table.name)}
        self._run(sql("postgresql/create_keys", keys=_KEYS, **named))
        self._copy(f"pg_temp.{_KEYS}", keys)
        self._run(f"analyze pg_temp.{_KEYS}")
        same = " and ".join(f"t.{quoted(name)} = k.{quoted(name)}" for name in names)
        statement = sql("postgresql/delete", table=named["table"], keys=f"pg_temp.{_KEYS}", same=same)
        return self._connection.execute(statement.encode()).rowcount

    def _copy(self, target: str, rows: Rows) -> int:
        columns = ddl.name_list([column.name for column in rows.columns])
        # Frozen, which only tables of the same transaction can be, rows need no second look by the server later on.
        frozen = str(self._filling).lower()
        statement = sql("postgresql/copy_in", table=target, columns=columns, frozen=frozen)
        with rows.csv(without_nul) as path, self._connection.cursor() as cursor:
            with cursor.copy(statement.encode()) as copy, path.open("rb") as file:
                while piece := file.read(_PIECE):
                    copy.write(piece)
            return cursor.rowcount

    def _constrain(self, table: Table, constraints: Sequence[str]) -> None:
        for constraint in constraints:
            self._run(sql("postgresql/add_constraint", table=self._named(table.name), constraint=constraint))

    def _index(self, table: Table) -> None:
        """Index; a text of any length by its hash, because a B-tree takes no more than 2,700 bytes."""
        for name, columns in ddl.indexes(table):
            column = table.column(columns[0])
            by_hash = len(columns) == 1 and column.type is Type.TEXT and column.length is None
            method = "using hash " if by_hash else ""
            names = {"index": quoted(name), "table": self._named(table.name)}
            self._run(sql("postgresql/create_index", **names, columns=f"{method}({ddl.name_list(columns)})"))

    def _describe(self, table: Table) -> None:
        named = self._named(table.name)
        said = [(f"table {named}", table.comment)]
        said += [(f"column {named}.{quoted(column.name)}", column.comment) for column in table.columns]
        for what, comment in said:
            if comment:
                self._run(sql("postgresql/comment", what=what, comment=ddl.literal(comment)))

    def _create_views(self, layout: Layout) -> None:
        for view in layout.views:
            named = self._named(view.name)
            self._run(sql("postgresql/create_view", view=named, select=view.select))
            self._run(sql("postgresql/comment", what=f"view {named}", comment=ddl.literal(view.comment)))

    def _drop(self, names: Mapping[str, str]) -> None:
        """Drop views, then tables, children first: nothing of others goes with them."""
        parents_first = [table.name for table in kept_tables()]
        places = {name: -parents_first.index(name) if name in parents_first else -len(parents_first) for name in names}
        for name in sorted(names, key=lambda name: (names[name] == "table", places[name])):
            self._run(sql("postgresql/drop", kind=names[name], name=self._named(name)))

    def _analyze(self, layout: Layout) -> None:
        """Let the planner know what came; what was written is safe already."""
        psycopg = _driver()
        with suppress(psycopg.Error):
            for table in layout.tables:
                self._run(f"analyze {self._named(table.name)}")

    # The connection

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        psycopg = _driver()
        here = self._address
        given = {"host": here.host, "port": here.port, "user": here.user, "password": here.password,
                 "dbname": here.database, "application_name": "alembic_db", **here.options}  # fmt: skip
        wanted = {name: value for name, value in given.items() if value is not None}
        try:
            return psycopg.connect(**wanted, autocommit=True)  # type: ignore[no-any-return]
        except psycopg.OperationalError as error:
            password = self._ask(self.title) if self._ask and _wants_password(error) and not here.password else None
            if password is None:
                raise
            self._address = Address(here.scheme, here.host, here.port, here.user, password, here.database, here.options)
            return psycopg.connect(**wanted | {"password": password}, autocommit=True)  # type: ignore[no-any-return]

    def _choose_schema(self) -> None:
        if self._schema is None:
            current = self._run("select current_schema()")[0][0]
            if current is None:
                raise UsageError(f"{self.title} has no current schema.", hint="Name one: --schema NAME")
            self._schema = str(current)
        self._run("select set_config('search_path', %s, true)", [quoted(self._schema)])

    def _has_schema(self) -> bool:
        return bool(self._run("select to_regnamespace(%s) is not null", [quoted(self._schema or "")])[0][0])

    def _named(self, name: str) -> str:
        return f"{quoted(self._schema or '')}.{quoted(name)}"

    def _run(self, statement: str, values: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def _said(self, error: psycopg.Error) -> ExportError:
        psycopg = _driver()
        lines = [line.strip() for line in self._address.redacted(error).splitlines() if line.strip()]
        message = "; ".join(lines[:2]) or type(error).__name__
        if isinstance(error, psycopg.OperationalError):
            return ExportTransientError(
                f"{self.title}: {message}; nothing was changed.",
                hint="Check that the server runs, then run this again.",
            )
        if isinstance(error, psycopg.errors.DependentObjectsStillExist):
            return ExportError(
                f"{self.title}: {message}; nothing was changed.",
                hint="Something of yours stands on what has to be replaced: drop it first, or use --schema NAME.",
            )
        if isinstance(error, psycopg.errors.IntegrityError):
            return ExportError(
                f"{self.title} was altered: {message}; nothing was changed.", hint="--replace fills it anew."
            )
        return ExportError(f"{self.title}: {message}; nothing was changed.", hint="Check the rights of the user.")


def _driver() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise MissingExtraError(
            "Exports to PostgreSQL need the package psycopg.", hint="Install it: pip install 'alembic-db[postgresql]'"
        ) from error
    return psycopg


def _wants_password(error: Exception) -> bool:
    return "password" in str(error).lower()


def _as_python(value: Any) -> Any:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value
