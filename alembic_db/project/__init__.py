"""A project: one folder, one object that does everything; the command line and the web page only call it."""

from __future__ import annotations

from alembic_db.project.asking import Asking
from alembic_db.project.care import Care
from alembic_db.project.handing_on import HandingOn
from alembic_db.project.keeping import Keeping
from alembic_db.project.linking import Linking
from alembic_db.project.modelling import Modelling

__all__ = ["Project"]


class Project(Keeping, Asking, Linking, HandingOn, Care, Modelling):
    """A project folder: settings, the store, its published snapshot, a log.

    What reads (`query`, `sql`, `fields`, `status`, `export_tsv`) works on the last published snapshot and never
    waits; what writes takes the store for itself and raises ProjectLockedError if another process has it.
    `entrez` says how to reach NCBI, `reads` ENA and the data locator; None reads the environment.
    """
