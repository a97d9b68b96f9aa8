"""Requests that we ourselves refuse to send or to follow."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest

from crawler.decision import Decision


class RequestRefused(IgnoreRequest):
    """A request was stopped by one of our rules, and `decision` says by which.

    An `IgnoreRequest`, so that Scrapy neither retries it nor logs it as an error.
    """

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(f"{decision.reason}: {decision.detail}")


class HostUnavailable(RequestRefused):
    """The whole host is out of reach for now: no page is to blame, and they stay pending."""
