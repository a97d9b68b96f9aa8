"""Where the addresses of stories led: one that leads to a list, or where others lead too, is gone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crawler.decision import Decision, Outcome
from crawler.identity.urls import is_copy, politeness_key
from crawler.page import Page
from spiders.discovery.address import ID_DIGITS, read_address
from spiders.discovery.article_links import looks_like_article
from spiders.discovery.listing import IsArticle

_NUMBER = re.compile(rf"(?<!\d)\d{{{ID_DIGITS},}}(?!\d)")
_ENDING = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
_ERROR_PAGE = re.compile(r"[45]\d\d|error(?:-?\d+)?|not-?found|khong-tim-thay", re.IGNORECASE)
_FRONT_DOORS = frozenset({"index", "default", "home", "trang-chu"})


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
