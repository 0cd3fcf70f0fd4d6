"""Ask NCBI's Entrez for SRA records, at its pace, and get every one or the reason why not."""

from alembic_db.entrez.client import EntrezClient
from alembic_db.entrez.fetch import FailedUid, FetchedPage, Fetcher, PageScan
from alembic_db.entrez.limiter import Limiter, SharedLimiter, shared_limiter
from alembic_db.entrez.query import Filters, build_term, touched_term
from alembic_db.entrez.search import Found
from alembic_db.entrez.settings import EntrezSettings
from alembic_db.entrez.summaries import Summary

__all__ = [
    "EntrezClient",
    "EntrezSettings",
    "FailedUid",
    "FetchedPage",
    "Fetcher",
    "Filters",
    "Found",
    "Limiter",
    "PageScan",
    "SharedLimiter",
    "Summary",
    "build_term",
    "shared_limiter",
    "touched_term",
]
