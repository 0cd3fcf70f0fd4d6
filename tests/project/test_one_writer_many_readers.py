"""One process writes, many read: no reader fails, and each sees a whole snapshot.

ALEMBIC_DB_TEST_FULL=1: 8 readers for 60 s.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import alembic_db
from alembic_db import Project
from alembic_db.demo import bundled_packages

FULL = bool(os.environ.get("ALEMBIC_DB_TEST_FULL"))
READERS, SECONDS = (8, 60) if FULL else (2, 4)
RECORDS = 25

# Every commit gives all experiments the same new title, and everything is read anew.
WRITER = """
import sys, time, pathlib
from alembic_db import Project
project, source, seconds = Project.open(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]), float(sys.argv[3])
packages = source.read_bytes()
end, version = time.monotonic() + seconds, 0
while time.monotonic() < end:
    version += 1
    source.with_name("next.xml").write_bytes(packages.replace(b"<TITLE>", b"<TITLE>v%d " % version))
    project.wait = 60
    project.import_paths([source.with_name("next.xml")])
print(version)
"""
# Opens the snapshot again and again, as a query of the command line does, and looks whether it is one piece.
READER = """
import json, sys, time, pathlib
from alembic_db import Project
end, seen, reads, notes = time.monotonic() + float(sys.argv[2]), set(), 0, []
while time.monotonic() < end:
    project = Project.open(pathlib.Path(sys.argv[1]))
    project.on_note = notes.append
    with project.reading() as reader:
        def one(sql):
            return reader.user_table(sql).to_pylist()[0]
        for table in reader.manifest.tables:
            assert one(f'select count(*) as n from "{table}"')["n"] == reader.manifest.rows(table), table
        titles = one("select count(distinct regexp_extract(title, '^v[0-9]+')) as n, min(title) as t, count(*) as all_ "
                     "from experiment")
        assert titles["n"] == 1 and titles["all_"] == int(sys.argv[3]), titles
        for sql in sys.argv[4:]:
            assert one(f"select count(*) as n from ({sql})")["n"] == 0, sql
        seen.add(titles["t"].split()[0])
        reads += 1
print(json.dumps({"reads": reads, "versions": sorted(seen), "notes": len(notes)}))
"""
WHOLE = (
    "select 1 from search_hit where experiment_accession not in (select accession from experiment)",
    "select 1 from field_text where text_id not in (select text_id from text)",
    "select 1 from text where text_id not in (select text_id from field_text)",
    "select 1 from entity_span s join text t using (text_id) "
    "where substring(content, start_offset + 1, end_offset - start_offset) <> mention",
    "select 1 from run where experiment_accession not in (select accession from experiment)",
    "select 1 from sample_attribute where sample_accession not in (select accession from sample)",
)


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(Path(alembic_db.__file__).parents[1])}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def test_no_reader_fails_and_each_sees_one_whole_state(project: Project, tmp_path: Path):
    source = tmp_path / "records.xml"
    packages = b"".join(bundled_packages()[:RECORDS]).replace(b"<TITLE>", b"<TITLE>v0 ")
    source.write_bytes(b"<EXPERIMENT_PACKAGE_SET>" + packages.replace(b"v0 ", b"") + b"</EXPERIMENT_PACKAGE_SET>")
    first = tmp_path / "first.xml"
    first.write_bytes(b"<EXPERIMENT_PACKAGE_SET>" + packages + b"</EXPERIMENT_PACKAGE_SET>")
    project.import_paths([first])
    began = time.monotonic()
    writer = start(WRITER, project.path, source, SECONDS)
    readers = [start(READER, project.path, SECONDS, RECORDS, *WHOLE) for _ in range(READERS)]
    told = []
    for reader in readers:
        out, err = reader.communicate()
        assert reader.returncode == 0, err
        told.append(json.loads(out))
    written, err = writer.communicate()
    assert writer.returncode == 0, err
    print(f"{time.monotonic() - began:.0f} s, {written.strip()} versions written, reads: {[t['reads'] for t in told]}")
    assert int(written) > 0
    assert all(reader["reads"] > 0 for reader in told)
    if FULL:
        assert all(len(reader["versions"]) > 1 and reader["notes"] for reader in told)
    assert all(finding.ok for finding in project.check())


@pytest.mark.skipif(not hasattr(os, "link"), reason="the file system has no hard links")
def test_a_reader_that_stays_keeps_its_state(project: Project, tmp_path: Path):
    def importing(version: int) -> None:
        body = bundled_packages()[0].replace(b"<TITLE>", b"<TITLE>v%d " % version)
        (tmp_path / "one.xml").write_bytes(b"<EXPERIMENT_PACKAGE_SET>" + body + b"</EXPERIMENT_PACKAGE_SET>")
        project.import_paths([tmp_path / "one.xml"], annotate=False)

    importing(1)
    with project.reading() as reader:
        for version in range(2, 7):
            importing(version)
            (row,) = reader.user_table("select title from experiment").to_pylist()
            assert row["title"].startswith("v1 ")
    (row,) = project.sql("select title from experiment").to_pylist()
    assert row["title"].startswith("v6 ")
