"""Any spaCy pipeline as an annotator, by way of `models add`."""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db import Project
from alembic_db.errors import InputError, MissingExtraError, ModelError, UsageError
from alembic_db.ner import (
    Annotator,
    EntityType,
    Span,
    Text,
    annotator_names,
    checked_spans,
    get_annotators,
    spacy_pipeline,
)
from alembic_db.ner.models.kinds import Request
from alembic_db.ner.models.manifest import Manifest

spacy = pytest.importorskip("spacy")

PATTERNS = [
    ("PROTEIN", "BRCA1"),
    ("SIMPLE_CHEMICAL", "aspirin"),
    ("CANCER", "melanoma"),
    ("ORGAN", "liver"),
]


def make_pipeline(folder: Path, patterns: list[tuple[str, str]] = PATTERNS) -> Path:
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": name} for label, name in patterns])
    pipeline.to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pipeline(tmp_path_factory.mktemp("pipelines") / "en_names-1.0")


@pytest.fixture
def annotator(pipeline: Path) -> Annotator:
    Project.add_model("names", str(pipeline))
    return get_annotators(["names"])[0]


TEXT = "BRCA1 in the liver; melanoma, aspirin"
SPANS = [Span(0, 5, EntityType.GENE), Span(20, 28, EntityType.DISEASE), Span(30, 37, EntityType.CHEMICAL)]


def test_labels_are_mapped_and_others_left_out(annotator: Annotator) -> None:
    assert checked_spans(annotator, [Text(TEXT), Text(""), Text("none")]) == [SPANS, [], []]
    assert annotator.entity_types == {EntityType.GENE, EntityType.DISEASE, EntityType.CHEMICAL}
    assert "names" in annotator_names()


def test_archive_as_scispacy_ships_it_is_found_inside(pipeline: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "en_names-1.0.tar.gz", "w:gz") as archive:
        archive.add(pipeline, "en_names-1.0/en_names/en_names-1.0")
    model = Project.add_model("names", str(tmp_path / "en_names-1.0.tar.gz"))
    assert (model.kind, model.entity_types) == ("spacy", (EntityType.GENE, EntityType.DISEASE, EntityType.CHEMICAL))
    assert checked_spans(get_annotators(["names"])[0], [Text(TEXT)]) == [SPANS]


def test_installed_package_is_taken_by_name_and_version(
    pipeline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "en_names"
    package.mkdir(parents=True)
    make_pipeline(package / "en_names-1.0")
    (package / "meta.json").write_bytes((package / "en_names-1.0" / "meta.json").read_bytes())
    code = "from spacy.util import load_model_from_path\nfrom pathlib import Path\n"
    code += "def load(**given): return load_model_from_path(Path(__file__).parent / 'en_names-1.0', **given)\n"
    (package / "__init__.py").write_text(code)
    info = tmp_path / "site" / "en_names-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: en_names\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    model = Project.add_model("names", "en_names")
    assert (model.options["package_version"], dict(model.files)) == ("1.0", {})
    assert checked_spans(get_annotators(["names"])[0], [Text(TEXT)]) == [SPANS]
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: en_names\nVersion: 1.1\n")
    with pytest.raises(ModelError, match=r"not of the version 1\.0 any more.*--replace"):
        get_annotators(["names"])


def test_own_table_of_types_wins_and_is_kept(pipeline: Path, tmp_path: Path) -> None:
    table = tmp_path / "types.toml"
    table.write_text('[types]\nDisease = ["organ"]\n[labels]\nPROTEIN = "O"\n')
    Project.add_model("names", str(pipeline), options={"types": str(table)})
    table.unlink()
    spans = checked_spans(get_annotators(["names"])[0], [Text("liver")])[0]
    assert spans == [Span(0, 5, EntityType.DISEASE)]


@pytest.mark.parametrize("content", ["[types", '[types]\nGen = ["x"]', "[other]\na = 1", "[types]\nGene = 3", "x = 1"])
def test_table_of_types_that_is_wrong_is_named(pipeline: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "types.toml").write_text(content)
    with pytest.raises(InputError, match=r"types\.toml cannot be used"):
        Project.add_model("names", str(pipeline), options={"types": str(tmp_path / "types.toml")})
    assert Project.models() == []


def test_pipeline_whose_labels_mean_nothing_says_how_to_map_them(tmp_path: Path) -> None:
    make_pipeline(tmp_path / "organs", [("ORGAN", "liver")])
    with pytest.raises(ModelError, match=r"No label of organs.*ORGAN.*--types FILE"):
        Project.add_model("organs", str(tmp_path / "organs"))


def test_damaged_pipeline_is_a_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    make_pipeline(tmp_path / "broken")
    (tmp_path / "broken" / "config.cfg").write_text("[nlp]\nlang = 7\n")
    with pytest.raises(ModelError, match="spaCy cannot load the pipeline"):
        Project.add_model("broken", str(tmp_path / "broken"))
    assert Project.models() == []


def test_missing_spacy_says_what_to_install(pipeline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'alembic-db\[nlp\]'"):
        Project.add_model("names", str(pipeline))


def test_option_that_the_kind_does_not_know_is_refused(pipeline: Path) -> None:
    with pytest.raises(UsageError, match="no option precision.*types"):
        Project.add_model("names", str(pipeline), options={"precision": "int8"})


def test_long_text_is_read_in_pieces_with_exact_offsets(annotator: Annotator) -> None:
    content = "word " * 50_000 + "BRCA1 " + "x" * 150_000 + " aspirin"
    (spans,) = checked_spans(annotator, [Text(content)])
    assert [content[span.start : span.end] for span in spans] == ["BRCA1", "aspirin"]


@pytest.fixture(scope="module")
def loaded(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Annotator:
    folder = tmp_path_factory.mktemp("built")
    built = spacy_pipeline.build(pipeline, folder, Request("names"))
    return spacy_pipeline.load(folder, Manifest("names", "spacy", "1", "", "", built.entity_types))


@given(
    contents=st.lists(st.text(max_size=30) | st.sampled_from([TEXT, "\x00", "👩‍🔬", " BRCA1\u00a0", ""]), max_size=5)
)
@settings(deadline=None, derandomize=True, max_examples=30)
def test_any_text_any_batch(loaded: Annotator, contents: list[str]) -> None:
    texts = [Text(content) for content in contents]
    answers = checked_spans(loaded, texts)
    assert answers == [loaded.annotate([text])[0] for text in texts]
    assert loaded.annotate(texts[::-1]) == answers[::-1]


def test_manifest_holds_checksums(pipeline: Path) -> None:
    model = Project.add_model("names", str(pipeline))
    assert "pipeline/meta.json" in model.files
    assert all(len(file.sha256) == 64 for file in model.files.values())
    assert json.loads((pipeline / "meta.json").read_text())["lang"] == "en"
