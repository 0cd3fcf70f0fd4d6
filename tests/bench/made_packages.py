"""Packages of the size and repetition of real ones, made by a seed; any number of them, in constant memory."""

from __future__ import annotations

import random
from collections.abc import Iterator

_WORDS = [
    "expression",
    "cells",
    "tumor",
    "mouse",
    "human",
    "RNA",
    "sequencing",
    "treated",
    "control",
    "response",
    "pathway",
    "gene",
    "loss",
    "of",
    "function",
    "stem",
    "differentiation",
    "analysis",
    "tissue",
    "samples",
    "patients",
    "brain",
    "liver",
    "signalling",
    "inhibitor",
    "resistance",
    "BRAF",
    "TP53",
    "EGFR",
]
_EXPERIMENTS_PER_STUDY = 20
_TAGS = ("source_name", "tissue", "cell line", "age", "sex", "treatment", "genotype", "disease")


def _text(noise: random.Random, words: int) -> str:
    return " ".join(noise.choices(_WORDS, k=words)).capitalize() + "."


def made_packages(count: int, *, seed: int = 1, first: int = 1, changed: bool = False) -> Iterator[bytes]:
    """Yield packages of about 5 kB; `changed` gives every one another title than without it."""
    for number in range(first, first + count):
        study = number // _EXPERIMENTS_PER_STUDY
        shared, own = random.Random(f"{seed}/study/{study}"), random.Random(f"{seed}/{number}")
        title = _text(own, 10) + (" Revised." if changed else "")
        abstract, protocol = _text(shared, 150), _text(shared, 80)
        values = "".join(
            f"<SAMPLE_ATTRIBUTE><TAG>{tag}</TAG><VALUE>{_text(random.Random(own.randrange(300)), 2)}</VALUE></SAMPLE_ATTRIBUTE>"
            for tag in _TAGS[: own.randrange(3, 8)]
        )
        files = "".join(
            f'<SRAFile cluster="public" filename="SRR{number}.{kind}" size="{own.randrange(10**9)}" md5="{own.randbytes(16).hex()}"'
            f' date="2024-05-06 07:08:09" semantic_name="{kind}" supertype="Original" sratoolkit="0" version="1">'
            f'<Alternatives url="s3://bucket/SRR{number}.{kind}" free_egress="-" access_type="aws identity" org="AWS"/>'
            f'<Alternatives url="gs://bucket/SRR{number}.{kind}" free_egress="-" access_type="gcp identity" org="GCP"/></SRAFile>'
            for kind in ("fastq", "run")
        )
        yield (
            f'<EXPERIMENT_PACKAGE><EXPERIMENT alias="e{number}" accession="SRX{number}"><IDENTIFIERS><PRIMARY_ID>SRX{number}'
            f'</PRIMARY_ID></IDENTIFIERS><TITLE>{title}</TITLE><STUDY_REF accession="SRP{study}"/><DESIGN><DESIGN_DESCRIPTION/>'
            f'<SAMPLE_DESCRIPTOR accession="SRS{number}"/><LIBRARY_DESCRIPTOR><LIBRARY_STRATEGY>RNA-Seq</LIBRARY_STRATEGY>'
            f"<LIBRARY_SOURCE>TRANSCRIPTOMIC</LIBRARY_SOURCE><LIBRARY_SELECTION>cDNA</LIBRARY_SELECTION><LIBRARY_LAYOUT><PAIRED/>"
            f"</LIBRARY_LAYOUT><LIBRARY_CONSTRUCTION_PROTOCOL>{protocol}</LIBRARY_CONSTRUCTION_PROTOCOL></LIBRARY_DESCRIPTOR></DESIGN>"
            f"<PLATFORM><ILLUMINA><INSTRUMENT_MODEL>Illumina NovaSeq 6000</INSTRUMENT_MODEL></ILLUMINA></PLATFORM></EXPERIMENT>"
            f'<SUBMISSION accession="SRA{study}" center_name="GEO"/><STUDY accession="SRP{study}" alias="GSE{study}"><IDENTIFIERS>'
            f'<PRIMARY_ID>SRP{study}</PRIMARY_ID><EXTERNAL_ID namespace="BioProject">PRJNA{study}</EXTERNAL_ID></IDENTIFIERS>'
            f"<DESCRIPTOR><STUDY_TITLE>{_text(shared, 12)}</STUDY_TITLE><STUDY_ABSTRACT>{abstract}</STUDY_ABSTRACT></DESCRIPTOR></STUDY>"
            f'<SAMPLE accession="SRS{number}"><IDENTIFIERS><PRIMARY_ID>SRS{number}</PRIMARY_ID><EXTERNAL_ID namespace="BioSample">'
            f"SAMN{number}</EXTERNAL_ID></IDENTIFIERS><SAMPLE_NAME><TAXON_ID>9606</TAXON_ID><SCIENTIFIC_NAME>Homo sapiens"
            f'</SCIENTIFIC_NAME></SAMPLE_NAME><SAMPLE_ATTRIBUTES>{values}</SAMPLE_ATTRIBUTES></SAMPLE><Pool><Member member_name=""'
            f' accession="SRS{number}" spots="100" bases="20200" tax_id="9606" organism="Homo sapiens"/></Pool><RUN_SET>'
            f'<RUN accession="SRR{number}" total_spots="100" total_bases="20200" size="999" published="2024-05-06 07:08:09"'
            f' is_public="true" cluster_name="public" static_data_available="1"><IDENTIFIERS><PRIMARY_ID>SRR{number}</PRIMARY_ID>'
            f'</IDENTIFIERS><EXPERIMENT_REF accession="SRX{number}"/><SRAFiles>{files}</SRAFiles><Statistics nreads="2" nspots="100">'
            f'<Read index="0" count="100" average="101" stdev="0"/><Read index="1" count="100" average="101" stdev="0"/></Statistics>'
            f'<Bases cs_native="false" count="20200"><Base value="A" count="5000"/><Base value="C" count="5000"/>'
            f'<Base value="G" count="5000"/><Base value="T" count="5200"/></Bases></RUN></RUN_SET></EXPERIMENT_PACKAGE>\n'
        ).encode()
