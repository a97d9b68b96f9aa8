"""Which links of a page are articles, learned from the page itself; and that knowledge as one pattern.

Addresses of one paper's stories are made by one program: they are numbered in one way and come in
numbers. So links are put together by how their addresses are made, and each group is judged as a
whole by its numbering, its titles and its places; single links only by what they lack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from crawler.identity.urls import politeness_key
from spiders.discovery.address import (
    TIME_DIGITS,
    Address,
    Numbering,
    read_address,
    sounds_like_the_house,
)
from spiders.discovery.links import Link, joined

TITLE_WORDS = 4
"""A headline has more words than the name of a section; so has its slug."""
_SENTENCE_WORDS = 5
_HOUSE_SHARE = 0.05
"""Of all articles on a page; a group under it teaches nothing."""
_PREPONDERANCE = 4
"""So many times more headlines without a number than with one: then the paper has no numbers."""
_MAX_PATTERNS = 4
_END = r"/?(?:$|[?#])"


@dataclass(frozen=True, slots=True)
class ArticleShape:
    """What the addresses of one paper's articles look like.

    Args:
        pattern: a regular expression searched in the whole URL, as `url_pattern` of a source file.

    Raises:
        ValueError: `pattern` is not a regular expression.
    """

    pattern: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"{self.pattern!r} is not a regular expression ({error})") from error

    def matches(self, url: str) -> bool:
        """Whether `url` is made like the paper's articles, and does not say that it is none."""
        return bool(re.search(self.pattern, url)) and read_address(url) is not None

    def fit(self, links: Iterable[Link], home: str) -> float:
        """Return the share of a page's articles that the shape knows; 1 for a page without any.

        Under a half, the paper has changed its addresses, and `learn` should be asked again.
        """
        urls = find_articles(links, home)
        return sum(map(self.matches, urls)) / len(urls) if urls else 1.0


def find_articles(links: Iterable[Link], home: str) -> frozenset[str]:
    """Return the addresses that are articles among the links of one page.

    Args:
        home: an address on the paper's main host.
    """
    return frozenset(link.url for group in _accepted(links, home) for link in group.links)


def learn(links: Iterable[Link], home: str) -> ArticleShape | None:
    """Return the shape of the articles among the links of one or several pages of a paper.

    Args:
        links: of home and section pages; items of feeds, too.
        home: an address on the paper's main host.

    Returns:
        None where too few links are alike to tell.
    """
    groups = sorted(_accepted(links, home), key=lambda group: -len(group.links))
    total = sum(len(group.links) for group in groups)
    patterns = [
        group.pattern for group in groups[:_MAX_PATTERNS] if len(group.links) >= max(3, _HOUSE_SHARE * total)
    ]
    return ArticleShape("|".join(dict.fromkeys(patterns))) if patterns else None


@dataclass(frozen=True, slots=True)
class _Group:
    """Links whose addresses are made alike; of several lengths of a number, those next to each other."""

    numbering: Numbering
    mark: str
    ending: str
    members: tuple[tuple[Link, Address], ...]

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(link for link, _ in self.members)

    @property
    def sizes(self) -> tuple[int, int]:
        sizes = [address.size for _, address in self.members]
        return min(sizes), max(sizes)

    @property
    def is_numbered(self) -> bool:
        return any(address.is_numbered for _, address in self.members)

    @property
    def reads_like_news(self) -> bool:
        """Whether the titles or the slugs are those of headlines, by the median."""
        titles = median(link.word_count for link in self.links)
        slugs = median(address.word_count for _, address in self.members)
        return slugs >= TITLE_WORDS or titles >= _SENTENCE_WORDS

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(politeness_key(urlsplit(link.url).hostname or "") for link in self.links)

    def filtered(self, is_numbered: bool) -> _Group:
        """Return the group without the links that are no headlines."""
        members = tuple(
            (link, address)
            for link, address in self.members
            if (_may_be_story(link, address) if is_numbered else _must_be_story(link, address))
        )
        return _Group(self.numbering, self.mark, self.ending, members)

    @property
    def pattern(self) -> str:
        low, high = self.sizes
        mark, ending = (re.escape(part).replace(r"\-", "-") for part in (self.mark, self.ending))
        if self.numbering is Numbering.DATED:
            folders = re.sub(
                r"0+", lambda run: r"\d{1,2}" if len(run[0]) < 3 else rf"\d{{{len(run[0])}}}", self.mark
            )
            return rf"{folders}/(?:[^/?#]+/)*[^/?#]+{ending}{_END}"
        if self.numbering is Numbering.MIXED:
            return rf"[-/](?=[a-z]*[0-9A-Z])[0-9A-Za-z]{{{low},{high}}}{ending}{_END}"
        if self.numbering is Numbering.QUERY:
            return rf"[?&]{mark}=[^&#]*\w"
        if self.numbering is Numbering.PLACE:
            return rf"{mark}[^/?#]+{ending}{_END}"
        if self.numbering is Numbering.SLUG:
            return rf"/(?:[^/?#-]+-){{{TITLE_WORDS},}}[^/?#-]+{ending}{_END}"
        digits = rf"\d{{{low - 2},{high + 1}}}" if low >= TIME_DIGITS else rf"\d{{{low},{high + 1}}}"
        if self.numbering is Numbering.FOLDER:
            return rf"/{mark}{digits}[a-z0-9]*/[^/?#]+{ending}{_END}"
        if self.mark == "^":
            return rf"/{digits}[-_][^/?#]+{ending}{_END}"
        words = "" if self.is_numbered else rf"/(?:[^/?#-]+-){{{TITLE_WORDS - 1},}}[^/?#-]+"
        return rf"{words}{mark}{digits}{ending}{_END}"


def _accepted(links: Iterable[Link], home: str) -> list[_Group]:
    groups = list(_groups(links))
    home_host = politeness_key(urlsplit(home).hostname or "")
    numbered = [group for group in groups if group.is_numbered and group.reads_like_news]
    of_the_house = [group for group in numbered if home_host in group.hosts or len(group.hosts) > 1]
    makes = {(group.numbering, group.mark, group.ending) for group in of_the_house}
    accepted = [
        group.filtered(is_numbered=True)
        for group in numbered
        if not makes
        or (group.numbering, group.mark, group.ending) in makes
        or group.numbering is Numbering.DATED
    ]
    weak = [group.filtered(is_numbered=False) for group in groups if not group.is_numbered]
    if sum(len(group.links) for group in weak) > _PREPONDERANCE * sum(len(group.links) for group in accepted):
        accepted += weak
    return [group for group in accepted if group.links]


def _groups(links: Iterable[Link]) -> Iterator[_Group]:
    alike: dict[tuple[Numbering, str, str], list[tuple[Link, Address]]] = {}
    for link in joined(links):
        if address := read_address(link.url):
            key = (address.numbering, address.mark, address.ending)
            alike.setdefault(key, []).append((link, address))
    for (numbering, mark, ending), members in alike.items():
        if numbering not in (Numbering.NUMBER, Numbering.FOLDER):
            yield _Group(numbering, mark, ending, tuple(members))
            continue
        sizes = sorted({address.size for _, address in members})
        first = sizes[0]
        for size, following in zip(sizes, [*sizes[1:], 99], strict=True):
            if following > size + 1:
                part = tuple(one for one in members if first <= one[1].size <= size)
                yield _Group(numbering, mark, ending, part)
                first = following


def _may_be_story(link: Link, address: Address) -> bool:
    """Whether a link whose address is numbered like a story could be one."""
    if address.numbering is Numbering.DATED:
        return True
    if link.in_menu and sounds_like_the_house(link.url):
        return False
    return address.word_count > 2 or link.word_count > 3


def _must_be_story(link: Link, address: Address) -> bool:
    """Whether a link whose address tells nothing has the words of a story, in the place of one."""
    if link.in_menu or (address.word_count < TITLE_WORDS and not address.mark.startswith("/")):
        return False
    return link.word_count > _SENTENCE_WORDS - link.is_prominent
