"""Statements of a user's in a process of its own: one that overruns its time or memory is ended with it.

DuckDB stops a query between two chunks of rows and counts most of its memory, but a single function on a single value
(`repeat('x', 1000000000)`) escapes both. A process does not.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic_db.errors import AlembicDbError, QueryError
from alembic_db.store import Limits, Reader

if TYPE_CHECKING:
    import pyarrow as pa

_GRACE_SECONDS = 1.0  # what a query has to end by itself before its process is
_START_SECONDS = 60.0
_DATA_BYTES = 3 << 30  # of a whole process; DuckDB's own limit is far below


class Asker:
    """Runs one statement at a time over the snapshot in a folder, under limits; thread-safe."""

    def __init__(self, snapshot: Path, limits: Limits) -> None:
        self.limits = limits
        self._snapshot = snapshot
        self._lock = threading.Lock()
        self._process: Any = None
        self._pipe: Connection | None = None

    def start(self) -> None:
        """Start the process, so that the first statement need not wait for it."""
        with self._lock:
            self._started()

    def table(self, statement: str) -> pa.Table:
        """Run a statement that reads and return its rows, one more than the limit where there are more.

        QueryError where it fails, takes too long or too much.
        """
        import pyarrow as pa

        with self._lock:
            pipe = self._started()
            try:
                pipe.send(statement)
                if not pipe.poll(self.limits.seconds + _GRACE_SECONDS):
                    raise _too_much(f"took longer than {self.limits.seconds:g} seconds")
                answer = pipe.recv()
            except (EOFError, OSError) as error:
                self._end()
                raise _too_much("needed more memory than it may have") from error
            except QueryError:
                self._end()
                raise
        if isinstance(answer, AlembicDbError):
            raise answer
        return pa.ipc.open_stream(answer).read_all()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _started(self) -> Connection:
        """Return the pipe to a process that waits for a statement, started anew if need be."""
        if self._pipe is None or not self._process.is_alive():
            self._end()
            context = get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(
                target=answer_statements, args=(self._snapshot, self.limits, theirs), daemon=True
            )
            self._process.start()
            theirs.close()
            with suppress(EOFError, OSError):  # a process that dies at its start is told of when it is asked
                if self._pipe.poll(_START_SECONDS):
                    self._pipe.recv()
        return self._pipe

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def answer_statements(snapshot: Path, limits: Limits, pipe: Connection) -> None:
    """Answer statements from a pipe with Arrow streams or errors until the pipe is closed."""
    import pyarrow as pa

    _limit_memory()
    pipe.send("ready")
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            statement = pipe.recv()
            try:
                reader = Reader(snapshot, limits)
                try:
                    table = reader.user_table(statement)
                finally:
                    reader.close()
                sink = pa.BufferOutputStream()
                with pa.ipc.new_stream(sink, table.schema) as writer:
                    writer.write_table(table)
                pipe.send(sink.getvalue().to_pybytes())
            except AlembicDbError as error:
                pipe.send(QueryError(error.message, hint=error.hint))
            except MemoryError:
                pipe.send(_too_much("needed more memory than it may have"))


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):  # not on Windows; DuckDB's own limit is left there
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_DATA_BYTES, _DATA_BYTES))


def _too_much(what: str) -> QueryError:
    return QueryError(
        f"The query {what} and was stopped.", hint="Narrow it down, or run it on the command line: alembic-db sql"
    )
