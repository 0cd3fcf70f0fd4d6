"""The kinds of models that can be added, and where each is made ready and loaded.

A kind is a module with what KindModule asks for. None is imported before a model of its kind is added or used.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from alembic_db.errors import UsageError
from alembic_db.ner.base import Annotator, EntityType
from alembic_db.ner.models.manifest import Manifest
from alembic_db.reports import NoProgress, Progress

# In this order a source is looked at when its kind is not given: the most particular first.
_MODULES = {
    "aioner": "alembic_db.ner.aioner.kind",
    "token-classifier": "alembic_db.ner.classifier.kind",
    "spacy": "alembic_db.ner.spacy_pipeline",
    "lexicon": "alembic_db.ner.lexicon.kind",
}
KINDS = tuple(_MODULES)


@dataclass(frozen=True)
class Request:
    """What the user asks of a model to be added; a kind knows which options there are."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    progress: Progress = field(default_factory=NoProgress)


@dataclass(frozen=True)
class Built:
    """What came of making a model ready.

    `code_version` is that of the code that runs it, to be raised whenever the same files may give other spans;
    `options` are those asked for, with the defaults filled in.
    """

    entity_types: tuple[EntityType, ...]
    code_version: str
    labels: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


class KindModule(Protocol):
    """What the module of a kind holds."""

    OPTIONS: Mapping[str, str]  # name -> what it is for

    def detect(self, source: Path) -> bool:
        """Tell quickly whether a file or folder looks like a source of this kind; never raises."""

    def build(self, source: Path, folder: Path, request: Request) -> Built:
        """Check a source and write what is needed to run it into the empty folder.

        Raises ModelError for a source that is damaged or incomplete, UsageError for options that make no sense,
        MissingExtraError where packages are missing.
        """

    def load(self, folder: Path, manifest: Manifest) -> Annotator:
        """Return the annotator, under the name of the manifest. ModelError if its files are damaged."""


def kind_module(kind: str) -> KindModule:
    """Return the module of a kind. UsageError if there is no such kind."""
    if kind not in _MODULES:
        raise UsageError(f"There is no kind of model {kind!r}.", hint=f"There are: {', '.join(KINDS)}.")
    return cast(KindModule, importlib.import_module(_MODULES[kind]))


def detect_kind(source: Path) -> str | None:
    """Return the kind that a file or folder looks like, None if like none."""
    return next((kind for kind in KINDS if kind_module(kind).detect(source)), None)
