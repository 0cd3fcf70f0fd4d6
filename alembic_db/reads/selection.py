"""Which runs are meant: by accession, by a condition, or by a saved view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alembic_db.accession import AccessionKind, find_kind, split_accessions
from alembic_db.errors import QueryError, UsageError
from alembic_db.saved import render, saved_query
from alembic_db.store.database import statement

if TYPE_CHECKING:
    from alembic_db.store import Reader

_RUN_VIEW = "runs"
# Columns of a view that say which runs it means, the most exact first.
_ACCESSION_COLUMNS = ("run_accession", "experiment_accession", "sample_accession", "study_accession", "accession")
_GEO = (AccessionKind.GEO_SERIES, AccessionKind.GEO_SAMPLE)


@dataclass(frozen=True)
class Selection:
    """Accessions, or a condition on the view `runs`, or a saved view with its parameters; nothing means all runs."""

    accessions: tuple[str, ...] = ()
    where: str | None = None
    view: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if sum(map(bool, (self.accessions, self.where is not None, self.view))) > 1:
            raise UsageError("Accessions, --where and --view exclude each other.", hint="Give one of them.")
        if self.values and not self.view:
            raise UsageError("Parameters belong to a view.", hint="Name it: --view NAME")

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was said, which means every run."""
        return not self.accessions and self.where is None and not self.view


@dataclass(frozen=True)
class Run:
    """A run that is meant, with what deciding about its files takes; a run outside the project is only named."""

    accession: str
    experiment_accession: str | None = None
    library_layout: str | None = None
    is_public: bool | None = None
    study_accession: str | None = None


@dataclass(frozen=True)
class Selected:
    """The runs of the project that are meant, the accessions that it does not hold, and those of GSA."""

    runs: tuple[Run, ...]
    outside: tuple[str, ...] = ()
    gsa: tuple[str, ...] = ()


def select_runs(reader: Reader, selection: Selection) -> Selected:
    """Find the runs in the published snapshot. UsageError or QueryError for what cannot be selected by."""
    if selection.accessions:
        return _by_accession(reader, selection.accessions)
    if selection.view:
        names = _by_view(reader, selection.view, selection.values)
    else:
        names = _by_condition(reader, "true" if selection.where is None else selection.where)
    return Selected(_runs(reader, names))


def _by_accession(reader: Reader, given: Sequence[str]) -> Selected:
    asked, gsa = split_accessions(" ".join(given))
    found = reader.rows(statement("runs_of_accessions"), {"accessions": asked})
    held = {row["accession"] for row in found}
    outside = tuple(accession for accession in asked if accession not in held)
    return Selected(_runs(reader, (row["run_accession"] for row in found)), outside, tuple(gsa))


def _by_condition(reader: Reader, condition: str) -> list[str]:
    sql = condition_sql(condition)
    try:
        return [row["run_accession"] for row in reader.user_table(sql).to_pylist()]
    except QueryError as error:
        raise QueryError(
            f"The condition cannot be used: {error.message}",
            hint="Its columns are those of the view: alembic-db query runs",
        ) from error


def condition_sql(condition: str) -> str:
    """Return the SELECT of the runs that a condition holds for; QueryError if it is not one condition."""
    import sqlglot
    from sqlglot import exp

    try:
        wanted = sqlglot.parse_one(f"({condition}\n)", read="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise QueryError(
            f"The condition {condition!r} cannot be read: {str(error).splitlines()[0]}",
            hint="For example: --where \"library_strategy = 'RNA-Seq' and scientific_name = 'Homo sapiens'\"",
        ) from None
    if not isinstance(wanted, exp.Paren):
        raise QueryError(f"{condition!r} is not one condition.", hint="Give what would stand after WHERE.")
    runs = sqlglot.parse_one(saved_query(_RUN_VIEW).sql, read="duckdb")
    assert isinstance(runs, exp.Query)
    return exp.select("run_accession").from_(runs.subquery(_RUN_VIEW)).where(wanted).sql(dialect="duckdb")


def _by_view(reader: Reader, view: str, values: Mapping[str, str]) -> list[str]:
    table = reader.table(render(saved_query(view), values))
    names = {name.lower().replace(" ", "_"): name for name in table.column_names}
    column = next((names[name] for name in _ACCESSION_COLUMNS if name in names), None)
    if column is None:
        raise QueryError(
            f"The view {view!r} has no column that names runs, experiments, samples or studies.",
            hint="Choose another, or use --where.",
        )
    given = list(dict.fromkeys(value for value in table.column(column).to_pylist() if value))
    found = reader.rows(statement("runs_of_accessions"), {"accessions": given})
    return [row["run_accession"] for row in found]


def _runs(reader: Reader, names: Iterable[str]) -> tuple[Run, ...]:
    sql = statement("run_facts", runs=saved_query(_RUN_VIEW).sql)
    return tuple(Run(*row.values()) for row in reader.rows(sql, {"runs": list(dict.fromkeys(names))}))


def is_known_to_ena(accession: str) -> bool:
    """Tell whether ENA's portal takes an accession of this kind."""
    return find_kind(accession) not in (None, *_GEO)
