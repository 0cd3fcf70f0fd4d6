"""The tools of language processing, each from the package that the paper names, or what stands in for it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from alembic_db.errors import MissingExtraError
from alembic_db.ner.pieces import pieces

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

PIECE_CHARACTERS = 100_000  # spaCy's memory grows with what it is given at once
_SURROGATE = re.compile("[\ud800-\udfff]")


def blank_english() -> Language:
    """Return spaCy's English without a model. MissingExtraError where spaCy is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages' own making
        try:
            import spacy
        except ImportError as error:
            raise _missing("spaCy", "spacy") from error
        return spacy.blank("en")


@cache
def tokenizer() -> tuple[str, Callable[[str], Doc]]:
    """Return scispaCy's tokenizer, or spaCy's English one where there is no scispaCy, with its name."""
    language = blank_english()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from scispacy.custom_tokenizer import combined_rule_tokenizer
        except ImportError:
            return f"spacy-{version('spacy')}", language.tokenizer
        return f"scispacy-{version('scispacy')}", combined_rule_tokenizer(language)


def tokens(content: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each token of a text of any length; white space is none."""
    _, cut = tokenizer()
    for start, end in pieces(content, PIECE_CHARACTERS):
        for token in cut(encodable(content[start:end])):
            if not token.is_space:
                yield start + token.idx, start + token.idx + len(token.text)


def encodable(content: str) -> str:
    """Return a text of the same length that can be encoded: spaCy takes no lone surrogates."""
    return _SURROGATE.sub("\ufffd", content)


@cache
def stop_words() -> tuple[str, frozenset[str]]:
    """Return NLTK's English stop words where its data are installed, else the list that comes along, and its name."""
    try:
        from nltk.corpus import stopwords

        return "nltk", frozenset(stopwords.words("english"))
    except (ImportError, LookupError, OSError):
        source = resources.files("alembic_db.ner.preprocess") / "stop_words.txt"
        lines = source.read_text("utf-8").splitlines()
        return "own", frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def lemmatizer() -> tuple[str, Callable[[str], str]]:
    """Return what gives the base form of a lower-case word, and its name. MissingExtraError without simplemma."""
    try:
        import simplemma
    except ImportError as error:
        raise _missing("simplemma", "simplemma") from error

    @cache
    def lemma(word: str) -> str:
        return simplemma.lemmatize(word, lang="en").lower() or word

    return f"simplemma-{version('simplemma')}", lemma


def _missing(title: str, package: str) -> MissingExtraError:
    try:
        state = f"is installed ({version(package)}) but cannot be imported"
    except PackageNotFoundError:
        state = "is not installed"
    return MissingExtraError(
        f"Preprocessing needs {title}, which {state}.", hint="Install it: pip install 'alembic-db[nlp]'"
    )
