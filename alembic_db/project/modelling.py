"""Models that are added to the program, for every project of this user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from alembic_db.reports import Progress

if TYPE_CHECKING:
    from alembic_db.ner.models.manifest import Manifest


class Modelling:
    """Adds models, lists and removes them; they lie in ALEMBIC_DB_HOME, or the user's data folder."""

    @staticmethod
    def add_model(
        name: str,
        source: str,
        *,
        kind: str | None = None,
        options: Mapping[str, str] | None = None,
        sha256: str | None = None,
        replace: bool = False,
        progress: Progress | None = None,
    ) -> Manifest:
        """Make a model ready to annotate under a name of the user's choice.

        `source` is a file, folder or archive, an address of one, or the name of an installed spaCy package; its kind is
        found out unless it is given. ModelError for a source that is damaged, incomplete or not known, UsageError for
        a name that is taken by the program, MissingExtraError where packages are missing.
        """
        from alembic_db.ner.models.adding import Wanted, add_model
        from alembic_db.ner.registry import check_not_taken

        check_not_taken(name)
        return add_model(Wanted(name, source, kind, options or {}, sha256, replace), progress)

    @staticmethod
    def models() -> list[Manifest]:
        """List the added models, by name."""
        from alembic_db.ner.models.home import manifests

        return manifests()

    @staticmethod
    def remove_model(name: str) -> None:
        """Delete an added model; the spans it found stay in the projects. ModelError if there is none."""
        from alembic_db.ner.models.home import remove

        remove(name)
