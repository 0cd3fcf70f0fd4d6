from __future__ import annotations

import json
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.entrez import EntrezSettings, SharedLimiter, shared_limiter
from alembic_db.entrez.limiter import WINDOW, cache_folder


class Clock:
    """A clock that moves only when told, or by sleeping."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def limiter(path: Path, clock: Clock, per_window: int = 3) -> SharedLimiter:
    return SharedLimiter(path, per_window, window=1.0, clock=clock, sleep=clock.sleep)


def assert_paced(moments: list[float], per_window: int, window: float) -> None:
    ordered = sorted(moments)
    for early, late in zip(ordered, ordered[per_window:], strict=False):
        assert late - early >= window - 1e-6


def test_a_first_burst_passes_and_the_next_waits_for_the_window(tmp_path: Path) -> None:
    clock = Clock()
    start = clock.now
    pace = limiter(tmp_path / "state.json", clock)
    assert [pace.wait() - start for _ in range(7)] == [0, 0, 0, 1, 1, 1, 2]
    assert clock.now == start + 2


@settings(max_examples=40, deadline=None)
@given(
    per_window=st.integers(1, 10),
    steps=st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1.5)), min_size=1, max_size=40),
)
def test_no_window_ever_holds_too_many_grants(per_window: int, steps: list[tuple[int, float]]) -> None:
    with TemporaryDirectory() as folder:
        clock = Clock()
        users = [limiter(Path(folder) / "state.json", clock, per_window) for _ in range(4)]
        moments = []
        for user, passed in steps:
            clock.now += passed
            moments.append(users[user].reserve())
            assert moments[-1] >= clock.now
    assert all(early <= late for early, late in pairwise(moments))
    assert_paced(moments, per_window, 1.0)


def test_threads_share_one_limiter(tmp_path: Path) -> None:
    clock = Clock()
    pace = limiter(tmp_path / "state.json", clock)
    moments: list[float] = []
    threads = [threading.Thread(target=lambda: moments.extend(pace.reserve() for _ in range(5))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(moments) == 20
    assert_paced(moments, 3, 1.0)


def test_processes_share_one_limiter(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from alembic_db.entrez import SharedLimiter\n"
        "pace = SharedLimiter(pathlib.Path(sys.argv[1]), 3, window=0.1)\n"
        "print([pace.wait() for _ in range(5)])\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "state.json")]
    root = Path(__file__).parents[2]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) for _ in range(2)]
    moments: list[float] = []
    for process in running:
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        moments += json.loads(output)
    assert len(moments) == 10
    assert_paced(moments, 3, 0.1)


def test_a_pause_holds_back_everybody(tmp_path: Path) -> None:
    clock = Clock()
    start = clock.now
    one, other = (limiter(tmp_path / "state.json", clock) for _ in range(2))
    one.pause(7)
    assert other.wait() == start + 7


def test_a_clock_set_back_does_not_stop_the_program(tmp_path: Path) -> None:
    clock = Clock()
    pace = limiter(tmp_path / "state.json", clock)
    pace.wait()
    pace.pause(200)
    clock.now -= 86_400
    back = clock.now
    assert pace.wait() == back


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'{"grants": 3}', b'{"grants": ["x"], "not_before": 0}'])
def test_a_damaged_state_costs_one_window(tmp_path: Path, damaged: bytes) -> None:
    clock = Clock()
    start = clock.now
    (tmp_path / "state.json").write_bytes(damaged)
    pace = limiter(tmp_path / "state.json", clock)
    assert pace.wait() == pytest.approx(start + WINDOW)


def test_a_folder_that_cannot_be_written_leaves_a_limiter_for_this_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    clock = Clock()
    start = clock.now
    pace = limiter(tmp_path / "file" / "state.json", clock)
    assert [pace.wait() - start for _ in range(4)] == [0, 0, 0, 1]


def test_the_state_is_kept_by_address_and_key_and_tells_neither(tmp_path: Path) -> None:
    environ = {"ALEMBIC_DB_CACHE_DIR": str(tmp_path / "cache")}
    clock = Clock()
    choices = [
        EntrezSettings(),
        EntrezSettings(api_key="0a1b2c3d"),
        EntrezSettings(base_url="http://127.0.0.1:1/", api_key="0a1b2c3d"),
        EntrezSettings(base_url="http://me:hunter2@127.0.0.1:1/", api_key="0a1b2c3d"),
    ]
    for choice in choices:
        shared_limiter(choice, environ=environ, clock=clock, sleep=clock.sleep).wait()
    states = sorted((tmp_path / "cache").glob("*.json"))
    assert len(states) == 3  # the login changes nothing about who is counted
    written = " ".join(f"{state.name} {state.read_text()}" for state in states)
    assert "0a1b2c3d" not in written and "hunter2" not in written


@pytest.mark.parametrize(("key", "burst"), [(None, 3), ("0a1b2c3d", 10)])
def test_the_pace_is_that_of_ncbi(tmp_path: Path, key: str | None, burst: int) -> None:
    clock = Clock()
    start = clock.now
    pace = shared_limiter(
        EntrezSettings(api_key=key),
        environ={"ALEMBIC_DB_CACHE_DIR": str(tmp_path)},
        clock=clock,
        sleep=clock.sleep,
    )
    moments = [pace.wait() for _ in range(burst + 1)]
    assert moments[burst - 1] == start
    assert moments[burst] >= start + 1


def test_the_cache_folder_is_the_users_where_none_is_chosen(tmp_path: Path) -> None:
    assert cache_folder({"ALEMBIC_DB_CACHE_DIR": str(tmp_path)}) == tmp_path
    assert cache_folder({}).name == "alembic_db"
