"""A made-up language of two types, small enough to be learnt in seconds."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest

# torch takes triton along where it finds it, and triton's LLVM aborts the process if TensorFlow's is loaded already, as
# it is when the tests of AIONER's models ran before. Training on a processor has no use for it.
sys.modules.setdefault("triton", None)  # type: ignore[arg-type]

GENES = ["ABC1", "XYZ2", "QRS3", "KLM4", "DEF5"]
LINES = ["Zola1", "Mira7", "Kuno9"]


def sentence(chance: random.Random) -> tuple[str, list[tuple[int, int, str]]]:
    text, spans = "", []
    for _ in range(3):  # every sentence has as many words, so that an epoch has few batches
        text += chance.choice(["we saw ", "expression of ", "cells with ", "and then ", "levels of "])
        if chance.random() < 0.3:
            text += "nothing much "
        else:
            kind = chance.choice(["Gene", "CellLine"])
            mention = chance.choice(GENES if kind == "Gene" else LINES)
            spans.append((len(text), len(text) + len(mention), kind))
            text += mention + " "
    return text.strip() + ".", spans


def corpus(kind: str, count: int, seed: int) -> str:
    """Write documents in which only one type is annotated."""
    chance = random.Random(seed)
    lines = []
    for number in range(count):
        text, spans = sentence(chance)
        doc = f"{kind}{seed}{number}"
        lines += [f"{doc}|t|{text}", f"{doc}|a|"]
        lines += [f"{doc}\t{s}\t{e}\t{text[s:e]}\t{k}\t-" for s, e, k in spans if k == kind]
        lines.append("")
    return "\n".join(lines)


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write two partly annotated corpora, records, word vectors, and a config that names them."""
    folder = tmp_path_factory.mktemp("training")
    (folder / "genes.train.pubtator").write_text(corpus("Gene", 160, 1))
    (folder / "lines.train.pubtator").write_text(corpus("CellLine", 160, 2))
    types = {"genes.train.pubtator": {"Gene": ["Gene"]}, "lines.train.pubtator": {"CellLine": ["CellLine"]}}
    (folder / "types.json").write_text(json.dumps(types))
    (folder / "vectors.txt").write_text("\n".join(f"{word} {i} 0.5 1" for i, word in enumerate(["we", "saw", "abc1"])))
    (folder / "train.toml").write_text(
        """
[data]
corpora = "."
types = "types.json"
vectors = "vectors.txt"
[[network]]
seed = 1
epochs = 8
hidden = 16
rate = 0.02
warm_up = 2
batch_words = 600
average = 0.5
dropout = 0.1
[[network]]
seed = 2
epochs = 8
hidden = 16
rate = 0.02
warm_up = 2
batch_words = 600
average = 0.5
dropout = 0.1
vectors = false
silver = false
"""
    )
    return folder / "train.toml"
