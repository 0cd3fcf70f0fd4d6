"""Made-up records and a stand-in for NCBI Entrez on this computer: for the demo, and for tests without network."""

from __future__ import annotations

from alembic_db.demo.faults import FAULT_NAMES, Faults
from alembic_db.demo.package_xml import bundled_packages
from alembic_db.demo.server import Asked, StandInEntrez

__all__ = ["FAULT_NAMES", "Asked", "Faults", "StandInEntrez", "bundled_packages"]
