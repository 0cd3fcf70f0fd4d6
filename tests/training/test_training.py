"""A whole training run on a made-up language, and its parts against plain reckoning."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from alembic_db.errors import ConfigError, InputError, MissingExtraError
from alembic_db.gold.corpora import Document, GoldSpan
from alembic_db.ner import EntityType, Text, checked_spans
from alembic_db.ner.compact import CompactAnnotator
from alembic_db.reports import NoProgress

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from alembic_db.training import train  # noqa: E402
from alembic_db.training.calibration import best_threshold  # noqa: E402
from alembic_db.training.config import read_config  # noqa: E402
from alembic_db.training.data import gather  # noqa: E402
from alembic_db.training.examples import TYPES, examples_of  # noqa: E402
from alembic_db.training.export import export  # noqa: E402
from alembic_db.training.loop import Trainer  # noqa: E402
from alembic_db.training.network import Crf, Network, NetworkSize, Tensors, allowed  # noqa: E402
from alembic_db.training.silver import silver_documents  # noqa: E402
from alembic_db.training.vectors import chosen_vectors  # noqa: E402

GENE, LINE = EntityType.GENE, EntityType.CELL_LINE


@pytest.fixture(scope="module")
def trained(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(plan, tmp_path_factory.mktemp("model"))


def test_model_trained_on_partly_annotated_corpora_finds_both_types(trained: Path) -> None:
    content = "we saw ABC1 and then XYZ2 cells with Mira7."
    (spans,) = checked_spans(CompactAnnotator(trained), [Text(content)])
    found = {(content[span.start : span.end], span.entity_type) for span in spans}
    assert found >= {("ABC1", GENE), ("XYZ2", GENE), ("Mira7", LINE)}


def test_training_is_reproducible_and_goes_on_where_it_stopped(plan: Path, trained: Path, tmp_path: Path) -> None:
    config = read_config(plan)
    material = gather(config.data)
    network = replace(config.networks[1], epochs=4, manners={"Gene": "genes"})
    whole = Trainer(material, config.data, network, tmp_path / "whole.pt")
    expected = whole.train(NoProgress()).state_dict()

    class Stop(NoProgress):
        def note(self, message: str) -> None:
            if message.startswith("epoch 2"):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Trainer(material, config.data, network, tmp_path / "parts.pt").train(Stop())
    again = Trainer(material, config.data, network, tmp_path / "parts.pt").train(NoProgress()).state_dict()
    assert all(torch.equal(expected[name], again[name]) for name in expected)


def test_exported_graph_computes_what_torch_does(tmp_path: Path) -> None:
    torch.manual_seed(0)
    networks = [Network(NetworkSize(hidden=8, vectors=vectors, vector=3)).eval() for vectors in (0, 3)]
    calibration = [{"given": [0, 1], "right": [0, 1], "least": 0}] * len(TYPES)
    export(networks, ["gene", "the"], {"calibration": calibration}, tmp_path)
    annotator = CompactAnnotator(tmp_path)
    from alembic_db.ner.compact.batch import batch_of
    from alembic_db.ner.compact.model import run
    from alembic_db.ner.compact.words import split_words

    windows = [list(split_words("the gene V600E (x)")), list(split_words("the longest odd word 1234567 ?"))]
    windows.append(windows[1][:3])
    model = annotator._model
    scores = run(annotator._session, batch_of(windows, model.vectors, 8))
    with torch.no_grad():
        for row, window in enumerate(windows):
            batch = Tensors(batch_of([window], model.vectors))
            expected = torch.stack([network(batch)[0] for network in networks]).mean(0).numpy()
            np.testing.assert_allclose(scores[row, : len(window)], expected, atol=0.05)  # 8-bit weights


@pytest.mark.parametrize("chosen", [{}, {"Gene": "b"}, {"Disease": "a", "Gene": "b"}])
def test_a_settled_network_marks_each_type_as_the_corpus_named_for_it(chosen: dict[str, str]) -> None:
    from alembic_db.ner.compact.batch import batch_of
    from alembic_db.ner.compact.words import split_words

    torch.manual_seed(0)
    rows = {None: 0, "a": 1, "b": 2}
    network = Network(NetworkSize(hidden=8, manners=("a", "b"))).eval()
    torch.nn.init.normal_(network.manner.weight[1:])
    batch = batch_of([list(split_words("the gene V600E (x)"))], {})
    with torch.no_grad():
        said = {corpus: network(Tensors(batch, torch.tensor([row]))) for corpus, row in rows.items()}
        network.settle(chosen)
        settled = network(Tensors(batch))
    for column, kind in enumerate(TYPES):
        for corpus, scores in said.items():
            same = torch.allclose(settled[..., column, :], scores[..., column, :], atol=1e-5)
            assert same is (corpus == chosen.get(kind.value))


@pytest.mark.parametrize("manners", [{"Gene": "nowhere"}, {"Nothing": "genes"}])
def test_a_corpus_or_type_that_is_not_there_is_named(plan: Path, tmp_path: Path, manners: dict[str, str]) -> None:
    config = read_config(plan)
    network = replace(config.networks[0], manners=manners)
    with pytest.raises(InputError, match="There is no (corpus 'nowhere'|type 'Nothing')"):
        Trainer(gather(config.data), config.data, network, tmp_path / "none.pt")


def test_chain_gives_the_share_of_a_path_among_all() -> None:
    torch.manual_seed(1)
    crf = Crf()
    for weight in crf.parameters():
        torch.nn.init.normal_(weight)
    scores = torch.randn(1, 4, len(TYPES), 5)
    start, step, end = crf.bounds()

    def score(path: tuple[int, ...], kind: int) -> torch.Tensor:
        total = start[kind, path[0]] + end[kind, path[-1]] + sum(scores[0, i, kind, t] for i, t in enumerate(path))
        return total + sum(step[kind, a, b] for a, b in pairwise(path))

    path = (0, 1, 3, 4)
    tags = torch.tensor(path).reshape(1, 4, 1).expand(1, 4, len(TYPES))
    lost = crf(scores, tags)
    for kind in range(len(TYPES)):
        every = torch.stack([score(other, kind) for other in product(range(5), repeat=4)])
        assert lost[0, kind].item() == pytest.approx((every.logsumexp(0) - score(path, kind)).item(), abs=1e-3)
    assert (allowed() == 0).sum() == 3 * 3 + 2 * 2


def test_examples_say_what_is_known_and_what_is_not() -> None:
    text = "EGFR mutations in HeLa"
    document = Document("c", "1", text, text, (GoldSpan(0, 4, GENE), GoldSpan(1, 3, GENE)), frozenset({GENE}))
    (example,) = examples_of(document)
    assert example.known.tolist() == [kind is GENE for kind in TYPES]
    assert example.tags[:, TYPES.index(GENE)].tolist() == [4, 0, 0, 0]


def test_silver_marks_the_line_that_the_record_names() -> None:
    records = [
        {"": "ChIP-seq of MCF-7, rep 1", "cell line": "MCF-7", "source name": "breast"},
        {"": "donor 3, blood", "tissue": "blood"},
        {"": "unknown", "cell line": "not applicable"},
        {"": "fibroblasts", "cell line": "primary fibroblasts"},
    ]
    documents = silver_documents(records, 1)
    marked = {(d.text, tuple(d.text[s.start : s.end] for s in d.spans)) for d in documents}
    assert {("ChIP-seq of MCF-7, rep 1", ("MCF-7",)), ("cell line: MCF-7", ("MCF-7",))} <= marked
    assert all(d.types == {LINE} for d in documents)
    assert not any("fibroblasts" in text or "unknown" in text for text, _ in marked)


def test_vectors_of_the_texts_and_of_common_words_are_kept(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("the 1 2\nof 3 4\nrare 5 6\n, 0 0\nodd 7 8\n")
    words, table = chosen_vectors(tmp_path / "v.txt", None, {"odd"}, 1)
    assert words == ["odd", "the"]
    assert table.tolist() == [[0, 0], [7, 8], [1, 2]]
    (tmp_path / "v.txt").write_text("the 1 2\nof x 4\n")
    with pytest.raises(InputError, match="word vectors"):
        chosen_vectors(tmp_path / "v.txt", None, set(), 1)


def test_threshold_is_where_f1_is_best() -> None:
    pairs = np.array([(0.2, 0), (0.3, 0), (0.4, 0), (0.5, 1), (0.9, 1)])
    assert best_threshold(pairs, 0) == 0.5
    assert best_threshold(np.array([(0.2, 1), (0.9, 1)]), 0) == 0.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[data", "cannot be read"),
        ("[data]\ncorpora='.'\ntypes='t'\n", "names no network"),
        ("[data]\ncorpora='.'\ntypes='t'\ncorpus='x'\n[[network]]\nseed=1\nepochs=1\n", "unknown settings corpus"),
        ("[data]\ncorpora='.'\n[[network]]\nseed=1\nepochs=1\n", "types"),
        ("[data]\ncorpora='.'\ntypes='t'\n[[network]]\nseed=1\n", "epochs"),
        ("thread=2\n[data]\ncorpora='.'\ntypes='t'\n", "unknown settings thread"),
        ("threads='two'\n", "threads = 'two' is nothing that it can be"),
        ("data=1\n", "data = 1 is nothing"),
        ("network=1\n[data]\ncorpora='.'\ntypes='t'\n", "network = 1 is nothing"),
        ("network=[1]\n[data]\ncorpora='.'\ntypes='t'\n", "network is no table"),
        ("[data]\ncorpora='.'\ntypes='t'\nrecords=1\n", "records = 1 is nothing"),
        ("[data]\ncorpora='.'\ntypes='t'\n[[network]]\nseed=1\nepochs=1\napart='no'\n", "apart = 'no' is nothing"),
        ("[data]\ncorpora='.'\ntypes='t'\n[[network]]\nseed=true\nepochs=1\n", "seed = True is nothing"),
        ("[data]\ncorpora='.'\ntypes='t'\n[[network]]\nseed=1\nepochs=1\nweights={a='x'}\n", "weights = .* is nothing"),
        ("least_in_short_texts={CellLine='x'}\n", "least_in_short_texts = .* is nothing"),
        (
            "least_in_short_texts={Cell=0.9}\n[data]\ncorpora='.'\ntypes='t'\n[[network]]\nseed=1\nepochs=1\n",
            "unknown types Cell",
        ),
    ],
)
def test_config_that_makes_no_sense_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "train.toml").write_text(content)
    with pytest.raises(ConfigError, match=message):
        read_config(tmp_path / "train.toml")


def test_config_of_the_model_inside_is_read() -> None:
    config = read_config(Path(__file__).parents[2] / "models" / "compact" / "train.toml")
    assert config.networks and config.data.people


def test_missing_extra_is_named(plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alembic_db.training.find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(MissingExtraError, match=r"torch.*pip install 'alembic-db\[train\]'"):
        train(plan, tmp_path)
    shutil.rmtree(tmp_path, ignore_errors=True)
