"""Genes and variants: symbols that a value says something was done to, and variants written out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_db.ner.base import EntityType, Span, Text
from alembic_db.ner.pattern import PatternAnnotator
from alembic_db.ner.structured.pieces import Piece, whole
from alembic_db.ner.structured.vocabulary import Vocabulary, folded

_SYMBOL = r"[A-Za-z][A-Za-z0-9]{1,9}(?:[.-][0-9]{1,2})?"
_ALLELE = r"(?:floxed|flox|fl|f|loxP|LoxP|lox)"
_ALLELES = rf"(?:-/-|\+/-|-/\+|\(-/-\)|\(\+/-\)|{_ALLELE}/(?:{_ALLELE}|\+|-))"
_EFFECT = (
    r"(?:KO|cKO|knock[ -]?(?:out|down|in)|KD|null|mutants?|mut|mutated|mutations?|deficient|deficiency"
    r"|deleted|deletion|depleted|depletion|overexpress(?:ion|ing|ed)|OE|transgenic|haploinsufficien(?:t|cy)|heterozyg(?:ous|ote)"
    r"|homozyg(?:ous|ote)|amplified|amplification|rearranged|rearrangement|s[ih]-?RNA|sgRNA)"
)
_DONE_TO = (
    r"(?:(?:knock[ -]?(?:down|out)|depletion|deletion|loss|overexpression|silencing|mutations?)\s+(?:of|in)"
    r"|depleted\s+(?:for|of)|s[ihg]RNAs?\s+(?:against|targeting|for|to)|overexpressing|targeting)"
)
_DONE = (
    re.compile(rf"(?<![\w/-])(?P<symbol>[A-Za-z][A-Za-z0-9]{{1,9}}?)[ ]?{_ALLELES}(?![\w/])"),
    re.compile(rf"(?<![\w/-])(?P<symbol>{_SYMBOL})[ _-]{_EFFECT}(?![A-Za-z])", re.IGNORECASE),
    re.compile(r"(?<![\w/-])(?P<symbol>[A-Z][A-Za-z0-9]{0,8}[A-Z0-9])(?:ko|mut)(?!\w)"),
    re.compile(rf"\b{_DONE_TO}\s+(?:the\s+)?(?P<symbol>{_SYMBOL})(?!\w)", re.IGNORECASE),
    re.compile(r"(?<![A-Za-z0-9])s[ihg]-?(?P<symbol>(?!RNA)[A-Z][A-Za-z0-9]{1,9})(?![A-Za-z0-9])"),
)
_BEFORE_VARIANT = re.compile(rf"(?<![\w/-])(?P<symbol>{_SYMBOL})(?:[ :-]\(?|\()?\Z")
_SYMBOL_CHARACTERS = 16

_LISTS = re.compile(r"\s*[,;|/+&\r\n\t]+\s*|\s+(?:and|or)\s+")
_ANTI = re.compile(r"anti[- ]", re.IGNORECASE)
_AROUND = re.compile(r"\s+(?:gene|protein|antibody|locus|promoter)\Z", re.IGNORECASE)
_PREFIXED = re.compile(r"[sS][ihg][A-Z].*")  # siTP53, ShEZH2: the symbol begins behind
_CAPITALS = re.compile(r"(?:[^A-Z]*[A-Z]){2}")
_SHORT_WITH_NUMBER = re.compile(r"[A-Za-z]{1,6}\d{1,3}[A-Za-z]{0,3}\d{0,2}(?:[.-]\d{1,2})?")

GENE_SCORE = 0.85
SYMBOL_SCORE = 0.9  # the value is the symbol, under a tag that says gene
VARIANT_SCORE = 0.95


class _Symbols:
    """Tells gene symbols from the other short words of a genotype."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._not_symbols = vocabulary.words("gene", "not_symbols")
        self._not_symbol = vocabulary.pattern("gene", "not_symbol_patterns")

    def is_symbol(self, word: str) -> bool:
        """Say whether a word that something was done to is a symbol: TP53, Pten, Dicer, but not Liver."""
        return (word[:1].isupper() and not self._is_other(word)) or self.is_bare_symbol(word)

    def is_bare_symbol(self, word: str) -> bool:
        """Say whether a word looks like a symbol by itself: two capitals, or letters and a number."""
        has_shape = _CAPITALS.match(word) is not None or _SHORT_WITH_NUMBER.fullmatch(word) is not None
        return has_shape and not self._is_other(word)

    def _is_other(self, word: str) -> bool:
        return (
            folded(word) in self._not_symbols
            or _PREFIXED.fullmatch(word) is not None
            or self._not_symbol.fullmatch(word) is not None
            or self._vocabulary.is_nothing(word)
        )


class GenotypeReader:
    """Reads `BRAF V600E/+`, `Pten -/-`, `Pink1 knockout`, `siRNA against TP53`; a wild type is nothing."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._symbols = _Symbols(vocabulary)
        self._variants = PatternAnnotator()

    def read(self, text: Text) -> Iterator[Span]:
        """Yield the variants, and the genes that they or other changes are in."""
        if self._vocabulary.is_nothing(text.content):
            return
        variants = self._variants.find(text)
        for variant in variants:
            yield variant._replace(score=VARIANT_SCORE)
        for piece in (*self._changed(text.content), *self._before(text.content, variants)):
            if self._symbols.is_symbol(piece.text):
                yield Span(piece.start, piece.end, EntityType.GENE, GENE_SCORE)

    def _changed(self, content: str) -> Iterator[Piece]:
        for pattern in _DONE:
            for match in pattern.finditer(content):
                yield Piece(content, *match.span("symbol"))

    def _before(self, content: str, variants: list[Span]) -> Iterator[Piece]:
        for variant in variants:
            begin = max(0, variant.start - _SYMBOL_CHARACTERS)
            match = _BEFORE_VARIANT.search(content[begin : variant.start])
            if match:
                yield Piece(content, begin + match.start("symbol"), begin + match.end("symbol"))


class GeneReader:
    """Reads `TP53, MDM2`, `anti-PPARG (Santa Cruz)`, `siGRHL2`, `MLL knockdown`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._symbols = _Symbols(vocabulary)
        self._genotypes = GenotypeReader(vocabulary)

    def read(self, text: Text) -> Iterator[Span]:
        """Yield a span for each symbol."""
        if self._vocabulary.is_nothing(text.content):
            return
        yield from self._genotypes.read(text)
        for piece in whole(text.content).split(_LISTS):
            outer, _ = piece.trimmed().brackets()
            name = outer.after(_ANTI).before(_AROUND).trimmed()
            if re.fullmatch(_SYMBOL, name.text) and self._symbols.is_bare_symbol(name.text):
                yield Span(name.start, name.end, EntityType.GENE, SYMBOL_SCORE)
