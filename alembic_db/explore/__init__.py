"""Looking around in a published snapshot: counts by filter, entities, pairs, records with their texts and spans."""

from alembic_db.explore.explorer import Explorer
from alembic_db.explore.filters import EntityFilter
from alembic_db.explore.marks import Cluster, Mark, Piece, pieces

__all__ = ["Cluster", "EntityFilter", "Explorer", "Mark", "Piece", "pieces"]
