"""The ways in which sequence variants are written, as regular expressions that cannot run away.

Source of the formal part: HGVS nomenclature (DNA, RNA, protein; https://hgvs-nomenclature.org). The rest is
what authors write instead: `1100delC`, `-308G>A`, `IVS4+1G>A`, `Val600Glu`, `V600E`, `serine 55 to proline`.
Every repeat is bounded and every rule begins at a word boundary, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple


class Guard(StrEnum):
    """What a match must still pass: some notations are also names of other things."""

    NONE = "none"
    LOOKALIKE = "lookalike"  # V600E, but T47D is a cell line
    CARRIED = "carried"  # the V600E of BRAFV600E: what is before must be a gene symbol


class VariantRule(NamedTuple):
    """One notation.

    `needs` are pieces of which the text must hold one for the rule to be tried at all: most texts are short
    and hold none. `score` is how often the rule is right on annotated abstracts, less where records hold
    more that only looks the same (tests/bench/bench_pattern.py).
    """

    name: str
    regex: re.Pattern[str]
    score: float
    needs: tuple[str, ...] = ()
    guard: Guard = Guard.NONE


_BEFORE = r"(?<![\w.])"
_AFTER = r"(?!\w)"
_SPACE = r"[ \u00a0]{0,2}"

# Amino acids.
_ONE = "ACDEFGHIKLMNPQRSTVWY"
_THREE_NAMES = """
    Ala Arg Asn Asp Cys Gln Glu Gly His Ile Leu Lys Met Phe Pro Ser Thr Trp Tyr Val Sec Pyl Asx Glx Xaa
"""
_THREE = "(?:" + "|".join(f"{name}|{name.upper()}" for name in _THREE_NAMES.split()) + ")"
_FULL_NAMES = """
    alanine arginine asparagine aspartate aspartic_acid cysteine glutamine glutamate glutamic_acid glycine
    histidine isoleucine leucine lysine methionine phenylalanine proline serine threonine tryptophan tyrosine
    valine
"""
_FULL_CHOICES = (f"[{name[0].upper()}{name[0]}]{name[1:]}" for name in _FULL_NAMES.split())
_FULL = "(?:" + "|".join(_FULL_CHOICES).replace("_", "[ ]") + ")"
_STOP_THREE = r"(?:Ter|TER|Stop|STOP|stop|[*X])"
_NUMBER = r"[1-9]\d{0,4}"
_STOP_AT = r"(?:\*|X|Ter|ter|Stop|stop)?\d{0,4}X?"
_FRAMESHIFT = rf"(?:{_SPACE}fs(?:{_SPACE}\({_STOP_AT}\)|{_SPACE}{_STOP_AT}))"

# Nucleotides and positions: 88, 88+2, -14, *46, (?_-1), 100_102, 100-102.
_BASE = "[ACGTUacgtun]"
_BASES = r"(?:[ACGTNU]{1,60}|[acgtnu]{1,60})"
_POINT = rf"(?:[-\u2212*+]?{_SPACE}\d{{1,9}}(?:{_SPACE}[-+\u2212\u2013]{_SPACE}\d{{1,6}})?|\?)"
_UNCERTAIN = rf"(?:\({_POINT}_{_POINT}\)|{_POINT})"
_RANGE = rf"{_UNCERTAIN}(?:[_\u2013-]{_UNCERTAIN})?"
_ARROW = rf"(?:{_SPACE}(?:[-\u2013\u2014=]{{0,4}}(?:&gt;|>)|\u2192|\u2b62|\u2794){_SPACE})"
_SIZE = r"(?:\d{1,5}(?:[ -]?(?:bp|nt|kb))?)"
_INSERTED = (
    rf"(?:{_BASES}|\d{{1,9}}_\d{{1,9}}|{_SIZE}|\([ACGTNU]{{1,20}}\)(?:\(?\d{{1,4}}\)?|n)?|\[[^\[\]\s]{{1,60}}\]"
    r"|Alu\w{0,6})"
)
_EDIT_WORD = r"(?:delins|del/ins|ins/del|indel|del|dup|ins|inv|con|DEL|INS|DUP)"
_EDIT = (
    rf"{_SPACE}(?:{_EDIT_WORD}(?:[ .]?{_INSERTED}(?!\w))?(?:{_SPACE}(?:>|ins){_SPACE}{_INSERTED})?"
    rf"|{_BASES}(?:{_ARROW}|/){_BASES}|{_BASES}?\[\d{{1,4}}\]|=)"
)

# NM_000546.6: or NM_004006.2(DMD): or LRG_199t1:, ENST00000357033.8:
_REFERENCE = (
    r"(?:(?:[NX][CGMPRTW]_\d{4,9}|LRG_\d{1,5}(?:[tp]\d{1,3})?|ENS[A-Z]{0,6}[GTP]\d{11})(?:\.\d{1,3})?"
    r"(?:\([A-Za-z0-9_.-]{1,30}\))?:[ ]?)"
)


def _rule(name: str, score: float, needs: str, *patterns: str, guard: Guard = Guard.NONE) -> VariantRule:
    """Return the rule; blanks part the `needs`, the `patterns` are alternatives between word boundaries."""
    body = "|".join(patterns)
    regex = _compiled(rf"{_BEFORE}(?:{body}){_AFTER}")
    return VariantRule(name, regex, score, tuple(needs.split()), guard)


def _compiled(pattern: str) -> re.Pattern[str]:
    r"""Compile with ASCII digits only, while \w and with it the word boundaries stay those of all scripts."""
    return re.compile(pattern.replace(r"\d", "[0-9]"))


def _hgvs_rules() -> list[VariantRule]:
    swapped = rf"[ACGTacgt]{_SPACE}{_POINT}{_SPACE}{_ARROW}?[ACGTacgt](?![\w>])"  # c.G1714C
    change = rf"{_RANGE}{_EDIT}"
    several = rf"\[{change}(?:;{change}){{0,4}}\]"
    dna = rf"{_REFERENCE}?[cgmnor]\.{_SPACE}(?:{change}|{swapped}|\({change}\)|{several})"
    return [
        _rule("hgvs-nucleotide", 0.98, "c. g. m. n. o. r.", dna),
        _rule("hgvs-protein", 0.98, "p.", rf"{_REFERENCE}?p\.{_SPACE}{_protein_body()}"),
    ]


def _protein_body() -> str:
    residue = rf"(?:{_THREE}|[{_ONE}X*])"
    point = rf"{residue}{_SPACE}{_NUMBER}"
    inserted = rf"(?:{_THREE}{{1,20}}|[{_ONE}X*]{{1,20}}|\d{{1,4}})"
    change = (
        rf"(?:{residue}?{_FRAMESHIFT}|{_SPACE}(?:Ter|ter|[Ss]top|STOP)"
        rf"|(?:del|dup)(?:ins{inserted})?|ins{inserted}|{_SPACE}{residue}(?:/{residue})?(?:ext[\w*+-]{{1,12}})?|ext[\w*+-]{{1,12}}"
        rf"|\[\d{{1,4}}\]|=|\?)"
    )
    body = rf"{point}(?:[_-]{point})?{change}"
    return rf"(?:\({body}\)|\[{body}(?:[;,]{body}){{0,3}}\]|{body})"


def _written_dna_rules() -> list[VariantRule]:
    intron = rf"IVS[- ]?(?:\d{{1,3}}|[IVX]{{1,5}}){_SPACE}[-+\u2212]{_SPACE}\d{{1,6}}(?:_\d{{1,6}})?"
    change = rf"{_BASES}{_SPACE}(?:{_ARROW}|/|-){_SPACE}{_BASES}"
    edit = (
        rf"(?:delins|del|dup|ins|inv){_SPACE}"
        rf"(?:{_BASES}|\({_BASES}\)(?:\(?\d{{1,3}}\)?)?|\d{{1,4}}(?:bp)?)"
    )
    return [
        _rule("intron", 0.95, "IVS", rf"{intron}(?:,?{_SPACE}{change}|{_SPACE}\({change}\)|{_EDIT})"),
        _rule(
            "position-substitution",
            0.90,
            "> &gt; / \u2192 \u2b62 \u2794",
            rf"{_position()}{_SPACE}{_BASES}{_ARROW}{_BASES}",
            rf"{_position()}{_SPACE}\({_BASES}(?:{_ARROW}|/){_BASES}\)",
            rf"{_position()}{_SPACE}[ACGT]/[ACGT]",
        ),
        _rule("position-edit", 0.90, "del dup ins inv", rf"{_position()}{_SPACE}{edit}"),
        _rule("edit-position", 0.90, "del dup ins", r"(?:del|dup|ins)[ ]?\d{2,6}[ACGT]{1,20}"),
        _rule(
            "base-position-base",
            0.90,
            "> &gt; - \u2192",
            rf"[ACGT](?:[-+]?\d{{2,9}}{_ARROW}|-\d{{3,5}})[ACGT]",
        ),
    ]


def _position() -> str:
    """Return the pattern of a position outside HGVS: 1100, -308, *46, 935_940, 88+2, 3849 + 10kb."""
    sign = r"(?:(?<![\w)])|(?<=[A-Za-z]))[-+*\u2212]"
    return rf"(?:(?:{sign})?\d{{1,9}}(?:[-_/]\d{{1,9}})?(?:{_SPACE}[-+\u2212]{_SPACE}\d{{1,6}}(?:kb)?)?)"


def _written_protein_rules() -> list[VariantRule]:
    residue = rf"(?:{_THREE}|[{_ONE}])"
    arrow = rf"(?:{_ARROW}|[-\u2013]{{2,4}}|to )"
    three = rf"{_THREE}{_SPACE}-?\(?{_NUMBER}\)?-?{_SPACE}{arrow}?(?:{_THREE}|{_STOP_THREE})(?:{_FRAMESHIFT})?"
    one = rf"[{_ONE}][1-9]\d{{0,3}}{_ARROW}?[{_ONE}X*](?:/[{_ONE}X*])?"
    place = rf"{residue}[1-9]\d{{0,3}}"
    inserted = rf"(?:{_THREE}{{1,10}}|[{_ONE}]{{1,20}}|\d{{1,3}})?"
    delta = r"(?:[Dd]elta|[Dd]el|\u0394|\u2206)"
    return [
        _rule("three-letter", 0.97, "", three),
        _rule("frameshift", 0.95, "fs", rf"{place}{residue}?{_FRAMESHIFT}"),
        _rule("stop-gain", 0.95, "top TOP er", rf"[{_ONE}][1-9]\d{{0,3}}(?:[Ss]top|STOP|[Tt]er)"),
        _rule("residue-edit", 0.95, "del dup ins", rf"{place}(?:[_-]{place})?(?:delins|del|dup|ins){inserted}"),
        _rule(
            "deleted-residue",
            0.90,
            "elta el \u0394 \u2206",
            rf"{delta}[- ]?{residue}[- ]?\d{{2,4}}",
            rf"[{_ONE}]\d{{2,4}}[\u0394\u2206]",
        ),
        _rule("one-letter", 0.93, "", one, guard=Guard.LOOKALIKE),
        VariantRule(
            "on-gene-symbol",
            _compiled(rf"(?<=[A-Za-z0-9])[{_ONE}][1-9]\d{{0,3}}[{_ONE}X*](?!\w)"),
            0.93,
            guard=Guard.CARRIED,
        ),
    ]


def _sentence_rules() -> list[VariantRule]:
    named_base = "(?:[ACGT]|(?:[Aa]den|[Gg]uan)(?:ine|osine)|(?:[Cc]ytos|[Tt]hym)ine|(?:[Cc]yt|[Tt]hym)idine)"
    residue = rf"(?:{_FULL}|{_THREE})"
    link = r"(?:[ -]to[ -]|[ -]{1,3}(?:&gt;|>)[ ]?|[ ]?\u2192[ ]?|/)(?:an? )?"
    event = r"(?: (?:substitution|transition|transversion|mutation|change|polymorphism|replacement|variation))?"
    place = (
        r" (?:at|of|in)(?: the)?(?: (?:codon|position|nucleotide|residue|base|amino[- ]acid|nt|cDNA))"
        r"(?: (?:position|residue|number))?"
    )
    at = rf"{place} [-+\u2212]?\d{{1,9}}(?:,\d{{3}}){{0,2}}"
    swapped = rf"(?: to | with |[ -]{{1,3}}(?:&gt;|>)[ ]?|\u2192|-){residue}"
    return [
        _rule("base-in-words", 0.85, "at of in", rf"{named_base}{link}{named_base}{event}{at}"),
        _rule("residue-in-words", 0.90, "at of in", rf"{residue}{link}{residue}{event}{at}"),
        _rule("numbered-residue-in-words", 0.90, "", rf"{residue}[ -]?\(?{_NUMBER}\)?{swapped}"),
    ]


def variant_rules() -> list[VariantRule]:
    """Return every rule; of overlapping matches the longest is meant."""
    return [
        _rule("dbsnp", 0.98, "rs Rs RS", r"(?:rs|Rs)[ ]?[1-9]\d{2,11}", r"RS[ ]?[1-9]\d{5,11}"),
        *_hgvs_rules(),
        *_written_dna_rules(),
        *_written_protein_rules(),
        *_sentence_rules(),
    ]
