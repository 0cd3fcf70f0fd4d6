"""Kind `spacy`: any spaCy pipeline that finds entities, scispaCy's among them, as an annotator.

A pipeline is a folder with config.cfg and meta.json (somewhere in a folder or archive), or an installed package. A
folder is copied; of a package the name and version are kept.
"""

from __future__ import annotations

import json
import shutil
import threading
import warnings
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.errors import MissingExtraError, ModelError
from alembic_db.ner.base import Span, Text
from alembic_db.ner.label_types import LabelTypes
from alembic_db.ner.models.kinds import Built, Request
from alembic_db.ner.models.manifest import Manifest
from alembic_db.ner.pieces import pieces

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

OPTIONS = {"types": "TOML file: your own table from labels to entity types"}
CODE_VERSION = "1"
_PIPELINE = "pipeline"
_TYPES = "types.toml"
_CHUNK_CHARACTERS = 100_000  # spaCy refuses more than a million, and its memory grows with them


def detect(source: Path) -> bool:
    """Tell whether a folder holds a spaCy pipeline."""
    return source.is_dir() and _pipeline_folder(source) is not None


def build(source: Path, folder: Path, request: Request) -> Built:
    """Copy the pipeline, or note the package, and check that it loads and finds entities of known types."""
    own_types = request.options.get("types", "")
    if own_types:
        LabelTypes(Path(own_types))
        shutil.copyfile(own_types, folder / _TYPES)
    options = {"types": own_types}
    if source.exists():
        found = _pipeline_folder(source) if source.is_dir() else None
        if found is None:
            raise ModelError(f"{source} holds no spaCy pipeline.", hint="It needs the files config.cfg and meta.json.")
        shutil.copytree(found, folder / _PIPELINE)
    else:
        options |= {"package": source.name, "package_version": _package_version(source.name)}
    pipeline = _loaded(options.get("package") or folder / _PIPELINE)
    labels = _labels(pipeline)
    types = _types(folder).types_of(labels, source.name)
    return Built(types, CODE_VERSION, labels, options)


def load(folder: Path, manifest: Manifest) -> SpacyAnnotator:
    """Return the annotator. ModelError if the pipeline is damaged, or its package not of the version it was then."""
    package = manifest.options.get("package")
    if package and _package_version(package) != manifest.options["package_version"]:
        raise ModelError(
            f"The package {package} is not of the version {manifest.options['package_version']} any more.",
            hint=f"Add it again: alembic-db models add {manifest.name} {package} --replace",
        )
    return SpacyAnnotator(manifest, _loaded(package or folder / _PIPELINE), _types(folder))


class SpacyAnnotator:
    """Marks what a spaCy pipeline finds, where its label means one of the six types. Scores are 1: spaCy gives none."""

    def __init__(self, manifest: Manifest, pipeline: Language, types: LabelTypes) -> None:
        self.name = manifest.name
        self.version = manifest.version
        self.entity_types = frozenset(manifest.entity_types)
        self._pipeline = pipeline
        self._types = types
        self._lock = threading.Lock()

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        """Return the entities of each text; long texts are read in pieces that end at white space."""
        cuts = [(number, *cut) for number, text in enumerate(texts) for cut in pieces(text.content, _CHUNK_CHARACTERS)]
        contents = (texts[number].content[start:end] for number, start, end in cuts)
        answer: list[list[Span]] = [[] for _ in texts]
        with self._lock, self._pipeline.memory_zone():  # spaCy's memory zones are not for several threads
            for (number, start, _), doc in zip(cuts, self._pipeline.pipe(contents), strict=True):
                answer[number] += self._spans(doc, start)
        return answer

    def _spans(self, doc: Doc, offset: int) -> list[Span]:
        spans = []
        for entity in doc.ents:
            entity_type = self._types.type_of(entity.label_)
            if entity_type is not None and entity.text.strip():
                spans.append(Span(offset + entity.start_char, offset + entity.end_char, entity_type))
        return sorted(spans)


def _pipeline_folder(source: Path) -> Path | None:
    """Find the folder of the pipeline: the uppermost one that holds both files."""
    found = [path.parent for path in source.rglob("config.cfg") if (path.parent / "meta.json").is_file()]
    found = [folder for folder in found if _is_pipeline(folder)]
    return min(found, key=lambda path: (len(path.parts), path)) if found else None


def _is_pipeline(folder: Path) -> bool:
    try:
        return "pipeline" in json.loads((folder / "meta.json").read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def _package_version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        raise ModelError(
            f"The package {package} is not installed.", hint=f"Install it, or name its folder: pip install {package}"
        ) from None


def _loaded(source: str | Path) -> Language:
    try:
        import spacy
    except ImportError as error:
        raise MissingExtraError(
            f"spaCy pipelines need the package spacy ({error}).", hint="pip install 'alembic-db[nlp]'"
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # made with another version of spaCy: told by `models list`
            return spacy.load(source)
    except Exception as error:  # whatever a damaged or foreign pipeline may raise
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ModelError(
            f"spaCy cannot load the pipeline {source}: {reason}",
            hint="Fetch it again, or install the packages that it needs (scispacy, spacy-transformers, ...).",
        ) from error


def _labels(pipeline: Language) -> tuple[str, ...]:
    """List the labels of whatever in the pipeline sets entities."""
    found = {
        label for name in pipeline.pipe_names if "ents" in _assigned(pipeline, name) for label in _of(pipeline, name)
    }
    return tuple(sorted(found))


def _assigned(pipeline: Language, name: str) -> str:
    return " ".join(pipeline.get_pipe_meta(name).assigns)


def _of(pipeline: Language, name: str) -> tuple[str, ...]:
    return tuple(pipeline.pipe_labels.get(name, ()))


def _types(folder: Path) -> LabelTypes:
    own = folder / _TYPES
    return LabelTypes(own if own.is_file() else None)
