"""Sync fetches what is new or changed and nothing else, keeps what is withdrawn, and can be asked what it did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from alembic_db import Project
from alembic_db.demo import Bounds, Faults, StandInEntrez, bundled_packages
from alembic_db.errors import UsageError
from alembic_db.reports import SyncLine

EVERYTHING = "public[Access]"
pytestmark = pytest.mark.usefixtures("no_waiting")


def fetched(server: StandInEntrez, since: int = 0) -> list[str]:
    """List the UIDs that were asked of efetch."""
    asked = [request for request in server.requests[since:] if request.call == "efetch"]
    return [uid for request in asked for uid in request.form.get("id", "").split(",") if uid]


def revised(package: bytes, word: str = "Revised") -> bytes:
    return package.replace(b"<TITLE>", f"<TITLE>{word}: ".encode(), 1)


def days_ago(count: int) -> date:
    return (datetime.now(UTC) - timedelta(days=count)).date()


def changes(project: Project, since: str | None = None) -> list[tuple[str, str]]:
    rows = project.diff(since).to_pylist()
    return sorted((row["change"], row["accession"]) for row in rows)


def only(lines: tuple[SyncLine, ...]) -> SyncLine:
    (line,) = lines
    return line


def numbers(line: SyncLine) -> tuple[int, ...]:
    return (line.new, line.changed, line.unchanged, line.withdrawn, line.failed)


def marked(project: Project) -> list[str]:
    return [str(name) for name in project.query("withdrawn").column("experiment_accession").to_pylist()]


@pytest.fixture
def packages() -> list[bytes]:
    """Half of the bundled records: of every study some."""
    return bundled_packages()[::2]


@pytest.fixture
def kept(
    project: Project, entrez: Callable[..., StandInEntrez], packages: list[bytes]
) -> tuple[Project, StandInEntrez]:
    """A project that has searched for everything, long ago as far as the records are concerned."""
    server = entrez(packages)
    project.search(EVERYTHING, limit=None, annotate=False)
    return project, server


def test_nothing_new_fetches_nothing_and_writes_no_record(kept, data):
    project, server = kept
    before, asked = data(project, dates=True), len(server.requests)
    line = only(project.sync(annotate=False).lines)
    assert numbers(line) == (0, 0, len(server.uids), 0, 0)
    assert not fetched(server, asked)
    assert data(project, dates=True) == before
    assert len(server.requests) - asked <= 2  # a list, and its dates


def test_exactly_what_is_new_changed_and_withdrawn_is_told_and_fetched(kept, packages):
    project, server = kept
    names = list(server.uids)
    old = {name: server.packages[name] for name in names}
    added = packages[0].replace(b"SRX99000001", b"SRX99999999")
    server.change(
        revise={names[3]: revised(old[names[3]]), names[5]: revised(old[names[5]])}, withdraw=[names[8]], add=[added]
    )
    asked = len(server.requests)
    report = project.sync(annotate=False)
    line = only(report.lines)
    assert numbers(line) == (1, 2, len(names) - 3, 1, 0)
    assert sorted(fetched(server, asked)) == sorted([server.uids[n] for n in (names[3], names[5], "SRX99999999")])
    assert changes(project) == [("changed", names[3]), ("changed", names[5]), ("new", "SRX99999999"),
                                ("withdrawn", names[8])]  # fmt: skip
    assert marked(project) == [names[8]]
    stored = project.sql("select accession from experiment").column("accession").to_pylist()
    assert names[8] in stored, "a withdrawn record is kept"
    (search,) = project.query("searches").to_pylist()
    assert (search["stored"], search["withdrawn"]) == (len(names), 1)
    assert all(finding.ok for finding in project.check())


def test_a_withdrawn_record_that_comes_back_loses_its_mark(kept):
    project, server = kept
    name = list(server.uids)[4]
    package = server.packages[name]
    server.change(withdraw=[name])
    assert only(project.sync(annotate=False).lines).withdrawn == 1
    again = only(project.sync(annotate=False).lines)
    assert (again.withdrawn, marked(project)) == (0, [name]), "told once, marked until it is back"
    server.change(add=[package], on=days_ago(100))
    line = only(project.sync(annotate=False).lines)
    assert (line.returned, line.new, line.changed) == (1, 0, 0)
    assert changes(project) == [("returned", name)]
    assert not marked(project)


def test_a_record_that_only_leaves_the_search_is_not_withdrawn(project, entrez, packages):
    server = entrez(packages)
    project.search('"Homo sapiens"[Organism]', limit=None, annotate=False)
    (hits,) = project.sql("select count(*) as n from search_hit").column("n").to_pylist()
    name = project.sql("select min(experiment_accession) as a from search_hit").column("a").to_pylist()[0]
    other = server.packages[name].replace(b"Homo sapiens", b"Pan paniscus").replace(b">human<", b">bonobo<")
    server.change(revise={name: other})
    line = only(project.sync(annotate=False).lines)
    assert (line.withdrawn, line.found) == (0, hits - 1)
    assert not marked(project)
    assert project.sql("select count(*) as n from search_hit").column("n").to_pylist() == [hits - 1]
    assert all(finding.ok for finding in project.check())


def test_what_was_updated_on_the_day_it_was_fetched_is_fetched_again(kept):
    project, server = kept
    name = list(server.uids)[2]
    package = server.packages[name]
    server.change(revise={name: revised(package, "First")})
    assert only(project.sync(annotate=False).lines).changed == 1
    server.change(revise={name: revised(package, "Second")})  # the same day: the date says nothing
    assert only(project.sync(annotate=False).lines).changed == 1
    asked = len(server.requests)
    assert only(project.sync(annotate=False).lines).changed == 0
    assert fetched(server, asked) == [server.uids[name]]


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_where_much_is_stored_only_what_was_touched_is_asked_for(kept, monkeypatch, lag):
    monkeypatch.setattr("alembic_db.planning.FEW_KNOWN", 5)
    project, server = kept
    name = list(server.uids)[2]
    server.change(revise={name: revised(server.packages[name])}, on=days_ago(lag))
    asked = len(server.requests)
    line = only(project.sync(annotate=False).lines)
    assert numbers(line) == (0, 1, len(server.uids) - 1, 0, 0)
    terms = [request.form["term"] for request in server.requests[asked:] if request.call == "esearch"]
    assert len(terms) == 2 and "[MDAT]" in terms[1] and "[PDAT]" in terms[1]
    summed = [request.form["id"] for request in server.requests[asked:] if request.call == "esummary"]
    assert summed == [server.uids[name]]


def test_full_fetches_everything_and_changes_nothing(kept, data):
    project, server = kept
    before, asked = data(project, dates=True), len(server.requests)
    line = only(project.sync(full=True, annotate=False).lines)
    assert numbers(line) == (0, 0, len(server.uids), 0, 0)
    assert len(fetched(server, asked)) == len(server.uids)
    assert data(project, dates=True) == before


def test_full_finds_a_change_that_no_date_tells(kept):
    project, server = kept
    name = list(server.uids)[2]
    dates = project.sql("select uid, update_date from entrez_record").to_pylist()
    day = next(row["update_date"] for row in dates if row["uid"] == server.uids[name])
    server.change(revise={name: revised(server.packages[name])}, on=date.fromisoformat(day.replace("/", "-")))
    assert only(project.sync(annotate=False).lines).changed == 0
    assert only(project.sync(full=True, annotate=False).lines).changed == 1


def test_a_dry_run_says_it_all_and_does_nothing(kept, data):
    project, server = kept
    names = list(server.uids)
    added = server.packages[names[0]].replace(names[0].encode(), b"SRX99999999")
    server.change(revise={names[3]: revised(server.packages[names[3]])}, withdraw=[names[8]], add=[added])
    before, asked = data(project, dates=True), len(server.requests)
    commit = project.status().commit_seq
    report = project.sync(dry_run=True)
    line = only(report.lines)
    assert (line.new, line.changed, line.unchanged, line.withdrawn, line.to_fetch) == (1, 1, len(names) - 2, 1, 2)
    assert not fetched(server, asked)
    assert data(project, dates=True) == before and project.status().commit_seq == commit
    assert numbers(only(project.sync(annotate=False).lines)) == (1, 1, len(names) - 2, 1, 0)


def test_a_search_with_a_limit_keeps_to_the_newest(project, entrez, packages):
    server = entrez(packages)
    project.search(EVERYTHING, limit=10, annotate=False)
    before = set(project.sql("select experiment_accession as a from search_hit").column("a").to_pylist())
    server.change(add=[packages[0].replace(b"SRX99000001", b"SRX99999999")])
    line = only(project.sync(annotate=False).lines)
    assert (line.new, line.withdrawn, line.found) == (1, 0, len(packages) + 1)
    after = set(project.sql("select experiment_accession as a from search_hit").column("a").to_pylist())
    assert len(after) == 10 and len(before - after) == 1 and after - before == {"SRX99999999"}
    assert not marked(project)
    stored = set(project.sql("select accession as a from experiment").column("a").to_pylist())
    assert before <= stored, "what falls out of the limit stays stored"


def test_a_search_limited_by_date_sees_revisions_inside_it_only(project, entrez, packages):
    from alembic_db.entrez import Filters

    server = entrez(packages)
    project.search("", filters=Filters(since="2016", until="2018"), limit=None, annotate=False)
    hits = project.sql("select experiment_accession as a from search_hit").column("a").to_pylist()
    assert 0 < len(hits) < len(packages)
    inside = hits[0]
    outside = next(name for name in server.uids if name not in hits)
    server.change(revise={name: revised(server.packages[name]) for name in (inside, outside)})
    line = only(project.sync(annotate=False).lines)
    assert numbers(line) == (0, 1, len(hits) - 1, 0, 0)
    assert changes(project) == [("changed", inside)]


@pytest.mark.parametrize("bounds", [Bounds(page=40), Bounds(page=40, listed=40)], ids=["pages", "cap"])
def test_a_search_longer_than_one_list_is_whole(project, entrez, packages, monkeypatch, bounds):
    for module in ("search", "split"):
        monkeypatch.setattr(f"alembic_db.entrez.{module}.LARGEST_PAGE", 40)
    server = StandInEntrez(packages, bounds=bounds)
    with server:
        monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", server.url)
        report = project.search(EVERYTHING, limit=None, annotate=False)
        assert (report.found, report.stored, report.failed) == (len(packages),) * 2 + (0,)
        name = list(server.uids)[44]
        server.change(revise={name: revised(server.packages[name])}, withdraw=[list(server.uids)[46]])
        line = only(project.sync(annotate=False).lines)
        assert numbers(line) == (0, 1, len(packages) - 2, 1, 0)


def test_an_add_is_repeated_too(project, entrez, packages):
    server = entrez(packages)
    study = project.add(["SRP99000001"], annotate=False) if b"SRP99000001" in packages[0] else None
    names = list(server.uids)
    study = study or project.add(names[:4], annotate=False)
    first = project.sql("select min(experiment_accession) as a from search_hit").column("a").to_pylist()[0]
    server.change(revise={first: revised(server.packages[first])})
    line = only(project.sync(annotate=False).lines)
    assert (line.kind, line.changed, line.unchanged) == ("add", 1, study.stored - 1)


def test_searches_are_chosen_by_number_name_or_part(project, entrez, packages):
    entrez(packages)
    project.search("Alzheimer", limit=None, annotate=False)
    project.search("lung cancer", limit=None, annotate=False)
    assert [line.name for line in project.sync(["alzh"], annotate=False).lines] == ["Alzheimer"]
    assert [line.name for line in project.sync(["2"], annotate=False).lines] == ["lung cancer"]
    assert len(project.sync(annotate=False).lines) == 2
    with pytest.raises(UsageError, match="liver"):
        project.sync(["liver"])
    with pytest.raises(UsageError, match="More than one"):
        project.sync(["e"])


def test_one_sync_of_many_searches_is_one_run(project, entrez, packages):
    server = entrez(packages)
    project.search("Alzheimer", limit=None, annotate=False)
    project.search("lung cancer", limit=None, annotate=False)
    hits = project.sql("select search_id, min(experiment_accession) as a from search_hit group by 1").to_pylist()
    names = {row["a"] for row in hits}
    server.change(revise={name: revised(server.packages[name]) for name in names})
    report = project.sync(annotate=False)
    assert {name for _, name in changes(project)} == names
    assert set(project.diff(str(report.run_id)).column("run_id").to_pylist()) == {report.run_id}


def test_diff_goes_by_day_or_run(kept):
    project, server = kept
    name = next(iter(server.uids))
    server.change(withdraw=[name])
    run = project.sync(annotate=False).run_id
    assert changes(project, str(run)) == [("withdrawn", name)]
    assert len(changes(project, "1")) == len(server.uids) + 2
    assert len(changes(project, f"{days_ago(1)}")) == len(server.uids) + 2
    assert not changes(project, f"{days_ago(-2)}")
    assert len(changes(project, f"{days_ago(0):%Y-%m}")) == len(server.uids) + 2
    for wrong in ("yesterday", "2026-1", "x; drop table study"):
        with pytest.raises(UsageError, match="neither a day nor a run"):
            project.diff(wrong)


def test_failed_records_are_tried_again_alone(project, entrez, packages):
    server = entrez(packages)
    uids = frozenset(list(server.uids.values())[5:8])
    server._service._poison_uids = uids
    first = project.search(EVERYTHING, limit=None, annotate=False)
    assert first.failed == 3
    asked = len(server.requests)
    still = only(project.sync(failed=True, annotate=False).lines)
    assert (still.failed, still.new) == (3, 0)
    assert set(fetched(server, asked)) == uids
    server._service._poison_uids = frozenset()
    asked = len(server.requests)
    # What has changed meanwhile is not looked at, and must be found by the next whole run.
    began = "select count(distinct started_at) as n from search_run where not interrupted"
    assert project.sql(began).to_pylist() == [{"n": 1}]
    mended = only(project.sync(failed=True, annotate=False).lines)
    assert (mended.failed, mended.new) == (0, 3)
    assert sorted(fetched(server, asked)) == sorted(uids)
    assert project.problems().num_rows == 0
    (search,) = project.query("searches").to_pylist()
    assert search["selected"] == search["stored"] == len(packages)
    assert all(finding.ok for finding in project.check())
    assert only(project.sync(failed=True).lines).new == 0


@pytest.mark.parametrize("few", [500, 5], ids=["few", "many"])
def test_a_changed_record_that_cannot_be_had_is_named_and_its_old_version_kept(kept, monkeypatch, few):
    monkeypatch.setattr("alembic_db.planning.FEW_KNOWN", few)
    project, server = kept
    name = list(server.uids)[3]
    old = project.sql(f"select title from experiment where accession = '{name}'").to_pylist()
    server.change(revise={name: revised(server.packages[name])})
    server._service._poison_uids = frozenset({server.uids[name]})
    line = only(project.sync(annotate=False).lines)
    assert (line.failed, line.unchanged, line.withdrawn) == (1, len(server.uids) - 1, 0)
    assert project.sql(f"select title from experiment where accession = '{name}'").to_pylist() == old
    if few == 5:  # long ago, as far as NCBI's index of changes goes
        server._service.catalogue.sra.documents[server.uids[name]].dates["Modification Date"] = "2020/01/01"
    server._service._poison_uids = frozenset()
    assert only(project.sync(annotate=False).lines).changed == 1
    assert project.problems().num_rows == 0


def test_uids_and_dates_are_kept(kept):
    project, server = kept
    rows = project.sql("select experiment_accession as a, uid from search_hit").to_pylist()
    assert {row["a"]: row["uid"] for row in rows} == server.uids
    dates = project.sql("select * from entrez_record").to_pylist()
    assert {row["experiment_accession"]: row["uid"] for row in dates} == server.uids
    assert all(row["update_date"] and row["fetched_at"] for row in dates)


def test_a_search_that_suddenly_finds_nothing_withdraws_nothing(kept, monkeypatch):
    """An empty list is no proof: only what is asked for by accession and not found, beside one that is, is gone."""
    project, server = kept
    real = server._service.answer

    def broken(call: str, form: dict[str, str], strike: Any) -> Any:
        form = {**form, "term": "zzzunheardof"} if call == "esearch" and "[ACCN]" not in form["term"] else form
        return real(call, form, strike)

    monkeypatch.setattr(server._service, "answer", broken)
    line = only(project.sync(annotate=False).lines)
    assert (line.withdrawn, line.error) == (0, None)
    assert not marked(project)
    hits = project.sql("select count(*) as n from search_hit").column("n").to_pylist()
    assert hits == [len(server.uids)] and "NCBI finds nothing" in str(project.problems().to_pylist())


def test_an_index_that_finds_nothing_at_all_withdraws_nothing(kept, monkeypatch):
    project, server = kept
    real = server._service.answer

    def broken(call: str, form: dict[str, str], strike: Any) -> Any:
        return real(call, {**form, "term": "zzzunheardof"} if call == "esearch" else form, strike)

    monkeypatch.setattr(server._service, "answer", broken)
    for line in (only(project.sync(dry_run=True).lines), only(project.sync(annotate=False).lines)):
        assert (line.found, line.withdrawn, line.error) == (0, 0, None)
    assert not marked(project)


def test_without_summaries_records_still_come(project, entrez, packages, monkeypatch, data, new_project):
    from alembic_db.demo.answer import text_answer

    server = entrez(packages)
    real = server._service.answer

    def broken(call: str, form: dict[str, str], strike: Any) -> Any:
        return text_answer(500, "DocSum Backend failed") if call == "esummary" else real(call, form, strike)

    with monkeypatch.context() as patch:
        patch.setattr(server._service, "answer", broken)
        report = project.search(EVERYTHING, limit=None, annotate=False)
    assert (report.stored, report.failed) == (len(packages), 0)
    assert any("no summaries" in problem.message for problem in report.problems)
    other = new_project("other")
    other.search(EVERYTHING, limit=None, annotate=False)
    assert data(project) == data(other)
    again = project.search(EVERYTHING, limit=None, annotate=False)
    assert (again.new, again.changed, again.unchanged) == (0, 0, len(packages))


def test_one_bad_search_costs_no_other(project, entrez, packages, monkeypatch):
    from alembic_db.demo.answer import text_answer

    server = entrez(packages)
    project.search("Alzheimer", limit=None, annotate=False)
    project.search("lung cancer", limit=None, annotate=False)
    real = server._service.answer

    def broken(call: str, form: dict[str, str], strike: Any) -> Any:
        refuse = form.get("term") == "Alzheimer"
        return text_answer(400, "no") if refuse else real(call, form, strike)

    monkeypatch.setattr(server._service, "answer", broken)
    first, second = project.sync(annotate=False).lines
    assert first.error is not None and second.error is None and second.unchanged > 0


@pytest.mark.parametrize("seed", range(2))
def test_a_faulty_server_changes_nothing_in_a_sync(new_project, entrez, packages, data, seed):
    calm, stormy = new_project("calm"), new_project("stormy")
    server = entrez(packages)
    for project in (calm, stormy):
        project.search(EVERYTHING, limit=None, annotate=False)
    names = list(server.uids)
    server.change(revise={name: revised(server.packages[name]) for name in names[:20]}, withdraw=names[30:33])
    calm.sync(annotate=False)
    server.faults = Faults(rate=0.3, seed=seed)
    for _ in range(6):
        lines = stormy.sync(annotate=False).lines
        if not any(line.error or line.failed for line in lines):
            break
    server.faults = Faults()
    stormy.sync(annotate=False)
    assert data(stormy) == data(calm)
    assert sorted(marked(stormy)) == sorted(marked(calm)) == sorted(names[30:33])


@pytest.mark.parametrize("command", ["search", "sync"])
def test_what_was_committed_before_an_interruption_is_not_fetched_again(
    project, entrez, packages, monkeypatch, data, new_project, command
):
    from alembic_db.ingest import Ingest

    monkeypatch.setattr("alembic_db.ingest.COMMIT_RECORDS", 20)
    monkeypatch.setattr("alembic_db.ingest.CHUNK_RECORDS", 10)
    server = entrez(packages)
    (project.path / "alembic.toml").write_text("page_size = 10\nconnections = 2\n")
    project = Project.open(project.path)
    if command == "sync":
        project.search(EVERYTHING, limit=None, annotate=False)
        server.replace([revised(package) for package in packages])
        monkeypatch.setattr("alembic_db.planning.FEW_KNOWN", 5)
    commits = 0

    def interrupting(_: Ingest) -> None:
        nonlocal commits
        commits += 1
        if commits == 2:
            raise KeyboardInterrupt

    def run() -> Any:
        if command == "search":
            return project.search(EVERYTHING, limit=None, annotate=False)
        return project.sync(annotate=False)

    with monkeypatch.context() as patch:
        patch.setattr(Ingest, "_publish_sometimes", interrupting)
        assert (run().interrupted) is True
    kept = project.sql("select count(*) as n from record_change where run_id = (select max(run_id) from record_change)")
    done = kept.column("n").to_pylist()[0]
    assert 40 <= done < len(packages)
    server._service._history._sessions.clear()  # the history has expired meanwhile
    asked = len(server.requests)
    assert not run().interrupted
    fresh = fetched(server, asked)
    # What was updated today is not trusted to be the last version of today: a sync looks at it once more.
    assert len(fresh) == (len(packages) - done if command == "search" else len(packages))
    undisturbed = new_project("undisturbed")
    undisturbed.search(EVERYTHING, limit=None, annotate=False)
    assert data(project) == data(undisturbed)


def test_three_connections_together_keep_the_pace(project, packages, monkeypatch):
    """With the real limiter: of the moments at which its threads may send, no more than ten lie in one second."""
    from alembic_db.entrez import EntrezClient, EntrezSettings, SharedLimiter

    granted: list[float] = []
    wait = SharedLimiter.wait

    def noted(self: SharedLimiter) -> float:
        moment = wait(self)
        granted.append(moment)
        return moment

    monkeypatch.setattr(SharedLimiter, "wait", noted)
    monkeypatch.setattr(
        Project, "_entrez", lambda self: EntrezClient(EntrezSettings(base_url=server.url, api_key="a1b2"))
    )
    (project.path / "alembic.toml").write_text("page_size = 3\nconnections = 3\n")
    with StandInEntrez(packages) as server:
        report = Project.open(project.path).search(EVERYTHING, limit=None, annotate=False)
    assert report.stored == len(packages) and len(granted) == len(server.requests) > 15
    granted.sort()
    assert all(later - earlier >= 1 for earlier, later in zip(granted, granted[10:], strict=False))
