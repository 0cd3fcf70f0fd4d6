"""What is shown of work under way."""

from __future__ import annotations

import io

import pytest

from alembic_db.cli.progress import BarProgress, LineProgress, duration, shown_progress
from alembic_db.reports import NoProgress


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def test_log_gets_a_line_every_thirty_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    progress = LineProgress(clock)
    progress.start("fetch", 4000)
    for second in range(70):
        clock.now = second
        progress.advance(50)
    progress.finish()
    assert capsys.readouterr().err.splitlines() == [
        "fetch: 1,550 of 4,000 (52 a second, 47 s left)",
        "fetch: 3,050 of 4,000 (51 a second, 19 s left)",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (5000, "83 min"), (12_000, "3 h 20 min")]
)
def test_times_are_written_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_slow_stage_tells_its_pace_by_the_minute(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    progress = LineProgress(clock)
    progress.start("annotate", 100)
    clock.now = 60
    progress.advance(20)
    assert capsys.readouterr().err == "annotate: 20 of 100 (20.0 a minute, 4 min left)\n"


def test_stage_of_unknown_length_counts_up(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    progress = LineProgress(clock)
    progress.start("import", None)
    clock.now = 31
    progress.advance(1200)
    assert capsys.readouterr().err == "import: 1,200 (39 a second)\n"


def test_note_is_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    LineProgress(Clock()).note("waiting\nfor \x1b[2J NCBI")
    assert capsys.readouterr().err == "waiting for \ufffd[2J NCBI\n"


def test_quiet_shows_nothing() -> None:
    with shown_progress(quiet=True) as progress:
        assert isinstance(progress, NoProgress)


def test_no_terminal_means_no_bar() -> None:
    with shown_progress(quiet=False) as progress:
        assert isinstance(progress, LineProgress)


def test_terminal_gets_a_bar_that_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch, terminal: io.StringIO) -> None:
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with shown_progress(quiet=False) as progress:
        assert isinstance(progress, BarProgress)
        progress.start("fetch [red]", 10)
        progress.advance(3)
        progress.note("[bold]slow\x1b[2J")
        progress.start("annotate", None)
        progress.advance(5)
    shown = terminal.getvalue()
    assert "[bold]slow\ufffd[2J\n" in shown.replace("\r", "")
    assert "\x1b[?25h" in shown  # the cursor is back


def test_bar_ends_when_the_work_fails(monkeypatch: pytest.MonkeyPatch, terminal: io.StringIO) -> None:
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(KeyboardInterrupt), shown_progress(quiet=False) as progress:
        progress.start("fetch", 10)
        raise KeyboardInterrupt
    assert "\x1b[?25h" in terminal.getvalue()
