"""What a training run is made of: a TOML file, checked whole before anything starts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from alembic_db.errors import ConfigError
from alembic_db.ner.base import EntityType

_EXAMPLE = "models/compact/train.toml is an example."
_CALLED = {"networks": "network"}  # in the file, where it is another name than here
_WRITTEN: Mapping[str, Any] = {
    "int": int, "float": (int, float), "bool": bool, "str": str, "Path": str, "tuple": list, "Data": dict,
}  # fmt: skip


@dataclass(frozen=True)
class Data:
    """Where the texts are, and what of them is used. Paths are relative to the config file."""

    corpora: Path  # folder of .pubtator files
    types: Path  # file that maps their raw types
    files: tuple[str, ...] = ()  # which of them; all that the types file names by default
    records: tuple[Path, ...] = ()  # Parquet tables of records, for silver cell lines
    vectors: Path | None = None  # pretrained word vectors: text, or .npy with the words in `vector_words`
    vector_words: Path | None = None
    common_words: int = 60_000  # so many first vectors are kept whether the texts have the word or not
    keep_empty: Mapping[str, float] = field(default_factory=dict)  # share of windows without mentions, by corpus
    keep_empty_elsewhere: float = 0.7
    people: tuple[str, ...] = ()  # words for people, which some corpora call a species
    without_people: tuple[str, ...] = ()  # corpora that do not: windows with such a word say nothing of species


@dataclass(frozen=True)
class NetworkPlan:
    """One network of the ensemble, and how it is trained."""

    seed: int
    epochs: int
    weights: Mapping[str, int] = field(default_factory=dict)  # how often an epoch shows a corpus' windows
    vectors: bool = True
    silver: bool = True
    apart: bool = False  # each corpus' manner of marking is learnt apart from what they share, which is what is kept
    manners: Mapping[str, str] = field(default_factory=dict)  # but these types are marked as one corpus does
    hidden: int = 160
    dropout: float = 0.4
    rate: float = 2e-3  # after the warm-up; falls to a fiftieth along a cosine
    warm_up: int = 300  # steps
    batch_words: int = 1000
    average: float = 0.999  # of the weights, each step: the mean is what is kept
    clip: float = 5.0


@dataclass(frozen=True)
class Config:
    """A whole training run."""

    path: Path
    data: Data
    networks: tuple[NetworkPlan, ...]
    threads: int = 1
    # by type, the least score of a mention in a text of few words: attributes are full of names that only look like one
    least_in_short_texts: Mapping[str, float] = field(default_factory=dict)


def read_config(path: Path) -> Config:
    """Read a training file. ConfigError names what is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", hint=_EXAMPLE) from error
    _check(Config, raw, path, "the file")
    _check(Data, raw.get("data", {}), path, "data")
    data = _made(Data, _with_paths(raw.get("data", {}), path.parent), path, "data")
    plans = raw.get("network", [])
    if not plans:
        raise ConfigError(f"{path} names no network to train.", hint="Add a table [[network]] with seed and epochs.")
    for plan in plans:
        _check(NetworkPlan, plan, path, "network")
    networks = tuple(_made(NetworkPlan, plan, path, "network") for plan in plans)
    scores = raw.get("least_in_short_texts", {})
    kinds = [kind.value for kind in EntityType]
    if unknown := sorted(set(scores) - set(kinds)):
        hint = f"Types: {', '.join(kinds)}."
        raise ConfigError(f"{path}, least_in_short_texts: unknown types {', '.join(unknown)}.", hint=hint)
    return Config(path, data, networks, raw.get("threads", 1), scores)


def _with_paths(raw: Mapping[str, Any], base: Path) -> dict[str, Any]:
    found = dict(raw)
    for name in ("corpora", "types", "vectors", "vector_words"):
        if name in found:
            found[name] = base / str(found[name])
    found["records"] = tuple(base / str(one) for one in found.get("records", ()))
    for name in ("files", "people", "without_people"):
        found[name] = tuple(found.get(name, ()))
    return found


def _check(kind: type, raw: Any, path: Path, table: str) -> None:
    """Refuse settings that a dataclass lacks, and values that TOML does not write such a field as."""
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: {table} is no table.", hint=_EXAMPLE)
    written = {_CALLED.get(entry.name, entry.name): entry.type for entry in fields(kind) if entry.name != "path"}
    unknown = sorted(set(raw) - set(written))
    if unknown:
        hint = f"Known: {', '.join(written)}."
        raise ConfigError(f"{path}, {table}: unknown settings {', '.join(unknown)}.", hint=hint)
    for name, value in raw.items():
        if not _fits(value, written[name].removesuffix(" | None")):
            raise ConfigError(f"{path}, {table}: {name} = {value!r} is nothing that it can be.", hint=_EXAMPLE)


def _fits(value: Any, annotation: str) -> bool:
    outer, _, inner = annotation.removesuffix("]").partition("[")
    if outer == "Mapping":
        return isinstance(value, dict) and all(_fits(one, inner.removeprefix("str, ")) for one in value.values())
    return isinstance(value, _WRITTEN[outer]) and (outer == "bool" or not isinstance(value, bool))


def _made[Made](kind: type[Made], raw: Mapping[str, Any], path: Path, table: str) -> Made:
    try:
        return kind(**raw)
    except TypeError as error:
        raise ConfigError(f"{path}, {table}: {error}.", hint=_EXAMPLE) from error
