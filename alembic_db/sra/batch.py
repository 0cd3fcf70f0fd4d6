"""Records turned into rows: what the reader hands to the store, one batch at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from alembic_db.errors import InputError
from alembic_db.sra.layout import (
    PACKAGE_POOL,
    PACKAGE_RUN_SET,
    RECORD_NODES,
    RECORD_TABLES,
    RECORD_TAGS,
    TABLES,
)
from alembic_db.sra.walk import Row, Step, Walker, local_name

# Part of every content hash: raise it when the same XML gives other rows, and every record is read anew.
READER_VERSION = "1"

_STEPS = {name: Step(node, name) for name, node in RECORD_NODES.items()}
_POOL = Step(PACKAGE_POOL, "experiment")
_RUN_SET = Step(PACKAGE_RUN_SET, "experiment")
_PARTS = frozenset({"STUDY", "SUBMISSION", "Organization"})
_PRIMARY_ID = "{*}IDENTIFIERS/{*}PRIMARY_ID"
_COLUMN = {table: {name: i for i, name in enumerate(columns)} for table, columns in TABLES.items()}
_RUN_EXPERIMENT = _COLUMN["run"]["experiment_accession"]


# Records that several packages state.
SHARED_RECORDS = frozenset({"study", "sample", "submission"})


def _rank(accession: str) -> tuple[int, str]:
    return len(accession), accession


def content_hash(*parts: bytes) -> str:
    """Digest the XML of a record together with the reader's version (128 bits, hexadecimal)."""
    digest = hashlib.blake2b(READER_VERSION.encode(), digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


@dataclass(slots=True)
class XmlRecord:
    """One top-level record of a document: its kind, its accession, its element and its own XML."""

    record_type: str  # package | study | sample | experiment | run | submission
    accession: str  # of a package: its experiment's
    element: etree._Element | None  # None once it has been read into rows
    xml: bytes
    content_hash: str

    @classmethod
    def of(cls, element: etree._Element) -> XmlRecord:
        """Wrap an element; InputError if nothing says which record it is."""
        name = local_name(element.tag)
        record_type = "package" if name == "EXPERIMENT_PACKAGE" else RECORD_TAGS[name]
        owner = experiment_of(element) if record_type == "package" else element
        accession = accession_of(owner)
        xml = etree.tostring(element, encoding="utf-8", with_tail=False)
        return cls(record_type, accession, element, xml, content_hash(xml))


def experiment_of(package: etree._Element) -> etree._Element:
    """Find the EXPERIMENT of a package; InputError if there is none."""
    for child in package:
        if local_name(child.tag) == "EXPERIMENT":
            return child
    raise InputError("an EXPERIMENT_PACKAGE without EXPERIMENT")


def has_accession(element: etree._Element) -> bool:
    """Tell whether a part of a package can stand as a record; an organisation always can."""
    return (
        local_name(element.tag) == "Organization"
        or bool((element.get("accession") or "").strip())
        or bool((element.findtext(_PRIMARY_ID) or "").strip())
    )


def accession_of(element: etree._Element) -> str:
    """Read a record's accession, from its attribute or its primary id."""
    accession = element.get("accession") or element.findtext(_PRIMARY_ID)
    if not accession or not accession.strip():
        raise InputError(f"a {local_name(element.tag)} without accession (alias: {element.get('alias')})")
    return accession.strip()


@dataclass
class RowBatch:
    """Rows of every table for a number of records, and the XML they came from.

    A study, sample or submission comes with each of its packages, at times in several versions. The package of the
    highest experiment accession speaks for it (`sources`), so that the order of arrival decides nothing. Of two
    versions from the same package, the later one counts.
    """

    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in TABLES})
    raw: dict[tuple[str, str], XmlRecord] = field(default_factory=dict)
    sources: dict[tuple[str, str], str] = field(default_factory=dict)
    _seen: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, record: XmlRecord) -> None:
        """Read a record into rows."""
        known = self.raw.get((record.record_type, record.accession))
        if known is not None and known.content_hash == record.content_hash:
            return
        self.raw[(record.record_type, record.accession)] = record
        element, record.element = record.element, None
        if element is None:
            raise ValueError(f"{record.accession} has been read into rows already")
        if record.record_type == "package":
            if known is not None:
                self._drop_runs(record.accession)
            self._package(record, element)
        else:
            self._record(record.record_type, record.accession, element, "object", record.content_hash)

    def keys(self) -> frozenset[tuple[str, str]]:
        """List the records that there are rows of, as (kind, accession)."""
        return frozenset(self._seen)

    def _package(self, record: XmlRecord, package: etree._Element) -> None:
        """Read a package: its experiment takes the pool, the run totals and the references along."""
        experiment = experiment_of(package)
        references: dict[str, str] = {}
        samples: list[str] = []
        others: list[etree._Element] = []
        for child in package:
            name = local_name(child.tag)
            if name == "SAMPLE":
                samples.append(self._sample(child, record.accession, len(samples)))
            elif name in _PARTS and has_accession(child):
                references[name] = self._part(child, name, record.accession)
            elif child is not experiment:
                others.append(child)
                if name == "RUN_SET":
                    self._runs(child, record.accession)
        walker, row = self._begin("experiment", record.accession, "package", record.content_hash)
        for name, value in package.items():
            walker.keep(f"EXPERIMENT_PACKAGE/@{name}", value)
        self._experiment(walker, row, experiment, others, references)
        if row[_COLUMN["experiment"]["sample_accession"]] is None and not walker.rows.get("experiment_sample"):
            _add_samples(walker, samples)
        self._finish("experiment", walker, row)

    def _sample(self, element: etree._Element, experiment: str, position: int) -> str:
        """Read a sample of a package; one without accession is named after its experiment, to stay queryable."""
        accession = accession_of(element) if has_accession(element) else f"{experiment}.sample{position + 1}"
        digest = content_hash(etree.tostring(element, encoding="utf-8", with_tail=False))
        self._record("sample", accession, element, "package", digest, experiment)
        return accession

    def _part(self, element: etree._Element, name: str, experiment: str) -> str:
        """Read a study, submission or organisation of a package and return its accession."""
        digest = content_hash(etree.tostring(element, encoding="utf-8", with_tail=False))
        if name == "Organization":
            record_type, accession = "organization", digest
        else:
            record_type, accession = RECORD_TAGS[name], accession_of(element)
        self._record(record_type, accession, element, "package", digest, experiment)
        return accession

    def _runs(self, run_set: etree._Element, experiment: str) -> None:
        for run in run_set:
            if local_name(run.tag) == "RUN" and has_accession(run):
                digest = content_hash(etree.tostring(run, encoding="utf-8", with_tail=False))
                self._record("run", accession_of(run), run, "package", digest, experiment)

    def _experiment(
        self,
        walker: Walker,
        row: Row,
        element: etree._Element,
        others: list[etree._Element],
        references: dict[str, str],
    ) -> None:
        # The hash is the whole package's, so that a changed pool or total is a change of the experiment.
        walker.walk(element, _STEPS["experiment"], row)
        for part in others:
            _package_part(walker, part, row)
        column = _COLUMN["experiment"]
        row[column["submission_accession"]] = references.get("SUBMISSION")
        row[column["organization_accession"]] = references.get("Organization")
        if row[column["study_accession"]] is None:
            row[column["study_accession"]] = references.get("STUDY")

    def _record(
        self,
        record_type: str,
        accession: str,
        element: etree._Element,
        origin: str,
        digest: str,
        experiment: str | None = None,
    ) -> None:
        key = (record_type, accession)
        if experiment is not None and record_type in SHARED_RECORDS:
            if key in self.sources and _rank(experiment) < _rank(self.sources[key]):
                return
            self.sources[key] = experiment
        elif experiment is None and key in self.sources:
            return  # a plain object says less than the package
        if self._seen.get(key) == digest:
            return
        walker, row = self._begin(record_type, accession, origin, digest)
        walker.walk(element, _STEPS[record_type], row)
        if record_type == "run" and row[_RUN_EXPERIMENT] is None:
            row[_RUN_EXPERIMENT] = experiment
        self._finish(record_type, walker, row)

    def _begin(self, record_type: str, accession: str, origin: str, digest: str) -> tuple[Walker, Row]:
        if (record_type, accession) in self._seen:
            self._drop(record_type, accession)
        self._seen[(record_type, accession)] = digest
        row = _STEPS[record_type].blank.copy()
        row[-2], row[-1] = origin, digest  # the accession comes with the walk, or at its end
        return Walker(record_type, accession), row

    def _finish(self, record_type: str, walker: Walker, row: Row) -> None:
        if row[0] is not None and row[0] != walker.accession:
            walker.keep("@accession", row[0])  # it had white space around it
        row[0] = walker.accession
        _add_known_ids(record_type, walker, row)
        if record_type == "experiment" and not walker.rows.get("experiment_sample"):
            _add_samples(walker, [row[_COLUMN["experiment"]["sample_accession"]]])
        self.rows[record_type].append(row)
        for table, rows in walker.rows.items():
            self.rows[table].extend(rows)

    def _drop_runs(self, experiment: str) -> None:
        """Take back the runs that an earlier version of a package had: the later one may have lost some."""
        for run in [row[0] for row in self.rows["run"] if row[_RUN_EXPERIMENT] == experiment]:
            self._drop("run", run)
            del self._seen[("run", run)]

    def _drop(self, record_type: str, accession: str) -> None:
        """Take back the rows of a record of which another version has come."""
        for table, rows in self.rows.items():
            if table in RECORD_TABLES and table != record_type:
                continue
            if TABLES[table][0] == "record_type":
                owner: list[str] = [record_type, accession]
            elif table == record_type or TABLES[table][0] == f"{record_type}_accession":
                owner = [accession]
            else:
                continue
            self.rows[table] = [row for row in rows if row[: len(owner)] != owner]


def _package_part(walker: Walker, part: etree._Element, row: Row) -> None:
    """Read what a package says of its experiment beside EXPERIMENT: the pool, the run totals, anything else."""
    name = local_name(part.tag)
    if name == "Pool":
        for member in walker.rows.pop("experiment_sample", ()):  # of the descriptor; the pool comes in its place
            for column, value in zip(TABLES["experiment_sample"][2:], member[2:], strict=True):
                if value is not None:
                    path = f"DESIGN/SAMPLE_DESCRIPTOR/POOL/MEMBER[{member[1] + 1}]/@{column}"
                    walker.keep(path, str(value))
        walker.walk(part, _POOL, row)
    elif name == "RUN_SET":
        walker.fill(part, part.items(), _RUN_SET, row)
        for child in part:
            if not (local_name(child.tag) == "RUN" and has_accession(child)):
                walker.flatten(child, f"RUN_SET/{local_name(child.tag)}")
    else:
        walker.flatten(part, f"EXPERIMENT_PACKAGE/{name}")


_KNOWN_IDS = {
    "study": {"BioProject": "bioproject_accession", "GEO": "geo_accession"},
    "sample": {"BioSample": "biosample_accession", "GEO": "geo_accession"},
}
_ID_PREFIXES = {"study": ("PRJ", "bioproject_accession"), "sample": ("SAM", "biosample_accession")}


def _add_known_ids(record_type: str, walker: Walker, row: Row) -> None:
    """Lift the BioProject, BioSample and GEO ids out of the external ids, where users look for them."""
    namespaces = _KNOWN_IDS.get(record_type)
    if namespaces is None:
        return
    column = _COLUMN[record_type]
    prefix, prefix_column = _ID_PREFIXES[record_type]
    for _, _, _, path, _, namespace, _, value in walker.rows.get("external_id", ()):
        if path is not None or value is None:
            continue
        target = namespaces.get(namespace) or (prefix_column if value.startswith(prefix) else None)
        if target is not None and row[column[target]] is None:
            row[column[target]] = value


def _add_samples(walker: Walker, samples: Sequence[str | None]) -> None:
    """State the experiment's samples where no pool does: the descriptor's, else those that its package holds."""
    members: list[Row] = []
    for accession in filter(None, samples):
        member: Row = [None] * len(TABLES["experiment_sample"])
        member[:3] = [walker.accession, len(members), accession]
        members.append(member)
    if members:
        walker.rows["experiment_sample"] = members
