"""The command line: `alembic-db`. Every command is a thin cover over one method of Project."""

from __future__ import annotations

from alembic_db.cli.main import main

__all__ = ["main"]
