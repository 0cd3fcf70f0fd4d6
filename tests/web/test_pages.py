"""Every page answers as HTML, JSON and CSV from one view, and says in words what is wrong with a request."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from alembic_db.web.app import VIEWS

if TYPE_CHECKING:
    from starlette.testclient import TestClient

NEEDED = {
    "record": "?kind=study&accession=SRP990003",
    "query": "?name=top_entities",
    "sql": "?q=select+accession+from+study",
    "job": None,  # needs a job: test_jobs
}
PATHS = [(name, NEEDED.get(name, "")) for name in VIEWS if NEEDED.get(name, "") is not None]


@pytest.mark.parametrize(("name", "query"), PATHS)
def test_a_page_has_a_json_and_a_csv_twin(client: TestClient, name: str, query: str):
    page, twin, table = (client.get(f"/{name}{suffix}{query}") for suffix in ("", ".json", ".csv"))
    assert [page.status_code, twin.status_code, table.status_code] == [200, 200, 200], page.text[-500:]
    assert "<h1>" in page.text
    assert isinstance(twin.json(), dict)
    rows = list(csv.reader(io.StringIO(table.text)))
    assert rows
    assert len({len(row) for row in rows if row}) <= 1


def entities(client: TestClient, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/entities.json", params=filters).json()["entities"]
    return found


def test_the_counts_are_those_of_sql(client: TestClient):
    statement = """
        with used as (
            select experiment_accession, text_id from (
                select accession as experiment_accession, text_id from field_text where record_type = 'experiment'
                union all
                select m.experiment_accession, t.text_id from field_text t
                join experiment_sample m on t.record_type = 'sample' and m.sample_accession = t.accession
                union all
                select r.experiment_accession, t.text_id from field_text t
                join run r on t.record_type = 'run' and r.accession = t.accession
                union all
                select e.accession, t.text_id from field_text t
                join experiment e on t.record_type = 'study' and e.study_accession = t.accession)
        )
        select e.name, count(distinct u.experiment_accession) as n
        from used u join entity_span s using (text_id) join entity e on e.entity_id = s.entity_id
        where e.entity_type = 'Disease' group by e.name order by n desc, e.name
    """
    expected = {row["name"]: row["n"] for row in client.get("/sql.json", params={"q": statement}).json()["rows"]}
    assert expected
    shown = entities(client, type="Disease", look="table")
    assert {row["name"]: row["experiments"] for row in shown} == dict(list(expected.items())[:50])


def test_every_filter_narrows_and_every_facet_shows_what_the_others_leave(client: TestClient):
    everything = client.get("/entities.json").json()
    for facet in ("type", "annotator", "organism", "strategy", "study"):
        for row in everything["facets"][facet]:
            narrowed = client.get("/entities.json", params={facet: row["value"]}).json()
            assert narrowed["total"] <= everything["total"]
            # A facet does not narrow itself: one can change one's mind.
            assert narrowed["facets"][facet] == everything["facets"][facet]
            others = [f for f in ("organism", "strategy", "study") if f != facet]
            for other in others:
                counts = {r["value"]: r["experiments"] for r in everything["facets"][other]}
                assert all(r["experiments"] <= counts[r["value"]] for r in narrowed["facets"][other])
    assert entities(client, q="NO SUCH NAME") == []
    assert {row["name"] for row in entities(client, q="EGFR")} == {"egfr"}
    assert entities(client, field="study.no_such_field") == []
    assert len(entities(client, field="study.abstract")) < everything["total"]
    assert entities(client, score="1") == entities(client, score="1.0")


def test_the_records_behind_a_number_are_as_many_as_it_says(client: TestClient):
    for row in entities(client, look="table")[:10]:
        found = client.get("/records.json", params={"entity": row["entity_id"]}).json()
        assert found["total"] == row["experiments"], row
    pairs = client.get("/together.json", params={"type_a": "Gene", "type_b": "Disease"}).json()["pairs"]
    assert pairs
    for pair in pairs:
        found = client.get("/records.json", params=[("entity", pair["id_a"]), ("entity", pair["id_b"])]).json()
        assert found["total"] == pair["experiments"], pair


def test_records_are_found_by_accession_and_by_words(client: TestClient):
    found = client.get("/records.json", params={"kind": "study"}).json()["records"]
    accession = found[0]["accession"]
    by_accession = client.get("/records.json", params={"words": accession.lower(), "kind": "study"}).json()
    assert [row["accession"] for row in by_accession["records"]] == [accession]
    by_study = client.get("/records.json", params={"words": accession}).json()
    assert {row["study_accession"] for row in by_study["records"]} == {accession}
    word = found[0]["title"].split()[0]
    assert accession in {
        row["accession"]
        for row in client.get("/records.json", params={"kind": "study", "words": word}).json()["records"]
    }


def test_a_record_shows_all_of_its_texts_unaltered(client: TestClient):
    import html
    import re

    answer = client.get("/record.json", params={"kind": "study", "accession": "SRP990003"}).json()
    page = client.get("/record", params={"kind": "study", "accession": "SRP990003"}).text
    shown = re.sub(
        r'<span class="types">.*?</span></span>|<span class="tip".*?</span></span></span>', "", page, flags=re.S
    )
    shown = html.unescape(re.sub(r"<[^>]+>", "", shown))
    for text in answer["texts"]:
        assert all(text["content"][s["start_offset"] : s["end_offset"]] == s["mention"] for s in text["spans"])
        plain = re.sub(r"\s+", "", text["content"])
        for span in text["spans"]:
            assert span["mention"] in shown
        assert text["spans"] or plain in re.sub(r"\s+", "", shown)


def test_saved_views_take_their_parameters(client: TestClient):
    answer = client.get("/query.json", params={"name": "top_entities", "type": "Gene", "limit": "3"}).json()
    assert len(answer["rows"]) == 3
    assert {row["entity_type"] for row in answer["rows"]} == {"Gene"}
    assert client.get("/query.json", params={"name": "samples_with_entity"}).json()["needs"] == []
    wrong = client.get("/query.json", params={"name": "top_entities", "limit": "many"})
    assert wrong.status_code == 400
    assert "limit" in wrong.json()["error"]


def test_parquet_of_a_result(client: TestClient):
    import pyarrow.parquet as pq

    answer = client.get("/sql.parquet", params={"q": "select accession from study order by 1"})
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert pq.read_table(io.BytesIO(answer.content)).column_names == ["accession"]


@pytest.mark.parametrize("name", ["RESULTS.TSV", "AI_PROCESSED.TSV", "DOWNLOADS.TXT", "project.sqlite", "report.html"])
def test_files_are_taken_away_whole_and_of_one_search(client: TestClient, name: str):
    whole = client.get(f"/take/{name}")
    assert whole.status_code == 200
    assert f'filename="{name}"' in whole.headers["content-disposition"]
    part = client.get(f"/take/{name}", params={"search": "cancer"})
    assert part.status_code == 200
    assert name in ("report.html", "project.sqlite") or len(part.content) < len(whole.content)


def test_the_report_asks_for_nothing(client: TestClient):
    report = client.get("/take/report.html").text
    assert "<script" not in report
    assert "src=" not in report
    assert "@import" not in report
    assert "breast cancer" in report


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/record?kind=study&accession=SRP404", 404),
        ("/record?kind=planet&accession=x", 400),
        ("/records?entity=x", 400),
        ("/entities?type=Planet", 400),
        ("/entities?score=2", 400),
        ("/entities?page=0&look=table", 400),
        ("/query?name=nothing", 400),
        ("/job?id=7", 404),
        ("/events?id=7", 404),
        ("/take/..%2Fstore.duckdb", 404),
        ("/take/store.duckdb", 404),
        ("/take/RESULTS.TSV?search=no", 404),
        ("/static/../app.py", 404),
        ("/static/%2e%2e/app.py", 404),
        ("/nowhere", 404),
    ],
)
def test_what_cannot_be_shown_says_why(client: TestClient, path: str, status: int):
    answer = client.get(path)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert "Unexpected" not in answer.text


def test_a_refusal_is_json_where_json_was_asked_for(client: TestClient):
    answer = client.get("/entities.json?type=Planet")
    assert answer.status_code == 400
    assert "Planet" in json.loads(answer.content)["error"]
