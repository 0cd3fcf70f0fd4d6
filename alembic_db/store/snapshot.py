"""The published state: Parquet files that any other process reads while this one writes.

    snapshot/current -> versions/000012      switched in one step, after everything lies there
    snapshot/versions/000012/manifest.json   what it holds
    snapshot/versions/000012/study/*.parquet one folder a table; readers may take the whole folder

A file holds the rows of a range of commits. Rows are never changed in place, so the number of rows that a
commit has left says whether a file is still true: what is, is taken over as a hard link; the rest is written.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from alembic_db.errors import ProjectError
from alembic_db.store.database import Store, store_errors
from alembic_db.store.migrations import migrations

# Small enough to write again at every commit, large enough that a million rows make ten files.
SEGMENT_ROWS = 100_000
_KEEP_VERSIONS = 3
_KEEP_SECONDS = 600  # a reader that began on an older version ends within this
_ARCHIVE = "raw_record"  # the XML itself stays in the DuckDB file: nobody queries it, and it is half the size


@dataclass(frozen=True)
class Segment:
    """One Parquet file: the rows of the commits from `first` to `last`."""

    file: str
    first: int
    last: int
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds."""

    store_id: str
    schema_version: int
    commit_seq: int
    published_at: str
    tables: dict[str, list[Segment]]

    def rows(self, table: str) -> int:
        """Count a table's rows."""
        return sum(segment.rows for segment in self.tables[table])

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a version; ProjectError if there is none."""
        try:
            data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            tables = {name: [Segment(**s) for s in segments] for name, segments in data.pop("tables").items()}
            return cls(tables=tables, **data)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ProjectError(
                f"The snapshot {folder} cannot be read ({error}).",
                hint="Any command that writes, such as `alembic-db annotate`, publishes it anew.",
            ) from error


def current_version(folder: Path) -> Path | None:
    """Find the folder of the version that is published now."""
    version = folder / "current"
    return version.resolve() if version.exists() else None


def is_behind(folder: Path) -> bool:
    """Tell whether what is published lacks tables that this version has."""
    before = _previous(folder)
    return before is not None and before.schema_version < migrations()[-1].version


def publish(store: Store, folder: Path) -> bool:
    """Publish the store's last commit; False if that is what is published already."""
    with store_errors(store.path):
        before = _previous(folder)
        ((store_id, schema_version, commit_seq, tables),) = store.run("store_state")
        if before is not None and (before.store_id != store_id or before.schema_version != schema_version):
            before = None
        if before is not None and before.commit_seq == commit_seq:
            return False
        version = _new_version(folder, commit_seq)
        segments = {
            table: _write_table(store, table, version, folder, before) for table in sorted(tables) if table != _ARCHIVE
        }
        now = datetime.now(UTC).isoformat(timespec="seconds")
        _write_manifest(version, Manifest(store_id, schema_version, commit_seq, now, segments))
        _switch(folder, version)
        _clean(folder)
        return True


def _previous(folder: Path) -> Manifest | None:
    version = current_version(folder)
    try:
        return Manifest.read(version) if version else None
    except ProjectError:
        return None


def _new_version(folder: Path, commit_seq: int) -> Path:
    versions = folder / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    version = versions / f"{commit_seq:06d}"
    number = 0
    while version.exists():  # left by a crash, or made again after a loss
        number += 1
        version = versions / f"{commit_seq:06d}.{number}"
    version.mkdir()
    return version


def _write_table(store: Store, table: str, version: Path, folder: Path, before: Manifest | None) -> list[Segment]:
    (version / table).mkdir()
    counts: list[tuple[int, int]] = store.run("rows_per_commit", table=table)
    old = before.tables.get(table, []) if before else []
    segments = []
    for kept, first, last, rows in plan_segments(counts, old):
        if kept is not None:
            source = (folder / "current").resolve() / table / kept.file
            if link_or_copy(source, version / table / kept.file):
                segments.append(kept)
                continue
        segments.append(_write_segment(store, table, version, first, last, rows))
    return segments or [_write_segment(store, table, version, 0, 0, 0)]


def plan_segments(
    counts: Sequence[tuple[int, int]], old: Sequence[Segment]
) -> Iterator[tuple[Segment | None, int, int, int]]:
    """Divide commits into files: yield (an old file that is still true, or None; first, last, rows).

    `counts` is (commit, rows left) in order. Old files that are true and full stay; what lies between them,
    and a small one at the end, is put together into new ones of about SEGMENT_ROWS.
    """
    commits = [commit for commit, _ in counts]
    before = list(accumulate((rows for _, rows in counts), initial=0))  # rows in all commits before each
    end = max((segment.last for segment in old), default=-1)
    grows = bool(commits) and commits[-1] > end

    def is_true(segment: Segment) -> bool:
        rows = before[bisect_right(commits, segment.last)] - before[bisect_left(commits, segment.first)]
        is_tail = segment.last == end and segment.rows < SEGMENT_ROWS
        return rows == segment.rows and rows > 0 and not (is_tail and grows)

    kept = sorted((segment for segment in old if is_true(segment)), key=lambda segment: segment.first)
    place = 0
    for segment in kept:
        start = bisect_left(commits, segment.first)
        yield from _grouped(counts[place:start])
        yield segment, segment.first, segment.last, segment.rows
        place = bisect_right(commits, segment.last)
    yield from _grouped(counts[place:])


def _grouped(counts: Sequence[tuple[int, int]]) -> Iterator[tuple[None, int, int, int]]:
    """Put commits that lie in no kept file together into files of about SEGMENT_ROWS."""
    first, rows = -1, 0
    for place, (commit, count) in enumerate(counts):
        first = commit if rows == 0 else first
        rows += count
        if rows >= SEGMENT_ROWS or place == len(counts) - 1:
            yield None, first, commit, rows
            rows = 0


def _write_segment(store: Store, table: str, version: Path, first: int, last: int, rows: int) -> Segment:
    file = f"{first:06d}-{last:06d}-{version.name}.parquet"
    path = version / table / file
    store.run("write_segment", table=table, file=str(path).replace("'", "''"), first=str(first), last=str(last))
    return Segment(file, first, last, rows, sha256_of(path))


def sha256_of(path: Path) -> str:
    """Return the checksum of a file's bytes, in hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def link_or_copy(source: Path, target: Path) -> bool:
    """Make a hard link, or a copy where the file system has none; False where the source has gone."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        return False
    except OSError:  # a file system without hard links
        try:
            shutil.copyfile(source, target)
        except FileNotFoundError:
            return False
    return True


def _write_manifest(version: Path, manifest: Manifest) -> None:
    data: dict[str, Any] = asdict(manifest)
    with (version / "manifest.json").open("w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _switch(folder: Path, version: Path) -> None:
    """Make `current` point to the version: a reader sees the old state or the new one."""
    link = folder / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / version.name)
    link.replace(folder / "current")


def _clean(folder: Path) -> None:
    """Remove old versions that no reader can still be at."""
    live = current_version(folder)
    versions = sorted((folder / "versions").iterdir(), key=lambda path: path.stat().st_mtime)
    for version in versions[:-_KEEP_VERSIONS]:
        if version != live and time.time() - version.stat().st_mtime > _KEEP_SECONDS:
            shutil.rmtree(version, ignore_errors=True)
