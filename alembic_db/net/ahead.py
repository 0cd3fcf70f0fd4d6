"""Work ahead of the one who uses the results: in threads, and never further than there is room."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from queue import Empty, Full, Queue

_POLL_SECONDS = 0.1  # how soon a thread that finds no room notices that nobody wants its results any more


class _Ended:
    """Stands for the end of a thread, with the error that ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead[T, R](tasks: Iterator[T], do: Callable[[T], Iterable[R]], threads: int, room: int) -> Generator[R]:
    """Do tasks in threads and yield what comes of them, as it comes; at most `room` results wait.

    `tasks` is advanced by one thread at a time. An error is raised after the results that were ready before it.
    Threads that are under way when the iteration ends finish what they are at, and nobody waits for them.
    """
    results: Queue[R | _Ended] = Queue(room)
    stop = threading.Event()
    one_at_a_time = threading.Lock()

    def put(result: R | _Ended) -> None:
        while not stop.is_set():
            try:
                return results.put(result, timeout=_POLL_SECONDS)
            except Full:
                continue

    def work() -> None:
        error: BaseException | None = None
        try:
            while not stop.is_set():
                with one_at_a_time:
                    task = next(tasks)
                for result in do(task):
                    put(result)
        except StopIteration:
            pass
        except BaseException as caught:
            error = caught
        put(_Ended(error))

    for number in range(threads):
        threading.Thread(target=work, name=f"ahead-{number}", daemon=True).start()
    try:
        yield from _until_all_end(results, threads)
    finally:
        stop.set()


def _until_all_end[R](results: Queue[R | _Ended], threads: int) -> Iterator[R]:
    while threads:
        result = results.get()
        if not isinstance(result, _Ended):
            yield result
            continue
        threads -= 1
        if result.error is not None:
            yield from _ready(results)
            raise result.error


def _ready[R](results: Queue[R | _Ended]) -> Iterator[R]:
    while True:
        try:
            result = results.get_nowait()
        except Empty:
            return
        if not isinstance(result, _Ended):
            yield result
