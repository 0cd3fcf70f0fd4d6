"""Made-up records and a stand-in for NCBI Entrez on this computer: for the demo, and for tests without network."""

from __future__ import annotations

from alembic_db.demo.faults import FAULT_NAMES, QUICK_FAULTS, Faults
from alembic_db.demo.folder import folder_packages
from alembic_db.demo.package_xml import bundled_packages
from alembic_db.demo.server import Asked, StandInEntrez
from alembic_db.demo.service import Bounds

__all__ = [
    "FAULT_NAMES",
    "QUICK_FAULTS",
    "Asked",
    "Bounds",
    "Faults",
    "StandInEntrez",
    "bundled_packages",
    "folder_packages",
]
