"""What is done with a page, and why: every kind, outcome and reason there is, and what each means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What was decided about one considered URL."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    REJECTED = "rejected"
    FAILED = "failed"
    PENDING = "pending"


class Rejection(StrEnum):
    """Why a page that could be reached is not kept."""

    ROBOTS = "robots"
    """robots.txt rules the address out (RFC 9309)."""
    OFF_TOPIC = "off_topic"
    TOO_SHORT = "too_short"
    """Under 200 characters of canonical text: blurbs would collide."""
    TOO_LONG = "too_long"
    """More text than any article has: a data dump or a trap."""
    NO_TEXT = "no_text"
    NOT_VIETNAMESE = "not_vietnamese"
    NOT_HTML = "not_html"
    BAD_ENCODING = "bad_encoding"
    TOO_OLD = "too_old"
    """Published before the day given with --since."""
    OFFSITE_REDIRECT = "offsite_redirect"
    """The paper sent us to a host that its source file does not name."""
    PRIVATE_ADDRESS = "private_address"
    """The host resolves to an address of a private or local network."""
    FORGOTTEN = "forgotten"
    FOREIGN_HOST = "foreign_host"
    """A record of an archive whose host belongs to no source."""
    NO_PAGE = "no_page"
    """A record of an archive that holds none: a request, metadata, what wrote it."""
    REVISIT_RECORD = "revisit_record"
    """A record that says that the page was as another record has it, and does not repeat it."""
    REDIRECT = "redirect"
    """A record that leads elsewhere; where it led has its own."""


class Outcome(StrEnum):
    """How a request ended (column ``pages.outcome``); the first five are no failures."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    NOT_FETCHED = "not_fetched"
    """None was sent: the title decided (``titles = "gate"``)."""
    REQUEST_BUDGET = "request_budget"
    """None was sent: the paper's requests of this run were used up."""
    PAUSED = "paused"
    """None was sent: the paper has asked for a pause, which is not over."""
    DNS_FAILED = "dns_failed"
    """The name does not exist."""
    DNS_SILENT = "dns_silent"
    """The resolver gave no answer, or none in time: most likely our own network."""
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_LOST = "connection_lost"
    TIMED_OUT = "timed_out"
    TLS_FAILED = "tls_failed"
    TRUNCATED = "truncated"
    """Fewer bytes than the server announced or packed, or a part (206); never stored as complete."""
    TOO_LARGE = "too_large"
    REDIRECT_LOOP = "redirect_loop"
    BAD_REDIRECT = "bad_redirect"
    """A redirect that is not followed: to what is no http address, or by meta refresh or script."""
    NOT_FOUND = "not_found"
    GONE = "gone"
    """By HTTP 410, or its address leads to a list, the home page, or where other stories lead as well."""
    BLOCKED = "blocked"
    """401, 403, 428, 451, a challenge or a log-in: the site does not want us; reported, not tricked."""
    SOFT_404 = "soft_404"
    """A page that says, with 200, that there is no page, or none for now."""
    THROTTLED = "throttled"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    EXTRACTION_FAILED = "extraction_failed"
    """Reading this page hung, crashed, swelled or raised."""
    BAD_RESPONSE = "bad_response"
    """The answer is none that can be read: not HTTP, badly framed or packed, or unasked for."""
    DAMAGED = "damaged"
    """Bytes of an archive that are no record, or a record that cannot be unpacked."""
    TASK_LOST = "task_lost"
    """A part of an archive that could not be read at all, or that its workers died of."""


class Reply(StrEnum):
    """How the paper answered a request."""

    PAGE = "page"
    """With what was asked for, or with "as it was"."""
    NOT_ASKED = "not_asked"
    """Nothing was sent."""
    SILENT = "silent"
    """Not at all: its host was not reached."""
    REFUSED = "refused"
    """Not to us, or not now."""
    FORBIDDEN = "forbidden"
    """By its robots.txt, with no."""
    MOVED = "moved"
    """With a host that its source file does not name."""
    BROKEN = "broken"
    """Its server is there, and failed."""
    ABSENT = "absent"
    """There is nothing at that address."""
    USELESS = "useless"
    """With something that cannot be used."""


class Blame(StrEnum):
    """Whom a failure weighs on."""

    PAPER = "paper"
    LINE = "line"
    """Our own network may be the cause as well: when all papers say so, it is."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the end of a request means to whoever asks next, or judges the paper.

    Args:
        reply: how the paper answered.
        blame: whom a failure weighs on.
        is_permanent: whether asking the same address again would bring the same, so that it is not asked.
        weight: how much it adds to the backoff of a poll that failed so: each 1 adds the interval once
            more. After Media Cloud's rss-fetcher: what is probably not the paper's own fault counts for
            a fraction, what will probably stay for more.
        has_text: whether the page showed a text that can be read; None where that was not looked at.
    """

    reply: Reply
    blame: Blame = Blame.PAPER
    is_permanent: bool = False
    weight: float = 1.0
    has_text: bool | None = None

    @property
    def is_reached(self) -> bool:
        """Whether the host answered, be it with an error."""
        return self.reply not in (Reply.SILENT, Reply.NOT_ASKED)


MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {
        Outcome.OK: Meaning(Reply.PAGE, Blame.NOBODY),
        Outcome.NOT_MODIFIED: Meaning(Reply.PAGE, Blame.NOBODY),
        Outcome.NOT_FETCHED: Meaning(Reply.NOT_ASKED, Blame.NOBODY),
        Outcome.REQUEST_BUDGET: Meaning(Reply.NOT_ASKED, Blame.NOBODY, weight=0.1),
        Outcome.PAUSED: Meaning(Reply.NOT_ASKED, Blame.NOBODY, weight=0.1),
        Outcome.DNS_FAILED: Meaning(Reply.SILENT, Blame.LINE),
        Outcome.DNS_SILENT: Meaning(Reply.SILENT, Blame.LINE, weight=0.1),
        Outcome.CONNECTION_REFUSED: Meaning(Reply.SILENT, Blame.LINE),
        Outcome.CONNECTION_LOST: Meaning(Reply.SILENT, Blame.LINE, weight=0.5),
        Outcome.TIMED_OUT: Meaning(Reply.SILENT, Blame.LINE, weight=0.5),
        Outcome.TLS_FAILED: Meaning(Reply.SILENT),
        Outcome.TRUNCATED: Meaning(Reply.BROKEN, weight=0.5),
        Outcome.TOO_LARGE: Meaning(Reply.USELESS, is_permanent=True),
        Outcome.REDIRECT_LOOP: Meaning(Reply.USELESS),
        Outcome.BAD_REDIRECT: Meaning(Reply.USELESS),
        Outcome.NOT_FOUND: Meaning(Reply.ABSENT, is_permanent=True),
        Outcome.GONE: Meaning(Reply.ABSENT, is_permanent=True, weight=2.0),
        Outcome.BLOCKED: Meaning(Reply.REFUSED, weight=2.0),
        Outcome.SOFT_404: Meaning(Reply.ABSENT),
        Outcome.THROTTLED: Meaning(Reply.REFUSED, weight=0.5),
        Outcome.CLIENT_ERROR: Meaning(Reply.USELESS, is_permanent=True),
        Outcome.SERVER_ERROR: Meaning(Reply.BROKEN, weight=0.5),
        Outcome.EXTRACTION_FAILED: Meaning(Reply.USELESS, has_text=False),
        Outcome.BAD_RESPONSE: Meaning(Reply.ABSENT),
        Outcome.DAMAGED: Meaning(Reply.NOT_ASKED, Blame.NOBODY, is_permanent=True),
        Outcome.TASK_LOST: Meaning(Reply.NOT_ASKED, Blame.NOBODY),
        Rejection.ROBOTS: Meaning(Reply.FORBIDDEN, is_permanent=True, weight=2.0),
        Rejection.OFF_TOPIC: Meaning(Reply.PAGE, Blame.NOBODY, is_permanent=True),
        Rejection.TOO_SHORT: Meaning(Reply.PAGE, is_permanent=True, has_text=False),
        Rejection.TOO_LONG: Meaning(Reply.PAGE, is_permanent=True, has_text=True),
        Rejection.NO_TEXT: Meaning(Reply.PAGE, is_permanent=True, has_text=False),
        Rejection.NOT_VIETNAMESE: Meaning(Reply.PAGE, is_permanent=True, has_text=True),
        Rejection.NOT_HTML: Meaning(Reply.PAGE, is_permanent=True),
        Rejection.BAD_ENCODING: Meaning(Reply.PAGE, is_permanent=True, has_text=False),
        Rejection.TOO_OLD: Meaning(Reply.PAGE, Blame.NOBODY, is_permanent=True),
        Rejection.OFFSITE_REDIRECT: Meaning(Reply.MOVED, is_permanent=True),
        Rejection.PRIVATE_ADDRESS: Meaning(Reply.SILENT, is_permanent=True, weight=2.0),
        Rejection.FORGOTTEN: Meaning(Reply.NOT_ASKED, Blame.NOBODY, is_permanent=True),
        Rejection.FOREIGN_HOST: Meaning(Reply.NOT_ASKED, Blame.NOBODY, is_permanent=True),
        Rejection.NO_PAGE: Meaning(Reply.NOT_ASKED, Blame.NOBODY, is_permanent=True),
        Rejection.REVISIT_RECORD: Meaning(Reply.NOT_ASKED, Blame.NOBODY, is_permanent=True),
        Rejection.REDIRECT: Meaning(Reply.NOT_ASKED, Blame.NOBODY, is_permanent=True),
    }
)
"""What every outcome and every rejection means: the one place that says so."""

_USUAL = Meaning(Reply.USELESS)
_STATUS = {
    206: Outcome.TRUNCATED,
    304: Outcome.NOT_MODIFIED,
    401: Outcome.BLOCKED,
    403: Outcome.BLOCKED,
    404: Outcome.NOT_FOUND,
    410: Outcome.GONE,
    428: Outcome.BLOCKED,
    429: Outcome.THROTTLED,
    451: Outcome.BLOCKED,
}


def _outcome_of(status: int) -> Outcome:
    if status in _STATUS:
        return _STATUS[status]
    if 200 <= status < 300:
        return Outcome.OK
    if 300 <= status < 400:
        return Outcome.BAD_REDIRECT
    return Outcome.SERVER_ERROR if status >= 500 else Outcome.CLIENT_ERROR


OUTCOME_OF_STATUS: Mapping[int, Outcome] = MappingProxyType(
    {status: _outcome_of(status) for status in range(1000)}
)
"""What an HTTP status means (RFC 9110 §15), of redirects: one that is not followed."""


def meaning(reason: str) -> Meaning:
    """Return what an outcome or a rejection means; a word of another release is a usual failure."""
    return MEANINGS.get(reason, _USUAL)


def is_good(reason: str) -> bool:
    """Whether a seed that ended so could be read."""
    return meaning(reason).reply is Reply.PAGE


def is_out_of_reach(reasons: Collection[str]) -> bool:
    """Whether no host answered at all, whoever is to blame; False of nothing."""
    return bool(reasons) and not any(meaning(reason).is_reached for reason in reasons)


def may_be_our_line(reasons: Collection[str]) -> bool:
    """Whether our own network would explain everything that was answered; False of nothing."""
    return bool(reasons) and all(meaning(reason).blame is Blame.LINE for reason in reasons)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with one URL in one run.

    Args:
        kind: the term of the run's identity that it counts under.
        reason: a `Rejection` or `Outcome` value for REJECTED and FAILED, else a word for why.
        article_id: the article it created, touched or repeats; None when there is none.
        detail: the evidence in words, for `explain`.
        redirect_url: of an OFFSITE_REDIRECT, where it led.
    """

    kind: Kind
    reason: str
    article_id: int | None = None
    detail: str = ""
    redirect_url: str | None = None

    @classmethod
    def rejected(cls, reason: Rejection, detail: str = "", *, redirect_url: str | None = None) -> Decision:
        """Return the decision not to keep a page."""
        return cls(Kind.REJECTED, reason.value, detail=detail, redirect_url=redirect_url)

    @classmethod
    def failed(cls, outcome: Outcome, detail: str = "") -> Decision:
        """Return the record of a request that did not bring a page."""
        return cls(Kind.FAILED, outcome.value, detail=detail)


def is_line_down(reasons: Collection[str]) -> bool:
    """Whether nothing answered, not even by a refusal, so that our own network is likelier to be away."""
    return may_be_our_line(reasons) and Outcome.CONNECTION_REFUSED not in reasons
