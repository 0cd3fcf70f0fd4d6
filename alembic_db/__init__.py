"""alembic_db: a local SQL knowledge base of public sequencing data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic_db.project import Project

__all__ = ["Project", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import Project when it is first asked for: the command line must start fast."""
    if name == "Project":
        from alembic_db.project import Project

        return Project
    raise AttributeError(f"module 'alembic_db' has no attribute {name!r}")
