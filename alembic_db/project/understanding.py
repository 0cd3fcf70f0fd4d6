"""Finding entities in the texts of a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alembic_db.project.base import ProjectBase
from alembic_db.reports import AnnotateReport, NoProgress, Progress

if TYPE_CHECKING:
    from alembic_db.store import Store


class Understanding(ProjectBase):
    """Runs annotators over the texts."""

    def annotate(self, annotators: Sequence[str] | None = None, *, progress: Progress | None = None) -> AnnotateReport:
        """Find entities in the texts that an annotator has not read yet; by default the project's own
        annotators and every added lexicon.

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

        annotators = get_annotators(names or self.default_annotators())
        try:
            return annotate_store(store, annotators, progress)
        finally:
            self._publish(store)
