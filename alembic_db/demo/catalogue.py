"""The two databases of the stand-in: SRA packages, and the GEO series and samples they name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from alembic_db.demo.index import ALL_FIELDS, Document, full_field, parse_package, sra_document
from alembic_db.demo.terms import Atom, Earlier, Group, Leaf, evaluate, parse

# In the range of the digits of the bundled accessions: whoever asks efetch for an accession gets another record,
# as he does at NCBI, which drops the letters.
FIRST_UID = 99_000_040
_GEO_UIDS = {"GSE": 200_000_000, "GSM": 300_000_000}
_GEO = re.compile(r"(GSE|GSM)([0-9]+)")


@dataclass(frozen=True)
class Outcome:
    """What a search found, newest first, and what NCBI would say about its words."""

    uids: tuple[str, ...]
    translation: str
    stack: tuple[tuple[Leaf, int], ...]
    words_not_found: tuple[str, ...]
    phrases_not_found: tuple[str, ...]
    fields_not_found: tuple[str, ...]


class Database:
    """Records of one Entrez database."""

    def __init__(self, name: str, documents: Iterable[Document]) -> None:
        self.name = name
        newest_first = sorted(documents, key=lambda document: int(document.uid), reverse=True)
        self.documents = {document.uid: document for document in newest_first}

    def search(self, term: str, earlier: Callable[[int], Sequence[str] | None]) -> Outcome:
        """Find records; `earlier` gives what the searches before found, by their number."""
        tree = parse(term)
        hits: dict[Atom, frozenset[str]] = {}

        def find(atom: Atom) -> frozenset[str]:
            if atom not in hits:
                hits[atom] = self._find(atom, earlier)
            return hits[atom]

        found = evaluate(tree, find, frozenset(self.documents))
        uids = tuple(uid for uid in self.documents if uid in found)
        return _outcome(tree, uids, hits)

    def _find(self, atom: Atom, earlier: Callable[[int], Sequence[str] | None]) -> frozenset[str]:
        if isinstance(atom, Earlier):
            return frozenset(earlier(atom.key) or ())
        return frozenset(uid for uid, document in self.documents.items() if document.matches(atom))


def _outcome(tree: Group, uids: tuple[str, ...], hits: Mapping[Atom, frozenset[str]]) -> Outcome:
    leaves = {atom: len(found) for atom, found in hits.items() if isinstance(atom, Leaf)}
    missing = [leaf for leaf, count in leaves.items() if not count]
    unknown = [atom.field for atom in hits if not isinstance(atom, Earlier) and full_field(atom.field) is None]
    return Outcome(
        uids=uids,
        translation=str(tree),
        stack=tuple(leaves.items()),
        words_not_found=tuple(_as_asked(leaf) for leaf in missing if not leaf.quoted),
        phrases_not_found=tuple(_as_asked(leaf) for leaf in missing if leaf.quoted),
        fields_not_found=tuple(dict.fromkeys(name for name in unknown if name is not None)),
    )


def _as_asked(leaf: Leaf) -> str:
    return str(leaf) if leaf.field else str(leaf).removesuffix(f"[{ALL_FIELDS}]")


@dataclass(frozen=True)
class Series:
    """A GEO series and the SRA study that it belongs to."""

    accession: str
    title: str
    summary: str
    organism: str
    strategy: str
    released: str
    study: str
    bioproject: str
    samples: Mapping[str, str]  # titles by GSM


class Catalogue:
    """Packages by UID. `known` holds UIDs that experiments had before, which they keep.

    `touched` holds days of modification that are not those of the XML.
    """

    def __init__(
        self,
        packages: Iterable[bytes],
        known: Mapping[str, str] | None = None,
        touched: Mapping[str, str] | None = None,
    ) -> None:
        self.packages: dict[str, bytes] = {}
        self.uids: dict[str, str] = dict(known or {})  # by experiment accession
        self.touched: dict[str, str] = dict(touched or {})  # YYYY/MM/DD by experiment accession
        documents = list(self._documents(packages))
        self.sra = Database("sra", documents)

    def _documents(self, packages: Iterable[bytes]) -> Iterator[Document]:
        next_uid = max((FIRST_UID - 1, *map(int, self.uids.values()))) + 1
        for package in packages:
            root = parse_package(package)
            accession = str(root.xpath("string(EXPERIMENT/@accession)"))
            uid = self.uids.get(accession)
            if uid is None or uid in self.packages:
                uid, next_uid = str(next_uid), next_uid + 1
            if accession:
                self.uids[accession] = uid
            self.packages[uid] = package
            yield sra_document(uid, root, self.touched.get(accession))

    def revised(self, packages: Iterable[bytes], day: str) -> Catalogue:
        """Return a catalogue of other packages: those that differ from before were touched on this day."""
        before = {accession: self.packages.get(uid) for accession, uid in self.uids.items()}
        touched = dict(self.touched)
        packages = list(packages)
        for package in packages:
            accession = str(parse_package(package).xpath("string(EXPERIMENT/@accession)"))
            if before.get(accession) != package:
                touched[accession] = day
        return Catalogue(packages, self.uids, touched)

    def database(self, name: str) -> Database | None:
        """Return a database, None if the stand-in has none of this name."""
        if name == "gds":
            return self.gds
        return self.sra if name == "sra" else None

    def root(self, uid: str) -> etree._Element:
        """Parse the package of a UID."""
        return parse_package(self.packages[uid])

    @cached_property
    def series(self) -> dict[str, Series]:
        """Return the GEO series by their UID."""
        roots: dict[str, list[etree._Element]] = {}
        for uid in self.packages:
            root = self.root(uid)
            for accession in root.xpath("STUDY/IDENTIFIERS/EXTERNAL_ID[@namespace='GEO']/text()"):
                roots.setdefault(str(accession), []).append(root)
        known = ((accession, found) for accession, found in roots.items() if _GEO.fullmatch(accession))
        return {_geo_uid(accession): _series(accession, found) for accession, found in known}

    @cached_property
    def gds(self) -> Database:
        """Return the series and samples as a database."""
        return Database("gds", self._geo_documents())

    def _geo_documents(self) -> Iterator[Document]:
        for uid, series in self.series.items():
            yield _geo_document(uid, series, "GSE", series.accession, (series.title, series.summary))
            for accession, title in series.samples.items():
                yield _geo_document(_geo_uid(accession), series, "GSM", accession, (title,))


def _geo_uid(accession: str) -> str:
    match = _GEO.fullmatch(accession)
    return str(_GEO_UIDS[match[1]] + int(match[2])) if match else accession


def _geo_document(uid: str, series: Series, kind: str, accession: str, texts: tuple[str, ...]) -> Document:
    # A series is found by its samples and a sample by its series, as in GEO.
    accessions = (accession, *series.samples) if kind == "GSE" else (accession, series.accession)
    fields = {"Accession": accessions, "Title": texts[:1], "Organism:exp": (series.organism,), "Entry Type": (kind,)}
    every = tuple(value for values in fields.values() for value in values) + texts
    return Document(uid, accession, {**fields, "Organism": (series.organism,), ALL_FIELDS: every})


def _series(accession: str, roots: Sequence[etree._Element]) -> Series:
    first = roots[0]

    def text(path: str) -> str:
        return str(first.xpath(f"string({path})"))

    samples = {
        str(name): str(sample.xpath("string(TITLE)"))
        for root in roots
        for sample in root.iterfind("SAMPLE")
        for name in sample.xpath("IDENTIFIERS/EXTERNAL_ID[@namespace='GEO']/text()")
        if _GEO.fullmatch(str(name))
    }
    return Series(
        accession=accession,
        title=text("STUDY/DESCRIPTOR/STUDY_TITLE"),
        summary=text("STUDY/DESCRIPTOR/STUDY_ABSTRACT"),
        organism=text("SAMPLE/SAMPLE_NAME/SCIENTIFIC_NAME"),
        strategy=text("EXPERIMENT/DESIGN/LIBRARY_DESCRIPTOR/LIBRARY_STRATEGY"),
        released=text(".//RUN/@published")[:10].replace("-", "/"),
        study=text("STUDY/@accession"),
        bioproject=text("STUDY/IDENTIFIERS/EXTERNAL_ID[@namespace='BioProject']"),
        samples=samples,
    )
