"""The connection to a MySQL or MariaDB server: how it is made, what it says, and how it takes files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic_db.errors import ExportError, ExportTransientError, MissingExtraError, UsageError
from alembic_db.export.address import Address, hide_from_process_list, read_address
from alembic_db.export.rows import quoted
from alembic_db.export.statements import sql

if TYPE_CHECKING:
    import pymysql

type AskPassword = Callable[[str], str | None]

SCHEMES = ("mysql", "mariadb")
_LOST = (1053, 1927, 2003, 2006, 2013, 2014, 2055)  # server gone or going, connection killed or lost
_BUSY = (1205, 1213)  # waited too long for a lock, deadlock
_DENIED = (1045, 1698)
_INTEGRITY = (1062, 1451, 1452)
_OPTION_FILE = "~/.my.cnf"
_TLS = {"ssl_ca": "ssl_ca", "ssl_cert": "ssl_cert", "ssl_key": "ssl_key", "ssl_key_password": "ssl_key_password"}
_SETTINGS = (
    "set names utf8mb4 collate {collation}",
    "set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
    "set session time_zone = '+00:00'",
    "set session foreign_key_checks = 0",  # the store sees to them, and a parent may go before it comes back
)


class MySqlLink:
    """A connection to one database of a server."""

    def __init__(self, url: str, schema: str | None, ask_password: AskPassword | None) -> None:
        self._address = read_address(url, SCHEMES)
        hide_from_process_list(self._address)
        self._database = schema or self._address.database
        self._ask = ask_password
        self.title = replace(self._address, database=self._database).shown
        self.collation = "utf8mb4_0900_bin"
        self.takes_files = False
        self._open: pymysql.connections.Connection[Any] | None = None

    @contextmanager
    def session(self) -> Iterator[None]:
        """Connect and lock; turn the driver's errors into ours."""
        pymysql = driver()
        if not self._database:
            raise UsageError(f"{self.title} names no database.", hint="Put it behind the host, or use --schema NAME.")
        try:
            self._open = self._connect()
            self._settle(self._database)
            yield
        except pymysql.Error as error:
            raise self._said(error) from error
        finally:
            if self._open is not None:
                with suppress(pymysql.Error, OSError):
                    self._open.close()
                self._open = None

    def run(self, statement: str, values: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def change(self, statement: str, values: Sequence[Any] | None = None) -> int:
        """Run a statement and return how many rows it changed."""
        with self._connection.cursor() as cursor:
            return int(cursor.execute(statement, values))

    def stream(self, query: str) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield the rows of a query in batches, as the server sends them."""
        pymysql = driver()
        with self._connection.cursor(pymysql.cursors.SSCursor) as cursor:
            cursor.execute(query)
            while batch := cursor.fetchmany(10_000):
                yield batch

    def load(self, statement: str, path: Path, table: str) -> int:
        """Run LOAD DATA LOCAL with the one file that the server may ask for; its warnings are errors."""
        with self._only_file(path), self._connection.cursor() as cursor:
            rows = int(cursor.execute(statement))
            warnings = cursor.execute("show warnings")
            if warnings:
                first = cursor.fetchall()[0]
                raise ExportError(
                    f"{self.title}: {table} does not take a row as it is: {first[2]}; nothing was changed.",
                    hint="Somebody may have altered the table: --replace fills it anew.",
                )
            return rows

    @property
    def _connection(self) -> pymysql.connections.Connection[Any]:
        if self._open is None:
            raise ExportError(f"{self.title} is not connected.")
        return self._open

    @contextmanager
    def _only_file(self, path: Path) -> Iterator[None]:
        """Let the driver send this file and no other, whatever the server asks for; and none at all afterwards."""
        connection: Any = self._connection
        module: Any = driver().connections
        name = "_send_local_file" if hasattr(module, "_send_local_file") else "LoadLocalFile"
        sender = getattr(module, name)

        def guarded(filename: Any, *rest: Any) -> Any:
            if os.fsdecode(filename) != str(path):
                raise ExportError(f"{self.title} asked for the file {os.fsdecode(filename)!r}; it was not sent.")
            return sender(filename, *rest)

        connection._local_infile = True
        setattr(module, name, guarded)
        try:
            yield
        finally:
            setattr(module, name, sender)
            connection._local_infile = False

    def _connect(self) -> pymysql.connections.Connection[Any]:
        pymysql = driver()
        here = self._address
        wanted = self._wanted(here)
        try:
            return pymysql.connect(**wanted)  # type: ignore[no-any-return]
        except pymysql.OperationalError as error:
            denied = error.args and error.args[0] in _DENIED
            password = self._ask(self.title) if self._ask and denied and not here.password else None
            if password is None:
                raise
            self._address = replace(here, password=password)
            return pymysql.connect(**wanted | {"password": password})  # type: ignore[no-any-return]

    def _wanted(self, here: Address) -> dict[str, Any]:
        given: dict[str, Any] = {"host": here.host, "port": here.port, "user": here.user, "password": here.password}
        given |= {"read_default_file": _OPTION_FILE if Path(_OPTION_FILE).expanduser().is_file() else None}
        given |= _tls_options(here.options)
        fixed = {"charset": "utf8mb4", "autocommit": True, "local_infile": True, "program_name": "alembic_db"}
        return {name: value for name, value in given.items() if value is not None} | fixed

    def _settle(self, database: str) -> None:
        """Choose collation and database, and keep other exporters out."""
        is_mariadb = "mariadb" in str(self.run("select version()")[0][0]).lower()
        self.collation = "utf8mb4_nopad_bin" if is_mariadb else "utf8mb4_0900_bin"
        connection: Any = self._connection
        connection._local_infile = False
        for setting in _SETTINGS:
            self.run(setting.format(collation=self.collation))
        self.takes_files = bool(self.run("select @@local_infile")[0][0])
        there = self.run(sql("mysql/has_database"), [database])
        if not there:
            self.run(sql("mysql/create_database", schema=quoted(database, "`"), collation=self.collation))
        self.run(f"use {quoted(database, '`')}")
        if self.run("select get_lock(%s, 0)", [f"alembic_db {database}"[:64]]) != [(1,)]:
            raise ExportTransientError(
                f"Another export to {self.title} is at work.", hint="Wait for it to end, then run this again."
            )

    def _said(self, error: Exception) -> ExportError:
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        message = self._address.redacted(error.args[1] if len(error.args) > 1 else error)
        if code in _LOST or code in _BUSY:
            return ExportTransientError(
                f"{self.title}: {message}; nothing was changed.",
                hint="Check that the server runs, then run this again.",
            )
        if code in _INTEGRITY:
            return ExportError(
                f"{self.title} was altered: {message}; nothing was changed.", hint="--replace fills it anew."
            )
        return ExportError(
            f"{self.title}: {message} (error {code}); nothing was changed.", hint="Check the user's rights."
        )


def _tls_options(options: Mapping[str, str]) -> dict[str, Any]:
    """Translate what the query string says of TLS, in the words of the mysql client; UsageError for anything else."""
    known: dict[str, Any] = {}
    for name, value in options.items():
        option = name.replace("-", "_").lower()
        if option in _TLS:
            known[_TLS[option]] = value
        elif option == "ssl_mode":
            known |= _tls_mode(value.upper())
        elif option in ("unix_socket", "socket"):
            known["unix_socket"] = value
        elif option == "connect_timeout" and value.isdigit():
            known["connect_timeout"] = int(value)
        elif option != "charset":
            raise UsageError(
                f"The address has the option {name!r}, which is not known.",
                hint=f"There are {', '.join((*_TLS, 'ssl_mode', 'unix_socket', 'connect_timeout'))}.",
            )
    return known


def _tls_mode(mode: str) -> dict[str, Any]:
    modes: dict[str, dict[str, Any]] = {
        "DISABLED": {"ssl_disabled": True},
        "PREFERRED": {},
        "REQUIRED": {"ssl": {"check_hostname": False, "verify_mode": "none"}},
        "VERIFY_CA": {"ssl_verify_cert": True},
        "VERIFY_IDENTITY": {"ssl_verify_cert": True, "ssl_verify_identity": True},
    }
    if mode not in modes:
        raise UsageError(f"The address has ssl_mode={mode}.", hint=f"There are {', '.join(modes)}.")
    return modes[mode]


def driver() -> Any:
    """Import the driver. MissingExtraError says what to install."""
    try:
        import pymysql
        import pymysql.connections
        import pymysql.cursors
    except ImportError as error:
        raise MissingExtraError(
            "Exports to MySQL and MariaDB need the package PyMySQL.", hint="Install it: pip install 'alembic-db[mysql]'"
        ) from error
    return pymysql
