"""A project with runs of every kind, and the stand-in archive that it asks."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alembic_db import Project
from alembic_db.reads.finding import LinkServices

_NAME = "alembic_db_test_standin"


def _stand_in() -> Any:
    """Load standin.py, which is no test and lies in no package."""
    if _NAME not in sys.modules:
        spec = importlib.util.spec_from_file_location(_NAME, Path(__file__).with_name("standin.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[_NAME] = module
        spec.loader.exec_module(module)
    return sys.modules[_NAME]


def package(number: int, runs: str, *, layout: str = "PAIRED", organism: str = "Homo sapiens") -> str:
    return (
        f'<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX{number}"><TITLE>made up {number}</TITLE><DESIGN>'
        f'<SAMPLE_DESCRIPTOR accession="SRS{number}"/><LIBRARY_DESCRIPTOR><LIBRARY_STRATEGY>RNA-Seq</LIBRARY_STRATEGY>'
        f"<LIBRARY_LAYOUT><{layout}/></LIBRARY_LAYOUT></LIBRARY_DESCRIPTOR></DESIGN></EXPERIMENT>"
        f'<STUDY accession="SRP1"><IDENTIFIERS><EXTERNAL_ID namespace="BioProject">PRJNA1</EXTERNAL_ID></IDENTIFIERS>'
        f"<DESCRIPTOR><STUDY_TITLE>t</STUDY_TITLE></DESCRIPTOR></STUDY>"
        f'<SAMPLE accession="SRS{number}"><SAMPLE_NAME><SCIENTIFIC_NAME>{organism}</SCIENTIFIC_NAME></SAMPLE_NAME>'
        f"</SAMPLE><RUN_SET>{runs}</RUN_SET></EXPERIMENT_PACKAGE>"
    )


def run(accession: str, *files: str, public: str = "true") -> str:
    return f'<RUN accession="{accession}" is_public="{public}"><SRAFiles>{"".join(files)}</SRAFiles></RUN>'


def sra_file(
    name: str, md5: str, size: int, *places: tuple[str, str, str], lite: bool = False, original: bool = False
) -> str:
    """Write an SRAFile with its places as (org, url, access)."""
    semantic = "fastq" if original else "SRA Lite" if lite else "SRA Normalized"
    alternatives = "".join(
        f'<Alternatives org="{org}" url="{url}" access_type="{access}" free_egress="worldwide"/>'
        for org, url, access in places
    )
    return (
        f'<SRAFile filename="{name}" md5="{md5}" size="{size}" semantic_name="{semantic}" '
        f'supertype="{"Original" if original else "Primary ETL"}">{alternatives}</SRAFile>'
    )


class Made:
    """What tests build records of."""

    package = staticmethod(package)
    run = staticmethod(run)
    sra_file = staticmethod(sra_file)

    def __init__(self, folder: Path, patterns: Path) -> None:
        self._folder = folder
        self._patterns = patterns

    def project(self, *packages: str) -> Project:
        """Make a project of packages: a copy of one made before, where there is one with the same."""
        body = "".join(packages)
        pattern = self._patterns / hashlib.sha256(body.encode()).hexdigest()[:20]
        if not pattern.exists():
            first = Project.create(pattern)
            if packages:
                file = self._folder / "records.xml"
                file.write_text(f"<EXPERIMENT_PACKAGE_SET>{body}</EXPERIMENT_PACKAGE_SET>", encoding="utf-8")
                first.import_paths([file], annotate=False)
        shutil.copytree(pattern, self._folder / "project", symlinks=True)
        return Project.open(self._folder / "project")


@pytest.fixture(scope="session")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("patterns")


@pytest.fixture
def made(tmp_path: Path, patterns: Path) -> Made:
    return Made(tmp_path, patterns)


class _Free:
    def wait(self) -> float:
        return 0.0

    def pause(self, seconds: float) -> None:
        pass


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Start the stand-in; the program asks it, and waits for nothing."""
    with _stand_in().StandInArchive() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)

        def services(self: Project) -> LinkServices:
            from alembic_db.reads import ReadsSettings

            settings = self.reads or ReadsSettings.from_environment()
            return LinkServices(settings, limiter=_Free(), sleep=lambda _: None)

        monkeypatch.setattr(Project, "_link_services", services)
        yield server
