"""What the values of attributes say by their tags."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alembic_db.ner import EntityType, Span, Text
from alembic_db.ner.structured import StructuredAnnotator

Marked = list[tuple[str, str]]
Marker = Callable[..., Marked]


def of_type(entity_type: str, *mentions: str) -> Marked:
    return [(entity_type, mention) for mention in mentions]


def test_scientific_name_with_its_taxon_is_one_species_span(structured: StructuredAnnotator) -> None:
    content = "\u2003 Homo sapiens\n"
    assert structured.annotate([Text(content, None, "NCBITaxon:9606")]) == [
        [Span(2, 14, EntityType.SPECIES, 1.0, "NCBITaxon:9606")]
    ]


@pytest.mark.parametrize(("content", "concept_id"), [(" \t", "NCBITaxon:9606"), ("liver", "UBERON:0002107")])
def test_concept_without_name_or_of_another_kind_gives_nothing(marked: Marker, content: str, concept_id: str) -> None:
    assert marked(None, content, concept_id) == []


@pytest.mark.parametrize("tag", ["cell line", "Cell_Line", "cell-line", "cellLine", "CELL LINE 2", " cell  line: "])
def test_tags_are_compared_without_case_and_punctuation(marked: Marker, tag: str) -> None:
    assert marked(tag, "MCF-7") == of_type("CellLine", "MCF-7")


@pytest.mark.parametrize("tag", [None, "", "tissue", "cell type", "age", "cell line passage", "disease duration"])
def test_tag_that_announces_nothing_gives_nothing(marked: Marker, tag: str | None) -> None:
    assert marked(tag, "MCF-7 melanoma TP53") == []


@pytest.mark.parametrize(
    ("value", "mentions"),
    [
        ("MCF-7", ["MCF-7"]),
        (" Raji ", ["Raji"]),
        ("HeLa and HEK293", ["HeLa", "HEK293"]),
        ("A549; H1299, PC9", ["A549", "H1299", "PC9"]),
        ("MV4;11", ["MV4;11"]),
        ("SK-N-BE(2)", ["SK-N-BE(2)"]),
        ("LC2/ad", ["LC2/ad"]),
        ("16HBE14o-", ["16HBE14o-"]),
        ("THP-1 cells", ["THP-1"]),
        ("lung cancer cell line NCI-H1944", ["NCI-H1944"]),
        ("breast cancer cell lines BT20 and BT474", ["BT20", "BT474"]),
        ("human embryonic stem cell H1", ["H1"]),
        ("A673 Ewing sarcoma", ["A673"]),
        ("U87 (ATCC HTB-14)", ["U87"]),
        ("Jurkat, Clone E6-1", ["Jurkat"]),
        ("Jurkat E6-1 cell line", ["Jurkat E6-1"]),
        ("Jurkat T cells", ["Jurkat"]),
        ("HS 578T", ["HS 578T"]),
        ("LOX IMVI", ["LOX IMVI"]),
        ("U2OS with GFP and Halo tagged CTCF", ["U2OS"]),
        ("786-0", ["786-0"]),
        ("2451", []),
        ("none", []),
        ("Not applicable", []),
        ("--", []),
        ("primary fibroblasts", []),
        ("lymphoblastoid cell lines (LCLs)", []),
        ("patient-derived", []),
        ("CD4+ T cells", []),
        ("Osteosarcoma cell line", []),
    ],
)
def test_cell_line_is_the_name_alone(marked: Marker, value: str, mentions: list[str]) -> None:
    assert marked("cell line", value) == of_type("CellLine", *mentions)


@pytest.mark.parametrize(
    ("value", "mentions"),
    [
        ("glioblastoma", ["glioblastoma"]),
        ("AML", ["AML"]),
        ("Alzheimer's disease (AD)", ["Alzheimer's disease", "AD"]),
        ("Rheumatoid arthritis (early)", ["Rheumatoid arthritis"]),
        ("lung_adenocarcinoma", ["lung_adenocarcinoma"]),
        ("clear cell renal cell carcinoma", ["clear cell renal cell carcinoma"]),
        ("patient with endometriosis", ["endometriosis"]),
        ("newly diagnosed multiple myeloma patients", ["multiple myeloma"]),
        ("stage 1 lung adenocarcinoma tissue", ["lung adenocarcinoma"]),
        ("AML with normal karyotype", ["AML"]),
        ("Bacteremia, Osteomyelitis", ["Bacteremia", "Osteomyelitis"]),
        ("sepsis/pneumonia", ["sepsis", "pneumonia"]),
        ("Rheumatoid or Psoriatic arthritis", ["Rheumatoid or Psoriatic arthritis"]),
        ("Non-small cell lung cancer (NSCLC)", ["Non-small cell lung cancer", "NSCLC"]),
        ("melanoma; stage III; male", ["melanoma"]),
        ("healthy", []),
        ("Healthy control", []),
        ("non-tumor control", []),
        ("unaffected", []),
        ("adjacent normal lung tissue", []),
        ("no bladder cancer", []),
        ("missing: not provided", []),
        ("IV", []),
        ("2", []),
    ],
)
def test_disease_is_the_name_without_the_patient(marked: Marker, value: str, mentions: list[str]) -> None:
    assert marked("disease state", value) == of_type("Disease", *mentions)


@pytest.mark.parametrize(
    ("value", "mentions"),
    [
        ("psoriasis patient", ["psoriasis"]),
        ("Dilated cardiomyopathy (DCM)", ["Dilated cardiomyopathy", "DCM"]),
        ("White medium", []),
        ("dexamethasone", []),
        ("Lin-CD34+CD38-", []),
    ],
)
def test_vague_tag_gives_a_disease_only_where_the_value_says_so(
    marked: Marker, value: str, mentions: list[str]
) -> None:
    assert marked("phenotype", value) == of_type("Disease", *mentions)


@pytest.mark.parametrize(
    ("value", "mentions"),
    [
        ("dexamethasone", ["dexamethasone"]),
        ("10 nM dexamethasone, 1hr", ["dexamethasone"]),
        ("doxorubicin; cisplatin", ["doxorubicin", "cisplatin"]),
        ("doxorubicin/paclitaxel", ["doxorubicin", "paclitaxel"]),
        ("5 uM doxorubicin for 24 h", ["doxorubicin"]),
        ("treated with 1 µM JQ1 for 6 hours", ["JQ1"]),
        ("Ustekinumab 6 mg/kg (390 mg)", ["Ustekinumab"]),
        ("Sulforaphane (SFN)", ["Sulforaphane", "SFN"]),
        ("10 nM E2 + 10 nM R5020", ["E2", "R5020"]),
        ("Bis(2-ethylhexyl) phthalate 300uM", ["Bis(2-ethylhexyl) phthalate"]),
        ("retinoic acid", ["retinoic acid"]),
        ("vitamin D", ["vitamin D"]),
        ("acid", []),
        ("1 <U+00B5>M dasatinib, 4 days", ["dasatinib"]),
        ("10 nM E2+10 nM R5020", ["E2", "R5020"]),
        ("SAR405838", ["SAR405838"]),
        ("TBX20", []),
        ("on doxycycline", ["doxycycline"]),
        ("vemurafenib_48h_1µM", ["vemurafenib"]),
        ("0.1% DMSO", []),
        ("PBS", []),
        ("untreated", []),
        ("vehicle control", []),
        ("siRNA against TP53", []),
        ("IL-2", []),
        ("anti-CD3", []),
        ("infected", []),
        ("24 h", []),
        ("placebo IV", []),
        ("DMSO control for tamoxifen", []),
    ],
)
def test_chemical_is_the_name_without_dose_time_and_vehicle(marked: Marker, value: str, mentions: list[str]) -> None:
    assert marked("treatment", value) == of_type("Chemical", *mentions)


def test_tag_that_says_compound_vouches_for_a_name_that_does_not_look_like_one(marked: Marker) -> None:
    assert marked("compound", "Gleevec") == of_type("Chemical", "Gleevec")
    assert marked("treatment", "Gleevec") == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("male C57BL/6 BRAF V600E/+", [("Gene", "BRAF"), ("Variant", "V600E")]),
        ("SOD1-G93A", [("Gene", "SOD1"), ("Variant", "G93A")]),
        ("MFN2(R707W)", [("Gene", "MFN2"), ("Variant", "R707W")]),
        ("G12D", [("Variant", "G12D")]),
        ("c.524G>A", [("Variant", "c.524G>A")]),
        ("Pten -/-", [("Gene", "Pten")]),
        ("Rag1-/-; Ifnar1+/-", [("Gene", "Rag1"), ("Gene", "Ifnar1")]),
        ("Tgfbr2 fl/fl", [("Gene", "Tgfbr2")]),
        ("Acsl1flox/flox", [("Gene", "Acsl1")]),
        ("Pink1 knockout", [("Gene", "Pink1")]),
        ("PTEN-null", [("Gene", "PTEN")]),
        ("BRAFmut", [("Gene", "BRAF")]),
        ("siRNA against TP53", [("Gene", "TP53")]),
        ("shEZH2", [("Gene", "EZH2")]),
        ("wild type", []),
        ("WT", []),
        ("CSL +/+", []),
        ("Pink1 wild type", []),
        ("conditional KO", []),
        ("control siRNA", []),
        ("siControl", []),
        ("C57BL/6J", []),
    ],
)
def test_genotype_gives_variants_and_the_genes_that_are_changed(marked: Marker, value: str, expected: Marked) -> None:
    assert marked("genotype/variation", value) == expected


@pytest.mark.parametrize(
    ("value", "mentions"),
    [
        ("TP53", ["TP53"]),
        ("TP53, MDM2", ["TP53", "MDM2"]),
        ("anti-PPARG (Santa Cruz)", ["PPARG"]),
        ("igf2bp3", ["igf2bp3"]),
        ("siGRHL2", ["GRHL2"]),
        ("METTL3 shRNA #12", ["METTL3"]),
        ("GFP", []),
        ("scramble", []),
        ("shNT", []),
        ("H3K27ac", []),
        ("ab4729", []),
        ("empty vector", []),
    ],
)
def test_gene_tag_gives_symbols(marked: Marker, value: str, mentions: list[str]) -> None:
    assert marked("target gene", value) == of_type("Gene", *mentions)


def test_known_species_carries_its_taxon(structured: StructuredAnnotator) -> None:
    spans = structured.annotate([Text("Mus musculus; human", "organism"), Text("Vibrio natriegens", "host")])
    assert spans[0] == [
        Span(0, 12, EntityType.SPECIES, 0.98, "NCBITaxon:10090"),
        Span(14, 19, EntityType.SPECIES, 0.98, "NCBITaxon:9606"),
    ]
    assert [(span.start, span.end, span.concept_id) for span in spans[1]] == [(0, 17, None)]


@pytest.mark.parametrize("value", ["liver", "not collected", "human gut metagenome", "SCID", "Uncultured bacterium"])
def test_what_is_no_species_is_not_marked(marked: Marker, value: str) -> None:
    assert marked("host", value) == []


def test_prose_under_a_tag_is_not_read_as_a_value(marked: Marker) -> None:
    assert marked("cell line", "MCF-7 " + "cells were grown as before and " * 20) == []


def test_offsets_are_code_points_of_the_unaltered_value(marked: Marker) -> None:
    assert marked("disease", "\x00 🧬; e\u0301 𝔐 melanoma") == of_type("Disease", "e\u0301 𝔐 melanoma")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("IMR32 cells", "IMR32"),
        ("GM12878 cell line", "GM12878"),
        ("MiaPaCa2 wild-type cell line", "MiaPaCa2"),
        ("NCI-H69", "NCI-H69"),
        (" HT29.", "HT29"),
    ],
)
@pytest.mark.parametrize("tag", ["source_name", "cell type"])
def test_value_that_says_so_itself_is_a_cell_line_under_other_tags(
    marked: Marker, value: str, name: str, tag: str
) -> None:
    assert marked(tag, value) == of_type("CellLine", name)


@pytest.mark.parametrize(
    "value",
    ["T cells", "CD34+ cells", "Th17 cells", "stem cells", "Sample12", "Patient 3", "day12", "H1 hESC-derived cells", "lung",
     "iPS-derived cells", "cDC2", "E14", "IMR32 grown with a drug", "SRR12345", "IL6 treated cells"],
)  # fmt: skip
def test_value_that_may_be_anything_is_no_cell_line(marked: Marker, value: str) -> None:
    assert marked("source_name", value) == []
