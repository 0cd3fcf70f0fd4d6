"""Sequence variants: what is marked, exactly, and what only looks like one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alembic_db.ner import EntityType, Text
from alembic_db.ner.pattern import PatternAnnotator

Mentions = Callable[..., list[str]]

HGVS_NUCLEOTIDE = [
    "NM_000546.6:c.524G>A",
    "NM_004006.2(DMD):c.93+1G>T",
    "NG_012232.1(NM_004006.2):c.93+1G>T",
    "LRG_199t1:c.79_80delinsTT",
    "ENST00000357033.8:c.10del",
    "NC_000023.11:g.33344590_33344592=",
    "NC_000023.10:g.(?_234567)_(345678_?)del",
    "NC_012920.1:m.3243A>G",
    "c.(4071+1_4072-1)_(5154+1_5155-1)del",
    "c.88+2T>G",
    "c.2282-3T>C",
    "c.-14G>C",
    "c.*46T>A",
    "c.4375_4379delCGATT",
    "c.20dup",
    "c.849_850ins858_895",
    "c.1902_1903insA",
    "c.5657_5660inv",
    "c.112_117delinsTG",
    "c.54GCA[21]",
    "c.[76A>C;83G>C]",
    "c.920T&gt;G",
    "c.592C-->T",
    "c.592C→T",
    "g.123_345con888_1110",
    "m.8993T>G",
    "n.5C>A",
    "r.76a>u",
    "r.(1388g>a)",
    "r.76_77insu",
]
HGVS_PROTEIN = [
    "p.Val600Glu",
    "p.V600E",
    "p.(Arg175His)",
    "p.Trp24*",
    "p.Trp24Ter",
    "p.Arg97ProfsTer23",
    "p.Arg97fs",
    "p.V443DfsX83",
    "p.(Asp569Valfs*93)",
    "p.Lys2_Met3insGlnSerLys",
    "p.Lys23_Val25del",
    "p.Cys28_Lys29delinsTrp",
    "p.Gly12_Val14dup",
    "p.Ala2[10]",
    "p.(Gln18=)",
    "p.Met1?",
    "p.Met1ext-5",
    "p.*110Glnext*17",
    "p.[Ser68Arg;Asn594del]",
    "NP_003997.1:p.Trp24Cys",
]
AS_AUTHORS_WRITE = [
    "rs121913529",
    "V600E",
    "Y67X",
    "C240*",
    "V600E/K",
    "Val600Glu",
    "Arg 399 Gln",
    "Gly409-->Arg",
    "Arg97fs",
    "S215stop",
    "E746_A750del",
    "E746-A750del",
    "D770_N771insSVD",
    "F508del",
    "ΔF508",
    "delta F508",
    "deltaF508",
    "1100delC",
    "185delAG",
    "742_743delCT",
    "IVS4+1G>A",
    "IVS8 -2A>G",
    "3849 + 10kb C > T",
    "-308G>A",
    "3243A>G",
    "G-308A",
    "C677-->T",
    "C to T at position 5744",
    "proline to serine substitution at codon 155",
    "serine 55 to phenylalanine",
]
LOOKALIKES = [
    "T47D",
    "T98G",
    "C33A",
    "H295R",
    "A375P",
    "K562R",
    "MCF7",
    "H1299",
    "A549",
    "U2OS",
    "B16F10",
    "C2C12",
    "N2A",
    "C57BL/6J",
    "S100A",
    "P2X7",
    "A1C",
    "HbA1c",
    "E2F",
    "C3A",
    "H3K27me3",
    "H3K4me1",
    "H2A",
    "G2M",
    "T2D",
    "P450R",
    "T2A",
    "T24H",
    "R26R",
    "V600V",
    "A0123T",
    "GSM1234567",
    "SRR0123456",
    "NM_000546",
    "HG-U133A",
    "G2565A",
    "D17S250",
    "E14",
    "p53",
    "G418",
    "10x",
    "v2.0",
    "rs12",
    "RS19106",
    "3' UTR",
    "p. 5",
    "c. 12",
    "1-2A",
    "Fig. 3A",
    "12 del",
    "day 3-5 ins",
    "2 with A",
    "A->B",
    "p.m.",
    "E7490S",
    "aV600E",
    "V600Eb",
    "V12345E",
    "B600E",
    "V600J",
]


@pytest.mark.parametrize("mention", [*HGVS_NUCLEOTIDE, *HGVS_PROTEIN, *AS_AUTHORS_WRITE])
def test_variant_is_marked_exactly(variants: Mentions, mention: str) -> None:
    assert variants(f"We saw {mention} in cells") == [mention]
    assert variants(f"({mention}), as before.") == [mention]


@pytest.mark.parametrize("word", LOOKALIKES)
def test_lookalike_is_not_marked(variants: Mentions, word: str) -> None:
    assert variants(f"cells {word} grown") == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("BRAFV600E mutants", ["V600E"]),
        ("LSL-KrasG12D/+", ["G12D"]),
        ("H3.3K27M glioma", ["K27M"]),
        ("TDP-43M337V", ["M337V"]),
        ("FOOV600E", []),
        ("XBRAFV600E", []),
    ],
)
def test_variant_on_a_gene_symbol_needs_a_known_symbol(variants: Mentions, content: str, expected: list[str]) -> None:
    assert variants(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("sample P12T", []),
        ("the P12T mutation", ["P12T"]),
        ("A4V", []),
        ("the A4V variant", ["A4V"]),
        ("lot H1069Q of", []),
        ("ATP7B H1069Q", ["H1069Q"]),
    ],
)
def test_doubtful_mention_needs_words_around_it(variants: Mentions, content: str, expected: list[str]) -> None:
    assert variants(content) == expected


def test_mention_that_is_the_whole_text_needs_a_tag_that_speaks_of_variants(variants: Mentions) -> None:
    assert variants(" K38N ", "sample name") == []
    assert variants(" K38N ") == []
    assert variants(" K38N ", "BRAF_mutation") == ["K38N"]


def test_longest_of_overlapping_matches_wins(variants: Mentions) -> None:
    assert variants("NM_004333.6:c.1799T>A and p.(Val600Glu), V600E") == [
        "NM_004333.6:c.1799T>A",
        "p.(Val600Glu)",
        "V600E",
    ]
    assert variants("IVS2-58_55insT") == ["IVS2-58_55insT"]


def test_several_variants_apart_by_signs_are_several_mentions(variants: Mentions) -> None:
    assert variants("T790M/L858R") == ["T790M", "L858R"]
    assert variants("c.524G>A,p.R175H;p.G12D") == ["c.524G>A", "p.R175H", "p.G12D"]


def test_offsets_are_code_points_of_the_unaltered_text(pattern: PatternAnnotator) -> None:
    content = "\x00👩‍🔬 e\u0301tude 𝔐: BRAF V600E\r\n"
    (span,) = pattern.annotate([Text(content)])[0]
    assert (span.start, span.end, span.entity_type) == (
        content.index("V600E"),
        content.index("V600E") + 5,
        EntityType.VARIANT,
    )


def test_letters_and_digits_of_other_scripts_do_not_bound_or_make_a_mention(variants: Mentions) -> None:
    assert variants("жV600E V600Eж V६००E V6००E") == []
    assert variants("变异：V600E，患者") == ["V600E"]
