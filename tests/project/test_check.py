"""`check` holds on what we write, and every kind of damage is found and named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from alembic_db import Project
from alembic_db.cli import main

DAMAGE = [
    ("update entity_span set start_offset = start_offset + 1", "span is its text"),
    ("update entity_span set end_offset = 100000", "span is its text"),
    ("delete from annotation", "span has text"),
    ("delete from entity", "span has text"),
    ("update annotation set span_count = span_count + 1", "span count is true"),
    ("delete from entity_span", "entity is named"),
    ("delete from field_text where field = 'abstract'", "text is said"),
    ("delete from text where tag is null", "text is said"),
    ("update text set content = content || '!'", "text has its id"),
    ("update text set char_count = 0", "text has its id"),
    ("delete from experiment where accession = (select min(accession) from experiment)", "hit is stored"),
    ("update search_run set stored = stored - 1", "books balance"),
    ("delete from raw_record", "experiment has xml"),
    ("update raw_record set xml = 'x'::blob", "raw_record: the XML is what its hash says"),
    ("insert into study select * from study", "study: no key twice"),
    ("insert into sample_attribute select * from sample_attribute", "sample_attribute: no key twice"),
    ("delete from sample", "sample_attribute: its sample is stored"),
    ("delete from run", "external_id: its run is stored"),
    ("update run set commit_seq = 999", "run: written by a logged commit"),
    ("delete from link where position = 0", "snapshot: link"),
]


@pytest.fixture
def checked(project: Project, packages: list[bytes], tmp_path: Path) -> Project:
    (tmp_path / "some.xml").write_bytes(
        b"<EXPERIMENT_PACKAGE_SET>" + b"".join(packages[:25]) + b"</EXPERIMENT_PACKAGE_SET>"
    )
    project.import_paths([tmp_path / "some.xml"])
    return project


def broken(project: Project) -> dict[str, int]:
    return {finding.check: finding.broken for finding in project.check() if not finding.ok}


def test_what_we_write_passes_and_checking_changes_nothing(checked: Project, data: Callable[..., object]):
    before = data(checked, dates=True)
    assert len(checked.check()) > 100
    assert not broken(checked)
    assert data(checked, dates=True) == before


def test_a_new_project_passes(project: Project):
    assert not broken(project)


@pytest.mark.parametrize(("sql", "check"), DAMAGE, ids=[check for _, check in DAMAGE])
def test_damage_is_found_and_named(checked: Project, sql: str, check: str):
    with duckdb.connect(str(checked.store_path)) as connection:
        connection.execute(sql)
    findings = {finding.check: finding for finding in checked.check()}
    assert findings[check].broken > 0
    assert findings[check].example


def test_a_damaged_or_missing_file_of_the_snapshot_is_found(checked: Project):
    study, sample = (
        next((checked.snapshot_path / "current" / table).glob("*.parquet")) for table in ("study", "sample")
    )
    content = study.read_bytes()
    study.unlink()
    study.write_bytes(content[:-1] + b"?")
    sample.unlink()
    assert set(broken(checked)) == {"snapshot: study", "snapshot: sample"}


def test_the_command_names_what_is_broken_and_says_so_with_its_exit_code(checked: Project):
    good = CliRunner().invoke(main, ["-p", str(checked.path), "check", "--csv"])
    assert good.exit_code == 0 and "span is its text" in good.stdout
    with duckdb.connect(str(checked.store_path)) as connection:
        connection.execute("delete from link where position = 0")
    bad = CliRunner().invoke(main, ["-p", str(checked.path), "check", "--csv"])
    assert bad.exit_code == 1 and "false,snapshot: link" in bad.stdout
