"""Annotators by name: those of the program, models that the user has added, and what other packages bring.

A package brings one by an entry point of the group `alembic_db.annotators`: the entry point's name is the
annotator's, its object is called without arguments and gives the Annotator. Nothing is imported before it is
asked for.

Two steps go over any of them and are chosen with it: `preprocessed:NAME` gives it prepared text, `abbreviations:NAME`
marks the short forms of what it marks.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from alembic_db.errors import AlembicDbError, AnnotatorError, ModelError, UsageError
from alembic_db.ner.base import Annotator
from alembic_db.ner.models.home import find_manifest, is_added, model_names, models_folder

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

DEFAULT_ANNOTATORS = ("structured", "pattern", "compact")
ENTRY_POINT_GROUP = "alembic_db.annotators"

_BUILT_IN = {
    "structured": ("alembic_db.ner.structured", "StructuredAnnotator"),
    "pattern": ("alembic_db.ner.pattern", "PatternAnnotator"),
    "compact": ("alembic_db.ner.compact", "CompactAnnotator"),
}
# Steps over any other annotator, chosen as step:annotator.
_STEPS = {
    "preprocessed": ("alembic_db.ner.preprocess", "PreprocessedAnnotator"),
    "abbreviations": ("alembic_db.ner.abbreviations", "AbbreviationAnnotator"),
}


def annotator_names() -> tuple[str, ...]:
    """Return the names that can be chosen: the program's own first, then added models and other packages', sorted."""
    return (*_BUILT_IN, *sorted({*model_names(), *_entry_points()} - set(_BUILT_IN)))


def check_not_taken(name: str) -> None:
    """Raise UsageError for a name that an added model may not have, since another annotator bears it."""
    if name in _BUILT_IN or name in _entry_points():
        raise UsageError(f"{name!r} is the name of another annotator.", hint="Choose another name for the model.")


def get_annotators(names: Sequence[str]) -> list[Annotator]:
    """Return the annotators in the order of their names, each once.

    Raises AnnotatorError for a name that is not known or an annotator that cannot be loaded.
    """
    return [_get(name) for name in dict.fromkeys(names)]


def _get(name: str) -> Annotator:
    step, sign, inner = name.partition(":")
    if sign and step in _STEPS:
        module, attribute = _STEPS[step]
        over: Annotator = getattr(importlib.import_module(module), attribute)(_get(inner))
        return over
    if name in _BUILT_IN:
        module, attribute = _BUILT_IN[name]
        built_in: Annotator = getattr(importlib.import_module(module), attribute)()
        return built_in
    if is_added(name):
        return _load_added(name)
    entry_point = _entry_points().get(name)
    if entry_point is None:
        raise _unknown(name)
    return _load(name, entry_point)


def _load_added(name: str) -> Annotator:
    """Return the annotator of an added model."""
    from alembic_db.ner.models.kinds import kind_module

    manifest = find_manifest(name)
    try:
        return kind_module(manifest.kind).load(models_folder() / name, manifest)
    except AlembicDbError:
        raise
    except Exception as error:
        raise ModelError(
            f"The model {name!r} cannot be loaded: {type(error).__name__}: {error}.",
            hint=f"Remove it and add it again: alembic-db models remove {name}",
        ) from error


def _load(name: str, entry_point: EntryPoint) -> Annotator:
    """Return the annotator of another package, whatever that package may do while it loads."""
    try:
        annotator = entry_point.load()()
    except AlembicDbError:
        raise
    except Exception as error:
        raise AnnotatorError(
            f"The annotator {name!r} ({entry_point.value}) cannot be loaded: {type(error).__name__}: {error}.",
            hint="Reinstall the package that brings it, or choose other annotators.",
        ) from error
    if not isinstance(annotator, Annotator) or annotator.name != name:
        raise AnnotatorError(
            f"What the entry point {name!r} ({entry_point.value}) gives is no annotator of that name.",
            hint="It must have name, version, entity_types and annotate().",
        )
    return annotator


def _unknown(name: str) -> AnnotatorError:
    names = annotator_names()
    close = get_close_matches(name, names, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(names)}."
    return AnnotatorError(f"There is no annotator {name!r}.", hint=hint)


def _entry_points() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # slow to import, and needed only here

    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
