"""A process that exports on command, each time in a child of its own that kills itself at a given point.

Reads one JSON object a line: project, place, kill_at (0: never). Answers with the child's signal and exit code and,
where it lived to the end, how many points it passed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from database_places import place_of, watched

from alembic_db import Project
from alembic_db.export.pairs import TABLES as PAIR_TABLES
from alembic_db.export.sync import DatabaseTarget
from alembic_db.export.views import views_for
from alembic_db.store.schema import kept_tables

ALL = frozenset(table.name for table in (*kept_tables(), *PAIR_TABLES))


def export(command: dict[str, object], answer: int) -> None:
    passed = 0

    def count() -> None:
        nonlocal passed
        passed += 1
        if passed == command["kill_at"]:
            os.kill(os.getpid(), signal.SIGKILL)

    with watched(count):
        project = Project.open(Path(str(command["project"])))
        project.export_to(DatabaseTarget(place_of(command["place"]).engine()))  # type: ignore[arg-type]
    os.write(answer, str(passed).encode())


def main() -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads: those of Arrow sleep
    for line in sys.stdin:
        views_for(place_of(json.loads(line)["place"]).dialect, ALL)  # once, for every child
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            signal.alarm(300)  # should it ever hang
            try:
                os.close(reader)
                export(json.loads(line), writer)
                os._exit(0)
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
        os.close(writer)
        _, status = os.waitpid(child, 0)
        passed = os.read(reader, 100).decode()
        os.close(reader)
        ended = {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, "passed": int(passed or 0)}
        print(json.dumps(ended | {"code": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
