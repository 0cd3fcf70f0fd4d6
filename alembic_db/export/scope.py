"""What of a project is exported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """What of the project is exported: all of it by default.

    `only` names tables; `search` a search as it was typed, with what it found and all that belongs to that.
    """

    only: tuple[str, ...] = ()
    search: str | None = None
