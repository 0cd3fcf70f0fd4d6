"""What the kinds of models that run a BERT share when one is added: convert it, choose its precision, load it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic_db.errors import InputError, ModelError, UsageError
from alembic_db.ner.bert.annotator import BertAnnotator, Parts, Recipe, read_chain, write_chain
from alembic_db.ner.bert.conversion import convert
from alembic_db.ner.bert.encoder import EncoderConfig
from alembic_db.ner.bert.graph import Graph
from alembic_db.ner.bert.labels import LabelReader
from alembic_db.ner.bert.precision import choose_precision
from alembic_db.ner.bert.tokenizer import load_pieces
from alembic_db.ner.bert.weights import Weights
from alembic_db.ner.label_types import LabelTypes
from alembic_db.ner.models.kinds import Request
from alembic_db.ner.models.manifest import Manifest

PRECISIONS = ("auto", "int8", "float")
OPTIONS = {
    "check": "gold corpus (PubTator, BioC, CoNLL) on which int8 may cost half a point of F1, instead of sample texts",
    "precision": "auto, int8 or float weights; auto takes int8 where it marks the same in sample texts",
    "types": "TOML file: your own table from labels to entity types",
}
_GRAPH, _TYPES = "model.tflite", "types.toml"


def keep_types(options: Mapping[str, str], folder: Path) -> LabelTypes:
    """Check and copy the user's table of types, if there is one, and return the table."""
    if own := options.get("types"):
        LabelTypes(Path(own))
        shutil.copyfile(own, folder / _TYPES)
    return _types(folder)


def check_precision(options: Mapping[str, str]) -> None:
    """Raise UsageError for a precision that there is not, InputError for a corpus that is not there."""
    corpus = options.get("check")
    if corpus and not Path(corpus).is_file():
        raise InputError(f"The corpus {corpus} does not exist.", hint="Check the path.")
    precision = options.get("precision", "auto")
    if precision not in PRECISIONS:
        raise UsageError(f"There is no precision {precision!r}.", hint=f"Choose one of {', '.join(PRECISIONS)}.")


def convert_into(
    folder: Path, config: EncoderConfig, weights: Weights, reader: LabelReader, recipe: Recipe, request: Request
) -> dict[str, str]:
    """Write graph, chain and recipe into the folder, where the tokenizer lies already; return the precision chosen.

    int8 is chosen where it marks what float marks in sample texts. ModelError where the conversion fails.
    """
    recipe.write(folder)
    write_chain(folder, weights.chain)
    with TemporaryDirectory(prefix="alembic-db-", ignore_cleanup_errors=True) as scratch:
        request.progress.start("convert (some minutes for a large model)", None)
        chosen = {"precision": request.options.get("precision", "auto")}
        precisions = ("float", "int8") if chosen["precision"] == "auto" else (chosen["precision"],)
        graphs = convert(config, weights, recipe.most_tokens, Path(scratch), precisions)
        if chosen["precision"] == "auto":
            request.progress.start("compare int8 with float", None)
            ways = {name: _annotator(folder, recipe, reader, Graph(path)) for name, path in graphs.items()}
            corpus = request.options.get("check")
            chosen = choose_precision(ways, Path(corpus) if corpus else None, _types(folder))
        shutil.move(graphs[chosen["precision"]], folder / _GRAPH)
    return chosen


def load_annotator(folder: Path, manifest: Manifest, threads: int | None = None) -> BertAnnotator:
    """Load an added model. ModelError if a file of it is missing, damaged or does not fit."""
    for name, stored in manifest.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != stored.size:
            raise ModelError(f"{path} is missing or cut off.", hint="Remove the model and add it again.")
    recipe = Recipe.read(folder)
    reader = LabelReader(manifest.labels, _types(folder), opening_decides=recipe.opening_decides)
    return _annotator(folder, recipe, reader, Graph(folder / _GRAPH, threads), manifest.name, manifest.version)


def _annotator(
    folder: Path, recipe: Recipe, reader: LabelReader, graph: Graph, name: str = "", version: str = ""
) -> BertAnnotator:
    pieces = load_pieces(folder, recipe.pad_token)
    return BertAnnotator(name, version, Parts(recipe, pieces, graph, reader, read_chain(folder)))


def _types(folder: Path) -> LabelTypes:
    own = folder / _TYPES
    return LabelTypes(own if own.is_file() else None)
