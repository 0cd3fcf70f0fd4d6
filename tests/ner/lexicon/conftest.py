"""Small lexicons, made up but for a few names that everybody knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alembic_db.ner import Text
from alembic_db.ner.lexicon import LexiconAnnotator
from alembic_db.ner.lexicon.kind import build, load
from alembic_db.ner.models.kinds import Request
from alembic_db.ner.models.manifest import Manifest

CELLOSAURUS = """\
----------------------------------------------------------------------------
        CELLOSAURUS: a controlled vocabulary of cell lines (made up for tests)
----------------------------------------------------------------------------
ID   MCF-7
AC   CVCL_0031
SY   MCF7; MCF 7; Michigan Cancer Foundation-7
OX   NCBI_TaxID=9606; ! Homo sapiens (Human)
CA   Cancer cell line
//
ID   HeLa
AC   CVCL_0030
SY   HELA; Hela; He La
CA   Cancer cell line
//
ID   HEK293
AC   CVCL_0045
SY   HEK-293; 293
//
ID   HEK293T
AC   CVCL_0063
//
ID   SK-N-BE(2)
AC   CVCL_0528
//
ID   HCT 116 p53-/-
AC   CVCL_9991
//
ID   HCT 116
AC   CVCL_0291
SY   HCT116
//
ID   Control
AC   CVCL_9992
SY   H9; T cell; Time
//
ID   WA09
AC   CVCL_9773
SY   H9
//
ID   Ramos
AC   CVCL_0597
//
ID   16HBE14o-
AC   CVCL_0112
//
ID   Lost without accession
//
ID   MM-15
AC   CVCL_9993
"""

OBO = """\
format-version: 1.2

[Term]
id: MONDO:0004979
name: asthma
synonym: "bronchial asthma" EXACT [made:up]
synonym: "wheeze" BROAD []

[Term]
id: MONDO:0000001
name: old disease
is_obsolete: true

[Term]
id: MONDO:0005015
name: diabetes mellitus
synonym: "DM \\"sugar\\" disease" EXACT []
synonym: "AIDS" EXACT []

[Term]
id: UNKNOWN:1
name: whatever

[Term]
id: MONDO:0000009

[Typedef]
id: part_of
name: part of
"""

TAXONOMY = """\
1\t|\troot\t|\t\t|\tscientific name\t|
9606\t|\tHomo sapiens\t|\t\t|\tscientific name\t|
9606\t|\thuman\t|\t\t|\tgenbank common name\t|
9606\t|\tHomo sapiens Linnaeus, 1758\t|\t\t|\tauthority\t|
10090\t|\tMus musculus\t|\t\t|\tscientific name\t|
10090\t|\thouse mouse\t|\t\t|\tgenbank common name\t|
77133\t|\tuncultured bacterium\t|\t\t|\tscientific name\t|
broken line
"""

Marker = Callable[..., list[tuple[str, str | None]]]


def made(folder: Path, text: str | bytes, file_name: str, **options: str) -> LexiconAnnotator:
    """Make a lexicon of a file's content."""
    source = folder / file_name
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    target = folder / f"{file_name}.lexicon"
    target.mkdir()
    built = build(source, target, Request("names", options))
    manifest = Manifest("names", "lexicon", "1-x", "", "", built.entity_types)
    return load(target, manifest)


@pytest.fixture(scope="session")
def cells(tmp_path_factory: pytest.TempPathFactory) -> LexiconAnnotator:
    return made(tmp_path_factory.mktemp("cells"), CELLOSAURUS, "cellosaurus.txt")


@pytest.fixture(scope="session")
def diseases(tmp_path_factory: pytest.TempPathFactory) -> LexiconAnnotator:
    return made(tmp_path_factory.mktemp("diseases"), OBO, "mondo.obo")


@pytest.fixture
def in_cells(cells: LexiconAnnotator) -> Marker:
    return marker(cells)


@pytest.fixture
def in_diseases(diseases: LexiconAnnotator) -> Marker:
    return marker(diseases)


def marker(annotator: LexiconAnnotator) -> Marker:
    """Give (mention, concept) for what a lexicon marks in a text."""

    def mark(content: str, tag: str | None = None, concept_id: str | None = None) -> list[tuple[str, str | None]]:
        spans = annotator.annotate([Text(content, tag, concept_id)])[0]
        return [(content[span.start : span.end], span.concept_id) for span in spans]

    return mark
