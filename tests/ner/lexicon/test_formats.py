"""The files that lexicons are made of, whole and broken."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from alembic_db import Project
from alembic_db.errors import AnnotatorError, InputError, ModelError, UsageError
from alembic_db.ner import DEFAULT_ANNOTATORS, EntityType, Text, get_annotators
from alembic_db.ner.lexicon.formats import Reading, cellosaurus, entity_type_of, name_sets, obo, taxonomy, tsv
from alembic_db.ner.lexicon.index import LexiconFacts
from alembic_db.ner.lexicon.kind import detect
from alembic_db.ner.lexicon.names import Name
from alembic_db.ner.lexicon.sources import format_of

from .conftest import CELLOSAURUS, OBO, TAXONOMY, made, marker


def texts(names: list[Name]) -> list[tuple[str, str | None, bool]]:
    return [(name.text, name.concept_id, name.preferred) for name in names]


def test_cellosaurus_gives_names_and_synonyms_with_accession() -> None:
    reading = Reading()
    names = list(cellosaurus(CELLOSAURUS.splitlines(keepends=True), reading))
    assert texts(names)[:4] == [
        ("MCF-7", "CVCL_0031", True),
        ("MCF7", "CVCL_0031", False),
        ("MCF 7", "CVCL_0031", False),
        ("Michigan Cancer Foundation-7", "CVCL_0031", False),
    ]
    assert texts(names)[-1] == ("MM-15", "CVCL_9993", True)  # the file ends without //
    assert {name.entity_type for name in names} == {EntityType.CELL_LINE}
    assert reading.skipped == 1


def test_obo_leaves_out_obsolete_terms_and_wider_synonyms() -> None:
    reading = Reading()
    names = texts(list(obo(OBO.splitlines(keepends=True), reading)))
    assert names == [
        ("asthma", "MONDO:0004979", True),
        ("bronchial asthma", "MONDO:0004979", False),
        ("diabetes mellitus", "MONDO:0005015", True),
        ('DM "sugar" disease', "MONDO:0005015", False),
        ("AIDS", "MONDO:0005015", False),
    ]
    assert reading.skipped == 2  # of an ontology without type, and without a name
    wide = Reading(EntityType.DISEASE, frozenset({"BROAD"}))
    assert [name.text for name in obo(OBO.splitlines(), wide)] == ["asthma", "wheeze", "diabetes mellitus", "whatever"]


def test_taxonomy_leaves_out_authorities_and_what_is_no_taxon() -> None:
    reading = Reading()
    assert texts(list(taxonomy(TAXONOMY.splitlines(keepends=True), reading))) == [
        ("Homo sapiens", "NCBITaxon:9606", True),
        ("human", "NCBITaxon:9606", False),
        ("Mus musculus", "NCBITaxon:10090", True),
        ("house mouse", "NCBITaxon:10090", False),
    ]
    assert reading.skipped == 1


def test_table_with_and_without_header() -> None:
    lines = ["id\tname\ttype\n", "X:1\tfoo\tcell line\n", "# no\n", "X:2\tbar\tnonsense\n", "\n"]
    reading = Reading()
    assert list(tsv(lines, reading)) == [Name("foo", EntityType.CELL_LINE, "X:1")]
    assert reading.skipped == 1
    plain = Reading(EntityType.GENE)
    assert texts(list(tsv(["TP53\tHGNC:11998\n", "BRCA1\n"], plain))) == [
        ("TP53", "HGNC:11998", True),
        ("BRCA1", None, True),
    ]


@pytest.mark.parametrize(
    "data",
    [
        [["a b", "A B"], ["c"]],
        [{"id": None, "names": ["a b", "A B"]}, "c"],
        [{"name": "a b", "synonyms": ["A B"]}, {"label": "c"}, 7],
    ],
)
def test_name_sets_of_any_shape(data: object) -> None:
    names = list(name_sets([json.dumps(data)], Reading(EntityType.CHEMICAL)))
    assert texts(names) == [("a b", None, True), ("A B", None, False), ("c", None, True)]


def test_name_sets_by_id() -> None:
    names = list(name_sets(['{"CHEBI:1": ["x", "y"]}'], Reading()))
    assert names == [
        Name("x", EntityType.CHEMICAL, "CHEBI:1", True),
        Name("y", EntityType.CHEMICAL, "CHEBI:1", False),
    ]


@pytest.mark.parametrize("word", ["CellLine", "cell line", "cell_lines", "CELL-LINE"])
def test_type_in_any_writing(word: str) -> None:
    assert entity_type_of(word) is EntityType.CELL_LINE


def test_format_is_told_by_content(tmp_path: Path) -> None:
    contents = {"cellosaurus": CELLOSAURUS, "obo": OBO, "taxonomy": TAXONOMY, "json": "[]", "tsv": "a\tb\n"}
    for name, content in contents.items():
        path = tmp_path / name
        path.write_text(content, encoding="utf-8-sig")
        assert format_of(path) == name
        packed = tmp_path / f"{name}.packed"
        packed.write_bytes(gzip.compress(content.encode()))
        assert format_of(packed) == name
        assert detect(packed)
    (tmp_path / "x.bin").write_bytes(b"\x00\x01\x02")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(CELLOSAURUS.encode())[:40])
    assert not detect(tmp_path / "x.bin")
    assert not detect(tmp_path / "cut.gz")
    assert not detect(tmp_path / "missing")


def test_damaged_and_empty_sources_are_told(tmp_path: Path) -> None:
    cut = gzip.compress((CELLOSAURUS * 5000).encode())[:-20]
    with pytest.raises(InputError, match="cut off or damaged"):
        made(tmp_path, cut, "cut.txt.gz")
    with pytest.raises(InputError, match="holds no name"):
        made(tmp_path, "# nothing\n", "none.tsv", type="Gene")
    with pytest.raises(InputError, match="which type"):
        made(tmp_path, "foo\tX:1\n", "untyped.tsv")
    with pytest.raises(InputError, match="JSON"):
        made(tmp_path, "[[", "cut.json", type="Gene")
    with pytest.raises(InputError, match="a line of over"):
        made(tmp_path, "x" * 2_000_000, "long.txt", type="Gene")
    with pytest.raises(UsageError, match="no entity type"):
        made(tmp_path, "a\n", "type.txt", type="Planet")
    with pytest.raises(UsageError, match="scopes"):
        made(tmp_path, OBO, "scopes.obo", scopes="exakt")
    with pytest.raises(UsageError, match="does not exist"):
        made(tmp_path, CELLOSAURUS, "stop.txt", stop_names=str(tmp_path / "missing"))


def test_hostile_names_cost_only_themselves(tmp_path: Path) -> None:
    content = (
        b"\xff\xfe\tX:1\nfoo\x00bar9\tX:2\n" + b"word " * 40 + b"\tX:3\n---\tX:4\nTP53\tX:5\n\xf0\x9f\xa7\xac\tX:6\n"
    )
    lexicon = made(tmp_path, content, "hostile.tsv", type="Gene", format="tsv")
    facts = LexiconFacts.read(tmp_path / "hostile.tsv.lexicon")
    assert (facts.names, facts.left_out) == (2, 4)
    assert marker(lexicon)("foobar9 and TP53") == [("foobar9", "X:2"), ("TP53", "X:5")]


def test_damaged_lexicon_is_told(tmp_path: Path) -> None:
    made(tmp_path, CELLOSAURUS, "cells.txt")
    folder = tmp_path / "cells.txt.lexicon"
    from alembic_db.ner.lexicon import LexiconAnnotator

    places = (folder / "places.npy").read_bytes()
    (folder / "places.npy").write_bytes(places[:-8])
    with pytest.raises(AnnotatorError, match="cannot be used"):
        LexiconAnnotator(folder, "cells")
    (folder / "places.npy").write_bytes(places)
    facts = json.loads((folder / "lexicon.json").read_text())
    (folder / "lexicon.json").write_text(json.dumps(facts | {"format": 99}))
    with pytest.raises(AnnotatorError, match="its format is 99"):
        LexiconAnnotator(folder, "cells")
    (folder / "lexicon.json").unlink()
    with pytest.raises(AnnotatorError, match="cannot be used"):
        LexiconAnnotator(folder, "cells")


def test_added_lexicon_joins_the_default_annotators(tmp_path: Path) -> None:
    source = tmp_path / "cells.txt"
    source.write_text(CELLOSAURUS)
    manifest = Project.add_model("cellosaurus", str(source))
    assert (manifest.kind, manifest.options["names"], manifest.options["left_out"]) == ("lexicon", "25", "1")
    project = Project.create(tmp_path / "project")
    assert project.default_annotators() == (*DEFAULT_ANNOTATORS, "cellosaurus")
    (annotator,) = get_annotators(["cellosaurus"])
    assert annotator.version == manifest.version
    assert annotator.annotate([Text("MCF-7")])[0][0].concept_id == "CVCL_0031"
    (tmp_path / "project" / "alembic.toml").write_text("lexicons = false\n")
    assert Project.open(tmp_path / "project").default_annotators() == DEFAULT_ANNOTATORS


def test_folder_of_an_unpacked_taxonomy_dump(tmp_path: Path) -> None:
    import tarfile

    for name, content in {"names.dmp": TAXONOMY, "nodes.dmp": "1\t|\t1\t|\n", "readme.txt": "hello"}.items():
        (tmp_path / name).write_text(content)
    archive = tmp_path / "taxdump.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("nodes.dmp", "names.dmp", "readme.txt"):
            tar.add(tmp_path / name, name)
    manifest = Project.add_model("taxa", str(archive))
    assert manifest.entity_types == (EntityType.SPECIES,)
    with pytest.raises((ModelError, InputError)):
        Project.add_model("nothing", str(tmp_path / "missing.txt"))
