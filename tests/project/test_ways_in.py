"""Records give the same tables whichever way they come, and every one that is found is stored or named."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

import pytest
from lxml import etree

from alembic_db.errors import EntrezPermanentError, EntrezTransientError, InputError, UsageError

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "sra"


def as_set(packages: list[bytes]) -> bytes:
    return b"<EXPERIMENT_PACKAGE_SET>" + b"\n".join(packages) + b"</EXPERIMENT_PACKAGE_SET>"


def balanced(report) -> bool:  # type: ignore[no-untyped-def]
    return report.selected == report.stored + report.failed


def test_a_search_and_an_import_of_the_same_records_give_the_same_tables(
    new_project, entrez, packages, data, tmp_path, no_waiting
):
    entrez(packages)
    searched, imported = new_project("searched"), new_project("imported")
    report = searched.search("public[Access]", limit=None)
    (tmp_path / "all.xml").write_bytes(as_set(packages))
    imported.import_paths([tmp_path / "all.xml"])
    assert report.stored == len(packages) and balanced(report)
    assert data(searched) == data(imported)


def test_the_second_search_writes_no_row(project, entrez, packages, data, no_waiting):
    entrez(packages)
    first = project.search("public[Access]", limit=None)
    before = data(project, dates=True)
    second = project.search("public[Access]", limit=None)
    assert (first.new, second.new, second.changed, second.unchanged) == (len(packages), 0, 0, len(packages))
    assert second.annotated is not None and second.annotated.texts == 0
    assert data(project, dates=True) == before


def test_exactly_the_changed_records_change(project, entrez, packages, data, no_waiting):
    server = entrez(packages)
    project.search("public[Access]", limit=None)
    before = {row[0]: row for row in data(project, dates=True)["experiment"]}
    changed = packages[::10]
    server.replace([p.replace(b"<TITLE>", b"<TITLE>Revised: ", 1) if p in changed else p for p in packages])
    report = project.search("public[Access]", limit=None)
    assert (report.new, report.changed, report.unchanged) == (0, len(changed), len(packages) - len(changed))
    after = {row[0]: row for row in data(project, dates=True)["experiment"]}
    touched = {accession for accession in after if after[accession] != before[accession]}
    assert touched == {etree.fromstring(p).find("EXPERIMENT").get("accession") for p in changed}


def test_a_poisoned_record_costs_itself_and_is_named(project, entrez, packages, no_waiting):
    from alembic_db.demo import Faults

    entrez(packages)
    some_uid = _some_uid(project)
    entrez(packages, Faults(poison_uids=frozenset({some_uid})))
    report = project.search("public[Access]", limit=None, annotate=False)
    assert report.failed == 1 and report.stored == len(packages) - 1 and balanced(report)
    (problem,) = [p for p in report.problems if p.counts_as_record]
    assert (problem.stage, problem.uid) == ("fetch", some_uid)
    assert project.problems().num_rows == 1
    (status,) = project.status().searches
    assert status.selected == status.stored + status.failed
    entrez(packages)
    assert project.search("public[Access]", limit=None).failed == 0
    assert project.problems().num_rows == 0  # mended: no longer a problem


def _some_uid(project) -> str:  # type: ignore[no-untyped-def]
    with project._entrez() as client:
        return str(client.search("public[Access]", limit=None).uids[3])


@pytest.mark.parametrize("seed", range(3))
def test_a_faulty_server_changes_nothing_in_the_result(new_project, entrez, packages, data, seed, no_waiting):
    from alembic_db.demo import Faults

    calm, stormy = new_project("calm"), new_project("stormy")
    entrez(packages)
    calm.search("public[Access]", limit=None)
    entrez(packages, Faults(rate=0.3, seed=seed))
    for _ in range(5):  # an outage ends the command, and running it again goes on
        try:
            report = stormy.search("public[Access]", limit=None)
        except EntrezTransientError:
            continue
        if not report.failed:
            break
    assert data(stormy) == data(calm)


def test_the_limit_is_kept_and_said(project, entrez, packages, no_waiting):
    entrez(packages)
    heard = []
    report = project.search("public[Access]", limit=5, on_found=heard.append)
    assert heard[0].count == len(packages)
    assert (report.found, report.selected, report.stored) == (len(packages), 5, 5)


def test_nothing_found_is_no_error(project, entrez, packages, no_waiting):
    entrez(packages)
    report = project.search("zzzunheardofzzz")
    assert (report.found, report.stored, report.failed) == (0, 0, 0)


def test_accessions_of_any_kind_bring_their_experiments(project, entrez, packages, no_waiting):
    entrez(packages)
    package = etree.fromstring(packages[0])
    experiment = package.find("EXPERIMENT").get("accession")
    run = next(etree.fromstring(p).find("RUN_SET/RUN").get("accession") for p in packages[1:] if b"<RUN " in p)
    study = package.find("STUDY").get("accession")
    report = project.add([experiment, f"{run},{study.lower()}", "SRX99999999"], annotate=False)
    assert balanced(report) and report.stored >= 2
    assert "SRX99999999" in " ".join(problem.message for problem in report.problems)
    stored = project.sql("select accession from experiment").column("accession").to_pylist()
    assert experiment in stored


def test_a_wrong_accession_is_refused_before_anything_is_asked(project, entrez, packages):
    server = entrez(packages)
    with pytest.raises(UsageError, match="XYZ12"):
        project.add(["SRX1", "XYZ12"])
    assert not server.requests


def test_without_network_the_error_says_what_to_do(project, monkeypatch, no_waiting):
    monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", "http://127.0.0.1:9/")
    with pytest.raises(EntrezTransientError, match="127.0.0.1"):
        project.search("x")


def test_files_folders_archives_and_gzip_are_read_alike(new_project, packages, data, tmp_path):
    whole = as_set(packages[:6])
    (tmp_path / "a.xml").write_bytes(whole)
    (tmp_path / "b.xml.gz").write_bytes(gzip.compress(whole))
    folder = tmp_path / "folder" / "inner"
    folder.mkdir(parents=True)
    for number, package in enumerate(packages[:6]):
        (folder / f"{number}.xml").write_bytes(as_set([package]))
    with tarfile.open(tmp_path / "d.tar.gz", "w:gz") as archive:
        archive.add(folder, "NCBI_SRA_Metadata")
    tables = []
    for number, name in enumerate(("a.xml", "b.xml.gz", "folder", "d.tar.gz")):
        project = new_project(f"p{number}")
        report = project.import_paths([tmp_path / name], annotate=False)
        assert report.stored == 6 and not report.problems
        tables.append(data(project))
    assert tables[0] == tables[1] == tables[2] == tables[3]


def test_broken_files_are_named_and_cost_nothing_else(project, packages, tmp_path):
    good = as_set(packages[:3])
    (tmp_path / "cut.xml").write_bytes(as_set(packages[3:6])[:-300])
    (tmp_path / "cut.xml.gz").write_bytes(gzip.compress(as_set(packages[6:9]))[:-20])
    (tmp_path / "empty.xml").write_bytes(b"")
    (tmp_path / "good.xml").write_bytes(good)
    (tmp_path / "other.xml").write_bytes(b"<note/>")
    (tmp_path / "bomb.xml").write_bytes(b'<!DOCTYPE a [<!ENTITY x "y">]>' + good)
    (tmp_path / "cut.tar.gz").write_bytes(gzip.compress(b"x" * 700)[:-9])
    report = project.import_paths([tmp_path], annotate=False)
    assert balanced(report)
    named = {Path(problem.source or "").name for problem in report.problems}
    assert named == {"cut.xml", "cut.xml.gz", "empty.xml", "other.xml", "bomb.xml", "cut.tar.gz"}
    stored = set(project.sql("select accession from experiment").column("accession").to_pylist())
    wanted = {etree.fromstring(p).find("EXPERIMENT").get("accession") for p in packages[:5]}
    assert wanted <= stored


def test_a_path_that_is_not_there_is_an_error(project, tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        project.import_paths([tmp_path / "nowhere.xml"])


def real_experiments() -> set[str]:
    found = set()
    for path in [*REAL.glob("efetch_xml/*"), *REAL.glob("ena_xml/*")]:
        for element in etree.parse(str(path)).getroot().iter("EXPERIMENT"):
            found.add(element.get("accession") or element.findtext("IDENTIFIERS/PRIMARY_ID"))
    return found


@pytest.mark.skipif(not REAL.is_dir(), reason="the real records are not at hand")
def test_every_real_file_is_imported_and_every_experiment_is_there(project):
    folders = [path for path in sorted(REAL.iterdir()) if path.is_dir() and path.name not in ("scale", "texts")]
    report = project.import_paths(folders)
    assert balanced(report)
    stored = set(project.sql("select accession from experiment").column("accession").to_pylist())
    assert real_experiments() <= stored
    broken = {Path(problem.source or "").name for problem in report.problems}
    assert "200_efetch_truncated.xml" in broken and "200_efetch_internal_error_db.xml" in broken


@pytest.mark.skipif(not REAL.is_dir(), reason="the real records are not at hand")
def test_real_records_searched_and_imported_give_the_same_tables(new_project, entrez, data, tmp_path, no_waiting):
    packages = {}
    for path in sorted(REAL.glob("efetch_xml/*")):
        root = etree.parse(str(path)).getroot()
        for element in root.iter("EXPERIMENT_PACKAGE"):
            accession = element.find("EXPERIMENT").get("accession")
            packages[accession] = etree.tostring(element, encoding="utf-8", with_tail=False)
    entrez(list(packages.values()))
    searched, imported = new_project("searched"), new_project("imported")
    report = searched.search("public[Access]", limit=None)
    assert report.found == report.stored == len(packages)
    (tmp_path / "real.xml").write_bytes(as_set(list(packages.values())))
    imported.import_paths([tmp_path / "real.xml"])
    assert data(searched) == data(imported)


def test_a_wrong_api_key_is_said_and_not_shown(project, monkeypatch):
    import http.server
    import threading

    class Refuses(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b'{"error":"API key invalid","api-key":"s3cret","type":"header"}'
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("NCBI_API_KEY", "s3cret")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", f"http://127.0.0.1:{server.server_port}/")
        with pytest.raises(EntrezPermanentError, match="NCBI_API_KEY") as caught:
            project.search("x")
        server.shutdown()
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in "".join(p.read_text(errors="ignore") for p in project.path.glob("*.log"))
