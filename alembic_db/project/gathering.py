"""Getting records: search, add, import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.errors import InputError, UsageError
from alembic_db.journal import log_report
from alembic_db.project.understanding import Between, Understanding
from alembic_db.reports import NoProgress, Progress, Report

if TYPE_CHECKING:
    from alembic_db.entrez import EntrezClient, Filters, Found
    from alembic_db.ingest import Task
    from alembic_db.sra import XmlRecord
    from alembic_db.store import Store
    from alembic_db.store.ledger import Question

_PROJECT_LIMIT = -1


class Gathering(Understanding):
    """Brings records into the project, and annotates what it brings."""

    @staticmethod
    def query_term(term: str, filters: Filters | None = None) -> str:
        """Build the Entrez term that a search sends. UsageError for an empty or impossible one."""
        from alembic_db.entrez import Filters, build_term

        return build_term(term, filters or Filters())

    def count(self, term: str, filters: Filters | None = None) -> Found:
        """Ask NCBI how many experiments a search finds; fetches nothing."""
        with self._entrez() as client:
            return client.count(self.query_term(term, filters))

    def search(
        self,
        term: str,
        *,
        filters: Filters | None = None,
        limit: int | None = _PROJECT_LIMIT,
        annotate: bool = True,
        on_found: Callable[[Found], None] | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Search NCBI, store what is found and annotate it.

        `limit` is the number of records to take: None for all, by default the project's own. `on_found` is told
        what the search finds before anything is fetched. A record that is stored already is written again only
        if NCBI's has changed. An interruption (Ctrl-C) keeps what was stored and is told in the report.
        """
        from alembic_db.store.ledger import Question

        entrez_term = self.query_term(term, filters)
        most = self.config.limit if limit == _PROJECT_LIMIT else limit
        question = Question("search", entrez_term, entrez_term, most)
        with self._entrez() as client:
            found = client.search(entrez_term, limit=most)
            if on_found is not None:
                on_found(found)
            with self._writing("search") as store:
                reading = self._annotating(store) if annotate else None
                return self._bring_up(store, client, question, [found], reading, progress)

    def add(
        self,
        accessions: Iterable[str],
        *,
        annotate: bool = True,
        on_found: Callable[[Found], None] | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Fetch and store the experiments behind accessions of any kind. UsageError names those that are none."""
        from alembic_db.accession import parse_accessions
        from alembic_db.store.ledger import Question

        asked = parse_accessions(" ".join(accessions))
        if not asked:
            raise UsageError("No accession was given.", hint="For example: alembic-db add SRP174132")
        with self._entrez() as client:
            founds = []
            for found in client.resolve(asked):
                founds.append(found)
                if on_found is not None:
                    on_found(found)
            question = Question("add", " ".join(asked), founds[0].term if len(founds) == 1 else None)
            with self._writing("add") as store:
                reading = self._annotating(store) if annotate else None
                return self._bring_up(store, client, question, founds, reading, progress)

    def import_paths(
        self,
        paths: Sequence[Path],
        *,
        annotate: bool = True,
        jobs: int | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Store the records of SRA XML files: packages or plain objects, in files, folders or archives.

        A file that is broken or holds no record is named in the report's problems and costs nothing else. NCBI's
        metadata dump and mirror sets are recognised, read on `jobs` processes (None: all processors), and the
        same call goes on where an interrupted one ended. InputError if a path does not exist.
        """
        from alembic_db.bulk import is_archive_dump
        from alembic_db.ingest import Task
        from alembic_db.sources import file_records
        from alembic_db.store.ledger import Question, next_run_id

        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise InputError(f"Not found: {', '.join(missing)}.", hint="Check the path.")
        question = Question("import", " ".join(str(path) for path in paths))
        with self._writing("import") as store:
            if any(is_archive_dump(path) for path in paths):
                return self._import_archives(store, question, paths, jobs, annotate, progress or NoProgress())
            task = Task(question, next_run_id(store), "import")
            records = file_records(paths, task.problems)
            reading = self._annotating(store) if annotate else None
            return self._ingest(store, task, records, None, reading, progress)

    def _import_archives(
        self,
        store: Store,
        question: Question,
        paths: Sequence[Path],
        jobs: int | None,
        annotate: bool,
        progress: Progress,
    ) -> Report:
        from alembic_db.bulk.writer import BulkImport, default_jobs

        report = BulkImport(store, lambda: self._publish(store), progress, question).run(paths, jobs or default_jobs())
        log_report(report)
        if annotate and not report.interrupted:
            report = replace(report, annotated=self._annotating(store).finish(progress))
        progress.finish()
        return report

    def _bring_up(
        self,
        store: Store,
        client: EntrezClient,
        question: Question,
        founds: Sequence[Found],
        reading: Between | None,
        progress: Progress | None,
        *,
        full: bool = False,
        sync_run: int | None = None,
    ) -> Report:
        """Bring a search or an `add` up to date with what it finds now; `sync_run` says that a sync does it."""
        from alembic_db.ingest import Task
        from alembic_db.planning import make_plan, still_there
        from alembic_db.sources import fetched_records, search_problems
        from alembic_db.store.ledger import last_run, next_run_id
        from alembic_db.store.listing import Listing

        listed = list(dict.fromkeys(uid for found in founds for uid in found.uids))
        listing = Listing(store, listed, *last_run(store, question))
        count = sum(found.count for found in founds) if question.kind == "search" else len(listed)
        task = Task(
            question, sync_run or next_run_id(store), "sync" if sync_run else question.kind, (count, len(listed)),
            list(search_problems(founds)), listing=listing,
            still_there=lambda gone, alive: still_there(client, gone, alive),
        )  # fmt: skip
        plan = make_plan(client, listing, founds, full=full)
        records = fetched_records(
            client, plan, self.config.page_size, self.config.connections, task.problems, task.origins
        )
        task.between = reading.step if reading and plan.candidates else None
        return self._ingest(store, task, records, plan.candidates, reading if sync_run is None else None, progress)

    def _ingest(
        self,
        store: Store,
        task: Task,
        records: Iterator[XmlRecord],
        total: int | None,
        reading: Between | None,
        progress: Progress | None,
    ) -> Report:
        """Store a stream of records, then have them read; whatever stops it, what was taken stays."""
        from alembic_db.ingest import Ingest

        progress = progress or NoProgress()
        progress.start("import" if task.question.kind == "import" else "fetch", total)
        report = Ingest(store, lambda: self._publish(store), progress, task).run(records)
        log_report(report)
        if reading is not None and not report.interrupted:
            report = replace(report, annotated=reading.finish(progress))
        progress.finish()
        return report
