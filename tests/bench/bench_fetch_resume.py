"""200 files of 1 to 50 MB through a stand-in with 30 % faulty answers, the real process killed ten times.

    python tests/bench/bench_fetch_resume.py [FILES] [LARGEST_MB]

The stand-in paces every connection to 5 MB/s, as a network does, and counts the bytes it sends. A kill falls at every
eleventh of all bytes. Files that met an answer which costs bytes by its nature (other bytes, no range support, an
answer without length or with a wrong one) are counted apart: of the others no byte may come twice but what was on its
way when the process was killed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
JOBS, KILLS, FAULTY = 8, 10, 0.30
PACE = 5_000_000  # bytes a second and connection
CHEAP = ("busy", "too_many", "broken", "redirect", "dropped", "wrong_range", "encoded")
DEAR = ("wrong_md5", "wrong_size", "no_range", "no_length", "cut_off", "html")
SO_MAX_PACING_RATE = 47


def stand_in() -> Any:
    """Load the stand-in of the tests."""
    spec = importlib.util.spec_from_file_location("standin", ROOT / "tests" / "reads" / "standin.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["standin"] = module
    spec.loader.exec_module(module)

    class Paced(module._Handler):  # type: ignore[misc, name-defined]
        def setup(self) -> None:
            self.request.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, PACE)
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
            super().setup()

    module._Handler = Paced
    return module


class Faults(list[str]):
    """Gives each request a fault with a chance of 30 %, and notes what files met what."""

    def __init__(self, seed: int, mirrored: bool) -> None:
        super().__init__(["?"])
        self.chance = random.Random(seed)
        self.met: list[str] = []
        self.kinds = (*CHEAP, *DEAR, *(["missing"] if mirrored else []))

    def pop(self, _index: Any = -1) -> Any:
        fault = self.chance.choice(self.kinds) if self.chance.random() < FAULTY else None
        self.met.append(fault or "none")
        return fault


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    largest = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    chance = random.Random(6)
    pool = memoryview(chance.randbytes(128 << 20))
    with tempfile.TemporaryDirectory() as folder, stand_in().StandInArchive() as archive:
        archive.block = 1 << 16
        for name, value in archive.environment.items():
            os.environ[name] = value
        sizes = [chance.randrange(1_000_000, largest * 1_000_000) for _ in range(count)]
        starts = [chance.randrange(0, len(pool) - size) for size in sizes]
        project = made_project(Path(folder), archive, [pool[b : b + s] for b, s in zip(starts, sizes, strict=True)])
        print(f"{count} files, {sum(sizes) / 1e9:.2f} GB, {JOBS} at once, {FAULTY:.0%} faulty answers, {KILLS} kills")
        began = time.perf_counter()
        lost = fetch_and_kill(archive, project, sum(sizes))
        print(
            f"done in {time.perf_counter() - began:.0f} s, killed {len(lost)} times; the most a kill cost one file: {lost}"
        )
        judge(archive, project, sizes, len(lost))


def made_project(folder: Path, archive: Any, bodies: list[memoryview]) -> Any:
    """Make a project whose runs lie at ENA, every fourth of them as SRA file at two places of NCBI's instead."""
    spec = importlib.util.spec_from_file_location("made", ROOT / "tests" / "reads" / "conftest.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    from alembic_db import Project

    packages = []
    for number, body in enumerate(bodies, 1):
        run, files = f"SRR{number}", []
        if number % 4:
            archive.hold(f"/{run}.fastq.gz", body)
            archive.files[f"/{run}.fastq.gz"].faults = Faults(number, mirrored=False)
            archive.report(run, f"/{run}.fastq.gz")
        else:
            places = [(org, archive.hold(f"/{org}/{run}", body), "anonymous") for org in ("NCBI", "AWS")]
            for org, _, _ in places:
                archive.files[f"/{org}/{run}"].faults = Faults(number, mirrored=True)
            files = [made.sra_file(run, hashlib.md5(body).hexdigest(), len(body), *places)]
        packages.append(made.package(number, made.run(run, *files, public="")))
    project = Project.create(folder / "project")
    (folder / "records.xml").write_text(f"<EXPERIMENT_PACKAGE_SET>{''.join(packages)}</EXPERIMENT_PACKAGE_SET>")
    project.import_paths([folder / "records.xml"], annotate=False)
    project.links()
    return project


def fetch_and_kill(archive: Any, project: Any, total: int) -> list[int]:
    """Run the command until it ends by itself, killing it at every eleventh of all bytes; return what each cost."""
    command = [sys.executable, "-m", "alembic_db", "-q", "-p", str(project.path), "fetch", "--jobs", str(JOBS)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    lost: list[int] = []
    while True:
        process = subprocess.Popen(command, env=environment)
        due = total * (len(lost) + 1) // (KILLS + 1)
        while process.poll() is None:
            if len(lost) < KILLS and sum(archive.sent.values()) >= due:
                process.send_signal(signal.SIGKILL)
                process.wait()
                time.sleep(0.5)  # for the stand-in to notice, and stop counting what nobody takes
                lost.append(most_lost(archive, project.path / "reads"))
            time.sleep(0.01)
        if process.returncode >= 0:
            print(f"exit code of the last call: {process.returncode}")
            return lost


def most_lost(archive: Any, folder: Path) -> int:
    """Return the most bytes of one file, among those that never were begun anew, that were sent and are not there."""
    most = 0
    for path, held in archive.files.items():
        run = path.rpartition("/")[2].partition(".")[0]
        if path.endswith(".gz") and not set(held.faults.met) & set(DEAR):
            there = sum(file.stat().st_size for file in folder.glob(f"{run}.fastq.gz*") if file.suffix != ".json")
            most = max(most, archive.sent[path] - there - LOST.get(path, 0))
            LOST[path] = archive.sent[path] - there
    return most


LOST: dict[str, int] = {}  # what earlier kills cost, by path


def judge(archive: Any, project: Any, sizes: list[int], kills: int) -> None:
    """Compare what is there with what was held, and what was sent with what there is."""
    rows = project.query("reads_on_disk").to_pylist()
    right = 0
    twice: list[int] = []
    dear = dear_bytes = 0
    answers: list[str] = []
    for number, size in enumerate(sizes, 1):
        run = f"SRR{number}"
        paths = [f"/{run}.fastq.gz"] if number % 4 else [f"/NCBI/{run}", f"/AWS/{run}"]
        held = archive.files[paths[0]]
        file = project.path / "reads" / (f"{run}.fastq.gz" if number % 4 else f"{run}.sra")
        right += hashlib.md5(file.read_bytes()).hexdigest() == held.md5
        met = [fault for path in paths for fault in archive.files[path].faults.met]
        answers += met
        extra = sum(archive.sent[path] for path in paths) - size
        if set(met) & set(DEAR):
            dear, dear_bytes = dear + 1, dear_bytes + extra
        else:
            twice.append(extra)
    faulty = sum(fault != "none" for fault in answers)
    print(f"files right: {right} of {len(sizes)}; rows: {len(rows)}, all verified: {all(r['verified'] for r in rows)}")
    print(f"answers: {len(answers)}, of them faulty: {faulty} ({faulty / len(answers):.0%})")
    print(
        f"{len(twice)} files met nothing that costs bytes by its nature: {sum(twice):,} bytes of theirs were sent twice "
        f"over {kills} kills, at most {max(twice):,} of one file"
    )
    print(f"{dear} files did: {dear_bytes:,} bytes more than their size")


if __name__ == "__main__":
    main()
