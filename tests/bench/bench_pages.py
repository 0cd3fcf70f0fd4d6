"""Time every page over a project of 100,000 experiments and 1,000,000 spans while another process imports into it.

    python tests/bench/bench_pages.py [--experiments 100000] [--spans 1000000] [--rounds 5] [--folder DIR]

Records are made (make_dump.py), spans stand on words of their texts (page_spans.sql). The pages are asked one after the
other, in another random order each round, with other filters each time, so that hardly any answer was computed before.
Prints milliseconds per page: median, 95th percentile, largest.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import requests

sys.path.insert(0, str(Path(__file__).parent))
from made_archive import submissions
from make_dump import write_dump

from alembic_db import Project

SPANS = Path(__file__).with_name("page_spans.sql")


def make_project(folder: Path, experiments: int, spans: int) -> Project:
    """Import a made dump, and put spans on its texts."""
    dump = folder / "NCBI_SRA_Metadata_made.tar.gz"
    write_dump(dump, submissions(experiments, seed=1))
    project = Project.create(folder / "project")
    project.import_paths([dump], annotate=False)
    with duckdb.connect(str(project.store_path)) as connection:
        for statement in connection.extract_statements(SPANS.read_text(encoding="utf-8")):
            connection.execute(statement, {"spans": spans} if "$spans" in statement.query else None)
    with project._writing() as store:
        project._publish(store)
    return project


def addresses(base: str, seed: random.Random) -> dict[str, str]:
    """Give one address a page, with filters that few others have had."""
    facets = requests.get(f"{base}/entities.json", timeout=60).json()
    organism = seed.choice(facets["facets"]["organism"])["value"]
    study = seed.choice(facets["facets"]["study"])["value"]
    entity = seed.choice(facets["entities"])["entity_id"]
    word = seed.choice(facets["entities"])["name"][:4]
    records = requests.get(f"{base}/records.json", params={"study": study}, timeout=60).json()["records"]
    record = seed.choice(records)
    score = round(seed.random(), 3)
    return {
        "search": "/search",
        "columns": "/columns",
        "entities": "/entities",
        "entities, by type and score": f"/entities?type=Gene&score={score}",
        "entities, by organism": f"/entities?organism={organism}&score={score / 10}",
        "entities, by study": f"/entities?study={study}&look=table",
        "entities, by name": f"/entities?q={word}&look=chart",
        "together": f"/together?type_a=Gene&type_b=Disease&top={seed.randint(5, 25)}",
        "together, network": f"/together?type_a=Chemical&type_b=Variant&look=network&organism={organism}",
        "records": f"/records?page={seed.randint(1, 500)}",
        "records, naming an entity": f"/records?entity={entity}&page={seed.randint(1, 3)}",
        "records, by words": f"/records?words={word}",
        "records, with texts": f"/records?study={study}&field=study.abstract",
        "experiment": f"/record?kind=experiment&accession={record['accession']}",
        "study": f"/record?kind=study&accession={record['study_accession']}",
        "views": "/queries",
        "SQL": "/sql?q=select+library_strategy,+count(*)+from+experiment+group+by+all",
        "files": "/files",
    }


def main() -> None:
    """Make the project, serve it, import into it meanwhile, and time the pages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--experiments", type=int, default=100_000)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--idle", action="store_true", help="import nothing meanwhile")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        if (folder / "project").exists():
            project = Project.open(folder / "project")
        else:
            project = make_project(folder, options.experiments, options.spans)
        tables = project.status().tables
        print(f"{tables['experiment']:,} experiments, {tables['entity_span']:,} spans")
        time_pages(project, folder, options.rounds, idle=options.idle)


def time_pages(project: Project, folder: Path, rounds: int, *, idle: bool) -> None:
    """Time the pages of a server in a process of its own."""
    command = [sys.executable, "-m", "alembic_db", "-p", str(project.path)]
    began = time.perf_counter()
    server = subprocess.Popen([*command, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    base = server.stdout.readline().strip().rstrip("/")
    print(f"ready after {time.perf_counter() - began:.1f} s")
    writer = None
    if not idle:
        later = folder / f"NCBI_SRA_Metadata_later_{os.getpid()}.tar.gz"
        write_dump(later, submissions(50_000, seed=os.getpid()))
        writer = subprocess.Popen(
            [*command, "import", "--no-annotate", "--jobs", "1", str(later)], stderr=subprocess.DEVNULL
        )
    took: dict[str, list[float]] = {}
    try:
        for number in range(rounds):
            seed = random.Random(number)
            pages = list(addresses(base, seed).items())
            seed.shuffle(pages)
            for name, path in pages:
                began = time.perf_counter()
                answer = requests.get(base + path, timeout=120)
                took.setdefault(name, []).append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 200, (path, answer.text[-300:])
    finally:
        if writer is not None:
            print("the import was", "running" if writer.poll() is None else "done", "at the end")
            writer.kill()
        server.terminate()
    print(f"{'page':30} {'median':>8} {'95 %':>8} {'largest':>8}  ms")
    everything = [value for values in took.values() for value in values]
    for name, values in [*sorted(took.items()), ("all pages", everything)]:
        ranked = sorted(values)
        print(f"{name:30} {statistics.median(ranked):8.0f} {ranked[int(len(ranked) * 0.95)]:8.0f} {ranked[-1]:8.0f}")


if __name__ == "__main__":
    main()
