"""Every error of alembic_db.

    AlembicDbError                 something the user can be told in one line
    |-- UsageError                 the request itself makes no sense            (exit code 2)
    |-- ConfigError                alembic.toml or the environment is wrong
    |-- ProjectError               the project folder is missing, foreign, or newer than this program
    |   `-- ProjectLockedError     another process is writing to it            (transient)
    |-- InputError                 a file or text from outside cannot be read as what it should be
    |-- StoreError                 the store cannot be read or written: disk full, read-only, damaged
    |-- QueryError                 a saved view or an SQL statement cannot be run
    |-- AnnotatorError             an annotator is unknown, or its spans do not fit its texts
    |   `-- ModelError             a model cannot be added, found or loaded
    |-- ExportError                a target cannot be reached or written, or holds something else
    |   `-- ExportTransientError   worth another try: connection lost, or another export is at it
    |-- MissingExtraError          a part needs packages that are not installed
    |-- DownloadError              a file cannot be had from its address; will fail again unchanged
    |   |-- DownloadMissingError   the server has no such file
    |   `-- DownloadTransientError worth another try: network, 429, 5xx, cut-off answers
    |-- ReadsError                 a service or file server did not give links or reads; will fail again unchanged
    |   `-- ReadsTransientError    worth another try: network, 429, 5xx, cut-off answers
    `-- EntrezError                NCBI did not give what was asked
        |-- EntrezTransientError   worth another try: network, 429, 5xx, cut-off or empty answers
        |   `-- HistoryLostError   the history session has expired: search again, or ask by UID
        |-- PageTooLargeError      worth another try in smaller pieces
        `-- EntrezPermanentError   will fail again unchanged: bad key, bad query, refused request
            `-- ListTooLongError   a search is not listed to its end: split it by date

Only the transient errors and ProjectLockedError are worth retrying unchanged (`transient` is true).
"""

from __future__ import annotations

from typing import ClassVar


class AlembicDbError(Exception):
    """Say in one line what happened, on which input, and what to do next."""

    exit_code: ClassVar[int] = 1
    transient: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class UsageError(AlembicDbError):
    """The request itself makes no sense."""

    exit_code = 2


class ConfigError(AlembicDbError):
    """alembic.toml or an environment variable holds something that cannot be used."""


class ProjectError(AlembicDbError):
    """The project folder is missing, is none of ours, or was made by a newer version."""


class ProjectLockedError(ProjectError):
    """Another process is writing to the project."""

    transient = True


class InputError(AlembicDbError, ValueError):
    """A file or text from outside cannot be read as what it should be."""


class StoreError(AlembicDbError):
    """The store cannot be read or written."""


class QueryError(AlembicDbError):
    """A saved view or an SQL statement cannot be run."""


class AnnotatorError(AlembicDbError):
    """An annotator is unknown, or answered with spans that do not fit its texts."""


class ModelError(AnnotatorError):
    """A model cannot be added, found or loaded: its files are missing, damaged or do not fit each other."""


class ExportError(AlembicDbError):
    """A target of an export cannot be reached or written, or holds what is not this project's."""


class ExportTransientError(ExportError):
    """The same export may well succeed in a moment; the target is as it was."""

    transient = True


class MissingExtraError(AlembicDbError, ImportError):
    """A part of the program needs packages that are not installed."""


class DownloadError(AlembicDbError):
    """A file cannot be had from its address."""


class DownloadMissingError(DownloadError):
    """The server has no such file (404, 410)."""


class DownloadTransientError(DownloadError):
    """The same request may well succeed in a moment."""

    transient = True

    def __init__(self, message: str, *, hint: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after  # seconds, as the server asked


class ReadsError(AlembicDbError):
    """A service that knows links, or a server of files, did not give what was asked."""


class ReadsTransientError(ReadsError):
    """The same request may well succeed in a moment."""

    transient = True

    def __init__(self, message: str, *, hint: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after  # seconds, as the server asked


class EntrezError(AlembicDbError):
    """NCBI did not give what was asked."""


class EntrezTransientError(EntrezError):
    """The same request may well succeed in a moment."""

    transient = True

    def __init__(self, message: str, *, hint: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after  # seconds, as the server asked


class HistoryLostError(EntrezTransientError):
    """The history server no longer knows the search."""


class PageTooLargeError(EntrezError):
    """The request asks for more at once than the server gives."""


class EntrezPermanentError(EntrezError):
    """The same request will fail again."""


class ListTooLongError(EntrezPermanentError):
    """NCBI does not list this search to its end."""
