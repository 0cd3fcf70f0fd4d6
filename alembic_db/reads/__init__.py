"""From records to reads: where the files of runs are, and fetching them, verified."""

from alembic_db.reads.link import Link, Source
from alembic_db.reads.plan import FetchOptions, FetchPlan, Layout
from alembic_db.reads.selection import Selection
from alembic_db.reads.settings import ReadsSettings

__all__ = ["FetchOptions", "FetchPlan", "Layout", "Link", "ReadsSettings", "Selection", "Source"]
