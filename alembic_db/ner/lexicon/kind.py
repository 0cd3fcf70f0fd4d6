"""Lexicons as a kind of model that users add."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
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
        raise UsageError(f"{path.name} is in no format that is known.", hint=f"Say which: -P format=..., of {known}.")
    if reading.entity_type is None and format_name in ("json", "tsv"):
        reading.entity_type = _type_in(request.name) or _type_in(path.name)
    facts = _built(path, format_name, folder, reading)
    if "stop_names" in options:
        _copy_stop_names(Path(options.pop("stop_names")).expanduser(), folder)
    types = tuple(EntityType(name) for name in facts.types)
    options |= {"format": format_name, "names": str(facts.names), "left_out": str(facts.left_out + reading.skipped)}
    return Built(types, RULES_VERSION, options=options)


def load(folder: Path, manifest: Manifest) -> LexiconAnnotator:
    """Return the annotator of a lexicon. AnnotatorError if its files are damaged."""
    return LexiconAnnotator(folder, manifest.name, manifest.version)


def _built(path: Path, format_name: str, folder: Path, reading: Reading) -> LexiconFacts:
    with closing(read_names(path, format_name, reading)) as names:
        facts = build_index(names, folder, path.name)
    if facts.names:
        return facts
    if reading.skipped and reading.entity_type is None:
        raise InputError(
            f"{path.name} does not say of which type its names are.", hint="Say it: -P type=Disease, for example."
        )
    raise InputError(f"{path.name} holds no name.", hint="Check that it is a list of names.")


def _type(given: str | None) -> EntityType | None:
    entity_type = entity_type_of(given) if given else None
    if given and entity_type is None:
        raise UsageError(f"{given!r} is no entity type.", hint=f"There are: {', '.join(EntityType)}.")
    return entity_type


def _type_in(name: str) -> EntityType | None:
    """Return the type that the name of a file or model speaks of: cell_line_names.json."""
    letters = re.sub(r"[^a-z]", "", name.lower())
    return next((entity_type for entity_type in EntityType if entity_type.value.lower() in letters), None)


def _scopes(given: str | None) -> frozenset[str] | None:
    scopes = frozenset(scope.strip().upper() for scope in given.split(",")) if given else None
    if scopes is not None and not scopes <= _SCOPES:
        raise UsageError(f"{given!r} are no scopes of OBO synonyms.", hint=f"There are: {', '.join(sorted(_SCOPES))}.")
    return scopes


def _copy_stop_names(source: Path, folder: Path) -> None:
    if not source.is_file():
        raise UsageError(f"The file of stop names {source} does not exist.", hint="Check the path.")
    shutil.copyfile(source, folder / STOP_FILE)
