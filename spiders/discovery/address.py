"""What the address of a page tells about it: how it is numbered, how its slug reads, what it says it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from crawler.identity.urls import is_copy
from spiders.discovery.conventions import load_conventions

ID_DIGITS = 5
"""Stories are numbered by the tens of thousands; sections, topics and pages by the hundreds."""

_ENDING = re.compile(r"\.[a-z]{2,5}$")
_FILES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|css|js|json|xml|rss|atom|pdf|docx?|xlsx?|pptx?|zip|rar|mp[34]|m3u8|apk)$",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"/(?:(?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/(?:0?[1-9]|[12]\d|3[01]))?"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?"
    r"|(?:19|20)\d\d-\d\d-\d\d)(?=/)"
)
_SEPARATORS = "-_.,~+"
_NUMBERED = re.compile(r"(?P<slug>.*?)(?P<mark>[-_.,~+]*[a-zA-Z]{0,6})(?P<number>\d{1,20})")
_LEADING = re.compile(r"(?P<number>\d{5,20})[-_]\w")
_FOLDER = re.compile(r"(?P<mark>[a-z-]{0,12})(?P<number>\d{4,20})[a-z0-9]*")
_MIXED = re.compile(r"(?:.*[-_.])?(?P<token>[0-9A-Za-z]{7,24})")
_QUERY = re.compile(
    r"(?:^|&)(?P<mark>(?:item|news|article|post|story)?id|urile)=(?P<value>[^&]{2,})", re.IGNORECASE
)
_WORDPRESS = re.compile(r"(?P<mark>p)=(?P<value>\d{2,})")
_PART = re.compile(r"(?:^|&)(?:p|page|trang|paged|comment\w*|reply\w*|share|sort|order)=", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER_AT_END = re.compile(r"[-_][a-z]?\d+$")
_PAGE = re.compile(r"(?:trang|page|p)-?\d{1,4}", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")


class Numbering(StrEnum):
    """What in an address tells one story from all others."""

    DATED = "dated"
    """Folders of a date, with a slug or number behind them."""
    NUMBER = "number"
    """A number at the end, or at the beginning, of the last part."""
    FOLDER = "folder"
    """A folder with a number before the slug."""
    MIXED = "mixed"
    """A token of digits and letters at the end."""
    QUERY = "query"
    """A parameter of the query."""
    SLUG = "slug"
    """Nothing but the words."""


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a page, read.

    Args:
        mark: what stands before the number ("-", "-post", "/"), or the name of the parameter.
        size: digits of the number, characters of the token, words of the slug.
        ending: ".html" and the like, or empty.
        word_count: of the slug.
    """

    numbering: Numbering
    mark: str
    size: int
    ending: str
    word_count: int

    @property
    def is_numbered(self) -> bool:
        """Whether the number is one that only stories have."""
        if self.numbering in (Numbering.NUMBER, Numbering.FOLDER):
            return self.size >= ID_DIGITS or self.mark.endswith("post")
        return self.numbering is not Numbering.SLUG


def read_address(url: str) -> Address | None:
    """Return what the address of a page tells, or None for one that says it is no story.

    That is: a file, a list, a form, a calendar, a print or mobile copy, a page of the house itself.

    Args:
        url: canonical.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    segments = [segment for segment in parts.path.split("/") if segment]
    if segments and _ENDING.sub("", segments[-1]) == "index":
        segments.pop()
    if is_copy(url) or _is_house(segments) or _FILES.search(parts.path):
        return None
    if segments and _PART.search(parts.query):
        return None
    match = _QUERY.search(parts.query) if segments else _WORDPRESS.fullmatch(parts.query)
    if match:
        return Address(Numbering.QUERY, match["mark"], len(match["value"]), "", 0)
    if not segments:
        return None
    ending = match[0] if (match := _ENDING.search(segments[-1])) else ""
    stem = segments[-1].removesuffix(ending)
    before = segments[-2] if len(segments) > 1 else ""
    return _read_stem(stem, before, ending, "/" + "/".join(segments[:-1]) + "/")


def sounds_like_the_house(url: str) -> bool:
    """Whether the last part begins like a page about the paper; a story's title may begin so, too."""
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return last.lower().startswith(load_conventions().static_pages)


def _read_stem(stem: str, before: str, ending: str, folders: str) -> Address | None:
    words = len(_WORDS.findall(stem))
    if match := _DATED.search(folders):
        if re.fullmatch(r"\d{1,4}", stem):
            return None
        slug_words = max(words, len(_WORDS.findall(before)))
        return Address(Numbering.DATED, re.sub(r"\d", "0", match[0]), len(match[0]), ending, slug_words)
    if match := _LEADING.match(stem):
        return Address(Numbering.NUMBER, "^", len(match["number"]), ending, words - 1)
    if match := _NUMBERED.fullmatch(stem):
        slug, mark, number = match["slug"], match["mark"], match["number"]
        name = mark.lstrip(_SEPARATORS).lower()
        if {name, slug.lower()} & _house_words().marks:
            return None
        if not slug:
            return Address(Numbering.NUMBER, f"/{mark}", len(number), ending, len(_WORDS.findall(before)))
        if _is_number(number, name, mark[:1] in _SEPARATORS):
            return Address(Numbering.NUMBER, mark, len(number), ending, len(_WORDS.findall(slug)))
    elif (match := _MIXED.fullmatch(stem)) and _is_token(match["token"]):
        return Address(Numbering.MIXED, "", len(match["token"]), ending, words - 1)
    if match := _FOLDER.fullmatch(before):
        return Address(Numbering.FOLDER, match["mark"], len(match["number"]), ending, words)
    return Address(Numbering.SLUG, "", words, ending, words)


def _is_number(number: str, name: str, is_separated: bool) -> bool:
    """Whether digits at the end of a slug number the page, and are not a year or a figure of the title."""
    if len(number) >= ID_DIGITS or name == "post":
        return True
    if not is_separated or (not name and _YEAR.fullmatch(number)):
        return False
    return len(number) >= 3 or 0 < len(name) <= 2


def _is_token(text: str) -> bool:
    """Whether a word was made by a machine: digits among letters, or capitals inside."""
    digits = sum(char.isdigit() for char in text)
    return (0 < digits < len(text) and len(text) >= 7) or (
        len(text) >= 8 and bool(re.search("[a-z][A-Z]", text))
    )


def _is_house(segments: list[str]) -> bool:
    words = _house_words()
    names = [_ENDING.sub("", segment).lower() for segment in segments]
    return bool(names) and (
        not words.lists.isdisjoint(names)
        or _NUMBER_AT_END.sub("", names[-1]) in words.static_pages
        or bool(_PAGE.fullmatch(names[-1]))
    )


class _HouseWords(NamedTuple):
    lists: frozenset[str]
    marks: frozenset[str]
    static_pages: frozenset[str]


@cache
def _house_words() -> _HouseWords:
    known = load_conventions()
    lists = (*known.list_segments, *known.section_segments)
    return _HouseWords(*map(frozenset, (lists, known.list_marks, known.static_pages)))
