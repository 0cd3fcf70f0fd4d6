"""Numbers of bytes as people write them."""

from __future__ import annotations

import re

import click

_UNITS = "KMGTP"
_SIZE = re.compile(rf"([0-9]{{1,15}}(?:\.[0-9]{{1,6}})?)\s*(?:([{_UNITS}])(?:i?B)?|B)?", re.IGNORECASE)


def parse_size(_ctx: click.Context, _param: click.Parameter, text: str | None) -> int | None:
    """Turn `500K`, `10M`, `1.5G` (powers of 1024) or a plain number into bytes; click.BadParameter if it is none."""
    if text is None:
        return None
    found = _SIZE.fullmatch(text.strip())
    size = int(float(found[1]) * 1024 ** (_UNITS.index(found[2].upper()) + 1 if found[2] else 0)) if found else 0
    if size < 1:
        raise click.BadParameter(f"{text!r} is no number of bytes; write 500K, 10M or 1.5G.")
    return size


def bytes_said(count: int) -> str:
    """Return a number of bytes in the unit that fits it: `3.4 GiB`."""
    size, unit = float(count), "B"
    for larger in _UNITS:
        if size < 1024:
            break
        size, unit = size / 1024, f"{larger}iB"
    return f"{count:,} B" if unit == "B" else f"{size:.1f} {unit}"
