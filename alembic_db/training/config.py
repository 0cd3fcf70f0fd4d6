"""What a training run is made of: a TOML file, checked whole before anything starts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from alembic_db.errors import ConfigError


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
        raise ConfigError(
            f"{path} cannot be read: {error}.", hint="models/compact/train.toml is an example."
        ) from error
    data = _made(Data, _with_paths(raw.get("data", {}), path.parent), path, "data")
    plans = raw.get("network", [])
    if not isinstance(plans, list) or not plans:
        raise ConfigError(f"{path} names no network to train.", hint="Add a table [[network]] with seed and epochs.")
    networks = tuple(_made(NetworkPlan, plan, path, "network") for plan in plans)
    return Config(path, data, networks, int(raw.get("threads", 1)), raw.get("least_in_short_texts", {}))


def _with_paths(raw: Mapping[str, Any], base: Path) -> dict[str, Any]:
    found = dict(raw)
    for name in ("corpora", "types", "vectors", "vector_words"):
        if name in found:
            found[name] = base / str(found[name])
    found["records"] = tuple(base / str(one) for one in found.get("records", ()))
    for name in ("files", "people", "without_people"):
        found[name] = tuple(found.get(name, ()))
    return found


def _made[Made](kind: type[Made], raw: Mapping[str, Any], path: Path, table: str) -> Made:
    known = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(raw) - known)
    if unknown:
        raise ConfigError(
            f"{path}, {table}: unknown settings {', '.join(unknown)}.", hint=f"Known: {', '.join(known)}."
        )
    try:
        return kind(**raw)
    except TypeError as error:
        raise ConfigError(f"{path}, {table}: {error}.", hint="models/compact/train.toml is an example.") from error
