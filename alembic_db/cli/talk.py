"""What the program says to people: lines on stderr, with nothing in them that a terminal obeys."""

from __future__ import annotations

import re

import click

_BLANK = re.compile(r"[\t\n\r\f\v\x85\u2028\u2029]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Return the text as one line, with control, direction and half characters replaced by U+FFFD."""
    return _CONTROL.sub("\ufffd", _BLANK.sub(" ", text))


def say(message: str, *, quiet: bool = False) -> None:
    """Say one line on stderr, unless nothing but errors is wanted."""
    if not quiet:
        click.echo(printable(message), err=True)


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun: `1 record`, `1,204 records`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"
