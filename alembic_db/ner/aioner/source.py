"""Find what belongs together in what a user has of AIONER: weights, the encoder's configuration and vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from alembic_db.errors import ModelError, UsageError
from alembic_db.ner.bert.encoder import EncoderConfig
from alembic_db.ner.bert.h5_weights import open_h5

# In this order AIONER's tokens follow the encoder's own.
TASK_TOKENS = tuple(
    f"<{slash}{name}>"
    for name in ("Chemical", "Disease", "CellLine", "Gene", "Species", "Variant", "ALL")
    for slash in ("", "/")
)
LABELS: tuple[str, ...] = (
    "O", "O-CellLine", "O-Species", "O-Variant", "O-Chemical", "O-Gene", "O-Disease", "B-CellLine", "I-CellLine",
    "B-Species", "I-Species", "B-Variant", "I-Variant", "B-Chemical", "I-Chemical", "B-Gene", "I-Gene", "B-Disease",
    "I-Disease",
)  # fmt: skip
_VOCABULARIES = ("tokenizer.json", "vocab.txt")


class AionerSource(NamedTuple):
    """What a model is made of."""

    weights: Path
    encoder: Path  # folder with config.json and vocab.txt
    labels: tuple[str, ...]


def has_weights(source: Path) -> bool:
    """Tell whether there is a `.h5` file."""
    return source.suffix == ".h5" if source.is_file() else source.is_dir() and any(source.rglob("*.h5"))


def find_parts(source: Path, name: str, options: Mapping[str, str]) -> AionerSource:
    """Find the files of a model in a folder, or around a `.h5` file. ModelError saying what is missing."""
    weights = source if source.is_file() else _weights(source, name, options.get("weights", ""))
    with open_h5(weights) as file:
        vocabulary, count = file.vocabulary, file.labels
    encoder = _encoder(source, weights, vocabulary - len(TASK_TOKENS), options.get("encoder", ""))
    return AionerSource(weights, encoder, _labels(options.get("labels", ""), count, weights))


def _weights(folder: Path, name: str, chosen: str) -> Path:
    """Choose among several: by option, else the one whose name begins as the model's ends (pubmedbert, bioformer)."""
    files = sorted(folder.rglob("*.h5"))
    if not files:
        raise ModelError(f"{folder} holds no .h5 file.", hint="Name AIONER's pretrained_models, or a .h5 file in it.")
    if chosen:
        files = [path for path in files if path.name == chosen or path == Path(chosen)]
    elif len(files) > 1:
        files = [path for path in files if path.name.partition("-")[0].lower() in name.lower().split("-")]
    if len(files) != 1:
        there = ", ".join(sorted(path.name for path in folder.rglob("*.h5")))
        raise UsageError(f"Which weights are meant? There are: {there}.", hint="Say it with -P weights=FILE.")
    return files[0]


def _encoder(source: Path, weights: Path, vocabulary: int, chosen: str) -> Path:
    """Find the encoder's folder: the one whose vocabulary is that of the weights."""
    folders = [Path(chosen).expanduser()] if chosen else dict.fromkeys(_folders(source, weights))
    fitting, others = [], []
    for folder in folders:
        try:
            size = EncoderConfig.read(folder).vocabulary
        except ModelError as error:
            others.append(error.message.rstrip("."))
            continue
        if size in (vocabulary, vocabulary + len(TASK_TOKENS)):
            fitting.append(folder)
        else:
            others.append(f"{folder.name} has {size:,}")
    if not fitting:
        there = f" ({'; '.join(others[:3])})" if others else ""
        raise ModelError(
            f"The encoder of {weights.name} is missing: no folder has a config.json for {vocabulary:,} tokens{there}.",
            hint="Name AIONER's whole pretrained_models folder, or the encoder's own with -P encoder=DIR.",
        )
    whole = [folder for folder in fitting if any((folder / name).is_file() for name in _VOCABULARIES)]
    if not whole:
        raise ModelError(f"vocab.txt is missing in {fitting[0]}.", hint="Fetch the encoder's whole folder.")
    return whole[0]


def _folders(source: Path, weights: Path) -> Iterator[Path]:
    """Yield where the encoder may be: anywhere in a folder that was named, beside the weights, beside their folder."""
    if source.is_dir():
        yield from sorted({path.parent for path in source.rglob("config.json")})
    for top in (weights.parent, weights.parent.parent):
        yield from sorted(path.parent for path in (*top.glob("config.json"), *top.glob("*/config.json")))


def _labels(chosen: str, count: int, weights: Path) -> tuple[str, ...]:
    """Read the label file, a label a line, else take AIONER's own labels; both must fit the weights."""
    labels, source = LABELS, "AIONER's own list"
    if chosen:
        source = chosen
        try:
            text = Path(chosen).expanduser().read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"The label file {chosen} cannot be read: {error}.") from error
        labels = tuple(line.strip() for line in text.strip().split("\n"))
    if len(labels) != count or len(set(labels)) != count or "" in labels:
        raise ModelError(
            f"{source} holds {len(set(labels) - {''})} labels, {weights.name} tells {count} apart.",
            hint="Give the label file that the model was trained with: -P labels=FILE, a label a line.",
        )
    return labels
