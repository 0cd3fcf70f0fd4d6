"""Kind `token-classifier`: any BERT, DistilBERT, ELECTRA or RoBERTa fine-tuned by Hugging Face's scheme to tag tokens.

A folder with config.json (id2label), model.safetensors, and tokenizer.json or vocab.txt. Words are split by spaCy's
English rules, and the label of a word is that of its first piece.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from alembic_db.errors import ModelError
from alembic_db.ner.bert import building
from alembic_db.ner.bert.annotator import BertAnnotator, Recipe
from alembic_db.ner.bert.encoder import EncoderConfig, read_json
from alembic_db.ner.bert.hf_weights import read_hf
from alembic_db.ner.bert.labels import LabelReader
from alembic_db.ner.bert.tokenizer import load_pieces, write_tokenizer
from alembic_db.ner.models.kinds import Built, Request
from alembic_db.ner.models.manifest import Manifest

OPTIONS = building.OPTIONS
CODE_VERSION = "1"
_MOST_TOKENS = 256  # of a window, where the model takes more: what is longer is rare, and costs its square


def detect(source: Path) -> bool:
    """Tell whether a folder holds a configuration of a model with labels, or of an encoder."""
    folder = _folder(source)
    if folder is None:
        return False
    try:
        return "model_type" in json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def build(source: Path, folder: Path, request: Request) -> Built:
    """Check configuration, weights and tokenizer against each other, and convert them."""
    building.check_precision(request.options)
    types = building.keep_types(request.options, folder)
    found = _folder(source)
    if found is None:
        raise ModelError(f"config.json is missing in {source.name}.", hint="Fetch the model's whole folder.")
    config = EncoderConfig.read(found)
    write_tokenizer(found, folder)
    request.progress.start("read weights", None)
    weights = read_hf(found, config, classifier=True)
    labels = _labels(read_json(found / "config.json"), weights.labels, found)
    entity_types = types.types_of(labels, found.name)
    pieces = load_pieces(folder, config.pad_token)
    if pieces.count > config.vocabulary:
        raise ModelError(
            f"The tokenizer in {found.name} has {pieces.count:,} tokens, the weights {config.vocabulary:,}.",
            hint="Fetch the tokenizer of this very model.",
        )
    recipe = Recipe(most_tokens=min(_MOST_TOKENS, config.most_tokens), pad_token=config.pad_token)
    reader = LabelReader(labels, types, opening_decides=False)
    chosen = building.convert_into(folder, config, weights, reader, recipe, request)
    return Built(entity_types, CODE_VERSION, labels, {"family": config.family} | chosen)


def load(folder: Path, manifest: Manifest) -> BertAnnotator:
    """Return the annotator."""
    return building.load_annotator(folder, manifest)


def _folder(source: Path) -> Path | None:
    """Find the model's folder: the uppermost one with a config.json."""
    if not source.is_dir():
        return None
    found = [path.parent for path in source.rglob("config.json")]
    return min(found, key=lambda path: (len(path.parts), path)) if found else None


def _labels(config: dict[str, Any], count: int, folder: Path) -> tuple[str, ...]:
    stated = config.get("id2label")
    names = {str(key): str(value) for key, value in stated.items()} if isinstance(stated, dict) else {}
    if set(names) != set(map(str, range(count))):
        raise ModelError(
            f"id2label in the config.json of {folder.name} names {len(names)} labels, the weights tell {count} apart.",
            hint="Fetch the config.json of this very model.",
        )
    return tuple(names[str(number)] for number in range(count))
