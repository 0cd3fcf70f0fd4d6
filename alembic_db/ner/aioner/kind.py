"""Kind `aioner`: AIONER's weights (Luo et al. 2023, doi 10.1093/bioinformatics/btad310), converted once, run by LiteRT.

Fed and read as AIONER does, but: offsets are carried exactly through every step instead of being searched for
afterwards, sentences longer than the model are read in overlapping windows instead of being cut off, and a CRF is
decoded over the tokens there are; `decoding=padded` decodes over padding as well, as AIONER does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from alembic_db.errors import ModelError, UsageError
from alembic_db.ner.aioner.source import TASK_TOKENS, find_parts, has_weights
from alembic_db.ner.base import EntityType
from alembic_db.ner.bert import building
from alembic_db.ner.bert.annotator import BertAnnotator, Recipe
from alembic_db.ner.bert.encoder import EncoderConfig
from alembic_db.ner.bert.h5_weights import open_h5
from alembic_db.ner.bert.labels import LabelReader
from alembic_db.ner.bert.tokenizer import load_pieces, write_tokenizer
from alembic_db.ner.models.kinds import Built, Request
from alembic_db.ner.models.manifest import Manifest

OPTIONS = building.OPTIONS | {
    "decoding": "clean: over the tokens there are (default); padded: over 256 places, as AIONER does, and slower",
    "encoder": "folder of the encoder's config.json and vocab.txt, where it is not beside the weights",
    "labels": "file of labels, one a line, for weights that were fine-tuned to other labels",
    "lowercase": "true or false: whether the vocabulary is of small letters, where its name does not say so",
    "tasks": "types to ask for, one pass each, with commas between them (default: ALL, all six in one pass)",
    "weights": "which .h5 file of a folder",
}
CODE_VERSION = "1"
MOST_TOKENS = 256
_LOWERCASE = {"pubmedbert": True, "bioformer": False}


def detect(source: Path) -> bool:
    """Tell whether a file or folder holds AIONER's weights."""
    return has_weights(source)


def build(source: Path, folder: Path, request: Request) -> Built:
    """Check weights, encoder and labels against each other, and convert them."""
    options = request.options
    building.check_precision(options)
    lowercase = _lowercase(options)
    decoding, tasks = _decoding(options), _tasks(options)
    types = building.keep_types(options, folder)
    parts = find_parts(source, request.name, options)
    found = types.types_of(parts.labels, parts.weights.name)
    if lowercase is None:
        lowercase = _LOWERCASE.get(parts.weights.name.partition("-")[0].lower())
    write_tokenizer(parts.encoder, folder, lowercase=lowercase)
    config = EncoderConfig.read(parts.encoder)
    with open_h5(parts.weights) as file:
        request.progress.start(f"read {parts.weights.name}", None)
        config = replace(config, vocabulary=file.vocabulary)
        weights = file.read(config)
    most_tokens = min(MOST_TOKENS, config.most_tokens)
    pieces = load_pieces(folder, config.pad_token).count
    first = config.vocabulary - len(TASK_TOKENS)
    if pieces not in (first, config.vocabulary):
        raise ModelError(
            f"The vocabulary in {parts.encoder.name} has {pieces:,} tokens, {parts.weights.name} expects {first:,}.",
            hint="Use the vocabulary of the encoder that the weights were made with.",
        )
    recipe = Recipe(
        most_tokens=most_tokens,
        pad_token=config.pad_token,
        spaced=True,
        padded=decoding == "padded",
        opening_decides=True,
        tasks={task: _around(task, first) for task in tasks},
    )
    reader = LabelReader(parts.labels, types, opening_decides=True)
    chosen = building.convert_into(folder, config, weights, reader, recipe, request)
    told = {"decoding": decoding, "tasks": ",".join(tasks), "decoder": "crf" if weights.chain else "softmax"}
    asked_for = [entity_type for entity_type in found if tasks == ("ALL",) or entity_type in tasks]
    return Built(tuple(asked_for), CODE_VERSION, parts.labels, told | chosen)


def load(folder: Path, manifest: Manifest) -> BertAnnotator:
    """Return the annotator."""
    return building.load_annotator(folder, manifest)


def _around(task: str, first: int) -> tuple[int, int]:
    return first + TASK_TOKENS.index(f"<{task}>"), first + TASK_TOKENS.index(f"</{task}>")


def _lowercase(options: Mapping[str, str]) -> bool | None:
    chosen = options.get("lowercase")
    if chosen not in (None, "true", "false"):
        raise UsageError(f"lowercase is true or false, not {chosen!r}.")
    return None if chosen is None else chosen == "true"


def _decoding(options: Mapping[str, str]) -> str:
    chosen = options.get("decoding", "clean")
    if chosen not in ("clean", "padded"):
        raise UsageError(f"decoding is clean or padded, not {chosen!r}.")
    return chosen


def _tasks(options: Mapping[str, str]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(options.get("tasks", "ALL").split(",")))
    known = {"ALL", *EntityType}
    if not set(chosen) <= known or (len(chosen) > 1 and "ALL" in chosen):
        raise UsageError(f"tasks is ALL, or some of {', '.join(EntityType)} with commas between them.")
    return chosen
