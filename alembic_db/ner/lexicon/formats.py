"""The files that names come in, each read as a stream: Cellosaurus, OBO, NCBI Taxonomy, TSV, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from alembic_db.errors import InputError
from alembic_db.ner.base import EntityType
from alembic_db.ner.lexicon.names import Name

# Whose ids name what; ids of other ontologies need a type from the user.
PREFIX_TYPES = {
    **dict.fromkeys(("CVCL", "CLO"), EntityType.CELL_LINE),
    **dict.fromkeys(("DOID", "MONDO", "ORPHANET", "ORDO", "OMIM", "HP", "OMIMPS"), EntityType.DISEASE),
    **dict.fromkeys(("CHEBI", "DRUGBANK", "DRON"), EntityType.CHEMICAL),
    "NCBITAXON": EntityType.SPECIES,
    **dict.fromkeys(("HGNC", "PR", "OGG", "ENSEMBL", "NCBIGENE", "MGI", "RGD", "ZFIN", "FBGN"), EntityType.GENE),
}
_TYPE_NAMES = {entity_type.value.lower(): entity_type for entity_type in EntityType}
_OBO_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(EXACT|RELATED|NARROW|BROAD)?')
_TAXON_CLASSES = {
    "scientific name": True, "synonym": False, "genbank synonym": False, "equivalent name": False, "acronym": False,
    "genbank acronym": False, "common name": False, "genbank common name": False,
}  # fmt: skip
_NO_TAXA = frozenset({"1", "12908", "28384", "131567", "2787823", "2787854"})  # root, unclassified and other sequences
_NO_TAXON_NAMES = ("environmental samples", "unclassified ", "uncultured ")


@dataclass
class Reading:
    """How names are read: what the user said, and what was left out on the way."""

    entity_type: EntityType | None = None  # of names whose file does not say
    scopes: frozenset[str] | None = None  # of OBO synonyms, None for the usual ones
    skipped: int = field(default=0, init=False)  # entries that cannot be read, or are of no type

    def typed(self, concept_id: str | None, stated: str | None = None) -> EntityType | None:
        """Return the type of a name: the one stated in the file, the user's, or that of its id's prefix."""
        if stated:
            return entity_type_of(stated)
        if self.entity_type is not None or not concept_id:
            return self.entity_type
        return PREFIX_TYPES.get(re.split(r"[:_]", concept_id.upper(), maxsplit=1)[0])

    def names(self, texts: Iterable[str], concept_id: str | None, stated: str | None = None) -> Iterator[Name]:
        """Yield the names of one concept, its own name first; without a type they are left out."""
        entity_type = self.typed(concept_id, stated)
        if entity_type is None:
            self.skipped += 1
            return
        for number, text in enumerate(text for text in texts if text.strip()):
            yield Name(text.strip(), entity_type, concept_id or None, number == 0)


def entity_type_of(text: str) -> EntityType | None:
    """Return the type that a word names, however it is written: `cell line`, `CellLine`, `diseases`."""
    letters = re.sub(r"[^a-z]", "", text.lower())
    return _TYPE_NAMES.get(letters) or _TYPE_NAMES.get(letters.removesuffix("s"))


def cellosaurus(lines: Iterable[str], reading: Reading) -> Iterator[Name]:
    """Read Cellosaurus' text: an entry is lines of two letters, three blanks and a value, ended by //."""
    entry: dict[str, str] = {}
    for line in lines:
        code, value = line[:2], line[5:].strip()
        if line.startswith("//"):
            yield from _cell_line(entry, reading)
            entry = {}
        elif code in ("ID", "AC", "SY") and line[2:5] == "   ":
            entry[code] = f"{entry[code]}; {value}" if code in entry else value
    if "ID" in entry:
        yield from _cell_line(entry, reading)


def _cell_line(entry: Mapping[str, str], reading: Reading) -> Iterator[Name]:
    if "ID" in entry and "AC" in entry:
        synonyms = entry.get("SY", "").split("; ")
        yield from reading.names((entry["ID"], *synonyms), entry["AC"], EntityType.CELL_LINE.value)
    elif entry:
        reading.skipped += 1


def obo(lines: Iterable[str], reading: Reading) -> Iterator[Name]:
    """Read the terms of an OBO file; obsolete ones and synonyms of another scope are left out."""
    stanza, term = "", dict[str, list[str]]()
    for line in lines:
        line = line.strip()
        if line.startswith("["):
            if stanza == "[Term]":
                yield from _term(term, reading)
            stanza, term = line, {}
        elif ":" in line and not line.startswith("!"):
            key, _, value = line.partition(":")
            term.setdefault(key, []).append(value.strip())
    if stanza == "[Term]":
        yield from _term(term, reading)


def _term(term: Mapping[str, list[str]], reading: Reading) -> Iterator[Name]:
    if term.get("is_obsolete", [""])[0].startswith("true"):
        return
    if not term.get("id") or not term.get("name"):
        reading.skipped += 1
        return
    concept_id = _unescaped(term["id"][0].partition(" ! ")[0])
    usual = {"EXACT", "RELATED"} if concept_id.startswith("CVCL") else {"EXACT"}
    scopes = reading.scopes or usual
    synonyms = (_OBO_SYNONYM.match(value) for value in term.get("synonym", ()))
    kept = (_unescaped(match[1]) for match in synonyms if match and (match[2] or "RELATED") in scopes)
    yield from reading.names((_unescaped(term["name"][0].partition(" ! ")[0]), *kept), concept_id)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: " " if match[1] in "nWt" else match[1], text)


def taxonomy(lines: Iterable[str], reading: Reading) -> Iterator[Name]:
    """Read names.dmp of the NCBI Taxonomy: scientific and common names and synonyms."""
    for line in lines:
        fields = [part.strip() for part in line.rstrip("\r\n").removesuffix("\t|").split("\t|\t")]
        if len(fields) < 4:
            reading.skipped += bool(line.strip())
            continue
        taxon, text, _, name_class = fields[:4]
        is_wanted = name_class in _TAXON_CLASSES and taxon not in _NO_TAXA and not text.startswith(_NO_TAXON_NAMES)
        if is_wanted and text:
            yield Name(text, EntityType.SPECIES, f"NCBITaxon:{taxon}", _TAXON_CLASSES[name_class])


def tsv(lines: Iterable[str], reading: Reading) -> Iterator[Name]:
    """Read a name, its concept's id and its type from each line, parted by tabs; the last two may be missing.

    A first line that names its columns (name, concept_id or id, type) is a header; # begins a comment.
    """
    columns: list[str] | None = None
    for line in lines:
        cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
        if (not cells[0] and len(cells) == 1) or cells[0].startswith("#"):
            continue
        if columns is None:
            columns = [_COLUMNS.get(cell.lower().replace(" ", "_"), "") for cell in cells]
            if "name" in columns:
                continue
            columns = ["name", "concept_id", "type"]
        row = dict(zip(columns, cells, strict=False))
        yield from reading.names((row.get("name", ""),), row.get("concept_id"), row.get("type"))


_COLUMNS = {
    **dict.fromkeys(("name", "synonym", "label", "term", "mention", "symbol"), "name"),
    **dict.fromkeys(("concept_id", "id", "identifier", "accession", "concept", "curie"), "concept_id"),
    **dict.fromkeys(("type", "entity_type", "category"), "type"),
}


def name_sets(lines: Iterable[str], reading: Reading) -> Iterator[Name]:
    """Read JSON: a list of lists of names, of names, or of objects, or an object of id: names. Held in memory whole."""
    try:
        data = json.loads("".join(lines))
    except (ValueError, RecursionError) as error:
        raise InputError(f"The JSON of names is damaged: {error}.", hint="Mend it or fetch it again.") from error
    entries = list(data.items()) if isinstance(data, dict) else [(None, entry) for entry in data]
    for concept_id, entry in entries:
        yield from _name_set(concept_id, entry, reading)


def _name_set(concept_id: str | None, entry: Any, reading: Reading) -> Iterator[Name]:
    if isinstance(entry, dict):
        fields = {_COLUMNS.get(str(key).lower(), str(key).lower()): value for key, value in entry.items()}
        concept_id = str(fields.get("concept_id") or concept_id or "") or None
        texts = [fields.get("name"), *_list(fields.get("names")), *_list(fields.get("synonyms"))]
        stated = fields["type"] if isinstance(fields.get("type"), str) else None
        yield from reading.names([text for text in texts if isinstance(text, str)], concept_id, stated)
    elif texts := [text for text in _list(entry) if isinstance(text, str)]:
        yield from reading.names(texts, concept_id)
    else:
        reading.skipped += 1


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
