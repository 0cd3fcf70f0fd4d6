"""A store in a temporary folder, and small packages to fill it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alembic_db.sra import RowBatch, XmlReader
from alembic_db.store import Store, Written, migrate, write_batch


def package(
    number: int, *, title: str = "a title", study: int = 1, abstract: str = "An abstract.", runs: int = 1
) -> str:
    """Write a small package; experiments of one study share its sample as well."""
    run_set = "".join(
        f'<RUN accession="SRR{number}{run}" total_spots="{run}"><SRAFiles><SRAFile filename="f{run}"/></SRAFiles></RUN>'
        for run in range(runs)
    )
    return (
        f'<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX{number}"><TITLE>{title}</TITLE></EXPERIMENT>'
        f'<STUDY accession="SRP{study}"><DESCRIPTOR><STUDY_ABSTRACT>{abstract}</STUDY_ABSTRACT></DESCRIPTOR></STUDY>'
        f'<SAMPLE accession="SRS{study}"><SAMPLE_NAME><TAXON_ID>9606</TAXON_ID><SCIENTIFIC_NAME>Homo sapiens'
        "</SCIENTIFIC_NAME></SAMPLE_NAME><SAMPLE_ATTRIBUTES><SAMPLE_ATTRIBUTE><TAG>cell line</TAG><VALUE>HeLa</VALUE>"
        "</SAMPLE_ATTRIBUTE></SAMPLE_ATTRIBUTES></SAMPLE>"
        f"<RUN_SET>{run_set}</RUN_SET></EXPERIMENT_PACKAGE>"
    )


def batch_of(*records: str) -> RowBatch:
    """Read records into a batch."""
    batch = RowBatch()
    document = "<EXPERIMENT_PACKAGE_SET>" + "".join(records) + "</EXPERIMENT_PACKAGE_SET>"
    for record in XmlReader([document.encode()], "made"):
        batch.add(record)
    return batch


def write(store: Store, *records: str) -> Written:
    """Write records in one commit."""
    with store.commit("import", "made") as commit:
        return write_batch(store, commit, batch_of(*records))


def content(store: Store, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Read every data table whole, sorted, leaving out some columns."""
    tables = [
        name
        for (name,) in store.connection.execute("select table_name from duckdb_tables() where not temporary").fetchall()
    ]
    logs = {
        "store_commit",
        "schema_migration",
        "store_info",
        "search",
        "search_run",
        "search_hit",
        "problem",
        "entrez_record",
        "record_change",
        "import_block",
        "import_seen",
        "import_problem",
    }
    result = {}
    for table in sorted(set(tables) - logs):
        relation = store.connection.table(table)
        columns = [f'"{column}"' for column in relation.columns if column not in without]
        result[table] = sorted(relation.select(*columns).fetchall(), key=repr)
    return result


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.duckdb") as opened:
        migrate(opened, "test")
        yield opened


@pytest.fixture
def fresh_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []

    def make() -> Store:
        made = Store.open(tmp_path_factory.mktemp("fresh") / "store.duckdb")
        opened.append(made)
        migrate(made, "test")
        return made

    yield make
    for made in opened:
        made.close()


@pytest.fixture
def helpers() -> Any:
    """Hand the helpers above to tests: test files do not import each other."""

    class Helpers:
        package = staticmethod(package)
        write = staticmethod(write)
        content = staticmethod(content)
        batch_of = staticmethod(batch_of)

    return Helpers
