"""A seed's traversal: its first page and all that it leads to, and whether it ended by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.decision import Decision, Outcome, Reply, is_good, meaning
from crawler.ports import SeedState, SeedVisit
from crawler.reach.origins import Outlink
from crawler.source import Seed
from spiders.outcomes import Answer

_TRUST_VALIDATORS = timedelta(days=1)
_GUESS_AGAIN = timedelta(days=30)


@dataclass(slots=True, eq=False)
class SeedTraversal:
    """The pages of one seed: of a section, an index with its sitemaps, or a feed alone.

    Args:
        seed: where it began.
        is_declared: whether the source file names it; a discovered one may be a mere guess.
        before: what was remembered of it; a traversal that was cut short is walked past what is known.
        open_pages: pages asked for and not yet read.
        cut: it ended for another reason than having seen everything.
        outcome: how its first page was answered; of the others, a failure cuts the traversal.
        detail: what that says in words.
        redirect_url: where it led, if to a host that the source file does not name.
        clock_skew_s: the server's clock minus ours at that answer; None if it did not say.
        outlinks: where its first page leads to, beyond the paper; None where that is no list page.
    """

    seed: Seed
    before: SeedState
    is_declared: bool = True
    open_pages: int = 1
    cut: bool = False
    outcome: str = ""
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    detail: str = ""
    redirect_url: str | None = None
    clock_skew_s: int | None = None
    outlinks: tuple[Outlink, ...] | None = None

    def note_first(self, answer: Answer) -> None:
        """Remember how the first page was answered."""
        self.outcome, self.http_status = answer.outcome, answer.http_status
        self.etag, self.last_modified = answer.etag, answer.last_modified
        self.clock_skew_s = answer.clock_skew_s

    def note_failure(self, failure: Decision, depth: int) -> None:
        """Remember that a page of the traversal gave nothing to go on with.

        "Not modified" ends a traversal well. A pager's next page may be a guess: none there is the end of
        the list.

        Args:
            depth: of the page; 1 for the first one, whose failure is the seed's.
        """
        if failure.reason == Outcome.NOT_MODIFIED or (depth > 1 and failure.reason == Outcome.NOT_FOUND):
            return
        self.cut = True
        if depth == 1:
            self.outcome, self.detail = failure.reason, failure.detail
            self.redirect_url = failure.redirect_url

    def visit(self, now: datetime) -> SeedVisit:
        """Return how reading the seed ended."""
        return SeedVisit(
            self.seed.url,
            self.outcome,
            now,
            self.http_status,
            etag=self.etag,
            last_modified=self.last_modified,
            detail=self.detail,
            redirect_url=self.redirect_url,
            clock_skew_s=self.clock_skew_s,
            outlinks=self.outlinks,
        )

    def conditional_headers(self, now: datetime) -> dict[str, str]:
        """Return the validators to ask with (RFC 9110 §13.1); none after a traversal that was cut short.

        Once a day the whole page is asked for: some servers reuse an ETag, and would be silent for ever.
        """
        before = self.before
        if not before.complete or before.answered_at is None or now - before.answered_at > _TRUST_VALIDATORS:
            return {}
        headers = {"If-None-Match": before.etag, "If-Modified-Since": before.last_modified}
        return {name: value for name, value in headers.items() if value}

    def is_dead(self, now: datetime) -> bool:
        """Whether a guess proved wrong not long ago and need not be tried again."""
        before = self.before
        if self.is_declared or before.fetched_at is None or before.outcome is None:
            return False
        return meaning(before.outcome).reply is Reply.ABSENT and now - before.fetched_at < _GUESS_AGAIN

    @property
    def complete(self) -> bool:
        """Whether everything the seed leads to was seen; what was not asked for stays as it was."""
        if self.outcome == Outcome.PAUSED:
            return self.before.complete
        return not self.cut and is_good(self.outcome)
