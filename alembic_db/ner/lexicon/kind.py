"""Lexicons as a kind of model that users add."""

from __future__ import annotations

import shutil
from pathlib import Path

from alembic_db.errors import InputError, UsageError
from alembic_db.ner.base import EntityType
from alembic_db.ner.lexicon.annotator import RULES_VERSION, STOP_FILE, LexiconAnnotator
from alembic_db.ner.lexicon.building import build_index
from alembic_db.ner.lexicon.formats import Reading, entity_type_of
from alembic_db.ner.lexicon.index import LexiconFacts
from alembic_db.ner.lexicon.sources import FORMATS, find_file, format_of, read_names
from alembic_db.ner.models.kinds import Built, Request
from alembic_db.ner.models.manifest import Manifest

OPTIONS = {
    "type": "entity type of the names, where the file does not say: Gene, Disease, Chemical, Species, CellLine",
    "format": f"of the file, where it is not recognised: {', '.join(FORMATS)}",
    "scopes": "OBO synonyms that are taken, such as EXACT,RELATED (default: EXACT, of Cellosaurus RELATED too)",
    "stop_names": "file with names that are never marked, one a line, beside those that the program knows",
}
_SCOPES = frozenset({"EXACT", "RELATED", "NARROW", "BROAD"})


def detect(source: Path) -> bool:
    """Tell whether a file or folder looks like a list of names."""
    if source.is_dir():
        return any(source.rglob("names.dmp")) or _holds_one(source)
    return format_of(source) is not None


def _holds_one(folder: Path) -> bool:
    try:
        return format_of(find_file(folder)) is not None
    except InputError:
        return False


def build(source: Path, folder: Path, request: Request) -> Built:
    """Make the compact form of the names in a file. InputError for one that is damaged or holds none."""
    path = find_file(source)
    options = dict(request.options)
    reading = Reading(_type(options.get("type")), _scopes(options.get("scopes")))
    format_name = options.get("format") or format_of(path)
    if format_name not in FORMATS:
        known = ", ".join(FORMATS)
        raise UsageError(f"{path.name} is in no format that is known.", hint=f"Say which: --option format=..., of {known}.")
    if reading.entity_type is None and format_name in ("json", "tsv"):
        reading.entity_type = _type_in(request.name) or _type_in(path.name)
    facts = build_index(read_names(path, format_name, reading), folder, path.name, _untyped(reading))
    if "stop_names" in options:
        _copy_stop_names(Path(options.pop("stop_names")).expanduser(), folder)
    types = tuple(EntityType(name) for name in facts.types)
    options |= {"format": format_name, "names": str(facts.names), "left_out": str(facts.left_out + reading.skipped)}
    return Built(types, RULES_VERSION, options=options)


def load(folder: Path, manifest: Manifest) -> LexiconAnnotator:
    """Return the annotator of a lexicon. AnnotatorError if its files are damaged."""
    return LexiconAnnotator(folder, manifest.name, manifest.version)
