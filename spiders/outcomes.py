"""What a response or a network error means, in the words of `Outcome`."""

from __future__ import annotations

from datetime import datetime, timedelta

from OpenSSL.SSL import Error as TLSError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity import VerificationError
from twisted.internet import error as twisted_error
from twisted.web.client import ResponseFailed

from crawler.decision import Decision, Outcome, meaning
from spiders.refusals import RequestRefused

_STATUS = {
    304: Outcome.NOT_MODIFIED,
    401: Outcome.BLOCKED,
    403: Outcome.BLOCKED,
    404: Outcome.NOT_FOUND,
    410: Outcome.GONE,
    428: Outcome.BLOCKED,
    429: Outcome.THROTTLED,
    451: Outcome.BLOCKED,
}

_ERRORS: tuple[tuple[type[BaseException], Outcome], ...] = (
    (CannotResolveHostError, Outcome.DNS_FAILED),
    (DownloadConnectionRefusedError, Outcome.CONNECTION_REFUSED),
    (DownloadTimeoutError, Outcome.TIMED_OUT),
    (ResponseDataLossError, Outcome.TRUNCATED),
    (DownloadCancelledError, Outcome.TOO_LARGE),
    (UnsupportedURLSchemeError, Outcome.BAD_REDIRECT),
    (twisted_error.SSLError, Outcome.TLS_FAILED),
    (twisted_error.ConnectError, Outcome.CONNECTION_REFUSED),
    (ResponseFailed, Outcome.CONNECTION_LOST),
    (DownloadFailedError, Outcome.CONNECTION_LOST),
    (twisted_error.ConnectionClosed, Outcome.CONNECTION_LOST),
    (OSError, Outcome.BAD_RESPONSE),
)

_TLS_ERRORS = (TLSError, VerificationError, twisted_error.SSLError)

_FIRST_RETRY = timedelta(hours=1)
_MAX_FAILURES = 5


def outcome_of_status(status: int) -> Outcome:
    """Return what an HTTP status means (RFC 9110 §15); redirects never arrive here unfollowed."""
    if status in _STATUS:
        return _STATUS[status]
    if 200 <= status < 300:
        return Outcome.OK
    if 300 <= status < 400:
        return Outcome.BAD_REDIRECT
    return Outcome.SERVER_ERROR if status >= 500 else Outcome.CLIENT_ERROR


def decision_of_error(error: BaseException) -> Decision | None:
    """Return what an exception of the download means, or None when it is not about the network."""
    if isinstance(error, RequestRefused):
        return error.decision
    for kind, outcome in _ERRORS:
        if isinstance(error, kind):
            if _is_about_tls(error):
                outcome = Outcome.TLS_FAILED
            return Decision.failed(outcome, _first_line(error))
    return None


def _is_about_tls(error: BaseException | None) -> bool:
    """Whether an error, or what it came of, is one of TLS; its words do not tell, they quote the address."""
    if error is None or isinstance(error, _TLS_ERRORS):
        return error is not None
    reasons = error.reasons if isinstance(error, ResponseFailed) else ()
    return any(_is_about_tls(one) for one in (error.__cause__, *(reason.value for reason in reasons)))


def retry_time(decision: Decision, failure_count: int, now: datetime) -> datetime | None:
    """Return when a failed page may be asked again, or None for never.

    Linear backoff, because exponential intervals become absurd after a few days' outage.

    Args:
        failure_count: how often it failed before.
        now: aware UTC.
    """
    if meaning(decision.reason).is_permanent or failure_count >= _MAX_FAILURES:
        return None
    return now + _FIRST_RETRY * (failure_count + 1)


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
