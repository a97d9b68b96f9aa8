"""What the address of a page tells about it: how it is numbered, how its slug reads, what it says it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from crawler.identity.urls import is_copy
from spiders.discovery.conventions import load_conventions

ID_DIGITS = 5
"""Stories are numbered by the tens of thousands; sections, topics and pages by the hundreds."""
TIME_DIGITS = 12
"""Digits from which a number is a time, whose length does not grow."""
_SHORT_ID_DIGITS = 3

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
_NUMBERED = re.compile(r"(?P<slug>.*?)(?P<mark>[-_.,~+]{0,8}[a-zA-Z]{0,6})(?P<number>\d{1,20})")
_LEADING = re.compile(r"(?P<number>\d{1,20})[-_]\w")
_FOLDER = re.compile(r"(?P<mark>[a-z-]{0,12})(?P<number>\d{4,20})[a-z0-9]*")
_MIXED = re.compile(r"(?:.*[-_.])?(?P<token>[0-9A-Za-z]{7,24})")
_STORY_KEY = re.compile(
    r"(?:item|news|article|post|story|doc|content|entry|tin|bai|record)?_?id\d*|id_?(?:news|tin|bai(?:viet)?)"
    r"|item|nid|aid|ddocname|urile|_101_\w*(?:urltitle|assetentryid|articleid)",
    re.IGNORECASE,
)
"""Parameters that number a story, as portals call them."""
_PATH_KEYS = ("op", "q")
"""Parameters that hold a path where a portal does not rewrite its addresses (NukeViet, Drupal)."""
_PART = re.compile(r"(?:^|&)(?:p|page|trang|paged|comment\w*|reply\w*|share|sort|order)=", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER_AT_END = re.compile(r"[-_][a-z]?\d+$")
_PAGE = re.compile(r"(?:trang|page|p)-?\d{1,4}", re.IGNORECASE)
_PUBLISHER = "asset_publisher"
"""Liferay's part of a page that shows a list, or one story of it behind ``/content/``."""
_PAGE_FOLDER = re.compile(r"trang|pages?|p")
_DIGITS = re.compile(r"[\d_.-]+")
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
    PLACE = "place"
    """A folder that holds nothing but stories, with the words behind it."""
    SLUG = "slug"
    """Nothing but the words."""


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a page, read.

    Args:
        mark: what stands before the number ("-", "-post", "/node/"), or the name of the parameter or folder.
        size: digits of the number, characters of the token, words of the slug.
        ending: ".html" and the like, or empty.
        word_count: of the slug.
        is_sure: the mark or the number alone says that it is a story.
    """

    numbering: Numbering
    mark: str
    size: int
    ending: str
    word_count: int
    is_sure: bool = False

    @property
    def is_numbered(self) -> bool:
        """Whether the number is one that only stories have."""
        if self.numbering in (Numbering.NUMBER, Numbering.FOLDER):
            return self.is_sure or self.size >= ID_DIGITS or self.mark.endswith("post")
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
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if segments and _ENDING.sub("", segments[-1]) == "index":
        segments.pop()
    if is_copy(url) or _is_house(segments) or _FILES.search(parts.path):
        return None
    if segments and _PART.search(parts.query):
        return None
    if parts.query and (told := _read_query(parts.query, has_path=bool(segments))) is not _NOTHING_TOLD:
        return told
    if not segments:
        return None
    ending = match[0] if (match := _ENDING.search(segments[-1])) else ""
    return _read_stem(segments[-1].removesuffix(ending), segments[:-1], ending)


def sounds_like_the_house(url: str) -> bool:
    """Whether the last part begins like a page about the paper; a story's title may begin so, too."""
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return last.lower().startswith(load_conventions().static_pages)


_NOTHING_TOLD = Address(Numbering.SLUG, "", 0, "", 0)


def _read_query(query: str, *, has_path: bool) -> Address | None:
    """Return what the parameters tell: a story, None for a list, or `_NOTHING_TOLD`."""
    pairs = [(key, unquote(value)) for key, _, value in (one.partition("=") for one in query.split("&"))]
    known = {key.lower(): value for key, value in pairs}
    if not _house_words().views.isdisjoint((known.get("view"), known.get("layout"), known.get("task"))):
        return None
    for key in _PATH_KEYS:
        path = known.get(key, "")
        inner = read_address(f"http://host/{path}") if "/" in path else None
        if inner and inner.numbering is Numbering.NUMBER:
            return Address(Numbering.QUERY, key, inner.size, "", inner.word_count, is_sure=True)
        if path and "nv" in known:
            return None
    if not has_path and re.fullmatch(r"\d{2,}", known.get("p", "")):
        return Address(Numbering.QUERY, "p", len(known["p"]), "", 0, is_sure=True)
    ids = [(key, value) for key, value in pairs if _STORY_KEY.fullmatch(key) and _is_id(key, value)]
    if not ids:
        return _NOTHING_TOLD
    key, value = max(ids, key=lambda one: sum(char.isdigit() for char in one[1]))
    return Address(Numbering.QUERY, key, len(value), "", 0, is_sure=True)


def _is_id(key: str, value: str) -> bool:
    is_named = key.lower().endswith(("urltitle", "urile"))
    return len(value) > 1 and (is_named or any(char.isdigit() for char in value))


def _read_stem(stem: str, folders: list[str], ending: str) -> Address | None:
    words = _count(stem)
    before = folders[-1] if folders else ""
    if match := _DATED.search(f"/{'/'.join(folders)}/"):
        if re.fullmatch(r"\d{1,4}", stem):
            return None
        slug_words = max(words, _count(before))
        return Address(Numbering.DATED, re.sub(r"\d", "0", match[0]), len(match[0]), ending, slug_words)
    if _PUBLISHER in folders or (before in _house_words().places and not stem.isdigit()):
        is_story = _PUBLISHER not in folders or before == "content"
        return (
            Address(Numbering.PLACE, f"/{before}/", words, ending, words, is_sure=True) if is_story else None
        )
    leading = _LEADING.match(stem)
    if leading and len(leading["number"]) >= ID_DIGITS and not _DIGITS.fullmatch(stem):
        return Address(Numbering.NUMBER, "^", len(leading["number"]), ending, words - 1)
    if match := _NUMBERED.fullmatch(stem):
        slug, mark, number = match["slug"], match["mark"], match["number"]
        name = mark.lstrip(_SEPARATORS).lower()
        if {name, slug.lower()} & _house_words().marks:
            return None
        if not slug:
            return _read_number(mark, number, folders, ending)
        if _is_number(number, name, mark[:1] in _SEPARATORS):
            told = slug if not _DIGITS.fullmatch(slug) else _slug_before(folders)
            is_sure = len(number) >= (ID_DIGITS if name == "post" else TIME_DIGITS)
            return Address(Numbering.NUMBER, mark, len(number), ending, _count(told), is_sure)
    elif (match := _MIXED.fullmatch(stem)) and _is_token(match["token"]):
        return _read_mixed(match["token"], stem, folders, ending)
    if match := _FOLDER.fullmatch(before):
        return Address(Numbering.FOLDER, match["mark"], len(match["number"]), ending, words)
    if leading and len(leading["number"]) >= _SHORT_ID_DIGITS and not _YEAR.fullmatch(leading["number"]):
        return Address(Numbering.NUMBER, "^", len(leading["number"]), ending, words - 1)
    return Address(Numbering.SLUG, "", words, ending, words)


def _read_mixed(token: str, stem: str, folders: list[str], ending: str) -> Address:
    """Return what a last part tells that ends in letters and digits, or is nothing else."""
    if token != stem:
        return Address(Numbering.MIXED, "", len(token), ending, _count(stem) - 1)
    is_sure = bool(folders) and folders[-1].lower() in _house_words().story_folders
    return Address(Numbering.MIXED, "", len(token), ending, _count(_slug_before(folders)), is_sure)


def _read_number(mark: str, number: str, folders: list[str], ending: str) -> Address | None:
    """Return what a last part tells that is a number: its folders have the words."""
    before = folders[-1].lower() if folders else ""
    known = _house_words()
    if not mark and _PAGE_FOLDER.fullmatch(before):
        return None
    is_place = before in known.story_folders
    place = f"/{before}/" if is_place or 0 < len(before) <= 2 else "/"
    return Address(
        Numbering.NUMBER,
        place + mark,
        len(number),
        ending,
        _count(_slug_before(folders)),
        is_sure=is_place or len(number) >= TIME_DIGITS,
    )


def _slug_before(folders: list[str]) -> str:
    """Return the nearest folder that has words; between it and the number may stand a short sign."""
    near = folders[-2:][::-1]
    return next((one for one in near if len(one) > 2 and not one.isdigit()), "")


def _count(text: str) -> int:
    return len(_WORDS.findall(text))


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
    views: frozenset[str | None]
    story_folders: frozenset[str]
    places: frozenset[str]


@cache
def _house_words() -> _HouseWords:
    known = load_conventions()
    lists = (*known.list_segments, *known.section_segments)
    return _HouseWords(
        frozenset(lists),
        frozenset(known.list_marks),
        frozenset(known.static_pages),
        frozenset(known.list_views),
        frozenset(known.story_folders),
        frozenset(known.slug_folders),
    )
