"""What came of a request: the page, or in the words of `Outcome` why there is none.

There is none either where we refused to ask, or where a story's address leads to a list, or where others
lead too: such a story is gone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from OpenSSL.SSL import Error as TLSError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Headers, Response
from service_identity import VerificationError
from twisted.internet import error as twisted_error
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from crawler.decision import OUTCOME_OF_STATUS, Decision, Outcome, meaning
from crawler.errors import NoReader, StorageError
from crawler.identity.urls import is_copy, politeness_key
from crawler.page import Exchange, Page
from crawler.text.harmless import one_line
from spiders.discovery.address import ID_DIGITS, read_address
from spiders.discovery.article_links import looks_like_article
from spiders.discovery.listing import IsArticle

LASTING_REDIRECTS = frozenset({301, 308})
"""Statuses that say that an address has changed for good (RFC 9110 §15.4)."""
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
)
_TLS_ERRORS = (TLSError, VerificationError, twisted_error.SSLError)
_FIRST_RETRY = timedelta(hours=1)
_MAX_FAILURES = 5
_LONGEST_REASON = 200
"""Characters of the longest sentence about an error that is kept."""
_MAX_SKEW = timedelta(days=366)
"""A clock that is further off, by `Date` and `Age`, is no clock."""
_VALIDATOR = re.compile(r"[\x20-\x7e\x80-\xff]{1,512}")
"""An `ETag` or `Last-Modified` that can be sent back (RFC 9110 §8.8.3): without control characters."""
logger = logging.getLogger(__name__)
_LIBRARY_NAME = re.compile(
    r"^(?:\[?<?[\w.]*(?:Failure|Error|Exception|Done|Lost)\b[:\s]*)+|: \d+(?=: |$)|\[Errno -?\d+\] ?"
)
"""In what Twisted and the system say: ``DownloadFailedError: …``, ``: 111:``, ``[Errno 2] …``."""
_NUMBER = re.compile(rf"(?<!\d)\d{{{ID_DIGITS},}}(?!\d)")
_ENDING = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
_ERROR_PAGE = re.compile(r"[45]\d\d|error(?:-?\d+)?|not-?found|khong-tim-thay", re.IGNORECASE)
_FRONT_DOORS = frozenset({"index", "default", "home", "trang-chu"})


class RequestRefused(IgnoreRequest):
    """A request was stopped by one of our rules, and `decision` says by which.

    An `IgnoreRequest`, so that Scrapy neither retries it nor logs it as an error.
    """

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(f"{decision.reason}: {decision.detail}")


class HostUnavailable(RequestRefused):
    """The whole host is out of reach for now: no page is to blame, and they stay pending."""


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

    Whatever a server says, or makes a library raise, is an answer.

    Args:
        url: the address that was asked for, before redirects.

    Raises:
        StorageError: no server is to blame for it.
    """
    try:
        if isinstance(came, Failure):
            came.raiseException()
        return _answer(came, url, now)
    except Exception as error:  # noqa: BLE001 - the boundary; storage's errors pass
        failure = decision_of_error(error)
        is_unavailable = isinstance(error, HostUnavailable)
        return Answer(url, failure.reason, now, failure, is_host_unavailable=is_unavailable)


def _answer(came: Response, url: str, now: datetime) -> Answer:
    outcome = OUTCOME_OF_STATUS.get(came.status, Outcome.BAD_RESPONSE)
    why = f"HTTP {came.status}"
    if outcome is Outcome.NOT_MODIFIED and not _is_conditional(came):
        outcome, why = Outcome.BAD_RESPONSE, f"{why}, which was not asked for"
    elif outcome is Outcome.TRUNCATED:
        why = f"{why}, a part of the page, which was not asked for"
    elif outcome is Outcome.BAD_REDIRECT and (location := header(came, "Location")) is not None:
        why = f"{why} leads to {one_line(location)[:_LONGEST_REASON]!r}, which is no address to follow"
    return Answer(
        url,
        outcome.value,
        now,
        _page(came, url, now) if outcome is Outcome.OK else Decision.failed(outcome, why),
        http_status=came.status,
        etag=_validator(came, "ETag"),
        last_modified=_validator(came, "Last-Modified"),
        clock_skew_s=_clock_skew_s(came, now),
        robots_sitemaps=came.meta.get("robots_sitemaps", ()),
        moved_to=_moved_to(came),
    )


def _moved_to(response: Response) -> str:
    reasons = response.meta.get("redirect_reasons", [])
    return response.url if reasons and set(reasons) <= LASTING_REDIRECTS else ""


def _is_conditional(response: Response) -> bool:
    asked = response.request.headers if response.request else {}
    return "If-None-Match" in asked or "If-Modified-Since" in asked


def _validator(response: Response, name: str) -> str | None:
    """Return what is sent back to ask whether the page has changed (RFC 9110 §8.8); None for nothing fit."""
    value = (header(response, name) or "").strip()
    return value if _VALIDATOR.fullmatch(value) else None


def _page(response: Response, url: str, fetched_at: datetime) -> Page:
    headers = {
        name.decode("latin-1").lower(): values[-1].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }
    exchange = _exchange(response)
    return Page(url, response.url, response.body, fetched_at, response.status, headers, exchange)


def _exchange(response: Response) -> Exchange | None:
    request = response.request
    if request is None:
        return None
    host = [] if "Host" in request.headers else [("Host", urlsplit(request.url).netloc)]
    sent = (*host, *_lines(request.headers))
    return Exchange(request.method, sent, _lines(response.headers), response.protocol or "HTTP/1.1")


def _lines(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    )


def header(response: Response, name: str) -> str | None:
    """Return a header's text, None where it is absent."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def http_date(text: str) -> datetime | None:
    """Return the aware time that a header tells (RFC 9110 §5.6.7); None for nonsense."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _clock_skew_s(response: Response, now: datetime) -> int | None:
    """Return how many seconds the server's clock is ahead of ours; None if it does not say.

    What a cache answers was dated when it went in, `Age` seconds ago (RFC 9111 §5.1).
    """
    date = http_date(header(response, "Date") or "")
    age = (header(response, "Age") or "0").strip()
    if date is None or not re.fullmatch(r"[0-9]{1,9}", age):
        return None
    skew = date - now + timedelta(seconds=int(age))
    return round(skew.total_seconds()) if abs(skew) <= _MAX_SKEW else None


def decision_of_error(error: Exception) -> Decision:
    """Return what an exception of the download means, from the socket through our middlewares.

    Raises:
        StorageError: passed on, no server is to blame for it.
    """
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, RequestRefused):
            return cause.decision
    is_about_tls = any(isinstance(one, _TLS_ERRORS) for one in causes)  # the words quote the address
    for kind, outcome in _ERRORS:
        if isinstance(error, kind):
            return Decision.failed(Outcome.TLS_FAILED if is_about_tls else outcome, _said(error))
    return unread(error)


def unread(error: Exception, outcome: Outcome = Outcome.BAD_RESPONSE) -> Decision:
    """Return the failure of an answer that made its reader raise what nobody thought of.

    With `answer_of` this is the boundary between what servers say and what we do: such a page is
    counted, explained and asked for again later, and a run never ends of it.

    Raises:
        StorageError, NoReader: passed on, no server is to blame for it.
    """
    if isinstance(error, StorageError | NoReader):
        raise error
    logger.debug("an answer could not be read", exc_info=error)
    return Decision.failed(outcome, f"the answer could not be read ({_said(error)})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all that it came of."""
    if error is not None:
        yield error
        reasons = error.reasons if isinstance(error, ResponseFailed) else ()
        for cause in (error.__cause__, *(reason.value for reason in reasons)):
            yield from _causes(cause)


def retry_time(
    decision: Decision, failure_count: int, now: datetime, *, may_return: bool = False
) -> datetime | None:
    """Return when a failed page may be asked again, or None for never.

    Linear backoff, because exponential intervals become absurd after a few days' outage.

    Args:
        failure_count: how often it failed before.
        now: aware UTC.
        may_return: whether what usually stays gone may be passing this time.
    """
    is_permanent = meaning(decision.reason).is_permanent and not may_return
    if is_permanent or failure_count >= _MAX_FAILURES:
        return None
    return now + _FIRST_RETRY * (failure_count + 1)


def _said(error: BaseException) -> str:
    """Return what a library says of an error, without the names that it has for it."""
    first = next(iter(str(error).splitlines()), "")
    words = _LIBRARY_NAME.sub("", first).strip().rstrip(".:>]")
    return one_line(words or type(error).__name__)[:_LONGEST_REASON]


@dataclass(slots=True)
class Landings:
    """What one run has seen of a paper's redirects.

    Args:
        first_from: address that stories were led to → the first story's own address.
    """

    first_from: dict[str, str] = field(default_factory=dict)

    def gone(self, page: Page, is_article: IsArticle) -> Decision | None:
        """Return that a story is gone whose address leads elsewhere; None where it leads to a story.

        A paper that takes a story down, or is being mended, sends its readers to the section, the home
        page, a search, or one page for all. What is there then is no version of the story.

        Args:
            is_article: the paper's rule for addresses of articles.
        """
        if not led_elsewhere(page):
            return None
        why = _no_story(page, is_article)
        if why is None:
            first = self.first_from.setdefault(page.final_url, page.url)
            if _is_same_story(first, page.url):
                return None
            why = f"where {first} leads as well"
        return Decision.failed(Outcome.GONE, f"the address leads to {page.final_url}, {why}")


def led_elsewhere(page: Page) -> bool:
    """Whether a page came from another address than a new spelling of the story's own."""
    return page.url != page.final_url and not _is_same_story(page.url, page.final_url)


def _is_same_story(url: str, other: str) -> bool:
    """Whether two addresses are those of one story: the same number of a story, else the same last part."""
    parts, others = urlsplit(url), urlsplit(other)
    if (parts.path.rstrip("/"), parts.query) == (others.path.rstrip("/"), others.query):
        return politeness_key(parts.hostname or "") == politeness_key(others.hostname or "") or bool(
            parts.path.strip("/")
        )
    numbers, other_numbers = (set(_NUMBER.findall(f"{one.path}?{one.query}")) for one in (parts, others))
    if numbers and other_numbers:
        return not numbers.isdisjoint(other_numbers)
    stem, other_stem = (_stem(one.path) for one in (parts, others))
    return bool(stem) and stem == other_stem and parts.query == others.query


def _stem(path: str) -> str:
    return _ENDING.sub("", path.rstrip("/").rpartition("/")[2]).lower()


def _no_story(page: Page, is_article: IsArticle) -> str | None:
    """Return what the address is that a story's address led to, if no story; None if it may be one."""
    asked, came = urlsplit(page.url), urlsplit(page.final_url)
    path = came.path.rstrip("/")
    if (not path or _stem(path) in _FRONT_DOORS) and not came.query:
        return "the home page" if path.count("/") <= 1 else "a section"
    if _ERROR_PAGE.fullmatch(_stem(path)):
        return "a page that says that there is nothing"
    if asked.path.startswith(f"{_ENDING.sub('', path)}/") and came.path != asked.path:
        return "the section that it stood in"
    address = read_address(page.final_url)
    if address is None:
        return None if is_copy(page.final_url) else "which is a list, a search or a page of the house"
    if address.is_numbered or is_article(page.final_url) or looks_like_article(page.final_url):
        return None
    is_clear = looks_like_article(page.url) or is_article(page.url)
    return "which is not the address of an article" if is_clear else None
