"""Models that are added to the program, for every project of this user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.reports import Progress

if TYPE_CHECKING:
    from alembic_db.gold.scoring import Evaluation
    from alembic_db.ner.models.manifest import Manifest


class Modelling:
    """Adds models, lists and removes them; they lie in ALEMBIC_DB_HOME, or the user's data folder."""

    @staticmethod
    def add_model(
        name: str,
        source: str,
        *,
        kind: str | None = None,
        options: Mapping[str, str] | None = None,
        sha256: str | None = None,
        replace: bool = False,
        progress: Progress | None = None,
    ) -> Manifest:
        """Make a model ready to annotate under a name of the user's choice.

        `source` is a file, folder or archive, an address of one, or the name of an installed spaCy package; its kind is
        found out unless it is given. ModelError for a source that is damaged, incomplete or not known, UsageError for
        a name that is taken by the program, MissingExtraError where packages are missing.
        """
        from alembic_db.ner.models.adding import Wanted, add_model
        from alembic_db.ner.registry import check_not_taken

        check_not_taken(name)
        return add_model(Wanted(name, source, kind, options or {}, sha256, replace), progress)

    @staticmethod
    def models() -> list[Manifest]:
        """List the added models, by name."""
        from alembic_db.ner.models.home import manifests

        return manifests()

    @staticmethod
    def model(name: str) -> tuple[Manifest, list[str]]:
        """Return what is known of an added model, and which of its files are not as they were when it was added."""
        from alembic_db.ner.models.home import damaged_files, find_manifest

        manifest = find_manifest(name)
        return manifest, damaged_files(manifest)

    @staticmethod
    def remove_model(name: str) -> None:
        """Delete an added model; the spans it found stay in the projects. ModelError if there is none."""
        from alembic_db.ner.models.home import remove

        remove(name)

    @staticmethod
    def evaluate(
        corpora: Sequence[Path],
        annotators: Sequence[str] | None = None,
        types_file: Path | None = None,
        *,
        development: bool = False,
        progress: Progress | None = None,
    ) -> list[Evaluation]:
        """Measure annotators on gold corpora; `a+b` is what a and b find together, all default ones by default.

        With `development`, only on the documents that training on these same corpora holds back. InputError for a
        corpus that cannot be read.
        """
        from alembic_db.gold.evaluation import evaluate
        from alembic_db.ner import DEFAULT_ANNOTATORS

        wanted = annotators or ["+".join(DEFAULT_ANNOTATORS)]
        return list(evaluate(corpora, wanted, types_file, development=development, progress=progress))

    @staticmethod
    def train_model(config: Path, folder: Path | None = None, *, progress: Progress | None = None) -> Path:
        """Train a compact model as a TOML file says, and return the folder that it is in.

        Interrupted training goes on at the last full epoch. ConfigError for settings that make no sense,
        MissingExtraError where torch or onnx is not installed.
        """
        from alembic_db.training import train

        return train(config, folder, progress)
