"""What came of a request: the page, or in the words of `Outcome` why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

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
from scrapy.http import Response
from service_identity import VerificationError
from twisted.internet import error as twisted_error
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from crawler.decision import Decision, Outcome, meaning
from crawler.page import Page
from spiders.refusals import HostUnavailable, RequestRefused

LASTING_REDIRECTS = frozenset({301, 308})
"""Statuses that say that an address has changed for good (RFC 9110 §15.4)."""

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


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request.

    Args:
        url: the address that was asked for, which a redirect does not change.
        outcome: how the request ended, an `Outcome` value, or the `Rejection` that stopped it.
        fetched_at: aware UTC.
        result: the page that came with a success, or why there is none.
        http_status: None without a response.
        etag, last_modified: its validators (RFC 9110 §8.8).
        clock_skew_s: how many seconds the server's clock is ahead of ours; None if it did not say.
        robots_sitemaps: the ``Sitemap:`` lines of the host's robots.txt.
        is_host_unavailable: whether the whole host is out of reach, so that no page is to blame.
        moved_to: where the redirects led whose statuses all say "for good"; empty without any.
    """

    url: str
    outcome: str
    fetched_at: datetime
    result: Page | Decision
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    clock_skew_s: int | None = None
    robots_sitemaps: tuple[str, ...] = ()
    is_host_unavailable: bool = False
    moved_to: str = ""


def answer_of(came: Response | Failure, url: str, now: datetime) -> Answer:
    """Return what a response or a failed download is; all spiders learn it here.

    An error that is not about the network is raised: no page is to blame for it.

    Args:
        url: the address that was asked for, before redirects.
    """
    if isinstance(came, Failure):
        failure = decision_of_error(came.value) if came.value else None
        if failure is None:
            came.raiseException()
        is_unavailable = isinstance(came.value, HostUnavailable)
        return Answer(url, failure.reason, now, failure, is_host_unavailable=is_unavailable)
    outcome = outcome_of_status(came.status)
    is_good = outcome is Outcome.OK
    return Answer(
        url,
        outcome.value,
        now,
        _page(came, url, now) if is_good else Decision.failed(outcome, f"HTTP {came.status}"),
        http_status=came.status,
        etag=header(came, "ETag"),
        last_modified=header(came, "Last-Modified"),
        clock_skew_s=_clock_skew_s(came, now),
        robots_sitemaps=came.meta.get("robots_sitemaps", ()),
        moved_to=_moved_to(came),
    )


def _moved_to(response: Response) -> str:
    reasons = response.meta.get("redirect_reasons", [])
    return response.url if reasons and set(reasons) <= LASTING_REDIRECTS else ""


def _page(response: Response, url: str, fetched_at: datetime) -> Page:
    headers = {
        name.decode("latin-1").lower(): values[-1].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }
    return Page(url, response.url, response.body, fetched_at, response.status, headers)


def header(response: Response, name: str) -> str | None:
    """Return a header's text, None where it is absent."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _clock_skew_s(response: Response, now: datetime) -> int | None:
    """Return how many seconds the server's clock is ahead of ours; None if it does not say.

    What a cache answers was dated when it went in, `Age` seconds ago (RFC 9111 §5.1).
    """
    age = header(response, "Age") or "0"
    try:
        date = parsedate_to_datetime(header(response, "Date") or "")
        skew_s = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds() + int(age)
    except (ValueError, OverflowError):
        return None
    return round(skew_s)


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
