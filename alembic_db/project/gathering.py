"""Getting records: search, add, import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.errors import InputError, UsageError
from alembic_db.journal import log_report
from alembic_db.project.understanding import Understanding
from alembic_db.reports import NoProgress, ProblemLine, Progress, Report

if TYPE_CHECKING:
    from alembic_db.entrez import EntrezClient, Filters, Found
    from alembic_db.sra import XmlRecord

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
        entrez_term = self.query_term(term, filters)
        most = self.config.limit if limit == _PROJECT_LIMIT else limit
        with self._entrez() as client:
            found = client.search(entrez_term, limit=most)
            if on_found is not None:
                on_found(found)
            return self._fetch("search", entrez_term, [found], client, annotate, progress)

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

        asked = parse_accessions(" ".join(accessions))
        if not asked:
            raise UsageError("No accession was given.", hint="For example: alembic-db add SRP174132")
        with self._entrez() as client:
            founds = []
            for found in client.resolve(asked):
                founds.append(found)
                if on_found is not None:
                    on_found(found)
            return self._fetch("add", " ".join(asked), founds, client, annotate, progress)

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
        from alembic_db.sources import file_records

        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise InputError(f"Not found: {', '.join(missing)}.", hint="Check the path.")
        name = " ".join(str(path) for path in paths)
        if any(is_archive_dump(path) for path in paths):
            return self._import_archives(paths, name, jobs, annotate, progress or NoProgress())
        problems: list[ProblemLine] = []
        records = file_records(paths, problems)
        return self._ingest("import", name, None, None, records, problems, annotate, progress)

    def _import_archives(
        self, paths: Sequence[Path], name: str, jobs: int | None, annotate: bool, progress: Progress
    ) -> Report:
        from alembic_db.bulk.writer import BulkImport, default_jobs

        with self._writing() as store:
            bulk = BulkImport(store, lambda: self._publish(store), progress, name)
            report = bulk.run(paths, jobs or default_jobs())
            log_report(report)
            if annotate and not report.interrupted:
                report = replace(report, annotated=self._annotate(store, None, progress))
            progress.finish()
        return report

    def _fetch(
        self,
        kind: str,
        name: str,
        founds: Sequence[Found],
        client: EntrezClient,
        annotate: bool,
        progress: Progress | None,
    ) -> Report:
        from alembic_db.sources import fetched_records, search_problems

        problems = list(search_problems(founds))
        selected = len({uid for found in founds for uid in found.uids})
        found = sum(found.count for found in founds) if kind == "search" else selected
        records = fetched_records(client, founds, self.config.page_size, problems)
        term = founds[0].term if len(founds) == 1 else None
        return self._ingest(kind, name, term, (found, selected), records, problems, annotate, progress)

    def _ingest(
        self,
        kind: str,
        name: str,
        term: str | None,
        counts: tuple[int, int] | None,
        records: Iterator[XmlRecord],
        problems: list[ProblemLine],
        annotate: bool,
        progress: Progress | None,
    ) -> Report:
        """Store a stream of records, then annotate; whatever stops it, what was taken stays."""
        from alembic_db.ingest import Ingest

        progress = progress or NoProgress()
        with self._writing() as store:
            ingest = Ingest(store, lambda: self._publish(store), progress, kind, name, term, problems, counts)
            progress.start("import" if kind == "import" else "fetch", counts[1] if counts else None)
            report = ingest.run(records)
            log_report(report)
            if annotate and not report.interrupted:
                annotated = self._annotate(store, None, progress)
                report = replace(report, annotated=annotated)
            progress.finish()
        return report
