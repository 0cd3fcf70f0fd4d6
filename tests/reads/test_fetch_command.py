"""The command: what it lists, says and leaves behind, also when it is killed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from alembic_db import Project
from alembic_db.cli import fetching, main
from alembic_db.cli.sizes import bytes_said, parse_size
from alembic_db.reads import plan as plan_module
from alembic_db.reads.one_file import FileFetch
from alembic_db.reports import Transfers

SOURCE = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileFetch, "_wait", lambda self, seconds: None)


def held(made: Any, archive: Any, *bodies: bytes) -> Project:
    """Make a project of one run for each body, held as FASTQ by ENA."""
    for number, body in enumerate(bodies, 1):
        archive.hold(f"/SRR{number}.fastq.gz", body)
        archive.report(f"SRR{number}", f"/SRR{number}.fastq.gz")
    packages = (made.package(n, made.run(f"SRR{n}", public="")) for n in range(1, len(bodies) + 1))
    project: Project = made.project(*packages)
    return project


def call(project: Project, *args: str, exit_code: int = 0) -> Any:
    result = CliRunner().invoke(main, ["-p", str(project.path), "fetch", *args], prog_name="alembic-db")
    assert result.exit_code == exit_code, result.output
    return result


def test_dry_run_lists_and_fetches_nothing(made: Any, archive: Any) -> None:
    project = held(made, archive, b"12345", b"678")
    result = call(project, "--dry-run", "--json")
    rows = json.loads(result.stdout)
    assert [(row["run_accession"], row["state"], row["size"]) for row in rows] == [
        ("SRR1", "fetch", 5), ("SRR2", "fetch", 3),
    ]  # fmt: skip
    assert rows[0]["path"] == str(project.path / "reads" / "SRR1.fastq.gz")
    assert "2 files to fetch, 0 on disk: 8 B; " in result.stderr
    assert " free at " in result.stderr
    assert archive.file_requests == []
    assert not (project.path / "reads").exists()


def test_the_command_fetches_and_sums_up(made: Any, archive: Any, tmp_path: Path) -> None:
    project = held(made, archive, b"12345", b"678")
    result = call(project, "SRX1", "-o", str(tmp_path / "out"), "--rate", "10M", "--json")
    assert "1 file fetched (5 B, " in result.stderr
    report = json.loads(result.stdout)
    assert (report["fetched"], report["bytes_fetched"], report["failed"]) == (1, 5, [])
    assert (tmp_path / "out" / "SRR1.fastq.gz").read_bytes() == b"12345"
    again = call(project, "--where", "run_accession = 'SRR1'", "-o", str(tmp_path / "out"))
    assert "0 files fetched (0 B, " in again.stderr
    assert ", 1 there before" in again.stderr
    sheet = CliRunner().invoke(main, ["-p", str(project.path), "links", "SRR1", "--format", "samplesheet"])
    assert f"SRX1,{tmp_path / 'out' / 'SRR1.fastq.gz'},,auto" in sheet.stdout


def test_failures_are_named_and_the_exit_code_says_so(made: Any, archive: Any) -> None:
    project = held(made, archive, b"12345", b"678")
    archive.files["/SRR2.fastq.gz"].always = "missing"
    result = call(project, exit_code=1)
    assert "1 file or run could not be had:" in result.stderr
    assert "SRR2: SRR2.fastq.gz: 127.0.0.1:" in result.stderr


def test_what_is_skipped_on_purpose_is_no_failure(made: Any, archive: Any) -> None:
    project = made.project(made.package(1, made.run("SRR1", public="false")))
    assert "SRR1: is not public: controlled access" in call(project).stderr
    assert "controlled access" in call(project, "--dry-run").stderr


def test_too_small_a_disk_is_an_error_of_both(made: Any, archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project = held(made, archive, b"12345")
    monkeypatch.setattr(plan_module, "free_bytes", lambda folder: 4)
    for extra in ([], ["--dry-run"]):
        assert "Not enough disk: 5 bytes" in call(project, *extra, exit_code=1).stderr
    assert archive.file_requests == []


@pytest.mark.parametrize("args", [["--rate", "fast"], ["--max-size", "-1"], ["--jobs", "0"], ["--rate", "0"]])
def test_numbers_that_make_no_sense_are_errors_of_usage(made: Any, archive: Any, args: list[str]) -> None:
    call(held(made, archive, b"1"), *args, exit_code=2)


def test_an_interruption_says_how_to_go_on(made: Any, archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project = held(made, archive, b"12345")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching.TransferLines, "show", interrupted)
    monkeypatch.setattr("alembic_db.reads.fetching._TICK", 0.01)
    result = call(project, exit_code=130)
    assert "Run the same command again to go on." in result.stderr
    assert ".part" in result.stderr


@pytest.mark.parametrize(
    ("text", "size"), [("10M", 10 << 20), ("500k", 500 << 10), ("1.5G", 3 << 29), ("7", 7), ("2 GiB", 2 << 30)]
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(None, None, text) == size  # type: ignore[arg-type]


def test_sizes_are_said_as_people_read_them() -> None:
    assert [bytes_said(count) for count in (0, 1023, 1536, 5 << 30)] == ["0 B", "1,023 B", "1.5 KiB", "5.0 GiB"]


def test_lines_tell_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    lines = fetching.TransferLines(lambda: now[0])
    lines.show(Transfers(0, 2, 0, 2048, ()))
    now[0] = 40.0
    lines.show(Transfers(1, 2, 1024, 2048, (("a", 1, 2),)))
    lines.show(Transfers(1, 2, 1025, 2048, ()))
    assert capsys.readouterr().err.splitlines() == ["fetch: 1 of 2 files, 1.0 KiB of 2.0 KiB, 25 B/s, 0:00:40 left"]


def test_bars_show_all_files_and_those_on_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    import rich.console

    out = io.StringIO()
    real = rich.console.Console
    monkeypatch.setattr(rich.console, "Console", lambda **_: real(file=out, force_terminal=True, width=120))
    bars = fetching.TransferBars()
    bars.start("links (ENA)", 2)
    bars.show(Transfers(0, 2, 10, 100, (("one\x1b[31m.gz", 10, 50),)))
    bars.note("said [in passing]")
    bars.show(Transfers(1, 2, 60, 100, (("two.gz", 10, None),)))
    bars.finish()
    assert "1 of 2 files" in out.getvalue()
    assert "two.gz" in out.getvalue()
    assert "said [in passing]" in out.getvalue()
    assert "\x1b[31m.gz" not in out.getvalue()


def test_killed_and_resumed_no_byte_is_fetched_twice(made: Any, archive: Any) -> None:
    """Hold every file at its half, kill the real process there, and begin again: thrice, two files at a time."""
    chance = random.Random(3)
    bodies = [chance.randbytes(chance.randrange(50_000, 400_000)) for _ in range(6)]
    project = held(made, archive, *bodies)
    for number in range(1, 7):
        archive.files[f"/SRR{number}.fastq.gz"].faults = ["busy", "slow"] if number % 3 == 0 else ["slow"]
    project.links()
    command = [sys.executable, "-m", "alembic_db", "-p", str(project.path), "fetch", "--jobs", "2"]
    environment = os.environ | archive.environment | {"PYTHONPATH": str(SOURCE)}
    for kill in range(1, 4):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _wait_for(lambda kill=kill: _all_is_held(archive, project.path / "reads", 2 * kill), process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for number, body in enumerate(bodies, 1):
        assert (project.path / "reads" / f"SRR{number}.fastq.gz").read_bytes() == body
        assert archive.sent[f"/SRR{number}.fastq.gz"] == len(body)
    rows = project.query("reads_on_disk").to_pylist()
    assert [row["md5"] for row in rows] == [hashlib.md5(body).hexdigest() for body in bodies]


def _all_is_held(archive: Any, folder: Path, count: int) -> bool:
    """Tell whether so many files have been held back, whichever came first, and all that was sent is on disk."""
    if len(archive.held_back) < count:
        return False
    sizes = {f"/{path.name.removesuffix('.part')}": path.stat().st_size for path in folder.glob("SRR*.gz*")}
    return all(sizes.get(path, 0) == sent for path, sent in archive.sent.items())


def _wait_for(condition: Any, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            if condition():
                return
        except FileNotFoundError:  # renamed between the listing and the look
            pass
        assert process.poll() is None, process.communicate()[1].decode()
        assert time.monotonic() < deadline
        time.sleep(0.01)
