"""What a search lists now, beside what the store holds of it: what is new, what may have changed, what is gone.

Works on a Store, and on a snapshot's connection wrapped into one: nothing here writes to a table of the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from alembic_db.store.database import Store

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Known:
    """A record that is stored: what NCBI said of its update when it was fetched, and when that was (UTC)."""

    accession: str
    update_date: str | None
    fetched_at: datetime


@dataclass(frozen=True)
class Gone:
    """A hit of a search that it lists no longer; `marked` where it is known to be withdrawn."""

    accession: str
    uid: str | None
    marked: bool


class Listing:
    """The UIDs that one run of a search lists; they lie in the database, however many they are."""

    def __init__(
        self, store: Store, uids: Sequence[str], search_id: int | None, last_complete: datetime | None
    ) -> None:
        self._store = store
        self._search_id = search_id
        store.run("create_listed")
        with store.staged("listed", _uid_table(store, uids)):
            store.run("insert_listed")
        store.run("create_known", {"search_id": search_id, "last_complete": last_complete})

    def unknown(self) -> list[str]:
        """List the UIDs that are to be fetched whatever their dates say, in the order of the search."""
        return [uid for (uid,) in self._store.run("unknown_uids")]

    def known_span(self) -> tuple[int, datetime | None]:
        """Count the UIDs that are stored, and tell since when all of them have been known to be up to date."""
        ((count, since),) = self._store.run("known_span")
        return int(count), since

    def known(self) -> dict[str, Known]:
        """Return everything that is stored, by UID."""
        return {uid: Known(*rest) for uid, *rest in self._store.run("known_dates")}

    def touched(self, uids: Sequence[str]) -> dict[str, Known]:
        """Return what is stored of these UIDs and of those that failed before, as far as the search lists them."""
        with self._store.staged("touched", _uid_table(self._store, uids)):
            rows = self._store.run("touched_dates", {"search_id": self._search_id})
        return {uid: Known(*rest) for uid, *rest in rows}

    def see_known(self) -> None:
        """Count what is stored among the records that the run has seen."""
        self._store.run("see_known")

    def unsee(self, uids: Sequence[str]) -> None:
        """Take back what of these was counted by `see_known`."""
        with self._store.staged("failed", _uid_table(self._store, uids)):
            self._store.run("unsee_failed")

    def gone(self) -> list[Gone]:
        """List the hits of the search that it lists no longer and that the run has not seen."""
        return [Gone(*row) for row in self._store.run("gone_hits", {"search_id": self._search_id})]


def _uid_table(store: Store, uids: Sequence[str]) -> pa.Table:
    return store.arrow("entrez_record", ("uid",), [(uid,) for uid in uids])
