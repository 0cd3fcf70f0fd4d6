from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db.demo.catalogue import Catalogue, Database
from alembic_db.demo.index import Document, SearchText, full_field
from alembic_db.demo.terms import Atom, Earlier, Leaf, Range, evaluate, parse

WORDS = {"lung": {"1", "2", "3"}, "mouse": {"2", "4"}, "p53": {"3", "4", "5"}, "rare": {"5"}}
EVERYTHING = frozenset("123456")


def _find(atom: Atom) -> frozenset[str]:
    return frozenset(WORDS.get(atom.text, set())) if isinstance(atom, Leaf) else frozenset()


def _found(term: str) -> set[str]:
    return set(evaluate(parse(term), _find, EVERYTHING))


def _nested(draw: Callable[..., object], depth: int) -> tuple[str, set[str]]:
    """Draw a term and work out what it finds with Python's own sets."""
    if depth == 0 or draw(st.booleans()):
        word = str(draw(st.sampled_from(sorted(WORDS))))
        return word, set(WORDS[word])
    term, found = "", set(EVERYTHING)
    for position in range(int(str(draw(st.integers(1, 4))))):
        operator = str(draw(st.sampled_from(["", "AND", "OR", "NOT"]))) if position else ""
        part, hits = _nested(draw, depth - 1)
        term = f"{term} {operator} {part}".strip()
        found = found | hits if operator == "OR" else found - hits if operator == "NOT" else found & hits
    return f"({term})", found


@st.composite
def _terms(draw: Callable[..., object]) -> tuple[str, set[str]]:
    return _nested(draw, 3)


@given(_terms())
def test_any_nesting_of_operators_finds_what_sets_do(drawn: tuple[str, set[str]]) -> None:
    term, found = drawn
    assert _found(term) == found


def test_operators_are_taken_from_left_to_right() -> None:
    assert _found("lung OR mouse AND p53") == {"3", "4"}
    assert _found("lung OR (mouse AND p53)") == {"1", "2", "3", "4"}
    assert _found("rare NOT p53 OR mouse") == {"2", "4"}


def test_words_beside_each_other_must_all_be_found() -> None:
    assert _found("lung mouse") == {"2"}
    assert _found("lung and mouse") == set()  # only capitals are operators


def test_leading_not_takes_from_everything() -> None:
    assert _found("NOT lung") == {"4", "5", "6"}


@pytest.mark.parametrize(
    "term", ["(lung", "lung)", ")lung(", '"lung', "lung [", "lung AND", "OR lung", "AND AND lung", "lung ()", "[] lung"]
)
def test_stray_marks_and_operators_are_ignored(term: str) -> None:
    assert _found(term) == WORDS["lung"]


@pytest.mark.parametrize("term", ["", "   ", "()", '""', "AND", "[Title]", "--- ***", "((((", "))))"])
def test_terms_without_words_find_nothing(term: str) -> None:
    assert _found(term) == set()


@pytest.mark.parametrize("term", ["(" * 20_000 + "lung", "lung " * 20_000, "lung OR " * 20_000 + "lung"])
def test_very_long_terms_do_not_exhaust_the_stack(term: str) -> None:
    assert _found(term) == WORDS["lung"]


@given(st.text(alphabet=st.sampled_from('ab1 "()[]:#*/ANDORT-\x00é'), max_size=80) | st.text(max_size=80))
def test_no_text_breaks_the_search(term: str) -> None:
    database = Database("sra", [Document("7", "SRX7", {"All Fields": ("a b 1",)})])
    assert set(database.search(term, lambda key: None).uids) <= {"7"}


def test_field_takes_the_words_before_it_as_one_phrase() -> None:
    assert parse("lung cancer[Title] AND p53").parts[0][1] == Leaf("lung cancer", "Title")


@pytest.mark.parametrize(
    "term",
    [
        '"2024/01/01"[PDAT] : "3000"[PDAT]',
        '"2024/01/01"[PDAT]:"3000"[PDAT]',
        "2024/01/01:3000[PDAT]",
        '"2024/01/01" : "3000"[PDAT]',
    ],
)
def test_ranges_are_read_in_all_their_spellings(term: str) -> None:
    assert parse(term).parts[0][1] == Range("2024/01/01", "3000", "PDAT")


def test_number_sign_names_an_earlier_search() -> None:
    assert parse("#2 AND lung").parts[0][1] == Earlier(2)
    assert parse('"#2"').parts[0][1] == Leaf("#2", None, quoted=True)


def test_translation_reads_back_to_the_same_term() -> None:
    tree = parse('(lung OR "non small"[Title]) NOT #1 AND mouse[ORGN]')
    assert str(parse(str(tree))) == str(tree)
    assert str(tree) == '(lung[All Fields] OR "non small"[Title]) NOT #1 AND mouse[ORGN]'


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("RNASeq", True),
        ("rna-seq", True),
        ("RNA seq", True),
        ("alzheimer", True),
        ("Alzheimer's", True),
        ("c.524G>A", True),
        ("TP53", True),
        ("ΔMARR", True),
        ("alz*", True),
        ("alz", False),
        ("disease RNA", False),  # in two texts
        ("seq alzheimer", False),
    ],
)
def test_words_are_found_whatever_their_punctuation(phrase: str, found: bool) -> None:
    text = SearchText(["Alzheimer's disease", "RNA-Seq, TP53(c.524G>A)", "Δmarr"])
    assert text.has(phrase) is found


@pytest.mark.parametrize("name", ["ACCN", "Accession", "orgn", "Organism:exp", "Publication Date", "pdat", "MDAT"])
def test_fields_go_by_name_or_abbreviation(name: str) -> None:
    assert full_field(name) is not None


def test_unknown_field_is_reported_and_searched_everywhere(packages: list[bytes]) -> None:
    outcome = Catalogue(packages).sra.search("zebrafish[Colour]", lambda key: None)
    assert outcome.fields_not_found == ("Colour",)
    assert len(outcome.uids) == 6


@pytest.mark.parametrize(
    ("term", "number"),
    [
        ("SRX99000003[ACCN]", 1),
        ("SRP990001[Accession]", 5),
        ("SRR99000001[ACCN] OR SRS99000002[ACCN]", 2),
        ("GSM99000007[ACCN]", 1),
        ("PRJNA9990002[BioProject]", 6),
        ("SAMN99000004[BSPL]", 1),
        ("SRX9900000[ACCN]", 0),
        ('"Danio rerio"[Organism]', 6),
        ("zebrafish[ORGN]", 6),
        ("txid7955[Organism:exp]", 6),
        ("txid10066[Organism:exp]", 9),  # Muridae
        ("txid10066[Organism:noexp]", 0),
        ("ATAC-seq[Strategy]", 6),
        ('"viral rna"[Source]', 6),
        ("oxford_nanopore[Platform]", 6),
        ('"Illumina MiSeq"[PLAT]', 5),
        ('"stepwise evolution"[Title]', 5),
        ('"2015/01/01"[PDAT] : "2015/12/31"[PDAT]', 5),
        ("2015[PDAT]", 5),
        ("2015/06/03[PDAT]", 1),
        ('"3000"[PDAT] : "3001"[PDAT]', 0),
        ("nonsense[PDAT]", 0),
        ("99000040[UID]", 1),
        ("public[Access] AND txid7955[ORGN]", 6),
        ("controlled[Access]", 0),
    ],
)
def test_fields_find_the_records_they_mean(packages: list[bytes], term: str, number: int) -> None:
    assert len(Catalogue(packages).sra.search(term, lambda key: None).uids) == number


@pytest.mark.parametrize("layout", ["paired", "single"])
def test_layout_comes_from_the_name_of_its_element(packages: list[bytes], layout: str) -> None:
    hits = Catalogue(packages).sra.search(f'"{layout}"[Layout]', lambda key: None).uids
    assert len(hits) == sum(f"<{layout.upper()}".encode() in package for package in packages)


def test_broken_packages_are_indexed_as_far_as_they_can_be_read() -> None:
    catalogue = Catalogue([b"<EXPERIMENT_PACKAGE><EXPERIMENT accession='SRX1'><TITLE>half", b"", b"no XML"])
    assert len(catalogue.sra.search("half", lambda key: None).uids) == 1
    assert len(catalogue.packages) == 3


def test_entities_of_a_package_are_not_followed() -> None:
    bomb = (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><EXPERIMENT_PACKAGE><A>&e;</A></EXPERIMENT_PACKAGE>'
    )
    document = Catalogue([bomb]).sra.documents["99000040"]
    assert all("&e;" in text or not text.strip() or text == "public" for text in document.texts["All Fields"])
