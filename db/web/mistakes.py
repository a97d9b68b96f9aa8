"""What went wrong with a request, as its reader is told: the status, the words, never a traceback. Pure."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from datasette import Forbidden, NotFound
from datasette.utils.asgi import Base400
from datasette.views.base import DatasetteError

from crawler.errors import BiengioiError, NotFoundError, StorageBusy, UsageError
from db.web.i18n import Language

_OF_A_QUESTION = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_TOOBIG)
"""What SQLite says of statements and values, and not of the file or the machine (sqlite.org/rescode.html)."""

_ABOUT_VALUES = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What went wrong.

    Args:
        key: of its words in strings.toml.
        error: what the reader typed wrong, where we know it.
        reported: what Datasette or SQLite say, in their own words.
    """

    status: int
    key: str
    error: UsageError | None = None
    reported: str = ""

    def told(self, language: Language) -> tuple[str, str]:
        """Return the title and the sentence in the reader's language; the sentence may be empty."""
        message = f"error.{self.key}_message"
        sentence = language(message) if message in language.words else ""
        return language(f"error.{self.key}"), language.problem(self.error) if self.error else sentence


def mistake_of(exception: Exception, *, is_console: bool, is_asked: bool) -> Mistake:
    """Return what an exception means for the reader.

    Datasette's own pages are right without parameters; what they raise about those that were typed is the
    reader's mistake, whatever it is called.

    Args:
        is_console: whether Datasette was to answer, and not a page of ours.
        is_asked: whether parameters were typed.
    """
    match exception:
        case NotFoundError() | NotFound() | Forbidden():
            return Mistake(404, "not_found")
        case StorageBusy():
            return Mistake(503, "busy")
        case UsageError():
            return Mistake(400, "bad_request", exception)
        case BiengioiError():
            return Mistake(500, "internal")
        case DatasetteError() if exception.message_is_html:
            return Mistake(400, "too_slow")
        case DatasetteError():
            status = exception.status if exception.status < 500 else 400
            return Mistake(status, "bad_request", reported=str(exception.message))
        case Base400():
            return Mistake(exception.status, "bad_request", reported=str(exception))
        case sqlite3.OperationalError() if exception.args == ("interrupted",):
            return Mistake(503, "too_slow")
        case ValueError() if "fields exceeded" in str(exception).lower():
            error = UsageError("The address has too many parameters.", key="parameters")
            return Mistake(400, "bad_request", error)
    if is_console and is_asked and _is_about_values(exception):
        return Mistake(400, "bad_request", reported=str(exception))
    return Mistake(500, "internal")


def _is_about_values(exception: Exception) -> bool:
    if isinstance(exception, sqlite3.Error):
        return getattr(exception, "sqlite_errorcode", None) in (None, *_OF_A_QUESTION)
    return isinstance(exception, _ABOUT_VALUES)
