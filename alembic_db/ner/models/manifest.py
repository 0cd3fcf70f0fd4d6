"""What is known of an added model: the file model.toml in its folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic_db.errors import ModelError
from alembic_db.ner.base import EntityType

FILE_NAME = "model.toml"


@dataclass(frozen=True)
class StoredFile:
    """A file of a model as it was when the model was added."""

    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """An added model.

    `version` changes whenever the model may give other spans; `options` are those it was added with, with the defaults
    filled in; `files` are named relative to the model's folder, with slashes.
    """

    name: str
    kind: str
    version: str
    source: str
    created: str  # UTC, ISO 8601
    entity_types: tuple[EntityType, ...]
    labels: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, StoredFile] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write model.toml into the folder."""
        (folder / FILE_NAME).write_text("\n".join(self._lines()) + "\n", encoding="utf-8")

    def _lines(self) -> list[str]:
        lines = [f"{key} = {_value(getattr(self, key))}" for key in ("name", "kind", "version", "source", "created")]
        lines += [f"entity_types = {_values(self.entity_types)}", f"labels = {_values(self.labels)}", "", "[options]"]
        lines += [f"{_value(key)} = {_value(value)}" for key, value in sorted(self.options.items())]
        for name, file in sorted(self.files.items()):
            lines += ["", f"[files.{_value(name)}]", f"size = {file.size}", f"sha256 = {_value(file.sha256)}"]
        return lines

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read model.toml; ModelError if it is missing or not what it should be."""
        import tomllib  # late: the list of annotators needs none of this

        path = folder / FILE_NAME
        try:
            return cls._from(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, KeyError, TypeError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise ModelError(
                f"{path} cannot be read ({reason}).",
                hint=f"Remove the model and add it again: alembic-db models remove {folder.name}",
            ) from error

    @classmethod
    def _from(cls, data: dict[str, Any]) -> Manifest:
        files = {
            name: StoredFile(int(file["size"]), str(file["sha256"])) for name, file in data.get("files", {}).items()
        }
        texts = {key: str(data[key]) for key in ("name", "kind", "version", "source", "created")}
        return cls(
            **texts,
            entity_types=tuple(EntityType(name) for name in data["entity_types"]),
            labels=tuple(map(str, data["labels"])),
            options={str(key): str(value) for key, value in data.get("options", {}).items()},
            files=files,
        )


def _value(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _values(texts: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(_value, texts)) + "]"


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
