"""Run the command line: python -m alembic_db."""

from alembic_db.cli import main

main()
