from __future__ import annotations

import re
from collections import Counter

import pytest
from lxml import etree

from alembic_db.accession import kind_of
from alembic_db.demo import bundled_packages
from alembic_db.demo.catalogue import Catalogue
from alembic_db.sra import XmlReader


@pytest.fixture(scope="module")
def roots(packages: list[bytes]) -> list[etree._Element]:
    return [etree.fromstring(package) for package in packages]


def _accessions(roots: list[etree._Element], path: str) -> list[str]:
    return [str(name) for root in roots for name in root.xpath(path)]


def test_every_build_gives_the_same_bytes(packages: list[bytes]) -> None:
    assert bundled_packages() == packages


def test_packages_are_whole_and_without_declaration(packages: list[bytes], roots: list[etree._Element]) -> None:
    assert 60 <= len(packages) <= 120
    assert {root.tag for root in roots} == {"EXPERIMENT_PACKAGE"}
    assert all(package.startswith(b"<EXPERIMENT_PACKAGE>") for package in packages)


@pytest.mark.parametrize("path", ["EXPERIMENT/@accession", ".//RUN/@accession", "SAMPLE/@accession"])
def test_accessions_are_unique_and_made_up(roots: list[etree._Element], path: str) -> None:
    accessions = _accessions(roots, path)
    assert accessions and len(set(accessions)) == len(accessions)
    assert all(re.fullmatch(r"SR[XRS]99000\d{3}", name) for name in accessions)


def test_every_accession_is_of_a_known_kind_and_high_range(roots: list[etree._Element]) -> None:
    names = _accessions(roots, ".//@accession | .//EXTERNAL_ID/text() | .//PRIMARY_ID/text()")
    assert {kind_of(name).value for name in names} >= {"study", "run", "bioproject", "biosample", "geo_series"}
    assert all(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ").startswith("99") for name in names)


def test_samples_belong_to_one_study_only(roots: list[etree._Element]) -> None:
    pairs = {
        (s, str(root.xpath("string(STUDY/@accession)"))) for root in roots for s in root.xpath("SAMPLE/@accession")
    }
    assert max(Counter(sample for sample, _ in pairs).values()) == 1


def test_studies_hold_between_two_and_twelve_experiments(roots: list[etree._Element]) -> None:
    sizes = Counter(_accessions(roots, "STUDY/@accession"))
    assert len(sizes) >= 12
    assert set(sizes.values()) <= set(range(2, 13))


@pytest.mark.parametrize(
    "path",
    [
        "count(SAMPLE) > 1",
        "count(RUN_SET/RUN) > 1",
        "not(RUN_SET/RUN)",
        "not(.//STUDY_ABSTRACT)",
        ".//SAMPLE_ATTRIBUTE[TAG and not(VALUE)]",
        ".//SAMPLE_ATTRIBUTE[UNITS = 'years']",
        ".//SAMPLE_ATTRIBUTE[TAG = preceding-sibling::SAMPLE_ATTRIBUTE/TAG]",
        ".//PAIRED[@NOMINAL_LENGTH]",
        ".//SINGLE",
        ".//STUDY_LINK/URL_LINK/URL",
        ".//STUDY_LINK/XREF_LINK[DB = 'pubmed']",
        ".//SRAFile[@md5]/Alternatives[@org = 'GCP']",
        ".//CloudFile",
        ".//Bases/Base[@value = 'N']",
        ".//Organization/Contact[@email]",
        ".//EXTERNAL_ID[@namespace = 'GEO']",
        ".//PACBIO_SMRT",
        ".//OXFORD_NANOPORE",
    ],
)
def test_the_shapes_of_real_records_are_there(roots: list[etree._Element], path: str) -> None:
    assert any(root.xpath(f"boolean({path})") for root in roots)


def test_numbers_of_a_run_add_up(roots: list[etree._Element]) -> None:
    for root in roots:
        for run in root.iterfind("RUN_SET/RUN"):
            bases = int(run.get("total_bases", ""))
            assert sum(int(base.get("count", "")) for base in run.iterfind("Bases/Base")) == bases
            assert sum(int(member.get("bases", "")) for member in run.iterfind("Pool/Member")) == bases
        assert root.xpath("number(RUN_SET/@bases) = sum(RUN_SET/RUN/@total_bases)")


def test_files_lead_nowhere_real(packages: list[bytes]) -> None:
    hosts = re.findall(rb"https?://([^/\"<]+)", b"".join(packages))
    assert hosts and all(host.endswith(b".example.org") for host in hosts)


def test_releases_lie_between_2015_and_2025(roots: list[etree._Element]) -> None:
    years = {name[:4] for name in _accessions(roots, ".//RUN/@published")}
    assert min(years) == "2015" and max(years) == "2025"


@pytest.mark.parametrize(
    ("term", "least", "most"),
    [
        ("Alzheimer disease RNASeq", 20, 30),
        ("breast cancer RNASeq", 5, 12),
        ("BRAF V600E", 5, 12),
        ('"TP53 c.524G>A"', 4, 12),
        ("rs429358", 5, 12),
        ("txid10090[Organism:exp]", 5, 12),
    ],
)
def test_searches_of_the_demo_find_a_sensible_number(packages: list[bytes], term: str, least: int, most: int) -> None:
    found = Catalogue(packages).sra.search(term, lambda key: None)
    assert least <= len(found.uids) <= most


def test_reader_takes_every_record_without_a_problem(packages: list[bytes]) -> None:
    body = b"<EXPERIMENT_PACKAGE_SET>" + b"".join(packages) + b"</EXPERIMENT_PACKAGE_SET>"
    reader = XmlReader([body], "demo")
    assert len(list(reader)) == len(packages)
    assert reader.error is None and not reader.problems
