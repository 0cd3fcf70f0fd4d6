"""The same files from one nginx on loopback: alembic-db fetch, aria2c and curl with as many connections.

    python tests/bench/bench_fetch_speed.py [FILES] [MB] [CONNECTIONS] [ROUNDS]

Needs nginx, aria2c and curl. All write to the same disk; alembic-db and `aria2c, md5` verify every file, `aria2c` and
curl do not. `fetch` is the whole command, start of Python, plan, rows, manifest and snapshot included; `transfer` is
the fetching of the plan alone.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
PORT = 18_799
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; tcp_nopush on; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


def main() -> None:
    files, megabytes, jobs, rounds = (int(a) for a in (*sys.argv[1:], *("40", "25", "4", "5")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sums = make_files(folder / "files", files, megabytes << 20)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=PORT))
        nginx = subprocess.Popen(["nginx", "-p", name, "-c", str(folder / "nginx.conf")])
        try:
            time.sleep(1)
            compare(folder, sums, files * (megabytes << 20), jobs, rounds)
        finally:
            nginx.terminate()
            nginx.wait()


def processor_seconds() -> float:
    """Return the processor time of this process and of those that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def make_files(folder: Path, count: int, size: int) -> dict[str, str]:
    folder.mkdir()
    folder.chmod(0o755)
    folder.parent.chmod(0o755)
    body = random.Random(1).randbytes(size)
    sums = {}
    for number in range(1, count + 1):
        (folder / f"SRR{number}").write_bytes(number.to_bytes(8, "big") + body[8:])
        sums[f"SRR{number}"] = hashlib.md5((folder / f"SRR{number}").read_bytes()).hexdigest()
    return sums


def compare(folder: Path, sums: dict[str, str], total: int, jobs: int, rounds: int) -> None:
    project = made_project(folder, sums, total // len(sums))
    urls = [f"http://127.0.0.1:{PORT}/{name}" for name in sums]
    (folder / "plain.txt").write_text("\n".join(urls))
    (folder / "sums.txt").write_text(
        "".join(f"{u}\n  checksum=md5={s}\n" for u, s in zip(urls, sums.values(), strict=True))
    )
    (folder / "curl.txt").write_text("".join(f'url = "{url}"\noutput = "{url.rpartition("/")[2]}"\n' for url in urls))
    out = folder / "out"
    aria = ["aria2c", "-q", "-j", str(jobs), "-x", "1", "-d", str(out), "--file-allocation=none"]
    ways: dict[str, Callable[[], object]] = {
        "fetch": lambda: run([sys.executable, "-m", "alembic_db", "-q", "-p", str(project.path), "fetch",
                              "-j", str(jobs), "-o", str(out)]),
        "transfer": lambda: transfer(project, out, jobs),
        "aria2c": lambda: run([*aria, "-i", str(folder / "plain.txt")]),
        "aria2c, md5": lambda: run([*aria, "-i", str(folder / "sums.txt")]),
        "curl": lambda: run(["curl", "-sZ", "--no-progress-meter", "--parallel-max", str(jobs), "-K", str(folder / "curl.txt")], out),
    }  # fmt: skip
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds):
        for name in list(ways)[turn % len(ways) :] + list(ways)[: turn % len(ways)]:
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            forget(project)
            os.sync()
            began, began_processor = time.perf_counter(), processor_seconds()
            ways[name]()
            seconds[name].append(time.perf_counter() - began)
            processor[name].append(processor_seconds() - began_processor)
            assert sum(path.stat().st_size for path in out.glob("SRR*")) == total, name
    base = statistics.median(seconds["aria2c, md5"])
    print(f"{len(sums)} files, {total / 1e9:.2f} GB, {jobs} connections, medians of {rounds}")
    for name, took in seconds.items():
        median = statistics.median(took)
        ratios = [b / a for a, b in zip(took, seconds["aria2c, md5"], strict=True)]
        print(
            f"{name:12} {median:6.2f} s  {total / median / 1e6:6.0f} MB/s  processor {statistics.median(processor[name]):5.2f} s"
            f"  speed of `aria2c, md5`: {base / median:.2f} "
            f"(round by round {' '.join(f'{ratio:.2f}' for ratio in ratios)})"
        )


def made_project(folder: Path, sums: dict[str, str], size: int) -> Any:
    from alembic_db import Project

    packages = "".join(
        f'<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX{run[3:]}"/><RUN_SET><RUN accession="{run}"><SRAFiles>'
        f'<SRAFile filename="{run}" md5="{md5}" size="{size}" semantic_name="SRA Normalized" supertype="Primary ETL">'
        f'<Alternatives org="NCBI" url="http://127.0.0.1:{PORT}/{run}" access_type="anonymous"/></SRAFile></SRAFiles>'
        "</RUN></RUN_SET></EXPERIMENT_PACKAGE>"
        for run, md5 in sums.items()
    )
    (folder / "records.xml").write_text(f"<EXPERIMENT_PACKAGE_SET>{packages}</EXPERIMENT_PACKAGE_SET>")
    project = Project.create(folder / "project")
    project.import_paths([folder / "records.xml"], annotate=False)
    os.environ["ALEMBIC_DB_ENA_URL"] = f"http://127.0.0.1:{PORT}/none/"
    from alembic_db.reads import Source

    project.links(source=Source.SRA)
    return project


def transfer(project: Any, out: Path, jobs: int) -> None:
    from alembic_db.reads import FetchOptions

    assert project.fetch(project.plan_fetch(None, FetchOptions(out, jobs=jobs), source="sra")).failed == ()


def forget(project: Any) -> None:
    """Let the store not know of any file."""
    with project._writing() as store, store.commit("bench"):
        store.connection.execute("delete from download")
    with project._writing() as store:
        project._publish(store)


def run(command: list[str], folder: Path | None = None) -> None:
    if "alembic_db" in command:
        command = [*command, "--from", "sra"]
    subprocess.run(command, check=True, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)})


if __name__ == "__main__":
    main()
