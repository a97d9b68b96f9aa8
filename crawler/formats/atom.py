"""Atom 1.0 (RFC 4287): the newest articles for feed readers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from crawler.article import Precision, Published
from crawler.identity.urls import canonical_url
from crawler.source import IMPORT

FEED_ID = "tag:biengioi,2026:articles"
"""Of the feed of all articles (RFC 4151)."""

WATCH_ID = "tag:biengioi,2026:watch"
"""Of the feed of a watch, with its name behind."""

MEDIA_TYPE = "application/atom+xml"

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (§2.2); carriage returns would be read as line ends."""

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi">\n'
_TITLE_CHARS = 80


@dataclass(frozen=True, slots=True)
class Feed:
    """Which feed it is: readers hold two with one id for the same (RFC 4287 §4.2.6).

    Args:
        question: what is asked for, by the names that addresses have; nothing for all articles.
        address: where it is found again; None for a file, whose address nobody knows.
        note: what it says of itself, as its subtitle; empty for none.
        name: of the watch whose feed it is: it stays the same when the watch asks for something else.
    """

    question: Mapping[str, str]
    address: str | None = None
    note: str = ""
    name: str = ""

    @property
    def id(self) -> str:
        """The same for the same question, in every collection and at every address."""
        if self.name:
            return f"{WATCH_ID}:{quote(self.name)}"
        return f"{FEED_ID}?{urlencode(sorted(self.question.items()))}" if self.question else FEED_ID

    @property
    def title(self) -> str:
        """The question, so that a list of feeds tells them apart."""
        if self.name:
            return f"biengioi: {self.name}"
        parts = (value if name == "q" else f"{name} {value}" for name, value in self.question.items())
        return f"biengioi: {' · '.join(parts)}" if self.question else "biengioi"


EVERYTHING = Feed({})


def write_atom(articles: Iterable[Mapping[str, Any]], file: BinaryIO, *, feed: Feed, updated_at: str) -> int:
    """Write a feed of articles, and return how many.

    Args:
        articles: rows with their JSON columns as lists, and with `source_name`.
        feed: which one.
        updated_at: when the newest of them was stored.
    """
    about = {"id": feed.id, "title": feed.title, "updated": updated_at, "generator": "biengioi"}
    about |= {"subtitle": feed.note} if feed.note else {}
    file.write(_HEAD.encode())
    file.writelines(_xml(_element(None, name, text)) for name, text in about.items())
    if feed.address:
        file.write(_xml(_element(None, "link", rel="self", type=MEDIA_TYPE, href=feed.address)))
    count = 0
    for count, article in enumerate(articles, start=1):  # noqa: B007 - the last one is the answer
        file.write(_xml(_entry(article)))
    file.write(b"</feed>\n")
    return count


def _entry(article: Mapping[str, Any]) -> Element:
    entry = Element("entry")
    _element(entry, "id", entry_id(article))
    _element(entry, "title", article["title"] or f"{article['text'][:_TITLE_CHARS]}…")
    if address := canonical_url(article["url"] or ""):  # never javascript: or the like, and always an IRI
        _element(entry, "link", rel="alternate", href=address)
    _element(entry, "updated", article["fetched_at"])
    if article["published_at"]:
        _element(entry, "published", _moment(article["published_at"], article["published_precision"]))
    for name in article["authors"] or [article["source_name"]]:
        _element(_element(entry, "author"), "name", name)
    for term in (*article["fields"], *article["countries"], *article["places"]):
        _element(entry, "category", term=term)
    if article["lead"]:
        _element(entry, "summary", article["lead"])
    paragraphs = (f"<p>{html.escape(one)}</p>" for one in article["text"].splitlines())
    _element(entry, "content", "".join(paragraphs), type="html")
    return entry


def entry_id(article: Mapping[str, Any]) -> str:
    """Return the id that an article has in every feed, of every collection (RFC 4151).

    A crawled article is its address. Imported ones never change and may share one, or have none.
    """
    url = canonical_url(article["url"] or "")
    if article["source_id"] == IMPORT or url is None:
        return f"tag:biengioi,2026:{article['content_hash']}"
    parts = urlsplit(url)
    return f"tag:{parts.hostname},2026:{urlunsplit(('', '', parts.path, parts.query, ''))}"


def _moment(at: str, precision: str) -> str:
    """Return a publication time as RFC 3339 wants it: to the second, the first one that it may be."""
    published = Published(at, Precision(precision))
    if published.precision in (Precision.DAY, Precision.MONTH):
        return published.first_moment.isoformat()
    return at


def _element(parent: Element | None, name: str, text: str | None = None, **attributes: str) -> Element:
    clean = {key: _FORBIDDEN.sub("", value) for key, value in attributes.items()}
    element = Element(name, clean) if parent is None else SubElement(parent, name, clean)
    element.text = None if text is None else _FORBIDDEN.sub("", text)
    return element


def _xml(element: Element) -> bytes:
    return f"{tostring(element, 'unicode')}\n".encode()
