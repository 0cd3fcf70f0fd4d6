"""Fill a database, or bring it from the commit that it holds to the source's: the same for every engine."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from alembic_db import __version__
from alembic_db.errors import ExportError
from alembic_db.export.base import Change, ExportReport, Request
from alembic_db.export.changes import Changes, TableChange, divergence, dump_scoped_keys
from alembic_db.export.engine import EMPTY, STATE_TABLE, Engine, Layout, State, View
from alembic_db.export.fitting import check_fit
from alembic_db.export.held import held
from alembic_db.export.pairs import TABLES as PAIR_TABLES
from alembic_db.export.pairs import make_pairs
from alembic_db.export.rows import Rows
from alembic_db.export.source import Source
from alembic_db.export.statements import sql
from alembic_db.export.views import views_for
from alembic_db.reports import Progress
from alembic_db.store.schema import Table

_WAYS_OUT = "--replace fills it anew, losing what it holds; {elsewhere} leaves it as it is and fills another place."


class DatabaseTarget:
    """A database that an engine's adapter talks to."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def export(self, source: Source, request: Request, progress: Progress) -> ExportReport:
        """Bring the database to the state of the source, or leave it as it was."""
        return _Export(self._engine, source, request, progress).run()


@dataclass
class _Export:
    """One run."""

    engine: Engine
    source: Source
    request: Request
    progress: Progress

    def run(self) -> ExportReport:
        tables = _tables(self.source)
        layout = Layout(tables, views_for(self.engine.dialect, {table.name for table in tables}))
        with self.engine.session():
            state = self.engine.read_state()
            there = self.engine.names()
            fault = self._fault(state, there, layout)
            if fault and not (self.request.replace and state):
                raise fault
            fills = state is None or bool(fault) or self.request.replace or state.commit_seq == EMPTY
            report = self._fill(layout, state, there) if fills or state is None else self._sync(layout, state)
        if not self.request.dry_run:
            self.progress.finish()
        return report

    # What may stand in the way

    def _fault(self, state: State | None, there: Mapping[str, str], layout: Layout) -> ExportError | None:
        """Say what of the target is not as this project left it."""
        if state is None:
            return self._clash(there, layout)
        said = _mismatch(state, self.source) or self._altered(state, there, layout)
        hint = _WAYS_OUT.format(elsewhere=self.engine.elsewhere)
        return ExportError(f"{self.engine.title} {said}.", hint=hint) if said else None

    def _clash(self, there: Mapping[str, str], layout: Layout) -> ExportError | None:
        ours = [*(table.name for table in layout.tables), *(view.name for view in layout.views), STATE_TABLE]
        taken = [name for name in ours if name in there and not (name == STATE_TABLE and self._is_ours())]
        if not taken:
            return None
        kinds = ", ".join(f"{there[name]} {name}" for name in taken[:5])
        return ExportError(
            f"{self.engine.title} holds something else under names that the export needs: {kinds}.",
            hint=f"{self.engine.elsewhere} puts the export in a place of its own.",
        )

    def _is_ours(self) -> bool:
        """Tell whether a table of that name is ours although it remembers nothing: cut off in the very beginning."""
        return sorted(self.engine.columns(STATE_TABLE)) == sorted(one.name for one in fields(State))

    def _altered(self, state: State, there: Mapping[str, str], layout: Layout) -> str | None:
        """Compare tables, columns and numbers of rows with what was left there."""
        if state.commit_seq == EMPTY:
            return None
        for table in layout.tables:
            if there.get(table.name) != "table":
                return f"was altered: its table {table.name} is missing"
            if sorted(self.engine.columns(table.name)) != sorted(table.column_names):
                return f"was altered: its table {table.name} has other columns than it was given"
            rows = self.engine.count(table.name)
            if rows != state.row_counts.get(table.name):
                given = state.row_counts.get(table.name, 0)
                return f"was altered: its table {table.name} has {rows:,} rows and was given {given:,}"
        return None

    # The first time, or all anew

    def _fill(self, layout: Layout, state: State | None, there: Mapping[str, str]) -> ExportReport:
        make_pairs_if_wanted(self.source, layout, None)
        rows = {table.name: self._all_rows(table) for table in layout.tables}
        changes = {name: Change(inserted=some.count) for name, some in rows.items()}
        notes = check_fit(self.engine, rows)
        if not self.request.dry_run:
            new = self._state(layout, state, {name: some.count for name, some in rows.items()})
            with self.engine.filling(layout, new, _ours(there, layout, state)):
                for table in layout.tables:
                    self._insert(table, rows[table.name])
                self.progress.start("indexes and views", None)
                self.engine.write_state(new)
            self._keep(new)
        return self._report(layout, changes, {name: some.count for name, some in rows.items()}, notes)

    def _all_rows(self, table: Table) -> Rows:
        order = table.key if self.engine.takes_sorted else ()
        ((count,),) = self.source.connection.table(table.name).count("*").fetchall()
        return Rows(self.source.connection, f'main."{table.name}"', table.columns, int(count), order=order)

    # Every later time

    def _sync(self, layout: Layout, state: State) -> ExportReport:
        views_differ = state.views != _views_digest(layout.views)
        changes = self._changes(layout, state)
        counts = dict(state.row_counts)
        for one in changes:
            counts[one.table.name] += one.fresh.count - one.lost_rows
        notes = check_fit(self.engine, {one.table.name: one.fresh for one in changes})
        commit = self.source.manifest.commit_seq
        if not self.request.dry_run and (changes or views_differ or commit != state.commit_seq):
            new = self._state(layout, state, counts)
            with self.engine.changing(layout, renew_views=views_differ):
                self._apply(changes)
                self.progress.start("the rest", None)
                self.engine.write_state(new)
            self._keep(new)
        found = {one.table.name: one.change for one in changes}
        return self._report(
            layout, {table.name: found.get(table.name, Change()) for table in layout.tables}, counts, notes
        )

    def _changes(self, layout: Layout, state: State) -> list[TableChange]:
        before = held(self.source.exports, state.export_id, state.commit_seq)
        diverged = divergence(self.source, before, state.commit_seq, state.committed_at)
        same = self.source.manifest.commit_seq == state.commit_seq and diverged > state.commit_seq
        if same:
            return []
        if before and self.source.scope.search is not None and not dump_scoped_keys(self.source, before):
            before = None
        make_pairs_if_wanted(self.source, layout, before)
        finder = Changes(self.source, before, self.engine.read_rows, state.commit_seq, diverged)
        self.progress.start("changes", len(layout.tables))
        found = []
        for table in layout.tables:
            change = finder.of(table)
            self.progress.advance()
            if change is not None and (change.lost_rows or change.fresh.count):
                found.append(change)
        return found

    def _apply(self, changes: Sequence[TableChange]) -> None:
        """Delete children before what they refer to, and insert them after it."""
        for one in reversed(changes):
            if one.lost_rows:
                self.progress.start(f"{one.table.name}: delete", one.lost_rows)
                deleted = self.engine.delete(one.table, one.lost)
                self._expect(one.table, "deleted", deleted, one.lost_rows)
                self.progress.advance(deleted)
        for one in changes:
            if one.fresh.count:
                self._insert(one.table, one.fresh)

    def _insert(self, table: Table, rows: Rows) -> None:
        self.progress.start(table.name, rows.count)
        inserted = self.engine.insert(table, rows)
        self._expect(table, "inserted", inserted, rows.count)
        self.progress.advance(inserted)

    def _expect(self, table: Table, done: str, rows: int, expected: int) -> None:
        if rows != expected:
            raise ExportError(
                f"{self.engine.title}: of {expected:,} rows of {table.name}, {rows:,} were {done}; all was undone.",
                hint="Somebody may have altered the table: --replace fills it anew.",
            )

    def _state(self, layout: Layout, old: State | None, counts: Mapping[str, int]) -> State:
        manifest = self.source.manifest
        found = self.source.connection.execute(sql("diff/commit_time"), {"commit_seq": manifest.commit_seq}).fetchall()
        now = datetime.now(UTC).replace(tzinfo=None)
        return State(
            export_id=old.export_id if old and old.store_id == manifest.store_id else str(uuid.uuid4()),
            store_id=manifest.store_id,
            schema_version=manifest.schema_version,
            commit_seq=manifest.commit_seq,
            committed_at=found[0][0] if found else now,
            exported_at=now,
            exported_by=f"alembic_db {__version__}",
            scope=_scope(self.source),
            views=_views_digest(layout.views),
            row_counts=dict(counts),
        )

    def _keep(self, state: State) -> None:
        self.source.keep_as = (state.export_id, state.commit_seq)

    def _report(
        self, layout: Layout, changes: Mapping[str, Change], counts: Mapping[str, int], notes: Sequence[str]
    ) -> ExportReport:
        return ExportReport(
            target=self.engine.title,
            commit_seq=self.source.manifest.commit_seq,
            tables=changes,
            rows={table.name: counts[table.name] for table in layout.tables},
            views=tuple(view.name for view in layout.views),
            notes=tuple(notes),
            dry_run=self.request.dry_run,
        )


def _tables(source: Source) -> tuple[Table, ...]:
    """List what is sent: the chosen tables without references to what is not, and the pairs where all is."""
    names = {table.name for table in source.tables}
    chosen = [*source.tables, *(PAIR_TABLES if not source.scope.only else ())]
    names |= {table.name for table in chosen}
    return tuple(replace(table, references=tuple(r for r in table.references if r.table in names)) for table in chosen)


def make_pairs_if_wanted(source: Source, layout: Layout, before: Path | None) -> None:
    """Count the pairs where they are part of what is sent."""
    if any(table.derived for table in layout.tables):
        make_pairs(source, before)


def _mismatch(state: State, source: Source) -> str | None:
    manifest = source.manifest
    if state.store_id != manifest.store_id:
        return f"belongs to another project (its store is {state.store_id})"
    if state.schema_version > manifest.schema_version:
        return f"was filled by a newer version of alembic_db (schema {state.schema_version})"
    if state.schema_version < manifest.schema_version:
        return (
            f"has the schema of an older version of alembic_db ({state.schema_version}, now {manifest.schema_version})"
        )
    if state.scope != _scope(source):
        return f"was filled with another choice of rows ({_told(state.scope)})"
    return None


def _scope(source: Source) -> str:
    return json.dumps({"only": sorted(set(source.scope.only)), "search": source.scope.search})


def _told(scope: str) -> str:
    chosen = json.loads(scope)
    parts = [f"--only {name}" for name in chosen["only"]]
    parts += [f"--search {chosen['search']!r}"] if chosen["search"] is not None else []
    return " ".join(parts) or "all tables, no --search"


def _views_digest(views: Sequence[View]) -> str:
    digest = hashlib.sha256("\0".join(f"{view.name} {view.select}" for view in views).encode()).hexdigest()
    return json.dumps({"sha256": digest, "names": [view.name for view in views]})


def _ours(there: Mapping[str, str], layout: Layout, state: State | None) -> dict[str, str]:
    """Say which of the tables and views that are there are ours."""
    if state is None:
        return {}
    names = {STATE_TABLE, *state.row_counts, *json.loads(state.views)["names"], *_layout_names(layout)}
    return {name: kind for name, kind in there.items() if name in names}


def _layout_names(layout: Layout) -> Iterator[str]:
    yield from (table.name for table in layout.tables)
    yield from (view.name for view in layout.views)
