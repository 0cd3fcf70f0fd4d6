"""The word pieces of a model: its own tokenizer.json, or one made of its vocab.txt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic_db.errors import MissingExtraError, ModelError
from alembic_db.ner.bert.encoder import read_json

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILE_NAME = "tokenizer.json"
_AGAIN = "Fetch it again."
_SPECIALS = {"open": ("[CLS]", "<s>"), "close": ("[SEP]", "</s>"), "unknown": ("[UNK]", "<unk>")}


class Pieces:
    """Words to the ids of their pieces, and the ids that stand around a sentence."""

    def __init__(self, tokenizer: Tokenizer, source: str, pad_token: int) -> None:
        self._tokenizer = tokenizer
        self._pad_token = pad_token
        self.count = tokenizer.get_vocab_size(with_added_tokens=True)
        self.open, self.close, self._unknown = (_special(tokenizer, names, source) for names in _SPECIALS.values())

    def of(self, sentences: Sequence[Sequence[str]], most: int) -> list[list[list[int]]]:
        """Return the pieces of each word of each sentence, at most `most` a word; a word may have none."""
        encoded = self._tokenizer.encode_batch(
            [list(words) for words in sentences], is_pretokenized=True, add_special_tokens=False
        )
        answer = []
        for words, encoding in zip(sentences, encoded, strict=True):
            found: list[list[int]] = [[] for _ in words]
            for piece, word in zip(encoding.ids, encoding.word_ids, strict=True):
                if word is not None and len(found[word]) < most:
                    found[word].append(self._unknown if piece == self._pad_token else piece)
            answer.append(found)
        return answer


def load_pieces(folder: Path, pad_token: int) -> Pieces:
    """Load the tokenizer of an added model. ModelError if it is missing or damaged."""
    path = folder / FILE_NAME
    return Pieces(_tokenizer(path.read_text("utf-8") if path.is_file() else "", path), str(path), pad_token)


def write_tokenizer(source: Path, folder: Path, *, lowercase: bool | None = None) -> None:
    """Write tokenizer.json into the folder from what a model's folder holds: tokenizer.json, or else vocab.txt.

    `lowercase` decides for a vocab.txt; None asks tokenizer_config.json, and then the vocabulary itself.
    """
    ready = source / FILE_NAME
    if ready.is_file():
        data = read_json(ready)
        _prepare(data)
        text = json.dumps(data, ensure_ascii=False)
        _tokenizer(text, ready)
    elif (source / "vocab.txt").is_file():
        text = _of_vocabulary(source, lowercase)
    else:
        raise ModelError(
            f"tokenizer.json or vocab.txt is missing in {source.name or source}.", hint="Fetch the whole folder."
        )
    (folder / FILE_NAME).write_text(text, "utf-8")


def _prepare(data: dict[str, Any]) -> None:
    """Take away what would add, cut or fill up, and let words begin as they do inside a text."""
    data["truncation"] = data["padding"] = data["post_processor"] = None
    outer = data.get("pre_tokenizer") or {}
    for part in (outer, *(outer.get("pretokenizers") or ())):
        if part.get("type") == "ByteLevel":
            part["add_prefix_space"] = True


def _of_vocabulary(source: Path, lowercase: bool | None) -> str:
    """Make BERT's tokenizer of one token a line."""
    path = source / "vocab.txt"
    try:
        tokens = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}.", hint=_AGAIN) from error
    tokens = [token.rstrip("\r") for token in tokens]
    if tokens and not tokens[-1]:
        tokens.pop()
    vocabulary = {token: number for number, token in enumerate(tokens)}
    if len(vocabulary) != len(tokens) or not {"[UNK]", "[CLS]", "[SEP]"} <= vocabulary.keys():
        raise ModelError(
            f"{path} is no vocabulary of BERT's: a token a line, [UNK], [CLS] and [SEP] among them.", hint=_AGAIN
        )
    if lowercase is None:
        lowercase = _says_lowercase(source, tokens)
    library = _library()
    tokenizer = library.Tokenizer(library.models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106 - no password
    tokenizer.normalizer = library.normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = library.pre_tokenizers.BertPreTokenizer()
    return str(tokenizer.to_str())


def _says_lowercase(source: Path, tokens: list[str]) -> bool:
    path = source / "tokenizer_config.json"
    said = read_json(path).get("do_lower_case") if path.is_file() else None
    if isinstance(said, bool):
        return said
    return not any(token != token.lower() for token in tokens if not token.startswith("["))


def _tokenizer(text: str, path: Path) -> Tokenizer:
    if not text:
        raise ModelError(f"{path} is missing.", hint="Add the model again.")
    try:
        tokenizer: Tokenizer = _library().Tokenizer.from_str(text)
    except Exception as error:  # the library raises plain Exception
        raise ModelError(f"{path} is no tokenizer that can be used: {error}.", hint=_AGAIN) from error
    return tokenizer


def _special(tokenizer: Tokenizer, names: tuple[str, ...], source: str) -> int:
    found = [number for name in names if (number := tokenizer.token_to_id(name)) is not None]
    if not found:
        raise ModelError(f"{source} has no token {' or '.join(names)}.", hint="It is not that of a BERT.")
    return found[0]


def _library() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise MissingExtraError(
            f"Word pieces need the package tokenizers ({error}).", hint="pip install 'alembic-db[litert]'"
        ) from error
    return tokenizers
