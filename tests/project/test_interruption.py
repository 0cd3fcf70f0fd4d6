"""Ctrl-C at any moment: nothing that was committed is lost, the books stay true, and running it again finishes."""

from __future__ import annotations

import pytest

from alembic_db.store import Store
from alembic_db.store import snapshot as snapshot_module

MOMENTS = [1, 3, 9, 25, 47, 60, 80, 110, 150]


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interruption_at_any_statement_costs_nothing_that_was_stored(
    new_project, packages, data, tmp_path, monkeypatch, moment
):
    packages = packages[:30]
    monkeypatch.setattr("alembic_db.ingest.COMMIT_RECORDS", 10)
    monkeypatch.setattr("alembic_db.ingest.CHUNK_RECORDS", 10)
    (tmp_path / "all.xml").write_bytes(b"<EXPERIMENT_PACKAGE_SET>" + b"".join(packages) + b"</EXPERIMENT_PACKAGE_SET>")
    interrupted, undisturbed = new_project("interrupted"), new_project("undisturbed")
    calls, run = 0, Store.run

    def interrupting(self, name, *arguments, **names):  # type: ignore[no-untyped-def]
        nonlocal calls
        calls += 1
        if calls == moment:
            raise KeyboardInterrupt
        return run(self, name, *arguments, **names)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "run", interrupting)
        try:
            report = interrupted.import_paths([tmp_path / "all.xml"])
        except KeyboardInterrupt:
            report = None
    stored = {row[0] for row in data(interrupted)["experiment"]}
    if report is not None and report.interrupted:
        assert report.stored == len(stored)
    again = interrupted.import_paths([tmp_path / "all.xml"])
    assert again.selected == again.stored + again.failed == len(packages)
    undisturbed.import_paths([tmp_path / "all.xml"])
    assert data(interrupted) == data(undisturbed)
    assert all(finding.ok for finding in interrupted.check())


def test_an_interruption_while_publishing_leaves_the_old_state_readable(project, packages, tmp_path, monkeypatch):
    (tmp_path / "one.xml").write_bytes(b"<EXPERIMENT_PACKAGE_SET>" + packages[0] + b"</EXPERIMENT_PACKAGE_SET>")
    (tmp_path / "two.xml").write_bytes(b"<EXPERIMENT_PACKAGE_SET>" + packages[1] + b"</EXPERIMENT_PACKAGE_SET>")
    project.import_paths([tmp_path / "one.xml"], annotate=False)

    def interrupting(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(snapshot_module, "_switch", interrupting)
        with pytest.raises(KeyboardInterrupt):
            project.import_paths([tmp_path / "two.xml"], annotate=False)
    assert project.sql("from experiment").num_rows == 1
    project.annotate()
    assert project.sql("from experiment").num_rows == 2
