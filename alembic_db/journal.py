"""A project's log: what was done, what came of it, what went wrong. It never holds keys."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic_db.reports import Report

_log = logging.getLogger("alembic_db")


def log_report(report: Report) -> None:
    """Write what came of a search, an `add` or an import, and every problem it had."""
    _log.info(
        "%s %r: found %d, taken %d, stored %d, failed %d; %d new, %d changed%s",
        report.kind, report.name, report.found, report.selected, report.stored, report.failed, report.new,
        report.changed, ", interrupted" if report.interrupted else "",
    )  # fmt: skip
    for problem in report.problems:
        _log.warning("%s %s: %s", problem.stage, problem.accession or problem.uid or problem.source, problem.message)


@contextmanager
def logging_to(file: Path) -> Iterator[None]:
    """Keep the project's log while it is being written to. It never holds keys: only terms, counts and faults."""
    handler = logging.FileHandler(file, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    try:
        yield
    finally:
        _log.removeHandler(handler)
        handler.close()
