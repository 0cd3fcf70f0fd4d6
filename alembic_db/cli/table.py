"""Tables for people: fitted to a terminal, at full width anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import IO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alembic_db.cli.rows import Rows, cell
from alembic_db.cli.talk import counted, printable, say

_NARROWEST = 9  # characters that a column needs to be of use, with the gap after it
_GAP = 3
_UNLIMITED = 1_000_000


def write_table(stream: IO[str], rows: Rows) -> None:
    """Write rows under a header; on a terminal, cells and columns that do not fit are cut and counted."""
    room = _terminal_width(stream)
    shown = len(rows.columns) if room is None else min(len(rows.columns), max(1, room // _NARROWEST))
    header = [printable(name) for name in rows.columns[:shown]]
    lines = [[_shown(value) for value in record[:shown]] for record in rows.records]
    natural = [max(map(cell_len, column)) for column in zip(header, *lines, strict=True)]
    widths = natural if room is None else _fair_widths(natural, room - _GAP * (shown - 1))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index, (name, width) in enumerate(zip(header, widths, strict=True)):
        table.add_column(
            Text(name),
            no_wrap=True,
            overflow="ellipsis",
            justify="right" if _is_numeric(rows, index) else "left",
            width=width,
        )
    for line in lines:
        table.add_row(*map(Text, line))
    _print(stream, table, room)
    if shown < len(rows.columns):
        more = counted(len(rows.columns) - shown, "more column")
        say(f"({more} not shown: name the columns, or use --csv, --tsv or --json.)")


def _print(stream: IO[str], table: Table, room: int | None) -> None:
    console = Console(file=stream, width=room or _UNLIMITED, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(table, crop=room is not None)
    stream.writelines(line.rstrip() + "\n" for line in captured.get().splitlines())


def _terminal_width(stream: IO[str]) -> int | None:
    return Console(file=stream).width if stream.isatty() else None


def _fair_widths(natural: Sequence[int], room: int) -> list[int]:
    """Let narrow columns have what they need, and the wide ones share what is left."""
    widths = list(natural)
    for done, index in enumerate(sorted(range(len(natural)), key=natural.__getitem__)):
        share = max(1, room // (len(natural) - done))
        widths[index] = min(natural[index], share)
        room -= widths[index]
    return widths


def _shown(value: object) -> str:
    """Return the text of a cell; nobody reads microseconds and sixteen digits in a table."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, float):
        return str(round(value, 4)) if abs(value) >= 1 else f"{value:.4g}"
    return printable(cell(value))


def _is_numeric(rows: Rows, index: int) -> bool:
    values = [record[index] for record in rows.records if record[index] is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
