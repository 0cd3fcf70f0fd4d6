"""The made-up experiments as NCBI would hand them out: EXPERIMENT_PACKAGE elements.

Read counts, sizes and checksums are drawn from the accession, so that every build gives the same bytes. Addresses
of files lead nowhere: example.org is reserved for that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from xml.etree.ElementTree import Element, SubElement, tostring

from alembic_db.demo.studies import Experiment, Sample, Study, made_up_experiments

_FILE_HOST = "sra-demo.example.org"
_BASE_SHARES = {"A": 0.27, "C": 0.23, "G": 0.23, "T": 0.2698}


def bundled_packages() -> list[bytes]:
    """Return the bundled records, oldest first: each an EXPERIMENT_PACKAGE in UTF-8 without XML declaration."""
    return [package_xml(experiment) for experiment in made_up_experiments()]


def package_xml(experiment: Experiment) -> bytes:
    """Write one experiment with its study, samples and runs."""
    runs = [_RunNumbers.draw(experiment, accession) for accession in experiment.runs]
    package = Element("EXPERIMENT_PACKAGE")
    _experiment(package, experiment)
    _submission(package, experiment.study)
    _organization(package, experiment.study)
    _study(package, experiment.study)
    for sample in experiment.samples:
        _sample(package, experiment.study, sample)
    _pool(package, experiment, sum(run.spots for run in runs), sum(run.bases for run in runs))
    _run_set(package, experiment, runs)
    return tostring(package, encoding="unicode").encode()


def _add(parent: Element, tag: str, text: object = None, /, **attributes: object) -> Element:
    """Append an element; attributes that are None are left out."""
    given = {name: str(value) for name, value in attributes.items() if value is not None}
    element = SubElement(parent, tag, given)
    element.text = None if text is None else str(text)
    return element


def _identifiers(parent: Element, primary: str, bioproject: str | None = None, **external: str | None) -> None:
    ids = _add(parent, "IDENTIFIERS")
    _add(ids, "PRIMARY_ID", primary)
    if bioproject:
        _add(ids, "EXTERNAL_ID", bioproject, namespace="BioProject", label="primary")
    for namespace, value in external.items():
        if value:
            _add(ids, "EXTERNAL_ID", value, namespace=namespace)


def _attributes(parent: Element, kind: str, attributes: Iterable[tuple[str, str | None, str | None]]) -> None:
    entries = list(attributes)
    if not entries:
        return
    group = _add(parent, f"{kind}_ATTRIBUTES")
    for tag, value, units in entries:
        entry = _add(group, f"{kind}_ATTRIBUTE")
        _add(entry, "TAG", tag)
        if value is not None:
            _add(entry, "VALUE", value)
        if units is not None:
            _add(entry, "UNITS", units)


def _xref(links: Element, kind: str, db: str, identifier: object, label: str | None = None) -> None:
    xref = _add(_add(links, f"{kind}_LINK"), "XREF_LINK")
    _add(xref, "DB", db)
    _add(xref, "ID", identifier)
    if label:
        _add(xref, "LABEL", label)


def _experiment(package: Element, experiment: Experiment) -> None:
    study, first = experiment.study, experiment.samples[0]
    element = _add(package, "EXPERIMENT", accession=experiment.accession, alias=experiment.alias,
                   center_name=None if study.from_geo else study.center.abbreviation)  # fmt: skip
    _identifiers(element, experiment.accession)
    _add(element, "TITLE", experiment.title)
    reference = _add(element, "STUDY_REF", accession=study.accession, refname=study.series)
    _identifiers(reference, study.accession, study.bioproject)
    design = _add(element, "DESIGN")
    _add(design, "DESIGN_DESCRIPTION", study.design or None)
    if len(experiment.samples) > 1:
        pool = _add(_add(design, "SAMPLE_DESCRIPTOR"), "POOL")
        for sample in experiment.samples:
            member = _add(pool, "MEMBER", accession=sample.accession, member_name=sample.title)
            _identifiers(member, sample.accession)
    else:
        descriptor = _add(design, "SAMPLE_DESCRIPTOR", accession=first.accession)
        _identifiers(descriptor, first.accession, GEO=first.geo_sample)
    _library(design, experiment)
    _add(_add(_add(element, "PLATFORM"), study.platform), "INSTRUMENT_MODEL", study.model)
    if first.geo_sample:
        number = int(first.geo_sample.removeprefix("GSM"))
        _xref(_add(element, "EXPERIMENT_LINKS"), "EXPERIMENT", "gds", 300_000_000 + number, first.geo_sample)
        _attributes(element, "EXPERIMENT", [("GEO Accession", first.geo_sample, None)])


def _library(design: Element, experiment: Experiment) -> None:
    study = experiment.study
    library = _add(design, "LIBRARY_DESCRIPTOR")
    _add(library, "LIBRARY_NAME", experiment.alias)
    _add(library, "LIBRARY_STRATEGY", study.strategy)
    _add(library, "LIBRARY_SOURCE", study.source)
    _add(library, "LIBRARY_SELECTION", study.selection)
    layout = _add(library, "LIBRARY_LAYOUT")
    if experiment.layout == "PAIRED":
        _add(layout, "PAIRED", NOMINAL_LENGTH=study.nominal_length or None, NOMINAL_SDEV=study.nominal_sdev or None)
    else:
        _add(layout, experiment.layout)
    if study.protocol:
        _add(library, "LIBRARY_CONSTRUCTION_PROTOCOL", study.protocol)


def _submission(package: Element, study: Study) -> None:
    element = _add(package, "SUBMISSION", accession=study.submission,
                   alias=f"GEO: {study.series}" if study.series else f"{study.alias} submission",
                   center_name="GEO" if study.from_geo else study.center.abbreviation,
                   broker_name="GEO" if study.from_geo else None,
                   lab_name="" if study.from_geo else study.center.last + " lab",
                   submission_date=f"{study.released - timedelta(days=20)}T09:00:00Z")  # fmt: skip
    _identifiers(element, study.submission)


def _organization(package: Element, study: Study) -> None:
    center = study.center
    element = _add(package, "Organization", type="center")
    _add(element, "Name", center.name, abbr=center.abbreviation)
    if center.city:
        address = _add(element, "Address", postal_code="00000")
        _add(address, "Institution", center.name)
        _add(address, "City", center.city)
        _add(address, "Country", center.country)
    name = _add(_add(element, "Contact", email=center.email), "Name")
    _add(name, "First", center.first)
    _add(name, "Last", center.last)


def _study(package: Element, study: Study) -> None:
    element = _add(package, "STUDY", accession=study.accession, alias=study.series or study.alias,
                   center_name="GEO" if study.from_geo else study.center.abbreviation)  # fmt: skip
    _identifiers(element, study.accession, study.bioproject, GEO=study.series)
    descriptor = _add(element, "DESCRIPTOR")
    _add(descriptor, "STUDY_TITLE", study.title)
    _add(descriptor, "STUDY_TYPE", existing_study_type=study.type)
    if study.abstract:
        design = f" Overall design: {study.design}" if study.design else ""
        _add(descriptor, "STUDY_ABSTRACT", study.abstract + design)
    _add(descriptor, "CENTER_PROJECT_NAME", study.series or study.alias)
    if study.pubmed or study.pages:
        links = _add(element, "STUDY_LINKS")
        for identifier in study.pubmed:
            _xref(links, "STUDY", "pubmed", identifier)
        for label, address in study.pages.items():
            page = _add(_add(links, "STUDY_LINK"), "URL_LINK")
            _add(page, "LABEL", label)
            _add(page, "URL", address)
    _attributes(element, "STUDY", ((tag, value, None) for tag, value in study.attributes.items()))


def _sample(package: Element, study: Study, sample: Sample) -> None:
    element = _add(package, "SAMPLE", accession=sample.accession, alias=sample.alias)
    _identifiers(element, sample.accession, BioSample=sample.biosample, GEO=sample.geo_sample)
    _add(element, "TITLE", sample.title)
    name = _add(element, "SAMPLE_NAME")
    _add(name, "TAXON_ID", study.organism.taxon_id)
    _add(name, "SCIENTIFIC_NAME", study.organism.name)
    if study.organism.common_name:
        _add(name, "COMMON_NAME", study.organism.common_name)
    number = study.bioproject.removeprefix("PRJNA")
    _xref(_add(element, "SAMPLE_LINKS"), "SAMPLE", "bioproject", number, study.bioproject)
    _attributes(element, "SAMPLE", ((entry.tag, entry.value, entry.units) for entry in sample.attributes))


def _pool(parent: Element, experiment: Experiment, spots: int, bases: int) -> None:
    """Write the members; spots are shared out evenly, what is left over goes to the first."""
    size = len(experiment.samples)
    pool = _add(parent, "Pool")
    for position, sample in enumerate(experiment.samples):
        extra = (spots % size, bases % size) if position == 0 else (0, 0)
        member = _add(pool, "Member", member_name=sample.title if size > 1 else "", accession=sample.accession,
                      sample_name=sample.alias, sample_title=sample.title, spots=spots // size + extra[0],
                      bases=bases // size + extra[1], tax_id=experiment.study.organism.taxon_id,
                      organism=experiment.study.organism.name)  # fmt: skip
        _identifiers(member, sample.accession, BioSample=sample.biosample, GEO=sample.geo_sample)


@dataclass(frozen=True)
class _RunNumbers:
    accession: str
    spots: int
    bases: int
    size: int
    published: datetime

    @classmethod
    def draw(cls, experiment: Experiment, accession: str) -> _RunNumbers:
        random = Random(accession)  # noqa: S311 - reproducible, not secret
        spots = random.randrange(400_000, 60_000_000)
        bases = spots * experiment.study.read_length * _reads(experiment)
        day = experiment.study.released + timedelta(days=experiment.number % 5)
        moment = datetime.combine(day, time(random.randrange(24), random.randrange(60), random.randrange(60)))
        return cls(accession, spots, bases, int(bases * random.uniform(0.35, 0.5)), moment)


def _reads(experiment: Experiment) -> int:
    return 2 if experiment.layout == "PAIRED" else 1


def _run_set(package: Element, experiment: Experiment, runs: list[_RunNumbers]) -> None:
    run_set = _add(package, "RUN_SET", runs=len(runs), bases=sum(run.bases for run in runs),
                   spots=sum(run.spots for run in runs), bytes=sum(run.size for run in runs))  # fmt: skip
    for position, run in enumerate(runs, start=1):
        alias = f"{experiment.alias}_r{position}"
        element = _add(run_set, "RUN", accession=run.accession, alias=alias, total_spots=run.spots,
                       total_bases=run.bases, size=run.size, load_done="true", published=run.published,
                       is_public="true", cluster_name="public", has_taxanalysis="1",
                       static_data_available="1")  # fmt: skip
        _identifiers(element, run.accession)
        _add(element, "EXPERIMENT_REF", accession=experiment.accession, refname=experiment.alias)
        _pool(element, experiment, run.spots, run.bases)
        _files(element, experiment, run, alias)
        _statistics(element, experiment, run)


def _files(parent: Element, experiment: Experiment, run: _RunNumbers, alias: str) -> None:
    group = _add(parent, "SRAFiles")
    name, cloud = run.accession, f"{_FILE_HOST}/{run.accession}"
    for read in range(1, _reads(experiment) + 1):
        fastq = f"{alias}_R{read}.fastq.gz"
        original = _file(group, run, fastq, run.size * 7 // 10, semantic_name="fastq", supertype="Original",
                         sratoolkit="0")  # fmt: skip
        _location(original, f"s3://demo-src/{name}/{fastq}", "-", "Use Cloud Data Delivery", "AWS")
    url = f"https://{cloud}/{name}"
    full = _file(group, run, name, run.size, url=url, semantic_name="SRA Normalized", supertype="Primary ETL",
                 sratoolkit="1")  # fmt: skip
    _location(full, url, "worldwide", "anonymous", "AWS")
    lite_url = f"https://{cloud}/{name}.lite.1"
    lite = _file(group, run, f"{name}.lite", run.size * 6 // 10, url=lite_url, semantic_name="SRA Lite",
                 supertype="Primary ETL", sratoolkit="1")  # fmt: skip
    _location(lite, lite_url, "worldwide", "anonymous", "NCBI")
    _location(lite, f"s3://demo-zq/{name}/{name}.lite.1", "s3.us-east-1", "aws identity", "AWS")
    _location(lite, f"gs://demo-zq/{name}/{name}.lite.1", "gs.us-east1", "gcp identity", "GCP")
    clouds = _add(parent, "CloudFiles")
    for filetype, provider, location in _cloud_files():
        _add(clouds, "CloudFile", filetype=filetype, provider=provider, location=location)


def _file(group: Element, run: _RunNumbers, name: str, size: int, **more: str) -> Element:
    md5 = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return _add(group, "SRAFile", cluster="public", filename=name, size=size, date=run.published, md5=md5,
                version="1", **more)  # fmt: skip


def _location(file: Element, url: str, free_egress: str, access_type: str, org: str) -> None:
    _add(file, "Alternatives", url=url, free_egress=free_egress, access_type=access_type, org=org)


def _cloud_files() -> Iterator[tuple[str, str, str]]:
    for filetype in ("fastq", "run", "run.zq"):
        yield filetype, "s3", "s3.us-east-1"
    yield "run.zq", "gs", "gs.us-east1"


def _statistics(parent: Element, experiment: Experiment, run: _RunNumbers) -> None:
    reads = _reads(experiment)
    statistics = _add(parent, "Statistics", nreads=reads, nspots=run.spots)
    for index in range(reads):
        _add(statistics, "Read", index=index, count=run.spots, average=experiment.study.read_length, stdev="0")
    bases = _add(parent, "Bases", cs_native="false", count=run.bases)
    for base, count in _base_counts(run.bases).items():
        _add(bases, "Base", value=base, count=count)


def _base_counts(bases: int) -> Mapping[str, int]:
    counts = {base: int(bases * share) for base, share in _BASE_SHARES.items()}
    return {**counts, "N": bases - sum(counts.values())}
