"""A project: one folder, one object that does everything; the command line and the web page only call it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db import config as project_files
from alembic_db.config import Config
from alembic_db.errors import InputError, ProjectLockedError, StoreError, UsageError
from alembic_db.journal import log_report, logging_to
from alembic_db.reports import AnnotateReport, NoProgress, ProblemLine, Progress, Report, Status

if TYPE_CHECKING:
    import pyarrow as pa

    from alembic_db.entrez import EntrezClient, EntrezSettings, Filters, Found
    from alembic_db.reads import Link, ReadsSettings, Selection, Source
    from alembic_db.reads.finding import Found as FoundLinks
    from alembic_db.reads.finding import LinkServices
    from alembic_db.saved import SavedQuery
    from alembic_db.sra import XmlRecord
    from alembic_db.store import Reader, Store
    from alembic_db.store.check import Invariant

_PROJECT_LIMIT = -1


class Project:
    """A project folder: settings, the store, its published snapshot, a log.

    What reads (`query`, `sql`, `fields`, `status`, `export_tsv`) works on the last published snapshot and never
    waits; what writes takes the store for itself and raises ProjectLockedError if another process has it.
    `entrez` says how to reach NCBI, `reads` ENA and the data locator; None reads the environment.
    """

    def __init__(
        self,
        path: Path,
        config: Config,
        entrez: EntrezSettings | None = None,
        reads: ReadsSettings | None = None,
    ) -> None:
        self.path = path
        self.config = config
        self.entrez = entrez
        self.reads = reads

    @classmethod
    def create(cls, path: Path) -> Project:
        """Make a project in a folder, which is made too if need be. ProjectError if there is one already."""
        project_files.create(path)
        project = cls(path.resolve(), project_files.load_config(path))
        with project._writing() as store:
            project._publish(store)
        return project

    @classmethod
    def open(cls, path: Path | None = None) -> Project:
        """Open the project given, else ALEMBIC_DB_PROJECT, else the nearest one upwards. ProjectError if none."""
        folder = project_files.find(path)
        return cls(folder, project_files.load_config(folder))

    @property
    def store_path(self) -> Path:
        """Where the DuckDB file lies."""
        return self.path / project_files.STORE_NAME

    @property
    def snapshot_path(self) -> Path:
        """Where the published Parquet files lie; `current` in it is the newest version."""
        return self.path / project_files.SNAPSHOT_NAME

    # Getting records

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

    def import_paths(self, paths: Sequence[Path], *, annotate: bool = True, progress: Progress | None = None) -> Report:
        """Store the records of SRA XML files: packages or plain objects, in files, folders or archives.

        A file that is broken or holds no record is named in the report's problems and costs nothing else.
        InputError if a path does not exist.
        """
        from alembic_db.sources import file_records

        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise InputError(f"Not found: {', '.join(missing)}.", hint="Check the path.")
        problems: list[ProblemLine] = []
        records = file_records(paths, problems)
        name = " ".join(str(path) for path in paths)
        return self._ingest("import", name, None, None, records, problems, annotate, progress)

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

    # Understanding

    def annotate(self, annotators: Sequence[str] | None = None, *, progress: Progress | None = None) -> AnnotateReport:
        """Find entities in the texts that an annotator has not read yet; by default the project's annotators.

        AnnotatorError for an unknown name. Every batch is kept: an interruption costs the last one at most.
        """
        progress = progress or NoProgress()
        with self._writing() as store:
            report = self._annotate(store, annotators, progress)
            progress.finish()
        return report

    def _annotate(self, store: Store, names: Sequence[str] | None, progress: Progress) -> AnnotateReport:
        from alembic_db.annotate import annotate_store
        from alembic_db.ner import get_annotators

        annotators = get_annotators(names or self.config.annotators)
        try:
            return annotate_store(store, annotators, progress)
        finally:
            self._publish(store)

    # Asking

    def fields(self) -> pa.Table:
        """List every field with how often it is filled, its distinct values and the commonest ones."""
        return self.query("field_fill")

    @staticmethod
    def queries() -> list[SavedQuery]:
        """List the saved views."""
        from alembic_db.saved import saved_queries

        return saved_queries()

    @staticmethod
    def query_sql(name: str, values: Mapping[str, str] | None = None) -> str:
        """Show the SQL of a saved view with its parameters filled in. QueryError for a wrong name or value."""
        from alembic_db.saved import render, saved_query

        return render(saved_query(name), values or {})

    def query(self, name: str, values: Mapping[str, str] | None = None) -> pa.Table:
        """Run a saved view. QueryError for a wrong name or value."""
        sql = self.query_sql(name, values)
        with self.reading() as reader:
            return reader.table(sql)

    def explain(self, name: str, values: Mapping[str, str] | None = None) -> str:
        """Show how DuckDB would run a saved view."""
        sql = self.query_sql(name, values)
        with self.reading() as reader:
            return reader.plan(sql)

    def sql(self, statement: str) -> pa.Table:
        """Run one SQL statement that reads; QueryError for any other, and for what reaches outside."""
        with self.reading() as reader:
            return reader.user_table(statement)

    def problems(self) -> pa.Table:
        """List what could not be had or read."""
        return self.query("problems")

    def status(self) -> Status:
        """Tell what is in the project, as of its last published snapshot."""
        from alembic_db.status import read_status

        with self.reading() as reader:
            return read_status(self.path, reader, self.config.annotators)

    def check(self) -> list[Invariant]:
        """Check every invariant of the store and its snapshot. Takes the store, reads all of it, changes nothing."""
        from alembic_db.store.check import check_snapshot, check_store

        with self._writing() as store:
            return [*check_store(store), *check_snapshot(store, self.snapshot_path)]

    def back_up(self, target: Path) -> int:
        """Copy the store's last commit to a new file, whole or not at all, and return its size in bytes."""
        from alembic_db.store.copies import back_up

        with self._writing() as store:
            return back_up(store, target)

    def compact(self) -> tuple[int, int]:
        """Rewrite the store without the gaps that changes leave; return its size in bytes before and after."""
        from alembic_db.store.copies import compact

        with self._writing():
            pass  # bring the schema up to date first, and find out whether somebody else is writing
        return compact(self.store_path)

    # From records to reads

    def links(
        self,
        selection: Selection | None = None,
        *,
        source: Source | None = None,
        refresh: bool = False,
        progress: Progress | None = None,
    ) -> FoundLinks:
        """Find where the files of runs are, by default of all runs, asking ENA and the SRA data locator.

        What they answered is kept and not asked again without `refresh`. Without a source, FASTQ of ENA comes first,
        then the run as SRA keeps it. ReadsError if a service that is needed is down.
        """
        from alembic_db.reads import Selection
        from alembic_db.reads.finding import Finding

        with self._link_services() as services:
            finding = Finding(self.reading, self._save_links, services, progress or NoProgress(), source, refresh)
            return finding.find(selection or Selection())

    # Handing on

    def export_tsv(
        self, directory: Path, *, text_fields: Sequence[str] | None = None, search: str | None = None
    ) -> list[Path]:
        """Write RESULTS.TSV, AI_PROCESSED.TSV and DOWNLOADS.TXT and return their paths.

        `text_fields` are the columns of AI_PROCESSED.TSV that are followed by their entities; `search` limits
        the files to what one search found.
        """
        from alembic_db.export.tsv import export_tsv

        with self.reading() as reader:
            return export_tsv(reader.connection, directory, text_fields=text_fields, search=search)

    # The store

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open the published snapshot; what is committed meanwhile is not seen.

        One of an older version of this program is brought up to date first, where that can be done now.
        """
        from alembic_db.store import Reader, is_behind

        if is_behind(self.snapshot_path):
            with suppress(ProjectLockedError, StoreError), self._writing() as store:
                self._publish(store)
        reader = Reader(self.snapshot_path)
        try:
            yield reader
        finally:
            reader.close()

    @contextmanager
    def _writing(self) -> Iterator[Store]:
        """Take the store for writing, brought up to this version's schema; publish what a crash left behind."""
        from alembic_db import __version__
        from alembic_db.store import Store, migrate

        with Store.open(self.store_path) as store, logging_to(self.path / project_files.LOG_NAME):
            migrate(store, f"alembic_db {__version__}")
            yield store

    def _publish(self, store: Store) -> None:
        from alembic_db.store import publish

        publish(store, self.snapshot_path)

    def fetched_paths(self, found: FoundLinks) -> dict[str, str]:
        """Map addresses among links to where their files lie, for those that were fetched and are still there."""
        from alembic_db.reads.fetched import fetched_paths

        with self.reading() as reader:
            return fetched_paths(reader, found.runs)

    def _save_links(self, service: str, asked: Sequence[str], links: Sequence[Link]) -> None:
        from alembic_db.store.reads import save_links

        with self._writing() as store:
            with store.commit("links", service) as commit:
                save_links(store, commit, service, asked, links)
            self._publish(store)

    def _link_services(self) -> LinkServices:
        from alembic_db.reads import ReadsSettings
        from alembic_db.reads.finding import LinkServices

        return LinkServices(self.reads or ReadsSettings.from_environment())

    def _entrez(self) -> EntrezClient:
        from alembic_db.entrez import EntrezClient, EntrezSettings

        return EntrezClient(self.entrez or EntrezSettings.from_environment())
