"""What a seed's page offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crawler.decision import Decision
from crawler.page import Candidate
from crawler.reach.origins import Outlink
from crawler.source import Seed

IsArticle = Callable[[str], bool]
"""Whether an address looks like an article of the source."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The candidates on one page, and where more of them are.

    Args:
        candidates: in the page's order.
        more: further pages to read: the next page of a section, the children of an index.
        offsite_count: links to hosts the source does not name.
        outlinks: where a list page leads to, beyond the paper; None where the page is none.
        problem: why the page could not be read as what it should be; else empty.
        title: what a feed calls itself.
        unread: what of the page was left out, in words; else empty.
        failure: what the page really is, where it offers nothing.
        tells_changes: of an index, whether it says of every sitemap when that changed, so that nothing
            behind it is new while it is unchanged itself.
    """

    candidates: tuple[Candidate, ...] = ()
    more: tuple[Seed, ...] = ()
    offsite_count: int = 0
    outlinks: tuple[Outlink, ...] | None = None
    problem: str = ""
    title: str = ""
    unread: str = ""
    failure: Decision | None = None
    tells_changes: bool = False
