"""What is done with a page, and why: every kind, outcome and reason there is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


class Outcome(StrEnum):
    """How a request ended (column ``pages.outcome``); the first four are no failures."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    NOT_FETCHED = "not_fetched"
    """None was sent: the title decided (``titles = "gate"``)."""
    REQUEST_BUDGET = "request_budget"
    """None was sent: the paper's requests of this run were used up."""
    DNS_FAILED = "dns_failed"
    """The name does not exist."""
    DNS_SILENT = "dns_silent"
    """The resolver gave no answer, or none in time: most likely our own network."""
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_LOST = "connection_lost"
    TIMED_OUT = "timed_out"
    TLS_FAILED = "tls_failed"
    TRUNCATED = "truncated"
    """Fewer bytes than the server announced; never stored as complete."""
    TOO_LARGE = "too_large"
    REDIRECT_LOOP = "redirect_loop"
    BAD_REDIRECT = "bad_redirect"
    """A redirect to something that is not http or https."""
    NOT_FOUND = "not_found"
    GONE = "gone"
    BLOCKED = "blocked"
    """401, 403, 428, 451, a challenge or a log-in: the site does not want us; reported, not tricked."""
    SOFT_404 = "soft_404"
    """A page that says, with 200, that there is no page, or none for now."""
    THROTTLED = "throttled"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    EXTRACTION_FAILED = "extraction_failed"
    """The extraction worker hung, crashed or swelled on this page."""
    BAD_RESPONSE = "bad_response"
    """The answer is not HTTP, or its framing is broken."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with one URL in one run.

    Args:
        kind: the term of the run's identity that it counts under.
        reason: a `Rejection` or `Outcome` value for REJECTED and FAILED, else a word for why.
        article_id: the article it created, touched or repeats; None when there is none.
        detail: the evidence in words, for `explain`.
    """

    kind: Kind
    reason: str
    article_id: int | None = None
    detail: str = ""

    @classmethod
    def rejected(cls, reason: Rejection, detail: str = "") -> Decision:
        """Return the decision not to keep a page."""
        return cls(Kind.REJECTED, reason.value, detail=detail)

    @classmethod
    def failed(cls, outcome: Outcome, detail: str = "") -> Decision:
        """Return the record of a request that did not bring a page."""
        return cls(Kind.FAILED, outcome.value, detail=detail)
