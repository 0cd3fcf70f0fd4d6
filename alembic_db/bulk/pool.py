"""Worker processes that read blocks, and the order of the input kept over them.

They are processes of their own and no `multiprocessing`: that would run a user's script a second time in each of
them, and leave them behind when the parent is killed.
"""

from __future__ import annotations

import json
import pickle
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain, islice
from types import TracebackType
from typing import Self

from alembic_db.bulk.blocks import Block
from alembic_db.bulk.parse import ParsedBlock
from alembic_db.bulk.worker import Setup
from alembic_db.errors import StoreError

# Blocks under way, read or waiting to be written: what bounds the memory, and keeps workers busy during a commit.
IN_FLIGHT = 16
# So few are read at once by this process itself: that takes less time than starting others.
FEW_BLOCKS = 4
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from alembic_db.bulk.worker import main; main()"


def parsed_blocks(blocks: Iterable[Block], jobs: int, setup: Setup) -> Iterator[tuple[Block, ParsedBlock]]:
    """Read blocks on `jobs` processes (1: on this one) and yield them in their order."""
    source = iter(blocks)
    first = list(islice(source, FEW_BLOCKS))
    if jobs == 1 or len(first) < FEW_BLOCKS:
        parser = setup.parser()
        for block in chain(first, source):
            yield block, parser.parse(block)
        return
    with Workers(jobs, setup) as workers:
        pending: deque[tuple[Block, Future[ParsedBlock]]] = deque()
        for block in chain(first, source):
            pending.append((block, workers.submit(block)))
            while len(pending) >= IN_FLIGHT + jobs or (pending and pending[0][1].done()):
                done, answer = pending.popleft()
                yield done, answer.result()
        while pending:
            done, answer = pending.popleft()
            yield done, answer.result()


class Workers:
    """Some worker processes; ends them when it is left, whatever the reason."""

    def __init__(self, jobs: int, setup: Setup) -> None:
        self._threads = ThreadPoolExecutor(jobs, "alembic-db-worker")
        self._processes: list[subprocess.Popen[bytes]] = []
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        try:
            for _ in range(jobs):
                self._processes.append(_start(setup))
                self._idle.put(self._processes[-1])
        except BaseException:
            self.close()
            raise

    def submit(self, block: Block) -> Future[ParsedBlock]:
        """Have a block read as soon as a process is free."""
        return self._threads.submit(self._ask, block)

    def _ask(self, block: Block) -> ParsedBlock:
        process = self._idle.get()
        try:
            answer: ParsedBlock = _talk(process, block)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            where = block.pieces[0].source
            raise StoreError(
                f"A worker process ended while it read {where} (exit code {process.poll()}).",
                hint="Perhaps the memory ran out. Run the same command again to go on, with fewer --jobs.",
            ) from error
        finally:
            self._idle.put(process)
        return answer

    def close(self) -> None:
        """End the processes; a block that one is reading is given up."""
        for process in self._processes:
            process.terminate()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _start(setup: Setup) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _START, json.dumps([path for path in sys.path if isinstance(path, str)])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
    if process.stdin is not None:
        pickle.dump(setup, process.stdin, protocol=5)
    return process


def _talk(process: subprocess.Popen[bytes], block: Block) -> ParsedBlock:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    pickle.dump(block, process.stdin, protocol=5)
    process.stdin.flush()
    answer: ParsedBlock = pickle.load(process.stdout)  # noqa: S301 - from our own process
    return answer
