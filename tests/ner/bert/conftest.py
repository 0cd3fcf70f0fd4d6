"""Small models, made and added once for all tests: TensorFlow is loaded into this process a single time."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alembic_db.ner.bert import conversion

for _name in ("plain", "made_models"):  # helpers that are no tests and lie in no package
    _spec = importlib.util.spec_from_file_location(f"alembic_db_test_{_name}", Path(__file__).with_name(f"{_name}.py"))
    assert _spec is not None and _spec.loader is not None
    _module = importlib.util.module_from_spec(_spec)
    sys.modules[_spec.name] = _module
    _spec.loader.exec_module(_module)

import alembic_db_test_made_models as made_models  # noqa: E402

NAMES = {"crf_layer": "PubmedBERT-CRF-AIONER.h5", "softmax": "Bioformer-softmax-AIONER.h5"}


def convert_in_process(config: Any, weights: Any, most: int, folder: Path, precisions: Any) -> dict[str, Path]:
    """Do what `convert` does without a process of its own."""
    conversion.hand_over(config, weights, most, folder, precisions)
    conversion.convert_here(folder)
    return {precision: folder / f"{precision}.tflite" for precision in precisions}


@pytest.fixture(scope="session")
def added(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Add models to a home that all tests of this folder read; the same one only once."""
    pytest.importorskip("tensorflow")
    pytest.importorskip("ai_edge_litert")
    from alembic_db import Project
    from alembic_db.ner.bert import building

    home = tmp_path_factory.mktemp("bert-home")
    kept, building.convert = building.convert, convert_in_process
    known: dict[str, Any] = {}

    def add(name: str, source: Path, **options: str) -> Any:
        if name not in known:
            before = os.environ.get("ALEMBIC_DB_HOME")
            os.environ["ALEMBIC_DB_HOME"] = str(home)
            try:
                known[name] = Project.add_model(name, str(source), options=options)
            finally:
                os.environ.pop("ALEMBIC_DB_HOME") if before is None else os.environ.update(ALEMBIC_DB_HOME=before)
        return known[name], home / "models" / name

    yield add
    building.convert = kept


@pytest.fixture(scope="session", params=["crf_layer", "softmax"])
def aioner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, added: Callable[..., Any]) -> Any:
    """Give (decoder, weights, manifest, folder) of a small AIONER in float."""
    folder = tmp_path_factory.mktemp("pretrained") / "pretrained_models"
    arrays = made_models.write_aioner(folder, request.param, NAMES[request.param])
    manifest, place = added(f"aioner-{request.param.partition('_')[0]}", folder, precision="float")
    return request.param, arrays, manifest, place


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[..., Path]:
    """Write a small AIONER folder to be spoilt."""

    def write(decoder: str = "softmax", **more: Any) -> Path:
        made_models.write_aioner(tmp_path / "pretrained_models", decoder, NAMES[decoder], **more)
        return tmp_path / "pretrained_models"

    return write


@pytest.fixture
def without_conversion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test if it comes to a conversion."""

    def refuse(*_: object) -> None:
        raise AssertionError("a model that cannot be used was converted")

    monkeypatch.setattr("alembic_db.ner.bert.building.convert", refuse)
