"""Keeping a project in step with NCBI: sync, and what changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from alembic_db.errors import AlembicDbError, EntrezTransientError, UsageError
from alembic_db.project.asking import Asking
from alembic_db.project.gathering import Gathering
from alembic_db.reports import NoProgress, Progress, Report, SyncLine, SyncReport

if TYPE_CHECKING:
    import pyarrow as pa

    from alembic_db.entrez import EntrezClient, Found
    from alembic_db.project.understanding import Between
    from alembic_db.store import Store
    from alembic_db.store.ledger import SavedSearch

_RUN = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?)?")
_SINCE_EVER = "1000-01-01"

type OnSearch = Callable[[SyncLine], None]


class Keeping(Gathering, Asking):
    """Repeats saved searches, and tells what they brought."""

    def sync(
        self,
        searches: Sequence[str] = (),
        *,
        dry_run: bool = False,
        full: bool = False,
        failed: bool = False,
        annotate: bool = True,
        on_search: OnSearch | None = None,
        progress: Progress | None = None,
    ) -> SyncReport:
        """Bring saved searches (by name, a part of it, or number; by default all) up to date with NCBI.

        Only what is new or changed is fetched; `full` fetches everything again. What NCBI has no longer is marked
        `withdrawn_at` in entrez_record and kept. `failed` only tries again what is listed as a problem. `dry_run`
        says what would be done, as of the published snapshot, and changes nothing. `on_search` is told of each
        search when it is done. One that fails is told in its line and costs no other; UsageError for one that does
        not exist.
        """
        if dry_run:
            return self._sync_dry(searches, full, on_search)
        from alembic_db.store.ledger import next_run_id

        progress = progress or NoProgress()
        with self._entrez() as client, self._writing("sync") as store:
            chosen = _chosen(store, searches)
            run_id = next_run_id(store)
            lines: list[SyncLine] = []
            reports: list[Report] = []
            reading = self._annotating(store) if annotate else None
            down = False
            for saved in chosen:
                if down or (lines and lines[-1].interrupted):
                    lines.append(_failed_line(saved, "Not asked: run the same command again to go on."))
                    continue
                try:
                    report = self._sync_one(store, client, saved, run_id, full, failed, reading, progress)
                except AlembicDbError as error:
                    down = isinstance(error, EntrezTransientError)
                    lines.append(_failed_line(saved, str(error)))
                else:
                    reports += [report] if report is not None else []
                    lines.append(_line(saved, report))
                _tell(on_search, lines[-1])
            if reading is not None and not any(line.interrupted for line in lines):
                annotated = reading.finish(progress)
                reports = [*reports[:-1], *(replace(report, annotated=annotated) for report in reports[-1:])]
            progress.finish()
            return SyncReport(run_id, False, tuple(lines), tuple(reports))

    def diff(self, since: str | None = None) -> pa.Table:
        """List what changed, by which run: since a day (YYYY-MM-DD) or from a run (its number) on.

        By default, what the last run changed. UsageError for any other `since`.
        """
        if since is None:
            with self.reading() as reader:
                from alembic_db.store.database import statement

                since = str(reader.rows(statement("last_run_id"), {})[0]["run_id"])
        if _RUN.fullmatch(since):
            return self.query("changes", {"run": since})
        if not _DAY.fullmatch(since):
            raise UsageError(
                f"{since!r} is neither a day nor a run.",
                hint="Write YYYY-MM-DD, or the number of a run: alembic-db query changes",
            )
        return self.query("changes", {"since": since if len(since) > len("2026-11") else f"{since}-01"})

    def _sync_one(
        self,
        store: Store,
        client: EntrezClient,
        saved: SavedSearch,
        run_id: int,
        full: bool,
        failed: bool,
        reading: Between | None,
        progress: Progress,
    ) -> Report | None:
        """Bring one search up to date; None where there was nothing to try again."""
        if failed:
            return self._retry(store, client, saved, run_id, progress)
        founds = ask_again(client, saved)
        return self._bring_up(store, client, saved.question, founds, reading, progress, full=full, sync_run=run_id)

    def _retry(
        self, store: Store, client: EntrezClient, saved: SavedSearch, run_id: int, progress: Progress
    ) -> Report | None:
        """Ask again for what is listed as a problem of a search."""
        from alembic_db.ingest import Task
        from alembic_db.planning import Plan, joined
        from alembic_db.sources import fetched_records, search_problems
        from alembic_db.store.ledger import read_problems

        problems = read_problems(store, saved.search_id)
        uids = [problem.uid for problem in problems if problem.uid and problem.counts_as_record]
        unresolved = [p for p in problems if p.stage == "resolve" and p.accession and saved.question.kind == "add"]
        founds = list(client.resolve([p.accession for p in unresolved if p.accession])) if unresolved else []
        if not uids and not founds:
            return None
        found = _asked_for(uids, founds)
        left = [p for p in problems if p not in unresolved and not (p.uid and p.counts_as_record)]
        problems = [*left, *search_problems(founds)]
        task = Task(
            saved.question, run_id, "sync", (saved.found, saved.selected), problems,
            partial=True, began=saved.last_complete,
        )  # fmt: skip
        plan = Plan(joined([found]), found.uids, {})
        records = fetched_records(
            client, plan, self.config.page_size, self.config.connections, task.problems, task.origins
        )
        return self._ingest(store, task, records, plan.candidates, None, progress)

    def _sync_dry(self, searches: Sequence[str], full: bool, on_search: OnSearch | None) -> SyncReport:
        from alembic_db.store import Store

        lines = []
        with self._entrez() as client, self.reading() as reader:
            store = Store(self.store_path, reader.connection)
            for saved in _chosen(store, searches):
                try:
                    line = _preview(store, client, saved, full)
                except AlembicDbError as error:
                    line = _failed_line(saved, str(error))
                lines.append(line)
                _tell(on_search, line)
        return SyncReport(None, True, tuple(lines))


def ask_again(client: EntrezClient, saved: SavedSearch) -> list[Found]:
    """Repeat a saved search, or resolve its accessions again."""
    question = saved.question
    if question.kind == "add":
        return list(client.resolve(question.name.split()))
    return [client.search(question.term or question.name, limit=question.record_limit)]


def _preview(store: Store, client: EntrezClient, saved: SavedSearch, full: bool) -> SyncLine:
    """Find out what a sync of one search would do."""
    from alembic_db.planning import make_plan, still_there
    from alembic_db.store.ledger import SeenRecords
    from alembic_db.store.listing import Listing

    founds = ask_again(client, saved)
    listed = list(dict.fromkeys(uid for found in founds for uid in found.uids))
    seen = SeenRecords(store)
    listing = Listing(store, listed, saved.search_id, saved.last_complete)
    listing.see_known()
    plan = make_plan(client, listing, founds, full=full)
    again, accessions = plan.preview(client.summaries)
    seen.add([("package", accession) for accession in accessions if accession])
    gone = [hit for hit in listing.gone() if not hit.marked]
    there = still_there(client, gone, next(filter(None, accessions), None)) if gone else set()
    return SyncLine(
        saved.search_id, saved.question.kind, saved.question.name, sum(found.count for found in founds),
        new=len(plan.unknown), changed=len(again), unchanged=len(listed) - len(plan.unknown) - len(again),
        withdrawn=len({hit.accession for hit in gone} - there), to_fetch=len(plan.unknown) + len(again),
    )  # fmt: skip


def _chosen(store: Store, wanted: Sequence[str]) -> list[SavedSearch]:
    """Find the searches that are meant by name, number, or a part of the name that only one has."""
    from alembic_db.store.ledger import saved_searches

    saved = saved_searches(store)
    if not wanted:
        return saved
    chosen = [_meant(saved, text) for text in wanted]
    return [search for search in saved if search in chosen]


def _meant(saved: Sequence[SavedSearch], text: str) -> SavedSearch:
    exact = [search for search in saved if text in (search.question.name, str(search.search_id))]
    matches = exact or [search for search in saved if text.casefold() in search.question.name.casefold()]
    if len(matches) == 1:
        return matches[0]
    what = "More than one saved search is" if matches else "No saved search is"
    names = ", ".join(f"{search.search_id} ({search.question.name})" for search in (matches or saved)[:5])
    raise UsageError(f"{what} {text!r}.", hint=f"There are {names}: alembic-db query searches" if names else None)


def _asked_for(uids: Sequence[str], founds: Sequence[Found]) -> Found:
    from alembic_db.entrez import Found

    every = dict.fromkeys([*uids, *(uid for found in founds for uid in found.uids)])
    return Found("", len(every), tuple(every))


def _line(saved: SavedSearch, report: Report | None) -> SyncLine:
    question = saved.question
    if report is None:  # there was nothing to try again
        return SyncLine(saved.search_id, question.kind, question.name, saved.found)
    return SyncLine(
        saved.search_id, question.kind, question.name, report.found, report.new, report.changed, report.unchanged,
        report.withdrawn, report.returned, report.failed, interrupted=report.interrupted,
    )  # fmt: skip


def _failed_line(saved: SavedSearch, error: str) -> SyncLine:
    question = saved.question
    return SyncLine(saved.search_id, question.kind, question.name, saved.found, error=error)


def _tell(on_search: OnSearch | None, line: SyncLine) -> None:
    if on_search is not None:
        on_search(line)
