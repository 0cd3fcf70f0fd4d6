"""The editor reads the project and nothing else, and no statement outlives its limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alembic_db.errors import QueryError
from alembic_db.explore.asker import Asker
from alembic_db.store import Limits

if TYPE_CHECKING:
    from starlette.testclient import TestClient

ESCAPES = [
    "copy (select 1) to '{outside}'",
    "copy study to '{outside}' (format parquet)",
    "attach '{outside}' as other",
    "attach '{store}' as other",
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('{store}')",
    "select * from '/etc/passwd'",
    "from read_parquet('https://127.0.0.1:1/x.parquet')",
    "select * from glob('/etc/*')",
    "install httpfs",
    "load httpfs",
    "pragma database_list",
    "set enable_external_access = true",
    "set memory_limit = '100GB'",
    "reset lock_configuration",
    "create table x as select 1",
    "create macro m() as 1",
    "insert into study select * from study",
    "update study set title = 'x'",
    "delete from study",
    "drop view study",
    "export database '{outside}'",
    "import database '{outside}'",
    "call pragma_version()",
    "checkpoint",
    "vacuum",
    "use memory",
    "prepare p as select 1",
    "select 1; drop view study",
    "explain analyze delete from study",
    "select * from sniff_csv('/etc/passwd')",
    "select * from parquet_metadata('{store}')",
    "",
    ";",
    "selec",
]


@pytest.fixture(scope="module")
def asker(filled: Path) -> Iterator[Asker]:
    made = Asker(filled / "snapshot", Limits(rows=100, seconds=2.0, memory="300MB"))
    yield made
    made.close()


@pytest.mark.parametrize("statement", ESCAPES)
def test_nothing_but_the_project_is_read_and_nothing_written(
    client: TestClient, filled: Path, tmp_path: Path, statement: str
):
    outside = tmp_path / "outside"
    text = statement.format(outside=outside, store=filled / "store.duckdb")
    answer = client.get("/sql.json", params={"q": text})
    assert answer.status_code == 400 if text else 200
    assert "root:" not in answer.text
    assert not outside.exists()
    assert not list(tmp_path.iterdir())
    assert client.get("/sql.json", params={"q": "select count(*) as n from study"}).json()["rows"][0]["n"] > 0


@pytest.mark.parametrize(
    "statement",
    [
        "select count(*) from range(1000000000) a, range(1000000000) b",
        "with recursive t(n) as (select 1 union all select n + 1 from t) select max(n) from t",
        "select list(range) from range(1000000000)",
        "select length(repeat('x', 1000000000)) + length(repeat('y', 1000000000)) + length(repeat('z', 1000000000))",
    ],
)
def test_a_statement_that_takes_too_much_is_stopped(asker: Asker, statement: str):
    with pytest.raises(QueryError, match="stopped|memory"):
        asker.table(statement)
    assert asker.table("select 1 as x").to_pylist() == [{"x": 1}]


def test_rows_are_cut_at_the_limit_and_that_is_said(asker: Asker, client: TestClient):
    assert asker.table("select * from range(1000000000000)").num_rows == 101
    answer = client.get("/sql.json", params={"q": "select * from range(5000)"}).json()
    assert len(answer["rows"]) == 1000
    assert answer["more"] is True


def test_columns_of_one_name_are_all_kept(client: TestClient):
    rows = client.get("/sql.json", params={"q": "select 1 as a, 2 as a, 3 as a"}).json()["rows"]
    assert list(rows[0].values()) == [1, 2, 3]


@pytest.mark.parametrize(
    "value",
    ["1.5::decimal(9,2)", "timestamp '2024-01-01'", "interval 3 day", "'a'::blob", "[1, 2]", "{'a': [null]}",
     "map {'k': 1}", "'NaN'::double", "uuid()", "date '2024-01-01'", "null", "time '10:00'", "170141183460469231731687303715884105727"],
)  # fmt: skip
def test_values_of_every_type_are_shown(client: TestClient, value: str):
    for suffix in ("", ".json", ".csv"):
        answer = client.get(f"/sql{suffix}", params={"q": f"select {value} as x, 'y' as label"})
        assert answer.status_code == 200, answer.text
