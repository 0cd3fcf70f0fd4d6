"""What can be found of a record: its words by field, its dates, its accessions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from alembic_db.demo.terms import Leaf, Range

ALL_FIELDS = "All Fields"
RELEASED, MODIFIED = "Publication Date", "Modification Date"
_EXPLODED = "Organism:exp"

# Abbreviation and full name of each field, as einfo lists them.
FIELDS: Mapping[str, str] = {
    "ALL": ALL_FIELDS,
    "UID": "UID",
    "ACCN": "Accession",
    "TITL": "Title",
    "WORD": "Text Word",
    "ORGN": "Organism",
    "PDAT": RELEASED,
    "MDAT": MODIFIED,
    "GPRJ": "BioProject",
    "BSPL": "BioSample",
    "PLAT": "Platform",
    "STRA": "Strategy",
    "SRC": "Source",
    "SEL": "Selection",
    "LAY": "Layout",
    "ACS": "Access",
    "ETYP": "Entry Type",
}
_FIELD_NAMES = {name.casefold(): full for short, full in FIELDS.items() for name in (short, full)}

# Taxa above those of the bundled records, from the top down; an organism without a line here has none.
_LINEAGES = (
    "131567 2759 33208 7711 7742 40674 9443 9604 9606",
    "131567 2759 33208 7711 7742 40674 9989 10066 10090",
    "131567 2759 33208 7711 7742 7898 7954 7955",
    "131567 2759 33090 3699 3701 3702",
    "131567 2 1224 1236 543 561 562",
    "10239 11118 694002 2697049",
)
_ABOVE = {taxa[-1]: taxa for taxa in (line.split() for line in _LINEAGES)}

_BREAKS = re.compile(r"[\s/;,()\[\]:|]+")
_PIECES = re.compile(r"[^\W_]+")
_ACCESSION = re.compile(r"[A-Z]{3,6}[0-9]+")
_DAY = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
_DATE = re.compile(r"([0-9]{4})(?:/([0-9]{1,2}))?(?:/([0-9]{1,2}))?")
_SPOKEN_ATTRIBUTES = ("accession", "alias", "center_name", "lab_name", "existing_study_type")


def full_field(name: str | None) -> str | None:
    """Return the full name of a field, None if there is no such field."""
    if name is None:
        return ALL_FIELDS
    base, _, option = (part.strip().casefold() for part in name.partition(":"))
    full = _FIELD_NAMES.get(base)
    return _EXPLODED if full == "Organism" and option != "noexp" else full


class SearchText:
    """Texts in which words and phrases are found, whatever their case and the punctuation inside words.

    `RNASeq`, `rna-seq` and `"RNA seq"` all find `RNA-Seq`; a phrase never reaches from one text into the next.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        chunks = [_chunks(text) for text in texts]
        self._joined = _lines(["".join(pieces) for pieces in text] for text in chunks)
        self._pieces = _lines([piece for pieces in text for piece in pieces] for text in chunks)

    def has(self, phrase: str) -> bool:
        """Tell whether a word or phrase is in one of the texts; `cort*` finds what begins so."""
        chunks = _chunks(phrase)
        end = "" if phrase.endswith("*") else " "
        joined = " ".join("".join(pieces) for pieces in chunks)
        pieces = " ".join(piece for chunk in chunks for piece in chunk)
        return bool(pieces) and (f" {joined}{end}" in self._joined or f" {pieces}{end}" in self._pieces)


def _chunks(text: str) -> list[list[str]]:
    found = (_PIECES.findall(chunk) for chunk in _BREAKS.split(text.casefold()))
    return [pieces for pieces in found if pieces]


def _lines(texts: Iterable[list[str]]) -> str:
    return "\n".join(f" {' '.join(words)} " for words in texts)


@dataclass(frozen=True)
class Document:
    """A record that can be searched: an SRA package, a GEO series or a GEO sample."""

    uid: str
    accession: str
    texts: Mapping[str, tuple[str, ...]]  # by full field name
    dates: Mapping[str, str] = field(default_factory=dict)  # YYYY/MM/DD by full field name

    @cached_property
    def _fields(self) -> dict[str, SearchText]:
        fields = {name: SearchText(texts) for name, texts in self.texts.items()}
        fields["UID"] = SearchText([self.uid])
        fields["Text Word"] = fields[ALL_FIELDS]
        return fields

    def matches(self, atom: Leaf | Range) -> bool:
        """Tell whether a word, phrase or range finds this record."""
        name = full_field(atom.field) or ALL_FIELDS
        if name in (RELEASED, MODIFIED):
            low, high = (atom.low, atom.high) if isinstance(atom, Range) else (atom.text, atom.text)
            return _earliest(low) <= self.dates.get(name, "") <= _latest(high)
        searched = self._fields.get(name)
        return isinstance(atom, Leaf) and searched is not None and searched.has(atom.text)


def _earliest(text: str) -> str:
    return _bound(text, "00", unknown="~")


def _latest(text: str) -> str:
    return _bound(text, "99", unknown="")


def _bound(text: str, fill: str, unknown: str) -> str:
    """Spell a year, month or day out so that it can be compared as text."""
    match = _DATE.fullmatch(text.strip().replace("-", "/"))
    return "/".join((match[1], *(part.zfill(2) if part else fill for part in match.groups()[1:]))) if match else unknown


def parse_package(package: bytes) -> etree._Element:
    """Parse a package without reaching outside it; one that is broken gives what can be read of it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root = etree.fromstring(package, parser) if package.strip() else None
    return root if root is not None else etree.Element("EXPERIMENT_PACKAGE")


def sra_document(uid: str, root: etree._Element, touched: str | None = None) -> Document:
    """Index an EXPERIMENT_PACKAGE; `touched` (YYYY/MM/DD) is its day of modification, if not the one it states."""
    accessions = tuple(_accessions(root))
    layouts = [child.tag for child in root.iterfind(".//LIBRARY_LAYOUT/*")]
    platforms = [str(child.tag) for child in root.iterfind(".//PLATFORM/*")]
    texts = {
        "Accession": accessions,
        "Title": _texts(root, "EXPERIMENT/TITLE", "STUDY/DESCRIPTOR/STUDY_TITLE", "SAMPLE/TITLE"),
        "BioProject": tuple(name for name in accessions if name.startswith("PRJ")),
        "BioSample": tuple(name for name in accessions if name.startswith("SAM")),
        "Platform": (*platforms, *_texts(root, ".//INSTRUMENT_MODEL")),
        "Strategy": _texts(root, ".//LIBRARY_STRATEGY"),
        "Source": _texts(root, ".//LIBRARY_SOURCE"),
        "Selection": _texts(root, ".//LIBRARY_SELECTION"),
        "Layout": tuple(map(str, layouts)),
        "Access": ("controlled" if root.find(".//RUN[@is_public='false']") is not None else "public",),
        **_organisms(root),
    }
    spoken = [str(value) for name in _SPOKEN_ATTRIBUTES for value in root.xpath(f".//@{name}")]
    said = [str(text) for text in root.itertext() if text.strip()]
    every = (*said, *spoken, *(value for values in texts.values() for value in values))
    accession = root.xpath("string(EXPERIMENT/@accession)")
    return Document(uid, str(accession), {**texts, ALL_FIELDS: every}, _dates(root, touched))


def _texts(root: etree._Element, *paths: str) -> tuple[str, ...]:
    return tuple(element.text for path in paths for element in root.iterfind(path) if element.text)


def _accessions(root: etree._Element) -> Iterator[str]:
    """Yield whatever of a package's names is an accession, each once."""
    ids = root.xpath(".//@accession | .//@alias | .//IDENTIFIERS/*/text()")
    found = (str(name).strip() for name in ids)
    yield from dict.fromkeys(name for name in found if _ACCESSION.fullmatch(name))


def _organisms(root: etree._Element) -> dict[str, tuple[str, ...]]:
    names = _texts(root, ".//SCIENTIFIC_NAME", ".//COMMON_NAME")
    taxa = list(dict.fromkeys(_texts(root, ".//TAXON_ID")))
    above = (taxon for own in taxa for taxon in _ABOVE.get(own, [own]))
    return {
        "Organism": (*names, *(f"txid{taxon}" for taxon in taxa)),
        _EXPLODED: (*names, *(f"txid{taxon}" for taxon in dict.fromkeys(above))),
    }


def _dates(root: etree._Element, changed: str | None) -> dict[str, str]:
    """Take the first release as PDAT (without runs, the submission) and the last touch of anything as MDAT."""
    released = sorted(_days(root.xpath(".//RUN/@published")) or _days(root.xpath("SUBMISSION/@submission_date")))
    touched = sorted([*released, *_days(root.xpath(".//SRAFile/@date"))])
    dates = {RELEASED: released[0], MODIFIED: touched[-1]} if released else {}
    return {**dates, MODIFIED: changed} if changed else dates


def _days(values: Iterable[str]) -> list[str]:
    matches = (_DAY.match(value) for value in values)
    return [f"{match[1]}/{match[2]:0>2}/{match[3]:0>2}" for match in matches if match]
