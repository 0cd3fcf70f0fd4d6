"""The local page: a thin skin over a Project, for one person on their own machine."""

from alembic_db.web.serving import serve

__all__ = ["serve"]
