"""Where a list goes on: ``rel=next``, the pager, or what the page's script would ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

from crawler.extraction import Document
from crawler.identity.urls import base_url, canonical_url, politeness_key
from crawler.source import Source
from spiders.discovery.conventions import ScriptedList, load_conventions
from spiders.discovery.links import has_relation

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NEXT_WORDS = frozenset(
    {"trang sau", "trang tiếp", "trang kế", "tiếp", "tiếp theo", "sau", "next", "older", "xem thêm",
     "xem tiếp", "tin cũ hơn", "›", "»", ">", ">>", "→", "❯"}
)  # fmt: skip
_NUMBER_IN_PATH = re.compile(
    r"(?P<mark>[-/](?:trang|page|p)[-/=]?)(?P<number>\d{1,5})(?P<ending>\.\w+|/)?$", re.IGNORECASE
)
_NUMBER_IN_QUERY = re.compile(
    r"(?P<mark>(?:^|[?&])(?:trang|page|p|pagenumber|paged)=)(?P<number>\d{1,5})(?=&|$)", re.IGNORECASE
)
_CURRENT = re.compile(r"(?:^|[\s_-])(?:active|current|selected)(?:$|[\s_-])", re.IGNORECASE)


class _Numbered(NamedTuple):
    """The address of one page of a list: everything but its number, and the number."""

    stem: str
    number: int


class _Step(NamedTuple):
    url: str
    words: str
    place: _Numbered
    is_current: bool


def next_page(document: Document, source: Source, here: str) -> str | None:
    """Return the address of a list's next page, or None.

    Args:
        here: the list as it was asked for.
    """
    return _declared(document, source, here) or _in_pager(document, source, here) or _scripted(document, here)


def _declared(document: Document, source: Source, here: str) -> str | None:
    for node in document.tree.iter("link", "a"):
        if not has_relation(node, "next"):
            continue
        url = canonical_url(node.get("href") or "", base_url(document.tree, document.page.final_url))
        if url and source.owns(url) and url != here:
            return url
    return None


def _in_pager(document: Document, source: Source, here: str) -> str | None:
    """Return the link whose number follows that of the page shown.

    What a link says counts, not what its address says: on some sites ``-page1`` is page 2. The page
    shown is the one that the pager marks, else the one whose number the address of the list bears.
    """
    steps = [step for step in _steps(document, here) if source.owns(step.url)]
    shown = _page_shown(steps, here)
    for step in steps:
        if step.words == str(shown + 1) and not step.is_current and step.url != here:
            return step.url
    number_here = place.number if (place := _place(here)) else 1
    for step in steps:
        if step.words in _NEXT_WORDS and step.place.number > number_here and step.url != here:
            return step.url
    return None


def _steps(document: Document, here: str) -> Iterator[_Step]:
    for node in document.tree.iter("a"):
        words = " ".join(node.text_content().split()).casefold()
        if not (
            words.isdecimal() or words in _NEXT_WORDS or (node.get("title") or "").casefold() in _NEXT_WORDS
        ):
            continue
        if not words.isdecimal():
            words = words if words in _NEXT_WORDS else (node.get("title") or "").casefold()
        url = canonical_url(node.get("href") or "", base_url(document.tree, document.page.final_url))
        place = _place(url) if url else None
        if url and place and _same_list(place.stem, here):
            yield _Step(url, words, place, _is_current(node))
        elif url and words == "1" and _same_list(url, here):
            yield _Step(url, words, _Numbered(url, 1), _is_current(node))


def _page_shown(steps: list[_Step], here: str) -> int:
    for step in steps:
        if step.words.isdecimal() and (step.is_current or step.url == here):
            return int(step.words)
    place = _place(here)
    return place.number if place else 1


def _is_current(node: HtmlElement) -> bool:
    parent = node.getparent()
    marks = [node.get("class") or "", (parent.get("class") or "") if parent is not None else ""]
    return any(map(_CURRENT.search, marks)) or node.get("aria-current") is not None


def _place(url: str) -> _Numbered | None:
    parts = urlsplit(url)
    if match := _NUMBER_IN_QUERY.search(parts.query):
        return _Numbered(url.partition("?")[0], int(match["number"]))
    if match := _NUMBER_IN_PATH.search(parts.path):
        head = f"{parts.scheme}://{parts.netloc}{parts.path[: match.start()]}"
        return _Numbered(head, int(match["number"]))
    return None


def _same_list(stem: str, here: str) -> bool:
    """Whether two addresses begin with the same section."""
    place = _place(here)
    one, other = (_section(url) for url in (stem, place.stem if place else here))
    return one == other or one.startswith(f"{other}/") or not other


def _section(url: str) -> str:
    return re.sub(r"\.\w{2,5}$", "", urlsplit(url).path.strip("/-"))


def _scripted(document: Document, here: str) -> str | None:
    """Return what the page's script would ask for, where the page or its address names the zone."""
    parts = urlsplit(here)
    for known in load_conventions().scripted_lists:
        if known.hosts and politeness_key(parts.hostname or "") not in known.hosts:
            continue
        if match := _of_script(known).fullmatch(parts.path):
            values = match.groupdict()
            values["page"] = str(int(values["page"]) + 1)
            return urljoin(here, known.address.format(**values)) if _has_links(document) else None
        if zone := _zone(document, known.zone_field):
            extension = match[0] if (match := re.search(r"\.\w{2,5}$", parts.path)) else ".htm"
            page = known.first_page
            return urljoin(here, known.address.format(zone=zone, page=page, extension=extension))
    return None


def _of_script(known: ScriptedList) -> re.Pattern[str]:
    pattern = re.escape(known.address)
    for name, form in {"zone": r"\d+", "page": r"\d+", "extension": r"\.\w+"}.items():
        pattern = pattern.replace(re.escape(f"{{{name}}}"), f"(?P<{name}>{form})")
    return re.compile(pattern)


def _zone(document: Document, field: str) -> str | None:
    for node in document.tree.xpath("//input[@id=$field or @name=$field]", field=field):
        value = (node.get("value") or "").strip()
        if value.isascii() and value.isdigit() and int(value):
            return str(value)
    return None


def _has_links(document: Document) -> bool:
    return next(document.tree.iter("a"), None) is not None
