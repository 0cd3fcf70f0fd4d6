"""AIONER's files, converted and run, against a forward pass that is plain, slow and apart."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from typing import Any

import alembic_db_test_made_models as made_models
import alembic_db_test_plain as plain
import numpy as np
import pytest

from alembic_db import Project
from alembic_db.errors import UsageError
from alembic_db.ner import Text, checked_spans
from alembic_db.ner.aioner.source import LABELS, TASK_TOKENS
from alembic_db.ner.bert.annotator import BertAnnotator, Parts
from alembic_db.ner.bert.building import load_annotator
from alembic_db.ner.bert.words import sentences

pytest.importorskip("spacy")
pytest.importorskip("tokenizers")

TEXTS = [
    "The gene of mice in cancer. Patients (n=3) with HeLa-cells/melanoma!",
    "cells of the patient; TP53<->MDM2 c.35G>A p53_mut + x",
    "ALK",
    "Ünïcode çells and 日本 in mice. ",
]


def pieces_of(word: str, folding: bool) -> list[str]:
    """Cut a word as BERT does: fold it, split off punctuation and Chinese, take the longest known piece each time."""
    letters = unicodedata.normalize("NFD", word.lower())
    folded = "".join(c for c in letters if unicodedata.category(c) != "Mn") if folding else word
    found = []
    for part in re.findall(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+|[\W_]", folded):
        start, cut = 0, []
        while start < len(part):
            ends = range(len(part), start, -1)
            prefix = "##" if start else ""
            end = next((e for e in ends if prefix + part[start:e] in made_models.TOKENS), None)
            if end is None:
                cut = ["[UNK]"]
                break
            cut.append(prefix + part[start:end])
            start = end
        found += cut
    return found


def plain_labels(words: list[str], arrays: Any, decoder: str, task: str = "ALL", padded: bool = False) -> list[str]:
    """Do what AIONER does to one sentence, step by step, and return the label of each word."""
    number = {token: n for n, token in enumerate([*made_models.TOKENS, *TASK_TOKENS])}
    tokens, first_of = ["[CLS]", f"<{task}>"], []
    for word in words:
        first_of.append(len(tokens))
        tokens += pieces_of(word, folding=decoder == "crf_layer")  # PubMedBERT folds case, Bioformer does not
    tokens += [f"</{task}>", "[SEP]"]
    ids, mask = [number[token] for token in tokens], [1] * len(tokens)
    if padded:
        ids, mask = ids + [0] * (256 - len(ids)), mask + [0] * (256 - len(ids))
    scores = plain.aioner_scores(ids, arrays, made_models.HEADS, decoder, mask)
    if decoder == "softmax":
        best = [int(np.argmax(row)) for row in scores]
    else:
        best = plain.viterbi(
            scores, *(arrays[f"crf_layer/{n}"] for n in ("chain_kernel", "left_boundary", "right_boundary"))
        )
    return [LABELS[best[place]] for place in first_of]


def plain_spans(labels: list[str]) -> list[tuple[int, int, str]]:
    """Read labels as AIONER's code does: (first word, last word, type)."""
    found: list[list[Any]] = []
    is_open = False
    for place, label in enumerate(labels):
        if label.startswith("O"):
            is_open = False
        elif label.startswith("B-") or not is_open:
            found.append([place, place, label[2:]])
            is_open = True
        else:
            found[-1][1] = place
    return [tuple(span) for span in found]


def expected_spans(text: str, arrays: Any, decoder: str, **how: Any) -> list[tuple[int, int, str]]:
    spans = []
    for sentence in sentences(text, spaced=True):
        labels = plain_labels(sentence.words, arrays, decoder, **how)
        spans += [(sentence.starts[a], sentence.ends[b], t) for a, b, t in plain_spans(labels)]
    return spans


def test_spans_are_those_of_the_plain_forward_pass(aioner: Any) -> None:
    decoder, arrays, manifest, folder = aioner
    annotator = load_annotator(folder, manifest)
    answers = checked_spans(annotator, [Text(text) for text in TEXTS])
    assert sum(map(len, answers)) > 5
    for text, spans in zip(TEXTS, answers, strict=True):
        assert [(s.start, s.end, s.entity_type) for s in spans] == expected_spans(text, arrays, decoder)


def test_scores_of_every_token_are_those_of_the_plain_forward_pass(aioner: Any) -> None:
    decoder, arrays, manifest, folder = aioner
    graph = load_annotator(folder, manifest)._graph
    random = np.random.default_rng(5)
    for length in (1, 7, 33):
        ids = random.integers(1, len(made_models.TOKENS) + len(TASK_TOKENS), length)
        expected = plain.aioner_scores(ids.tolist(), arrays, made_models.HEADS, decoder)
        filled = np.zeros((2, 48), np.int32)
        filled[1, :length] = ids
        assert np.allclose(graph.scores(filled)[1, :length], expected, atol=2e-4)


def test_it_is_described_in_its_manifest(aioner: Any) -> None:
    decoder, _, manifest, _ = aioner
    assert manifest.kind == "aioner"
    assert manifest.labels == LABELS
    assert manifest.options["decoder"] == decoder.partition("_")[0]
    assert manifest.options["precision"] == "float"
    assert len(manifest.entity_types) == 6
    assert {"model.tflite", "tokenizer.json", "recipe.json"} <= set(manifest.files)


def changed(aioner: Any, **changes: Any) -> BertAnnotator:
    """Load a model with another recipe."""
    _, _, manifest, folder = aioner
    annotator = load_annotator(folder, manifest)
    parts = Parts(annotator._recipe, annotator._pieces, annotator._graph, annotator._reader, annotator._chain)
    return BertAnnotator(manifest.name, "1", parts._replace(recipe=dataclasses.replace(parts.recipe, **changes)))


def test_asking_for_some_types_asks_once_for_each(aioner: Any) -> None:
    decoder, arrays, _, _ = aioner
    first = len(made_models.TOKENS)
    tasks = {name: (first + TASK_TOKENS.index(f"<{name}>"), first + TASK_TOKENS.index(f"</{name}>")) for name in ASKED}
    annotator = changed(aioner, tasks=tasks)
    assert annotator.entity_types == set(ASKED)
    for text in TEXTS[1:]:
        spans = {(s.start, s.end, str(s.entity_type)) for s in annotator.annotate([Text(text)])[0]}
        each = {task: expected_spans(text, arrays, decoder, task=task) for task in ASKED}
        assert spans == {span for task, found in each.items() for span in found if span[2] == task}


ASKED = ("Gene", "Disease")


def test_decoding_over_padding_is_aioners_own(aioner: Any) -> None:
    decoder, arrays, _, _ = aioner
    if decoder == "softmax":
        pytest.skip("without a chain between labels, padding changes nothing: see the next test")
    (spans,) = changed(aioner, padded=True).annotate([Text(TEXTS[2])])
    assert [(s.start, s.end, s.entity_type) for s in spans] == expected_spans(TEXTS[2], arrays, decoder, padded=True)


def test_decoding_over_padding_differs_in_few_places(aioner: Any) -> None:
    """Random weights, so that neither label nor padding means anything: the worst case."""
    random = np.random.default_rng(8)
    texts = [Text(" ".join(random.choice(["gene", "mice", "cancer", "cells", "of", "x2"], 12))) for _ in range(100)]
    clean, padded = (changed(aioner, padded=padded).annotate(texts) for padded in (False, True))
    spans = sum(map(len, clean))
    differing = sum(len({s[:3] for s in a} ^ {s[:3] for s in b}) for a, b in zip(clean, padded, strict=True))
    print(f"{aioner[0]}: decoding over padding changes {differing} of {spans} spans")
    assert spans > 100
    assert differing == 0 if aioner[0] == "softmax" else differing / spans < 0.2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"tasks": "Genes"}, "tasks is ALL"),
        ({"tasks": "ALL,Gene"}, "tasks is ALL"),
        ({"decoding": "greedy"}, "clean or padded"),
        ({"lowercase": "yes"}, "true or false"),
        ({"precision": "int4"}, "no precision 'int4'"),
    ],
)
@pytest.mark.usefixtures("without_conversion")
def test_options_that_make_no_sense_are_refused(folder_of: Any, options: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Project.add_model("aioner-bioformer", str(folder_of()), options=options)
