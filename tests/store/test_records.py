"""Upsert: only what is new or changed is written, and the store is what its records say, however they came."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alembic_db.errors import StoreError
from alembic_db.ner.base import EntityType, Span
from alembic_db.store.annotations import add_annotator, unread_texts, write_spans

DATES = ("created_at", "updated_at", "commit_seq", "annotated_at")


def test_the_same_records_twice_write_nothing_the_second_time(store, helpers):
    records = [helpers.package(number) for number in range(1, 21)]
    first = helpers.write(store, *records)
    before = helpers.content(store)
    second = helpers.write(store, *records)
    assert (first.inserted, first.updated, first.unchanged) == (20, 0, 0)
    assert (second.inserted, second.updated, second.unchanged) == (0, 0, 20)
    assert helpers.content(store) == before


def test_exactly_the_changed_tenth_changes(store, helpers):
    helpers.write(store, *(helpers.package(number) for number in range(1, 21)))
    before = helpers.content(store)
    changed = {3, 17}
    written = helpers.write(
        store, *(helpers.package(n, title="new" if n in changed else "a title") for n in range(1, 21))
    )
    assert (written.inserted, written.updated, written.unchanged) == (0, 2, 18)
    after = helpers.content(store)
    touched = {row[0] for row in set(after["experiment"]) - set(before["experiment"])}
    assert touched == {"SRX3", "SRX17"}
    for table in ("study", "sample", "sample_attribute", "run", "run_file"):
        assert after[table] == before[table]
    created = store.connection.execute(
        "select min(created_at = updated_at), max(created_at) from experiment"
    ).fetchall()
    assert created[0][0] is False and created[0][1] == max(row[-3] for row in before["experiment"])


def test_a_changed_record_replaces_its_children_and_lost_runs_go(store, helpers):
    helpers.write(store, helpers.package(1, runs=3))
    helpers.write(store, helpers.package(1, runs=1))
    content = helpers.content(store)
    assert [row[0] for row in content["run"]] == ["SRR10"]
    assert [row[0] for row in content["run_file"]] == ["SRR10"]


def test_a_text_is_stored_once_and_dropped_when_nothing_says_it_any_more(store, helpers):
    helpers.write(store, *(helpers.package(number, abstract="Shared.") for number in range(1, 4)))
    texts = store.connection.execute("select count(*) from text where content = 'Shared.'").fetchall()
    assert texts == [(1,)]
    with store.commit("annotate") as commit:
        annotator = _Finder()
        annotator_id = add_annotator(store, commit, annotator)
        text_ids, found = unread_texts(store, annotator_id, 100)
        write_spans(store, commit, annotator_id, text_ids, found, annotator.annotate(found))
    helpers.write(store, *(helpers.package(number, abstract="Other.") for number in range(1, 4)))
    content = helpers.content(store)
    assert "Shared." not in {row[1] for row in content["text"]}
    left = {row[0] for row in content["text"]}
    assert {row[0] for row in content["entity_span"]} <= left
    assert {row[0] for row in content["annotation"]} <= left
    assert {row[0] for row in content["entity"]} == {row[6] for row in content["entity_span"]}


class _Finder:
    """Mark the first word of every text."""

    name = "finder"
    version = "1"
    entity_types = frozenset({EntityType.GENE})

    def annotate(self, texts):  # type: ignore[no-untyped-def]
        return [[Span(0, len(text.content.split()[0]), EntityType.GENE)] for text in texts]


def test_the_tag_is_part_of_a_text(store, helpers):
    helpers.write(store, helpers.package(1, title="HeLa"))
    rows = store.connection.execute("select tag, char_count from text where content = 'HeLa' order by all").fetchall()
    assert rows == [("cell line", 4), (None, 4)]


def test_lengths_count_code_points(store, helpers):
    title = "α😀e\u0301 İ"
    helpers.write(store, helpers.package(1, title=title))
    ((count,),) = store.connection.execute("select char_count from text where content = ?", [title]).fetchall()
    assert count == len(title)


def test_a_plain_object_never_replaces_what_a_package_said(store, helpers):
    helpers.write(store, helpers.package(1, runs=1))
    before = helpers.content(store)
    plain = '<RUN accession="SRR10"><EXPERIMENT_REF accession="SRX1"/><TITLE>poorer</TITLE></RUN>'
    written = helpers.write(store, plain)
    after = helpers.content(store)
    assert after["run"] == before["run"] and after["run_file"] == before["run_file"]
    assert written.inserted == 1  # its XML is kept all the same
    assert len(after["raw_record"]) == len(before["raw_record"]) + 1


def test_two_texts_under_one_id_are_an_error_not_a_merge(store, helpers):
    helpers.write(store, helpers.package(1))
    store.connection.execute("update text set content = 'forged' where content = 'An abstract.'")
    before = helpers.content(store)
    with pytest.raises(StoreError, match="63-bit"):
        helpers.write(store, helpers.package(2, study=2))
    assert helpers.content(store) == before


def test_a_failure_inside_a_commit_leaves_nothing_of_it(store, helpers):
    helpers.write(store, helpers.package(1))
    before = helpers.content(store)
    with pytest.raises(ZeroDivisionError), store.commit("import") as commit:
        from alembic_db.store import write_batch

        write_batch(store, commit, helpers.batch_of(helpers.package(2)))
        _ = 1 / 0
    assert helpers.content(store) == before
    helpers.write(store, helpers.package(2))


def test_the_order_in_which_packages_come_decides_nothing(fresh_store, helpers):
    packages = [helpers.package(number, abstract=f"Version {number % 3}.") for number in (8, 9, 10, 11)]
    contents = []
    for order in (packages, packages[::-1], packages[2:] + packages[:2]):
        store = fresh_store()
        for one in order:
            helpers.write(store, one)
        contents.append(helpers.content(store, without=DATES))
    assert contents[0] == contents[1] == contents[2]
    assert contents[0]["study"][0][7] == "Version 2."  # of SRX11, though "SRX9" sorts after it as text


versions = st.builds(
    dict,
    number=st.integers(1, 4),
    title=st.sampled_from(["t1", "t2"]),
    study=st.integers(1, 2),
    abstract=st.sampled_from(["a1", "a2"]),
    runs=st.integers(0, 2),
)


@given(st.lists(st.lists(versions, min_size=1, max_size=4), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_ends_in_what_the_last_word_on_each_record_says(fresh_store, helpers, history):
    lived = fresh_store()
    last: dict[str, dict[str, object]] = {}
    for batch in history:
        helpers.write(lived, *(helpers.package(**version) for version in batch))
        last |= {f"SRX{version['number']}": version for version in batch}
    # The study's last word is the last package that was new or changed when it came; write everything once more
    # in the order that makes it so, into an empty store, and compare the records that only packages own.
    fresh = fresh_store()
    helpers.write(fresh, *(helpers.package(**version) for version in last.values()))
    lived_content, fresh_content = (helpers.content(s, without=DATES) for s in (lived, fresh))
    for table in ("experiment", "run", "run_file", "raw_record", "experiment_sample"):
        assert lived_content[table] == fresh_content[table], table
    said = {row[4] for row in lived_content["field_text"]}
    assert {row[0] for row in lived_content["text"]} == said
