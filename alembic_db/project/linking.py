"""From records to reads: where the files of runs are, and fetching them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alembic_db.project.base import ProjectBase
from alembic_db.reports import FetchReport, NoProgress, Progress, TransferProgress

if TYPE_CHECKING:
    from alembic_db.reads import FetchOptions, FetchPlan, Link, ReadsSettings, Selection, Source
    from alembic_db.reads.finding import Found as FoundLinks
    from alembic_db.reads.finding import LinkServices
    from alembic_db.reads.one_file import FetchedFile
    from alembic_db.reads.transfer import FileServers


class Linking(ProjectBase):
    """Finds the files of runs, and fetches them."""

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

    def fetched_paths(self, found: FoundLinks) -> dict[str, str]:
        """Map addresses among links to where their files lie, for those that were fetched and are still there."""
        from alembic_db.reads.fetched import fetched_paths

        with self.reading() as reader:
            return fetched_paths(reader, found.runs)

    def plan_fetch(
        self,
        selection: Selection | None = None,
        options: FetchOptions | None = None,
        *,
        source: Source | None = None,
        refresh: bool = False,
        progress: Progress | None = None,
    ) -> FetchPlan:
        """Find what fetching the files of runs would do, without fetching a byte of them; see `links` and `fetch`.

        Files go to the folder `reads` of the project if no options say otherwise.
        """
        from alembic_db.reads.fetched import download_rows
        from alembic_db.reads.plan import FetchOptions, make_plan

        found = self.links(selection, source=source, refresh=refresh, progress=progress)
        with self.reading() as reader:
            rows = download_rows(reader, found.runs)
        chosen = options or FetchOptions(self.path / "reads")
        with self._file_servers(chosen.jobs) as servers:
            return make_plan(found, rows, chosen, servers)

    def fetch(self, plan: FetchPlan, progress: TransferProgress | None = None) -> FetchReport:
        """Fetch the files of a plan, verified, and write down in the table `download` what is there.

        The store is taken only to write. Ended at any moment, the same plan made again goes on where it was.
        ReadsError if the disk is too small or becomes full; what single files meet is in the report.
        """
        from alembic_db.reads.fetching import Fetching

        with self._file_servers(plan.options.jobs) as servers:
            return Fetching(plan, servers, self._save_downloads, progress or NoProgress()).run()

    def _save_downloads(self, files: Sequence[FetchedFile], gone: Sequence[str]) -> None:
        from alembic_db.store.reads import save_downloads

        with self._writing() as store:
            with store.commit("fetch") as commit:
                save_downloads(store, commit, files, gone)
            self._publish(store)

    @contextmanager
    def _file_servers(self, jobs: int) -> Iterator[FileServers]:
        from alembic_db.reads.transfer import FileServers

        settings = self._reads_settings()
        servers = FileServers(jobs, settings.connect_timeout, settings.read_timeout)
        try:
            yield servers
        finally:
            servers.close()

    def _save_links(self, service: str, asked: Sequence[str], links: Sequence[Link]) -> None:
        from alembic_db.store.reads import save_links

        with self._writing("links") as store:
            with store.commit("links", service) as commit:
                save_links(store, commit, service, asked, links)
            self._publish(store)

    def _link_services(self) -> LinkServices:
        from alembic_db.reads.finding import LinkServices

        return LinkServices(self._reads_settings())

    def _reads_settings(self) -> ReadsSettings:
        from alembic_db.reads import ReadsSettings

        return self.reads or ReadsSettings.from_environment()
