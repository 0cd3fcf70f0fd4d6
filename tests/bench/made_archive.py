"""Submissions as they lie in NCBI's metadata dump, made up by a seed: any number of them, in constant memory.

How their texts repeat follows what was measured on 76,930 real experiments (some 20 experiments to an abstract, each
attribute value 8 times, titles once, 4 attributes to a sample in the median and 46 at most, a sixth of the abstracts
with mojibake); words, names and accessions are made up.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = ("study", "experiment", "sample", "run", "submission")
MEAN_EXPERIMENTS = 20.6  # to a study
_SPREAD = 1.3
_MOST_EXPERIMENTS = 2000
_SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ter",
    "gen",
    "os",
    "pha",
    "ri",
    "um",
    "ti",
    "va",
    "ne",
    "cor",
    "sy",
    "lin",
    "do",
    "xe",
    "mu",
    "ra",
    "ple",
]
_TERMS = [
    "expression",
    "cells",
    "RNA",
    "sequencing",
    "treated",
    "control",
    "response",
    "pathway",
    "loss",
    "function",
    "stem",
    "differentiation",
    "analysis",
    "tissue",
    "patients",
    "brain",
    "liver",
    "lung",
    "signalling",
    "inhibitor",
    "resistance",
    "TP53",
    "EGFR",
    "BRAF",
    "V600E",
    "breast",
    "cancer",
    "doxorubicin",
    "mouse",
    "human",
    "knockout",
    "wild",
    "type",
    "we",
    "show",
    "that",
    "the",
    "of",
    "and",
    "in",
    "was",
    "were",
    "with",
    "by",
    "for",
    "to",
    "from",
]
_TAGS = (
    "source_name", "cell type", "tissue", "sex", "cell line", "gap_accession", "gap_sample_id", "body site", "age", "treatment",
    "diagnosis", "gender", "disease", "phenotype", "genotype", "strain", "developmental stage", "batch", "time point", "dose",
)  # fmt: skip
_COMMON = {
    "sex": ("male", "female", "not determined"), "gender": ("male", "female"), "tissue": ("liver", "brain", "lung", "blood"),
    "cell line": ("HeLa", "HEK293T", "MCF-7", "A549", "K562"), "disease": ("breast cancer", "glioma", "none"),
    "treatment": ("DMSO", "vehicle", "doxorubicin", "untreated"), "genotype": ("wild type", "p53 knockout", "BRAF V600E"),
}  # fmt: skip
_SPECIES = (
    (9606, "Homo sapiens"),
    (10090, "Mus musculus"),
    (7227, "Drosophila melanogaster"),
    (3702, "Arabidopsis thaliana"),
)
_STRATEGIES = (("RNA-Seq", "TRANSCRIPTOMIC", "cDNA"), ("WGS", "GENOMIC", "RANDOM"), ("AMPLICON", "METAGENOMIC", "PCR"))


@dataclass(frozen=True)
class Submission:
    """One folder of the dump: its accession and the XML of each kind."""

    accession: str
    experiments: int
    files: dict[str, bytes]


@dataclass(frozen=True)
class Revision:
    """What a later dump says otherwise: `fraction` of the submissions, or of the experiments, chosen by `number`."""

    number: int
    fraction: float
    scattered: bool = False  # single experiments instead of whole submissions


def _words() -> list[str]:
    noise = random.Random("words")
    made = {"".join(noise.choices(_SYLLABLES, k=noise.randrange(2, 5))) for _ in range(3000)}
    return sorted(made)


_WORDS = _words()


def submissions(
    experiments: int, *, seed: int = 1, revision: Revision | None = None, only_changed: bool = False
) -> Iterator[Submission]:
    """Yield submissions until they hold so many experiments."""
    number = first = 0
    while first < experiments:
        number += 1
        noise = random.Random(f"{seed}/{number}")
        middle = math.log(MEAN_EXPERIMENTS) - _SPREAD**2 / 2
        count = min(max(1, round(noise.lognormvariate(middle, _SPREAD))), _MOST_EXPERIMENTS, experiments - first)
        changed = _changed(number, count, revision) if revision else frozenset()
        if changed or not only_changed:
            yield _submission(number, first + 1, count, noise, changed)
        first += count


def _changed(number: int, count: int, revision: Revision) -> frozenset[int]:
    chance = random.Random(f"revision/{revision.number}/{number}")
    if revision.scattered:
        return frozenset(i for i in range(count) if chance.random() < revision.fraction)
    return frozenset(range(count)) if chance.random() < revision.fraction else frozenset()


def _text(noise: random.Random, length: int) -> str:
    words = noise.choices(_WORDS, k=length // 2) + noise.choices(_TERMS, k=length - length // 2)
    noise.shuffle(words)
    return " ".join(words).capitalize() + "."


def _submission(number: int, first: int, count: int, noise: random.Random, changed: frozenset[int]) -> Submission:
    study = f"SRP{number:06d}"
    taxon, species = noise.choices(_SPECIES, weights=(12, 6, 1, 1))[0]
    library = noise.choices(_STRATEGIES, weights=(6, 3, 2))[0]
    abstract = _text(noise, noise.randrange(100, 400)) if noise.random() < 0.53 else ""
    if abstract and noise.random() < 1 / 6:
        abstract = abstract.replace(" the ", " the cellâ€™s ", 1) + " We donâ€™t know."
    tags = noise.sample(_TAGS, k=min(20, max(1, round(noise.lognormvariate(1.39, 0.95)))))
    tags += [f"note {i}" for i in range(min(26, max(0, round(noise.lognormvariate(1.39, 0.95)) - 20)))]
    levels = {tag: _levels(noise, tag) for tag in tags}
    protocol = _text(noise, noise.randrange(20, 70)) if noise.random() < 0.4 else ""
    title = _text(noise, noise.randrange(6, 14))
    experiments, samples, runs = [], [], []
    for index in range(count):
        n = first + index
        own = f"{title[:24].strip()} {noise.choice(_WORDS)} {n}" + (" (revised)" if index in changed else "")
        values = [(tag, noise.choice(levels[tag])) for tag in tags]
        if noise.random() < 0.62:
            values[-1] = (values[-1][0], f"{noise.choice(_WORDS)} {n:x}")
        experiments.append(_experiment(n, study, number, own, library, protocol))
        samples.append(_sample(n, f"{noise.choice(_WORDS)}_{n} rep{index % 3 + 1}", taxon, species, values))
        runs += [_run(n, i, noise.randrange(1 << 30)) for i in range(1 if noise.random() < 0.85 else 2)]
    accession = f"SRA{number:06d}"
    bodies = {
        "study": [_study(study, number, title, abstract)], "experiment": experiments, "sample": samples, "run": runs,
        "submission": [f'<SUBMISSION accession="{accession}" alias="GEO_{number}" center_name="LAB{number % 977}" '
                       f'submission_date="2024-01-02T03:04:05Z" lab_name=""><IDENTIFIERS><PRIMARY_ID>{accession}</PRIMARY_ID>'
                       f'<SUBMITTER_ID namespace="GEO">GEO_{number}</SUBMITTER_ID></IDENTIFIERS></SUBMISSION>'],
    }  # fmt: skip
    return Submission(accession, count, {kind: document(kind, bodies[kind]) for kind in KINDS})


def document(kind: str, records: list[str]) -> bytes:
    """Wrap records of a kind as the dump does."""
    name = kind.upper()
    body = "\n".join(records)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}_SET>\n{body}\n</{name}_SET>\n'.encode()


def _levels(noise: random.Random, tag: str) -> list[str]:
    if tag in _COMMON:
        return noise.sample(_COMMON[tag], k=2)
    pool = random.Random(f"{tag}/{noise.randrange(400)}")
    return [" ".join(pool.choices(_WORDS, k=pool.randrange(1, 4))) for _ in range(3)]


def _study(accession: str, number: int, title: str, abstract: str) -> str:
    said = f"<STUDY_ABSTRACT>{abstract}</STUDY_ABSTRACT>" if abstract else ""
    return (
        f'<STUDY center_name="GEO" alias="GSE{number}" accession="{accession}"><IDENTIFIERS><PRIMARY_ID>{accession}</PRIMARY_ID>'
        f'<EXTERNAL_ID namespace="BioProject" label="primary">PRJNA{number}</EXTERNAL_ID><EXTERNAL_ID namespace="GEO">GSE{number}'
        f"</EXTERNAL_ID></IDENTIFIERS><DESCRIPTOR><STUDY_TITLE>{title}</STUDY_TITLE>"
        f'<STUDY_TYPE existing_study_type="Transcriptome Analysis"/>{said}<CENTER_PROJECT_NAME>GSE{number}</CENTER_PROJECT_NAME>'
        f"</DESCRIPTOR></STUDY>"
    )


def _experiment(n: int, study: str, number: int, title: str, library: tuple[str, str, str], protocol: str) -> str:
    strategy, source, selection = library
    described = f"<LIBRARY_CONSTRUCTION_PROTOCOL>{protocol}</LIBRARY_CONSTRUCTION_PROTOCOL>" if protocol else ""
    return (
        f'<EXPERIMENT accession="SRX{n:07d}" alias="GSM{n}" center_name="GEO"><IDENTIFIERS><PRIMARY_ID>SRX{n:07d}</PRIMARY_ID>'
        f'<EXTERNAL_ID namespace="GEO">GSM{n}</EXTERNAL_ID><SUBMITTER_ID namespace="GEO">GSM{n}</SUBMITTER_ID></IDENTIFIERS>'
        f'<TITLE>{title}</TITLE><STUDY_REF accession="{study}" refname="GSE{number}"><IDENTIFIERS><PRIMARY_ID>{study}</PRIMARY_ID>'
        f'<EXTERNAL_ID namespace="BioProject">PRJNA{number}</EXTERNAL_ID></IDENTIFIERS></STUDY_REF><DESIGN><DESIGN_DESCRIPTION/>'
        f'<SAMPLE_DESCRIPTOR accession="SRS{n:07d}" refname="GSM{n}"><IDENTIFIERS><PRIMARY_ID>SRS{n:07d}</PRIMARY_ID>'
        f'<EXTERNAL_ID namespace="GEO">GSM{n}</EXTERNAL_ID></IDENTIFIERS></SAMPLE_DESCRIPTOR><LIBRARY_DESCRIPTOR>'
        f"<LIBRARY_NAME>GSM{n}</LIBRARY_NAME><LIBRARY_STRATEGY>{strategy}</LIBRARY_STRATEGY><LIBRARY_SOURCE>{source}</LIBRARY_SOURCE>"
        f"<LIBRARY_SELECTION>{selection}</LIBRARY_SELECTION><LIBRARY_LAYOUT><PAIRED/></LIBRARY_LAYOUT>{described}"
        f"</LIBRARY_DESCRIPTOR></DESIGN><PLATFORM><ILLUMINA><INSTRUMENT_MODEL>Illumina NovaSeq 6000</INSTRUMENT_MODEL></ILLUMINA>"
        f"</PLATFORM><EXPERIMENT_LINKS><EXPERIMENT_LINK><XREF_LINK><DB>gds</DB><ID>{300_000_000 + n}</ID><LABEL>GSM{n}</LABEL>"
        f"</XREF_LINK></EXPERIMENT_LINK></EXPERIMENT_LINKS></EXPERIMENT>"
    )


def _sample(n: int, title: str, taxon: int, species: str, values: list[tuple[str, str]]) -> str:
    attributes = "".join(
        f"<SAMPLE_ATTRIBUTE><TAG>{tag}</TAG><VALUE>{value}</VALUE></SAMPLE_ATTRIBUTE>" for tag, value in values
    )
    return (
        f'<SAMPLE alias="GSM{n}" accession="SRS{n:07d}"><IDENTIFIERS><PRIMARY_ID>SRS{n:07d}</PRIMARY_ID>'
        f'<EXTERNAL_ID namespace="BioSample">SAMN{n:08d}</EXTERNAL_ID><EXTERNAL_ID namespace="GEO">GSM{n}</EXTERNAL_ID></IDENTIFIERS>'
        f"<TITLE>{title}</TITLE><SAMPLE_NAME><TAXON_ID>{taxon}</TAXON_ID><SCIENTIFIC_NAME>{species}</SCIENTIFIC_NAME></SAMPLE_NAME>"
        f"<SAMPLE_LINKS><SAMPLE_LINK><XREF_LINK><DB>bioproject</DB><ID>{n // 20}</ID></XREF_LINK></SAMPLE_LINK></SAMPLE_LINKS>"
        f"<SAMPLE_ATTRIBUTES>{attributes}</SAMPLE_ATTRIBUTES></SAMPLE>"
    )


def _run(n: int, index: int, size: int) -> str:
    accession = f"SRR{2 * n + index:08d}"
    return (
        f'<RUN alias="GSM{n}_r{index + 1}" accession="{accession}" center_name="GEO"><IDENTIFIERS><PRIMARY_ID>{accession}</PRIMARY_ID>'
        f'<SUBMITTER_ID namespace="GEO">GSM{n}_r{index + 1}</SUBMITTER_ID></IDENTIFIERS><EXPERIMENT_REF accession="SRX{n:07d}" '
        f'refname="GSM{n}"><IDENTIFIERS><PRIMARY_ID>SRX{n:07d}</PRIMARY_ID></IDENTIFIERS></EXPERIMENT_REF><DATA_BLOCK><FILES>'
        f'<FILE filename="{accession}_1.fastq.gz" filetype="fastq" checksum_method="MD5" checksum="{size:032x}"/></FILES></DATA_BLOCK>'
        f"</RUN>"
    )
