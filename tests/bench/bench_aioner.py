"""Measure the default annotators and AIONER's graph as alembic_db runs it against AIONER's own way, on equal texts.

Usage, from the repository root: `python tests/bench/bench_aioner.py [--encoder bioformer|pubmedbert] [--texts N] [FILE]`.
FILE is a Parquet file with a column of texts (default ../shared/sra/texts/recount2_abstracts.parquet, else the
sample sentences of the package). Weights are random, in the real sizes: they cost the same time as real ones and find
nothing sensible. AIONER's own way, written anew: one text at a time, every sentence filled up to 256 pieces, batches
of 64, Keras's `predict`. Needs the extra `aioner`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path

import numpy as np

from alembic_db.ner import DEFAULT_ANNOTATORS, get_annotators
from alembic_db.ner.aioner.source import LABELS, TASK_TOKENS
from alembic_db.ner.base import Annotator, Text
from alembic_db.ner.bert.annotator import BertAnnotator, Parts, Recipe
from alembic_db.ner.bert.crf import best_labels
from alembic_db.ner.bert.encoder import EncoderConfig
from alembic_db.ner.bert.graph import Graph
from alembic_db.ner.bert.labels import LabelReader
from alembic_db.ner.bert.tokenizer import Pieces, load_pieces, write_tokenizer
from alembic_db.ner.bert.weights import Chain, Dense, Weights, encoder_shapes
from alembic_db.ner.bert.words import sentences
from alembic_db.ner.label_types import LabelTypes

SIZES = {"pubmedbert": (12, 768, 12, 30522), "bioformer": (8, 512, 8, 32768)}


def config_of(encoder: str) -> EncoderConfig:
    layers, hidden, heads, vocabulary = SIZES[encoder]
    rows = vocabulary + len(TASK_TOKENS)
    return EncoderConfig("bert", rows, layers, hidden, heads, 4 * hidden, hidden, 512, 0, 2, 0, 1e-12, "gelu")


def random_weights(config: EncoderConfig, *, crf: bool) -> Weights:
    random = np.random.default_rng(0)

    def draw(*shape: int, scale: float = 0.05) -> np.ndarray:
        return random.normal(0, scale, shape).astype(np.float32)

    tensors = {name: draw(*shape) for name, shape in encoder_shapes(config)}
    tensors |= {name: 1 + tensor for name, tensor in tensors.items() if name.endswith("norm_0")}
    count = len(LABELS)
    head = (Dense(draw(config.hidden, 128), draw(128), "relu"), Dense(draw(128, count, scale=0.3), draw(count), None))
    return Weights(tensors, head, Chain(draw(count, count), draw(count), draw(count)) if crf else None)


def read_texts(path: Path) -> list[str]:
    if path.is_file():
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        column = max(table.column_names, key=lambda name: sum(len(str(v)) for v in table[name][:50].to_pylist()))
        return [text for text in table[column].to_pylist() if text]
    lines = (resources.files("alembic_db.ner.bert") / "sample_sentences.txt").read_text("utf-8").splitlines()
    return [" ".join(lines[start : start + 10]) for start in range(0, len(lines), 10)]


def make_tokenizer(texts: list[str], vocabulary: int, folder: Path) -> Pieces:
    """Learn word pieces from the texts, so that words fall into about as many as with the real vocabulary."""
    from tokenizers import BertWordPieceTokenizer

    made = BertWordPieceTokenizer(lowercase=True)
    made.train_from_iterator(texts, vocab_size=vocabulary, show_progress=False)
    tokens = sorted(made.get_vocab(), key=made.get_vocab().get)
    tokens += [f"[unused{n}]" for n in range(vocabulary - len(tokens))]
    (folder / "vocab.txt").write_text("\n".join(tokens), "utf-8")
    write_tokenizer(folder, folder, lowercase=True)
    return load_pieces(folder, 0)


def own_way(network: object, pieces: Pieces, recipe: Recipe, chain: Chain | None, texts: list[str]) -> int:
    """Do what AIONER does with each text; return how many sentences were read."""
    first, last = recipe.tasks["ALL"]
    count = 0
    for text in texts:
        found = list(sentences(text, spaced=True))
        ids = np.zeros((len(found), 256), np.int32)
        for row, of_words in enumerate(pieces.of([sentence.words for sentence in found], 256)):
            tokens = [pieces.open, first, *(piece for word in of_words for piece in word), last, pieces.close][:256]
            ids[row, : len(tokens)] = tokens
        scores = network.predict(ids, batch_size=64, verbose=0)  # type: ignore[attr-defined]
        best_labels(scores, np.full(len(found), 256), chain)
        count += len(found)
    return count


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds and processor seconds that it takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def our_annotators(folder: Path | None, recipe: Recipe, chain: Chain | None) -> list[Annotator]:
    """Make the default annotators, or the one of a graph with its pieces in a folder."""
    if folder is None:
        return list(get_annotators(DEFAULT_ANNOTATORS))
    reader = LabelReader(LABELS, LabelTypes(), opening_decides=True)
    graph = Graph(folder / "graph.tflite")
    return [BertAnnotator("aioner", "1", Parts(recipe, load_pieces(folder, 0), graph, reader, chain))]


def annotate(annotators: list[Annotator], texts: list[str]) -> None:
    for annotator in annotators:
        annotator.annotate([Text(text) for text in texts])


def peak(folder: Path | None, recipe: Recipe, chain: Chain | None, texts: list[str]) -> float:
    """Return the peak memory, in MB, of a process that does nothing but annotate."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak_here, (folder, recipe, chain, texts))


def _peak_here(folder: Path | None, recipe: Recipe, chain: Chain | None, texts: list[str]) -> float:
    annotate(our_annotators(folder, recipe, chain), texts)
    # not getrusage: what it says is taken over from the process that started this one
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path, nargs="?", default=Path("../shared/sra/texts/recount2_abstracts.parquet"))
    parser.add_argument("--encoder", choices=SIZES, default="bioformer")
    parser.add_argument("--texts", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    texts = read_texts(given.file)
    chosen = texts[:: max(1, len(texts) // given.texts)][: given.texts]
    config, crf = config_of(given.encoder), given.encoder == "pubmedbert"
    weights = random_weights(config, crf=crf)
    place = config.vocabulary - 2
    recipe = Recipe(256, 0, spaced=True, opening_decides=True, tasks={"ALL": (place, place + 1)})
    with tempfile.TemporaryDirectory() as scratch:
        folders: dict[str, Path | None] = {"default annotators": None}
        pieces = make_tokenizer(texts, config.vocabulary - len(TASK_TOKENS), Path(scratch))
        from alembic_db.ner.bert.network import build_network, export

        network = build_network(config, weights, 256)
        for precision in ("float", "int8"):
            folders[f"its graph, {precision}"] = folder = Path(scratch) / precision
            shutil.copytree(scratch, folder, ignore=shutil.ignore_patterns("float", "int8"))
            export(network, folder / "graph.tflite", int8=precision == "int8")
        ours = {way: our_annotators(folder, recipe, weights.chain) for way, folder in folders.items()}
        network.predict(np.ones((1, 256), np.int32), verbose=0)  # tracing is not counted
        for annotators in ours.values():
            annotate(annotators, chosen)
        own, some = "AIONER's own way", partial(own_way, network, pieces, recipe, weights.chain, chosen)
        best = {own: min(timed(some) for _ in range(given.rounds))}
        best |= {
            way: min(timed(partial(annotate, annotators, chosen)) for _ in range(given.rounds + 3))
            for way, annotators in ours.items()
        }
        peaks = {own: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}
        peaks |= {way: peak(folder, recipe, weights.chain, chosen) for way, folder in folders.items()}
    size = sum(map(len, chosen))
    count = sum(1 for text in chosen for _ in sentences(text, spaced=True))
    print(f"{given.encoder}: {len(chosen)} texts, {size:,} characters, {count} sentences")
    for way, (wall, cpu) in best.items():
        print(
            f"  {way:20} {wall:7.2f} s, {cpu:7.2f} s of processor, {size / cpu:9,.0f} characters a second of processor, "
            f"{best[own][0] / wall:6.1f} x wall, {best[own][1] / cpu:6.1f} x processor, peak {peaks[way]:6,.0f} MB"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
