"""Finding entities in the texts of a project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from alembic_db.errors import AnnotatorError
from alembic_db.project.base import ProjectBase
from alembic_db.reports import AnnotateReport, NoProgress, Progress

if TYPE_CHECKING:
    from alembic_db.ner import Annotator
    from alembic_db.store import Store


class Between:
    """Annotates what has come, between other work and at its end."""

    def __init__(
        self,
        store: Store,
        annotators: Sequence[Annotator],
        publish: Callable[[Store], None],
        fields: Sequence[str] = (),
    ) -> None:
        self._store = store
        self._annotators = annotators
        self._publish = publish
        self._fields = fields
        self._texts = self._spans = 0
        self._broken = False

    def step(self) -> None:
        """Read what has not been read; an annotator that fails fails again at the end, and costs no record here."""
        from alembic_db.annotate import annotate_store

        if self._broken:
            return
        try:
            report = annotate_store(self._store, self._annotators, NoProgress(), self._fields)
        except AnnotatorError:
            self._broken = True
            return
        self._texts += report.texts
        self._spans += report.spans

    def finish(self, progress: Progress) -> AnnotateReport:
        """Read the rest, publish it, and tell what all steps did together."""
        from alembic_db.annotate import annotate_store

        try:
            last = annotate_store(self._store, self._annotators, progress, self._fields)
        finally:
            self._publish(self._store)
        return AnnotateReport(last.annotators, last.texts + self._texts, last.spans + self._spans)


class Understanding(ProjectBase):
    """Runs annotators over the texts."""

    def annotate(
        self,
        annotators: Sequence[str] | None = None,
        *,
        fields: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> AnnotateReport:
        """Find entities in the texts that an annotator has not read yet.

        By default the project's own annotators and every added lexicon read; `fields` limits them to the texts of
        some fields, named as `study.title` or `sample.attribute:tissue`.

        AnnotatorError for an unknown name. Every batch is kept: an interruption costs the last one at most.
        """
        progress = progress or NoProgress()
        with self._writing("annotate") as store:
            report = self._annotating(store, annotators, fields).finish(progress)
            progress.finish()
        return report

    def _annotating(self, store: Store, names: Sequence[str] | None = None, fields: Sequence[str] = ()) -> Between:
        """Return what annotates a store, or some fields of it, by default with the project's annotators."""
        from alembic_db.ner import get_annotators

        return Between(store, get_annotators(names or self.default_annotators()), self._publish, fields)
