"""Ask NCBI's Entrez for SRA records, at its pace, and get every one or the reason why not."""

from alembic_db.entrez.client import EntrezClient
from alembic_db.entrez.fetch import FailedUid, FetchedPage, PageScan
from alembic_db.entrez.limiter import Limiter, SharedLimiter, shared_limiter
from alembic_db.entrez.query import Filters, build_term
from alembic_db.entrez.search import Found
from alembic_db.entrez.settings import EntrezSettings

__all__ = [
    "EntrezClient",
    "EntrezSettings",
    "FailedUid",
    "FetchedPage",
    "Filters",
    "Found",
    "Limiter",
    "PageScan",
    "SharedLimiter",
    "build_term",
    "shared_limiter",
]
