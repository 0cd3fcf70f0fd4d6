"""MariaDB, by the suite and by what only it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from database_places import MARIADB, MySqlPlace, Place, reachable
from database_states import States
from database_suite import *  # noqa: F403
from database_suite import export, holds

from alembic_db import Project
from alembic_db.errors import ExportError, ExportTransientError
from alembic_db.export import mysql
from alembic_db.export.mysql_link import MySqlLink
from alembic_db.export.statements import sql


@pytest.fixture
def place() -> Iterator[Place]:
    place = MySqlPlace(MARIADB)
    reachable(place)
    yield place
    place.drop()


def test_a_server_that_takes_no_files_gets_statements(
    project: Project, place: MySqlPlace, states: States, become: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(MySqlLink, "takes_files", property(lambda self: False, lambda self, value: None), raising=False)
    become("H")
    export(project, place)
    assert holds(place, states.rows("H"))


def test_keys_references_comments_and_collations_are_there(project: Project, place: MySqlPlace):
    export(project, place)
    ((_, made),) = place.run("show create table entity_span")
    for part in ("PRIMARY KEY (`text_id`,`annotator_id`,`start_offset`,`end_offset`,`entity_type`)",
                 "REFERENCES `annotation` (`text_id`, `annotator_id`)", "REFERENCES `entity` (`entity_id`)",
                 "COMMENT='Spans with offsets in Unicode code points", "COMMENT '0 to 1'", "utf8mb4"):  # fmt: skip
        assert part in made
    assert place.run("select table_name from information_schema.tables where table_schema = database()"
                     " and table_name like 'alembic_db\\_%' and table_name <> 'alembic_db_export'") == []  # fmt: skip


def test_two_exports_at_once(project: Project, place: MySqlPlace):
    first, second = place.engine(), place.engine()
    at_work = pytest.raises(ExportTransientError, match="Another export to .* is at work")
    with first.session(), at_work, second.session():
        pass


def test_a_server_gets_no_other_file_than_the_rows(
    project: Project, place: MySqlPlace, monkeypatch: pytest.MonkeyPatch
):
    """A server may answer LOAD DATA by asking for any file of the client; here the statement names another one."""
    monkeypatch.setattr(
        mysql,
        "sql",
        lambda name, /, **names: sql(name, **names | ({"path": "'/etc/passwd'"} if "path" in names else {})),
    )
    with pytest.raises(ExportError, match="asked for the file '/etc/passwd'; it was not sent"):
        export(project, place)
