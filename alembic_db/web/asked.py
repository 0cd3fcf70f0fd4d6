"""A request's query, read with care: what is missing has a default, what is impossible is a UsageError."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from alembic_db.errors import UsageError

PAGE_ROWS = 50


class Asked:
    """The values of a URL's query or of a form, by name."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = [(name, value) for name, value in pairs if value != ""]
        self.values: dict[str, list[str]] = {}
        for name, value in self.pairs:
            self.values.setdefault(name, []).append(value)

    def text(self, name: str) -> str | None:
        """Return the first value; None where there is none or it is blank."""
        value = self.values.get(name, [""])[0].strip()
        return value or None

    def texts(self, name: str) -> list[str]:
        """Return all values."""
        return self.values.get(name, [])

    def number(self, name: str, default: int, *, least: int = 1, most: int = 1_000_000_000) -> int:
        """Return a whole number between two bounds. UsageError otherwise."""
        text = self.text(name)
        if text is None:
            return default
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise UsageError(f"{text!r} is no value for {name!r}: a whole number from {least} to {most} is needed.")
        return number

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """Return one of the choices, the first by default. UsageError for any other."""
        text = self.text(name)
        if text is not None and text not in choices:
            raise UsageError(f"{text!r} is no value for {name!r}: one of {', '.join(choices)} is needed.")
        return text or choices[0]

    def ids(self, name: str) -> list[int]:
        """Return whole numbers; UsageError where one is none."""
        try:
            return [int(text) for text in self.texts(name)]
        except ValueError:
            raise UsageError(f"A value of {name!r} is no number.") from None

    def offset(self) -> int:
        """Return how many rows come before the page that is asked for."""
        return (self.number("page", 1, most=10_000_000) - 1) * PAGE_ROWS

    def url(self, path: str, **changes: object) -> str:
        """Return a path with this query, changed: None takes a name out, a list gives several values."""
        pairs = [(name, value) for name, value in self.pairs if name not in changes and name != "csrf"]
        for name, change in changes.items():
            if isinstance(change, list | tuple):
                pairs += [(name, str(value)) for value in change]
            elif change is not None:
                pairs.append((name, str(change)))
        return link(path, pairs)


def link(path: str, pairs: Iterable[tuple[str, str]] | Mapping[str, str]) -> str:
    """Return a path with a query."""
    query = urlencode(list(pairs.items()) if isinstance(pairs, Mapping) else list(pairs), errors="replace")
    return f"{path}?{query}" if query else path
