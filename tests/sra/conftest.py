"""Made-up records in the shapes that NCBI and ENA use, and the real ones where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

PACKAGE = """\
<EXPERIMENT_PACKAGE><EXPERIMENT alias="exp 1" accession="SRX9000001" center_name="LAB"><IDENTIFIERS>
<PRIMARY_ID>SRX9000001</PRIMARY_ID><UUID label="u">0f-1</UUID></IDENTIFIERS><TITLE>RNA-seq of β-cells &amp; islets</TITLE>
<STUDY_REF accession="SRP9000001" refname="GSE900001" refcenter="GEO"><IDENTIFIERS><PRIMARY_ID>SRP9000001</PRIMARY_ID>
<EXTERNAL_ID namespace="BioProject" label="primary">PRJNA900001</EXTERNAL_ID></IDENTIFIERS></STUDY_REF>
<DESIGN><DESIGN_DESCRIPTION>two arms</DESIGN_DESCRIPTION><SAMPLE_DESCRIPTOR accession="SRS9000001">
<POOL><MEMBER accession="SRS9000001" member_name="m1" proportion="0.25"><READ_LABEL read_group_tag="t1">bc1</READ_LABEL>
</MEMBER></POOL></SAMPLE_DESCRIPTOR><LIBRARY_DESCRIPTOR><LIBRARY_NAME>lib-1</LIBRARY_NAME>
<LIBRARY_STRATEGY>RNA-Seq</LIBRARY_STRATEGY><LIBRARY_SOURCE>TRANSCRIPTOMIC</LIBRARY_SOURCE>
<LIBRARY_SELECTION>cDNA</LIBRARY_SELECTION><LIBRARY_LAYOUT><PAIRED NOMINAL_LENGTH="250" NOMINAL_SDEV="20.5"/></LIBRARY_LAYOUT>
<TARGETED_LOCI><LOCUS locus_name="16S rRNA"/><LOCUS locus_name="other"><PROBE_SET><DB>x</DB><ID>y</ID></PROBE_SET></LOCUS>
</TARGETED_LOCI></LIBRARY_DESCRIPTOR><SPOT_DESCRIPTOR><SPOT_DECODE_SPEC><SPOT_LENGTH>202</SPOT_LENGTH><READ_SPEC>
<READ_INDEX>0</READ_INDEX><BASE_COORD>1</BASE_COORD></READ_SPEC><READ_SPEC><READ_INDEX>1</READ_INDEX>
<BASE_COORD>102</BASE_COORD></READ_SPEC></SPOT_DECODE_SPEC></SPOT_DESCRIPTOR></DESIGN>
<PLATFORM><ILLUMINA><INSTRUMENT_MODEL>NextSeq 500</INSTRUMENT_MODEL></ILLUMINA></PLATFORM><PROCESSING/>
<EXPERIMENT_ATTRIBUTES><EXPERIMENT_ATTRIBUTE><TAG>batch</TAG><VALUE>7</VALUE></EXPERIMENT_ATTRIBUTE></EXPERIMENT_ATTRIBUTES>
</EXPERIMENT><SUBMISSION accession="SRA9000001" lab_name="" submission_date="2020-01-02" odd="kept"/>
<Organization type="center" url="http://lab.example"><Name abbr="LAB">The Lab</Name><Address postal_code="1">
<City>Ghent</City><Country>Belgium</Country></Address><Contact email="a@lab.example" phone="+32"><Name><First>Ann</First>
<Last>Doe</Last></Name></Contact></Organization>
<STUDY accession="SRP9000001" alias="GSE900001"><IDENTIFIERS><PRIMARY_ID>SRP9000001</PRIMARY_ID>
<EXTERNAL_ID namespace="BioProject" label="primary">PRJNA900001</EXTERNAL_ID>
<EXTERNAL_ID namespace="GEO">GSE900001</EXTERNAL_ID></IDENTIFIERS><DESCRIPTOR><STUDY_TITLE>Islets</STUDY_TITLE>
<STUDY_TYPE existing_study_type="Other" new_study_type="Islet atlas"/><STUDY_ABSTRACT>We looked at islets.</STUDY_ABSTRACT>
<RELATED_STUDIES><RELATED_STUDY><RELATED_LINK><DB>bioproject</DB><ID>1</ID></RELATED_LINK><IS_PRIMARY>true</IS_PRIMARY>
</RELATED_STUDY></RELATED_STUDIES></DESCRIPTOR><STUDY_LINKS><STUDY_LINK><URL_LINK><LABEL>home</LABEL>
<URL>http://lab.example/islets</URL></URL_LINK></STUDY_LINK></STUDY_LINKS></STUDY>
<SAMPLE accession="SRS9000001" alias="s1"><IDENTIFIERS><PRIMARY_ID>SRS9000001</PRIMARY_ID>
<EXTERNAL_ID namespace="BioSample">SAMN90000001</EXTERNAL_ID></IDENTIFIERS><SAMPLE_NAME><TAXON_ID>9606</TAXON_ID>
<SCIENTIFIC_NAME>Homo sapiens</SCIENTIFIC_NAME></SAMPLE_NAME><SAMPLE_ATTRIBUTES>
<SAMPLE_ATTRIBUTE><TAG>cell line</TAG><VALUE>HeLa</VALUE></SAMPLE_ATTRIBUTE>
<SAMPLE_ATTRIBUTE><TAG>cell line</TAG><VALUE>HEK293</VALUE></SAMPLE_ATTRIBUTE>
<SAMPLE_ATTRIBUTE><TAG>age</TAG><VALUE>40</VALUE><UNITS>years</UNITS></SAMPLE_ATTRIBUTE>
<SAMPLE_ATTRIBUTE><TAG>note</TAG></SAMPLE_ATTRIBUTE></SAMPLE_ATTRIBUTES></SAMPLE>
<Pool><Member member_name="p1" accession="SRS9000001" spots="10" bases="2020" tax_id="9606" organism="Homo sapiens">
<IDENTIFIERS><PRIMARY_ID>SRS9000001</PRIMARY_ID></IDENTIFIERS></Member>
<Member member_name="p2" accession="SRS9000002" spots="x12"/></Pool>
<RUN_SET runs="1" bytes="999" spots="10" bases="2020" extra="e1"><RUN accession="SRR9000001" alias="r1" total_spots="10"
 total_bases="2020" size="999" load_done="true" published="2020-06-30 17:40:41" is_public="false" cluster_name="public">
<EXPERIMENT_REF accession="SRX9000001"/><SRAFiles><SRAFile cluster="public" filename="SRR9000001" size="999"
 date="2020-06-29 10:00:00" md5="0cc175b9c0f1b6a831c399e269772661" semantic_name="run" supertype="Primary ETL" sratoolkit="1">
<Alternatives url="https://sra.example/SRR9000001" free_egress="worldwide" access_type="anonymous" org="NCBI"/>
<Alternatives url="s3://bucket/SRR9000001" free_egress="-" access_type="aws identity" org="AWS"/></SRAFile></SRAFiles>
<CloudFiles><CloudFile filetype="run" provider="s3" location="s3.us-east-1"/></CloudFiles>
<Statistics nreads="2" nspots="10"><Read index="0" count="10" average="101.5" stdev="0.25"/></Statistics>
<Bases cs_native="false" count="2020"><Base value="A" count="500"/></Bases>
<tax_analysis analyzed_spot_count="9"><taxon tax_id="1" name="root"><taxon tax_id="2" name="Bacteria"/></taxon></tax_analysis>
</RUN></RUN_SET><Extra>beyond</Extra></EXPERIMENT_PACKAGE>
"""

OBJECTS = {
    "STUDY_SET": '<STUDY accession="ERP9000001" alias="a"><DESCRIPTOR><STUDY_TITLE>T</STUDY_TITLE></DESCRIPTOR></STUDY>',
    "SAMPLE_SET": '<SAMPLE accession="ERS9000001"><SAMPLE_NAME><TAXON_ID>10090</TAXON_ID></SAMPLE_NAME></SAMPLE>',
    "EXPERIMENT_SET": '<EXPERIMENT accession="ERX9000001"><DESIGN><SAMPLE_DESCRIPTOR accession="ERS9000001"/></DESIGN>'
    "</EXPERIMENT>",
    "RUN_SET": '<RUN accession="ERR9000001"><EXPERIMENT_REF accession="ERX9000001"/><DATA_BLOCK><FILES><FILE filename="f.gz"'
    ' checksum="92eb5ffee6ae2fec3ad71c777531578f" checksum_method="MD5" filetype="fastq"/></FILES></DATA_BLOCK></RUN>',
    "SUBMISSION_SET": '<SUBMISSION accession="ERA9000001"><TITLE>sub</TITLE></SUBMISSION>',
}


def page(*packages: str) -> bytes:
    """Wrap packages as efetch answers them."""
    body = "\n".join(packages)
    return f'<?xml version="1.0" encoding="UTF-8"  ?>\n<EXPERIMENT_PACKAGE_SET>\n{body}</EXPERIMENT_PACKAGE_SET>\n'.encode()


def real_files() -> list[Path]:
    """List the real SRA XML of the company folder; empty where there is none."""
    folder = Path(__file__).parents[3] / "shared" / "sra"
    return sorted([*folder.glob("efetch_xml/*"), *folder.glob("ena_xml/*")])


@pytest.fixture
def package() -> str:
    return PACKAGE


@pytest.fixture
def objects() -> dict[str, str]:
    return OBJECTS


@pytest.fixture
def make_page():  # type: ignore[no-untyped-def]
    return page


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "real_file" in metafunc.fixturenames:
        metafunc.parametrize("real_file", real_files(), ids=lambda path: path.name[-60:])
