"""Term statistics of a project, by Project and on the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from alembic_db.cli.main import main
from alembic_db.demo.tour import tour
from alembic_db.errors import UsageError
from alembic_db.project import Project
from alembic_db.reports import NoProgress

pytest.importorskip("spacy")
pytest.importorskip("simplemma")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("terms") / "demo"
    for _ in tour(folder, NoProgress()):
        pass
    return Project.open(folder)


def test_terms_are_counted_by_text_and_field(project: Project) -> None:
    terms = {term.term: term for term in project.terms(["attribute:tissue", "sample.scientific_name"])}
    table = project.sql(
        "select count(*) n, count(distinct t.text_id) d from field_text f join text t using (text_id) "
        "where t.tag is null and f.field = 'scientific_name' and t.content ilike '%homo%'"
    ).to_pylist()[0]
    assert (terms["homo"].field_count, terms["homo"].text_count) == (table["n"], table["d"])
    assert terms["homo"].written == "Homo"
    assert "of" not in terms


def test_terms_of_a_search_and_of_several_words(project: Project) -> None:
    every = {term.term for term in project.terms(words=2)}
    some = {term.term for term in project.terms(search="cancer", words=2)}
    assert some < every
    assert "alzheimer disease" in every - some
    assert project.terms(search="no such search") == []
    assert [term.term for term in project.terms(minimum=10_000)] == []
    with pytest.raises(UsageError, match="cannot be 4 words"):
        project.terms(words=4)


def test_command_writes_rows(project: Project) -> None:
    done = CliRunner().invoke(main, ["-p", str(project.path), "-q", "terms", "--limit", "3", "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert len(rows) == 3
    assert set(rows[0]) == {"term", "count", "text_count", "field_count", "written"}
    counts = [row["field_count"] for row in rows]
    assert counts == sorted(counts, reverse=True)


def test_field_without_text_is_told(project: Project) -> None:
    done = CliRunner().invoke(main, ["-p", str(project.path), "terms", "--field", "study.nothing", "--csv"])
    assert (done.exit_code, "No text stands in study.nothing" in done.stderr) == (0, True)
