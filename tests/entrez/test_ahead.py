"""Work ahead of the one who uses it: everything once, no further than there is room, errors after what was ready."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.net.ahead import ahead


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=50, deadline=None)
def test_every_result_of_every_task_comes_once(tasks: list[int], threads: int, room: int) -> None:
    numbered = list(enumerate(tasks))
    expected = sorted((number, part) for number, parts in numbered for part in range(parts))
    came = ahead(iter(numbered), lambda task: [(task[0], part) for part in range(task[1])], threads, room)
    assert sorted(came) == expected


def test_one_thread_keeps_the_order() -> None:
    assert list(ahead(iter(range(50)), lambda task: [task], 1, 2)) == list(range(50))


def test_nobody_works_further_ahead_than_there_is_room() -> None:
    drawn = 0

    def tasks() -> Iterator[int]:
        nonlocal drawn
        for number in range(1000):
            drawn += 1
            yield number

    came = ahead(tasks(), lambda task: [task], threads=2, room=3)
    next(came)
    time.sleep(0.1)  # they would be done by now
    # One is used, three wait, each thread holds one that finds no room.
    assert drawn <= 1 + 3 + 2
    came.close()


def test_an_error_comes_after_what_was_ready_and_ends_it() -> None:
    def do(task: int) -> list[int]:
        if task == 7:
            raise ValueError("seven")
        return [task]

    got: list[int] = []
    with pytest.raises(ValueError, match="seven"):
        for result in ahead(iter(range(100)), do, 1, 100):
            got.append(result)
    assert got == list(range(7))


def test_an_error_of_the_tasks_themselves_is_raised_too() -> None:
    def tasks() -> Iterator[int]:
        yield 1
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        list(ahead(tasks(), lambda task: [task], 2, 2))


def test_threads_end_when_nobody_wants_their_results() -> None:
    workers: set[threading.Thread] = set()

    def do(task: int) -> list[int]:
        workers.add(threading.current_thread())
        return [task]

    came = ahead(iter(range(1000)), do, 3, 1)
    next(came)
    came.close()
    assert workers
    for worker in workers:  # not all threads there are: another test's may end meanwhile
        worker.join(timeout=10)
        assert not worker.is_alive()


def test_two_threads_are_at_it_at_once() -> None:
    both = threading.Barrier(2, timeout=10)

    def do(task: int) -> list[int]:
        both.wait()
        return [task]

    assert sorted(ahead(iter(range(2)), do, 2, 2)) == [0, 1]
