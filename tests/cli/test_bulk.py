"""Whole archives and upgrades from the command line."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import Result

from alembic_db.store import migrations as migrations_module
from alembic_db.store.migrations import Migration, migrations

type Run = Callable[..., Result]


def test_a_dump_is_imported_and_reported_like_any_file(run: Run, project: Path, tmp_path: Path) -> None:
    dump = tmp_path / "NCBI_SRA_Metadata_20261101.tar.gz"
    body = b'<EXPERIMENT_SET><EXPERIMENT accession="SRX77"><TITLE>t</TITLE></EXPERIMENT></EXPERIMENT_SET>'
    with tarfile.open(dump, "w:gz") as archive:
        for name, data in (("SRA77/SRA77.experiment.xml", body), ("SRA78/SRA78.run.xml", body[:-30])):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    result = run("-p", project, "import", "--jobs", "2", "--no-annotate", "--json", dump, exit_code=1)
    report = json.loads(result.stdout)
    assert report["stored"] == 1 and report["selected"] == report["stored"] + report["failed"]
    assert "SRA78.run.xml" in result.stderr
    asked = "select submission_accession from experiment where accession = 'SRX77'"
    found = run("-p", project, "sql", asked, "--json")
    assert json.loads(found.stdout) == [{"submission_accession": "SRA77"}]
    run("-p", project, "import", "--jobs", "0", dump, exit_code=2)


def test_upgrade_says_what_there_is_to_do_and_does_it(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "the newest" in run("-p", project, "upgrade").stderr
    more = Migration(9999, "9999_more", "alter table study add column more varchar;")
    known = [*migrations(), more]
    monkeypatch.setattr(migrations_module, "migrations", lambda: known)
    told = run("-p", project, "upgrade", "--dry-run", "--json")
    assert json.loads(told.stdout) == [{"migration": "9999_more", "applied": False}]
    assert "would go" in told.stderr
    done = run("-p", project, "upgrade", "--json")
    assert json.loads(done.stdout) == [{"migration": "9999_more", "applied": True}]
    assert "to 9999" in done.stderr
    assert run("-p", project, "upgrade", "--json").stdout.strip() == "[]"


def test_upgrade_of_a_broken_store_fails_and_names_the_copy(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(str(project / "store.duckdb")) as connection:
        connection.execute("delete from text where text_id = (select min(text_id) from text)")
    more = Migration(9999, "9999_more", "alter table study add column more varchar;")
    known = [*migrations(), more]
    monkeypatch.setattr(migrations_module, "migrations", lambda: known)
    result = run("-p", project, "upgrade", exit_code=1)
    assert "checks failed" in result.stderr and "store.duckdb.before-upgrade-" in result.stderr
