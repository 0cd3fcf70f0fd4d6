"""The whole way by the command line, in processes of their own: add (TensorFlow), then annotate (without it)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import alembic_db_test_made_models as made_models
import pytest

import alembic_db
from alembic_db import Project

pytest.importorskip("tensorflow")
pytest.importorskip("ai_edge_litert")

RUN = """
import sys, json
from alembic_db.ner import get_annotators, Text
(annotator,) = get_annotators(["aioner-bioformer"])
spans = annotator.annotate([Text("the gene of mice in cancer cells (n=3)"), Text("")])
heavy = sorted({"tensorflow", "keras", "torch", "transformers", "h5py", "stanza"} & set(sys.modules))
print(json.dumps({"heavy": heavy, "texts": len(spans), "version": annotator.version}))
"""


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(Path(alembic_db.__file__).parents[1])}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, env=environment)


@pytest.mark.slow
def test_add_and_run(tmp_path: Path) -> None:
    made_models.write_aioner(tmp_path / "pretrained_models", "softmax", "Bioformer-softmax-AIONER.h5")
    done = call("-m", "alembic_db", "models", "add", "aioner-bioformer", str(tmp_path / "pretrained_models"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "aioner-bioformer (aioner) is added. It finds: Gene, Disease" in done.stderr
    (model,) = Project.models()
    assert (model.name, model.kind) == ("aioner-bioformer", "aioner")
    run = call("-c", RUN)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert json.loads(run.stdout) == {"heavy": [], "texts": 2, "version": model.version}
    agreement = float(model.options["int8_agreement"])
    assert model.options["precision"] == ("int8" if agreement >= 0.995 else "float")
