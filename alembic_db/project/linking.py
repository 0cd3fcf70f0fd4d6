"""From records to reads: where the files of runs are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alembic_db.project.base import ProjectBase
from alembic_db.reports import NoProgress, Progress

if TYPE_CHECKING:
    from alembic_db.reads import Link, Selection, Source
    from alembic_db.reads.finding import Found as FoundLinks
    from alembic_db.reads.finding import LinkServices


class Linking(ProjectBase):
    """Finds the files of runs."""

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

    def _save_links(self, service: str, asked: Sequence[str], links: Sequence[Link]) -> None:
        from alembic_db.store.reads import save_links

        with self._writing("links") as store:
            with store.commit("links", service) as commit:
                save_links(store, commit, service, asked, links)
            self._publish(store)

    def _link_services(self) -> LinkServices:
        from alembic_db.reads import ReadsSettings
        from alembic_db.reads.finding import LinkServices

        return LinkServices(self.reads or ReadsSettings.from_environment())
