"""Search, add, import and annotate, from the command line to a store and back, against a stand-in server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

import alembic_db
from alembic_db import Project
from alembic_db.demo import Faults, StandInEntrez, bundled_packages
from alembic_db.entrez import EntrezClient, EntrezSettings

type Run = Callable[..., Result]
TERM = ("Alzheimer", "disease", "RNASeq")


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInEntrez]:
    """Serve the bundled records, and make the client ask there; with a key, for it then asks faster."""
    with StandInEntrez(bundled_packages()) as server:
        monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", server.url)
        monkeypatch.setenv("NCBI_API_KEY", "0123456789abcdef")
        yield server


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client try again at once."""

    def entrez() -> EntrezClient:
        return EntrezClient(EntrezSettings.from_environment(), sleep=lambda seconds: None)

    monkeypatch.setattr(Project, "_entrez", lambda _: entrez())


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """Make an empty project."""
    return Project.create(tmp_path / "empty").path


def rows(run: Run, project: Path, sql: str) -> list[dict[str, object]]:
    """Ask the project."""
    answer: list[dict[str, object]] = json.loads(run("-p", project, "sql", sql, "--json").stdout)
    return answer


def test_search_tells_what_it_found_and_stores_it(run: Run, empty: Path) -> None:
    result = run("-p", empty, "search", *TERM, "--json")
    report = json.loads(result.stdout)
    assert report["found"] == report["stored"] == report["new"] > 0
    assert report["failed"] == 0
    assert report["annotated"]["spans"] > 0
    told = result.stderr.splitlines()
    assert told[0] == f"{report['found']:,} records found."
    assert told[1].startswith(f"{report['found']:,} records stored ({report['found']:,} new, 0 changed")
    assert rows(run, empty, "select count(*) as n from experiment") == [{"n": report["found"]}]


def test_second_search_brings_nothing_new(run: Run, empty: Path) -> None:
    first = json.loads(run("-p", empty, "search", *TERM, "--json").stdout)
    again = json.loads(run("-p", empty, "search", *TERM, "--json").stdout)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, first["new"])


def test_count_prints_the_number_and_fetches_nothing(run: Run, empty: Path) -> None:
    result = run("-p", empty, "search", *TERM, "--count")
    assert int(result.stdout) > 0
    assert result.stderr == ""
    assert rows(run, empty, "select count(*) as n from experiment") == [{"n": 0}]


def test_show_query_prints_the_term_and_asks_nobody(run: Run) -> None:
    result = run("search", "brain", "tissue", "--show-query", "--organism", "Homo sapiens", "--since", "2020")
    assert result.stdout == ('(brain tissue) AND "Homo sapiens"[Organism] AND ("2020/01/01"[PDAT] : "3000"[PDAT])\n')


def test_show_query_with_count_prints_both(run: Run, empty: Path) -> None:
    lines = run("-p", empty, "search", *TERM, "--show-query", "--count").stdout.splitlines()
    assert lines[0] == " ".join(TERM)
    assert int(lines[1]) > 0


def test_limit_takes_the_newest_and_says_so(run: Run, empty: Path) -> None:
    result = run("-p", empty, "search", *TERM, "--limit", "3", "--no-annotate", "--json")
    report = json.loads(result.stdout)
    assert report["selected"] == report["stored"] == 3
    assert result.stderr.splitlines()[0] == f"{report['found']:,} records found; the newest 3 are taken."
    assert report["annotated"] is None


def test_limit_of_the_project_says_how_to_have_more(run: Run, empty: Path) -> None:
    (empty / "alembic.toml").write_text("limit = 2\n")
    told = run("-p", empty, "search", *TERM, "--no-annotate").stderr
    assert "the newest 2 are taken. Take more with --limit N or --all" in told
    report = json.loads(run("-p", empty, "search", *TERM, "--no-annotate", "--all", "--json").stdout)
    assert report["stored"] == report["found"] > 2


def test_quiet_search_says_nothing(run: Run, empty: Path) -> None:
    assert run("-p", empty, "-q", "search", *TERM, "--limit", "1").output == ""


def test_accessions_come_from_arguments_files_and_stdin(run: Run, empty: Path, tmp_path: Path) -> None:
    run("-p", empty, "search", *TERM, "--limit", "3", "--no-annotate")
    known = [str(row["accession"]) for row in rows(run, empty, "select accession from experiment")]
    (tmp_path / "list.txt").write_text(f"{known[0].lower()}\n")
    other = Project.create(tmp_path / "other").path
    added = run(
        "-p",
        other,
        "add",
        known[1],
        "-",
        "--file",
        tmp_path / "list.txt",
        "--json",
        stdin=f"{known[2]}, {known[0]}",
    )
    assert json.loads(added.stdout)["stored"] == 3
    stored = rows(run, other, "select accession from experiment order by 1")
    assert [row["accession"] for row in stored] == sorted(known)


def test_accession_that_ncbi_does_not_know_is_a_failure(run: Run, empty: Path) -> None:
    result = run("-p", empty, "add", "SRX999999999999", exit_code=1)
    assert "SRX999999999999" in result.stderr
    assert "SRX999999999999" in run("-p", empty, "problems").stdout


def test_annotate_reads_what_was_only_stored_and_only_once(run: Run, empty: Path) -> None:
    run("-p", empty, "search", *TERM, "--limit", "3", "--no-annotate")
    first = json.loads(run("-p", empty, "annotate", "--annotator", "pattern", "--json").stdout)
    assert first["annotators"] == ["pattern"]
    assert first["texts"] > 0
    again = run("-p", empty, "annotate", "--annotator", "pattern")
    assert again.stderr == "0 texts annotated, 0 mentions found (pattern).\n"


def test_key_is_sent_and_never_shown(run: Run, empty: Path) -> None:
    result = run("-p", empty, "--debug", "search", *TERM, "--limit", "1")
    assert "0123456789abcdef" not in result.output
    assert not any("0123456789abcdef" in path.read_text(errors="replace") for path in empty.rglob("*.log"))


def test_server_that_is_away_is_told_in_one_line(run: Run, empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", "http://127.0.0.1:1/")
    result = run("-p", empty, "search", "x", exit_code=1)
    assert result.stderr.startswith("Error: ")
    assert "127.0.0.1:1" in result.stderr
    assert result.stderr.count("\n") == 1


def test_phrase_that_ncbi_does_not_know_is_named(run: Run, empty: Path) -> None:
    told = run("-p", empty, "search", "Alzhiemerr").stderr
    assert "NCBI does not know the phrase 'Alzhiemerr'." in told.splitlines()
    assert "0 records found." in told.splitlines()


def test_record_that_ncbi_does_not_give_is_named_and_costs_no_other(
    run: Run, server: StandInEntrez, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("-p", empty, "search", *TERM, "--limit", "1", "--no-annotate")
    (lost,) = rows(run, empty, "select accession from experiment")
    uid = server.uids[str(lost["accession"])]
    other = Project.create(empty.parent / "other").path
    with StandInEntrez(bundled_packages(), faults=Faults(poison_uids=frozenset({uid}))) as faulty:
        monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", faulty.url)
        result = run("-p", other, "search", *TERM, "--json", exit_code=1)
    report = json.loads(result.stdout)
    assert (report["failed"], report["stored"]) == (1, report["found"] - 1)
    assert f"  fetch: UID {uid}: " in result.stderr
    assert uid in run("-p", other, "problems").stdout


@pytest.fixture
def many_records(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInEntrez]:
    """Serve a thousand records, so that an interruption finds a search under way."""
    text = Path(__file__).with_name("records.xml").read_text(encoding="utf-8")
    package = text[text.index("<EXPERIMENT_PACKAGE>") : text.index("</EXPERIMENT_PACKAGE_SET>")]
    packages = [package.replace("9900001", str(9900000 + number)).encode() for number in range(1000)]
    with StandInEntrez(packages) as server:
        monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", server.url)
        yield server


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is no signal that can be sent to one process there")
def test_interrupted_search_keeps_what_it_has_and_goes_on_later(
    run: Run, many_records: StandInEntrez, empty: Path
) -> None:
    (empty / "alembic.toml").write_text("page_size = 5\n")
    search = ["-p", str(empty), "search", "liver", "--no-annotate"]
    environment = os.environ | {"PYTHONPATH": str(Path(alembic_db.__file__).parents[1])}
    command = [sys.executable, "-m", "alembic_db", *search]
    # Tests that a shell runs in the background ignore Ctrl-C, and whatever they start would, too.
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        signal.signal(signal.SIGINT, ours)
        pages = 0
        while pages < 60 and process.poll() is None:
            pages = sum(asked.call == "efetch" for asked in list(many_records.requests))
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130, (pages, told)
    assert told.splitlines()[-1] == "Interrupted: what was fetched is stored. Run the same command again to go on."
    assert "Traceback" not in told
    (kept,) = json.loads(run("-p", empty, "status", "--json").stdout)["searches"]
    assert 100 <= kept["stored"] < kept["found"] == 1000
    report = json.loads(run(*search, "--json").stdout)
    assert (report["stored"], report["new"], report["unchanged"]) == (1000, 1000 - kept["stored"], kept["stored"])
