"""Where a text is from and where its page leads: names of origin ("Theo Báo …", "(Nguồn: …)"), hosts, links.

Pure. The words stand in ``origins.toml``. Links to hosts that the paper does not name are hints for
`sources suggest`. Of a story those count that stand in its text or in the line that names its origin, and
the address that the page gives as the text's own. Of a list page all count: what many papers link from
their front page. Sponsored and users' links never do (``rel``: developers.google.com/search, "Qualify
your outbound links").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.article import Article
from crawler.declaration import declare, read_toml
from crawler.extraction import Document
from crawler.identity.urls import base_url, canonical_url, politeness_key
from crawler.text.normalize import canonical_text, clean

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_HOSTS = 40
"""Hosts of one page that are remembered."""
_LONGEST_WORDS = 120
_LONGEST_CREDIT_LINE = 200
"""Characters of a line that may name where a text comes from."""
_LEAST_SENTENCE = 40
"""Characters of a paragraph in which a link can be told from a button ("Chia sẻ")."""
_NOT_OURS = frozenset({"sponsored", "ugc"})
_TEXT_BLOCKS = frozenset({
    "p", "div", "li", "td", "figcaption", "blockquote", "section", "article", "main", "body",
    "h1", "h2", "h3", "h4",
})  # fmt: skip
_ORIGIN_METAS = frozenset({"syndication-source", "original-source", "source_url", "article:source"})
FILE = Path(__file__).with_name("origins.toml")
MOST_WORDS = 7
"""Words that the name of a publication may have after "báo", "tạp chí" and the like."""
LONGEST_CREDIT = 80
"""Characters of a line, or of what stands in brackets, that is nothing but a credit."""
_DOOR = re.compile(r"https?://[a-z0-9.:-]+/")
_ELSEWHERE = re.compile(r"[:\\]|//")
"""What a link to another host must have; others may, too."""
_MOST_AROUND_LINKS = 400_000
"""Characters around all foreign links of a page; no story is that long."""
_AROUND = 160
"""Characters of the sentence that are shown with a name."""
_DOT = re.compile(r"\w\.[a-z]")
_LONGEST_LEAD = 24
"""Characters before a name that may lead to it."""
_LONGEST_NAME = 200
"""Characters behind "báo" and the like in which the name of a publication ends."""
_SIGN = re.compile(r"[^\w\s'’&+.-]|(?<!\w)[.-]|[.](?=\s|$)|\s[-–—]\s")


class OutlinkKind(StrEnum):
    """Where on a page a link stands."""

    STORY = "story"
    CANONICAL = "canonical"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Outlink:
    """One link that leads away; of several to one host on one page the first that tells most.

    Args:
        host: politeness key of its host.
        url: canonical; of a `LeadingAway` as the page writes it.
        words: its text, cut.
    """

    kind: OutlinkKind
    host: str
    url: str
    words: str


@dataclass(frozen=True, slots=True)
class LeadingAway:
    """A link of a page, before it is known which text is the story's.

    Args:
        line: what stands around it; None where it counts whatever the story is.
    """

    link: Outlink
    line: str | None


@dataclass(frozen=True, slots=True)
class Hosts:
    """What is known of host names."""

    endings: tuple[str, ...]
    never: tuple[str, ...]
    second: tuple[str, ...]
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists of ``origins.toml``."""

    leads: tuple[str, ...]
    outlets: tuple[str, ...]
    generic: tuple[str, ...]
    verbs: tuple[str, ...]
    stops: tuple[str, ...]
    offices: tuple[str, ...]
    short: Mapping[str, str]
    hosts: Hosts


@dataclass(frozen=True, slots=True)
class Origin:
    """A publication that a text names.

    Args:
        name: as it is written, in full where it is a known short form; "" where only a host stands there.
        host: the host that stands in its place; None for none.
        words: what stands around it.
        is_certain: a word such as "báo" says that it is a publication; else it may be a person.
    """

    name: str
    host: str | None
    words: str
    is_certain: bool = True


@cache
def words() -> Words:
    """Return the word lists."""
    return declare(Words, read_toml(FILE), FILE)


def named_origins(lines: Iterable[str]) -> Iterator[Origin]:
    """Yield the publications that the lines of a text name as where something is from.

    Args:
        lines: paragraphs, captions, the names of a byline.
    """
    for line in lines:
        yield from _in_sentences(line)
        yield from _in_credits(line)
        if _DOT.search(line):
            for match in _hosts().finditer(line):
                yield Origin("", match[0].lower(), _around(line, match.start(), match.end()))


def _in_sentences(line: str) -> Iterator[Origin]:
    small = line.lower()
    if not any(head in small for head in _heads()):
        return
    for match in _outlet().finditer(line):
        start, end = match.span()
        name = _name(line[end : end + _LONGEST_NAME])
        if not name:
            continue
        end = line.index(name, end) + len(name)
        lead = _lead_before().search(line, max(0, start - _LONGEST_LEAD), start)
        if lead or _verb().match(line, end):
            name = name if match[0] in words().generic else f"{match[0]} {name}"
            yield Origin(name, None, _around(line, lead.start() if lead else start, end))


def _in_credits(line: str) -> Iterator[Origin]:
    """Yield what a line, or a bracket at its end, gives as origin where no word says that it is a paper."""
    if "(" not in line and len(line) > LONGEST_CREDIT:
        return
    for match in _credit().finditer(line):
        said = match["name"].strip(" .:;\"“”'’")
        first = said.casefold()
        if not said or first.startswith(tuple(f"{one} " for one in (*words().outlets, *words().offices))):
            continue
        if first in words().offices or _hosts().search(said):
            continue
        name = words().short.get(said, said)
        if (name[0].isupper() or name != said) and len(said.split()) <= MOST_WORDS - 2:
            is_certain = said in words().short
            yield Origin(name, None, _around(line, match.start(), match.end()), is_certain)


def _name(rest: str) -> str:
    """Return the name that the words after "báo" make: up to a sign, a word that ends it, or what is small.

    Vietnamese names have small words ("Quân đội nhân dân"); where nothing ends the name within
    `MOST_WORDS`, it is as long as its words are capitals.
    """
    rest = rest.lstrip(' "“')
    end = _SIGN.search(rest)
    whole = rest[: end.start()] if end else rest
    verb = _verb_within().search(whole)
    whole = whole[: verb.start()] if verb else whole
    taken: list[str] = []
    is_ended = False
    for word in whole.split():
        if taken and word in (*words().stops, *taken[:1]):
            is_ended = True
            break
        if len(taken) == MOST_WORDS:
            break
        taken.append(word)
    else:
        is_ended = True
    if not taken or not (taken[0][0].isupper() or taken[0][0].isdigit()):
        return ""
    if not is_ended:
        small = next((n for n, word in enumerate(taken) if not word[0].isupper()), len(taken))
        taken = taken[:small]
    name = re.match(r"\s*" + r"\s+".join(map(re.escape, taken)), rest)
    return name[0].strip() if name else ""


def _around(line: str, start: int, end: int) -> str:
    spare = max(0, _AROUND - (end - start)) // 2
    first, last = max(0, start - spare), min(len(line), end + spare)
    if first:
        first = line.find(" ", first, start) + 1 or start
    if last < len(line):
        last = line.rfind(" ", end, last) if line.rfind(" ", end, last) > 0 else last
    return f"{'…' if first else ''}{line[first:last].strip()}{'…' if last < len(line) else ''}"


def _either(options: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(options, key=len, reverse=True)))


@cache
def _heads() -> tuple[str, ...]:
    """Return the words with which the names of publications begin: most lines have none."""
    return tuple({f"{one.split()[0]} " for one in words().outlets})


@cache
def _outlet() -> re.Pattern[str]:
    # Before a capital, a digit or a quotation mark: what follows "thông báo" and "báo cáo" is small.
    return re.compile(rf"\b(?i:{_either(words().outlets)})(?=\s+[^\W_a-zàáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]|\s+[\"“])")


@cache
def _lead_before() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_either(words().leads)})\s{{0,3}}:?\s{{1,3}}[\"“]?$", re.IGNORECASE)


@cache
def _verb() -> re.Pattern[str]:
    return re.compile(
        rf"[\"”]?\s{{0,3}}(?:\([^()]{{0,{_AROUND}}}\)\s{{0,3}})?(?:{_either(words().verbs)})\b", re.IGNORECASE
    )


@cache
def _verb_within() -> re.Pattern[str]:
    return re.compile(rf"\s(?:{_either(words().verbs)})\b")


@cache
def _credit() -> re.Pattern[str]:
    leads = _either(words().leads)
    return re.compile(
        rf"(?:^\s{{0,3}}|\()(?:{leads})\s{{0,3}}:?\s{{1,3}}(?P<name>[^().,;:]{{2,{LONGEST_CREDIT}}}?)"
        r"\s{0,3}(?:\)|\.?\s{0,3}$)",
        re.IGNORECASE,
    )


@cache
def _hosts() -> re.Pattern[str]:
    endings = _either(words().hosts.endings)
    # The label before the ending has three letters at least: "t.la" is a full stop that lacks its space.
    label, last = "[a-z0-9][a-z0-9-]*", "[a-z0-9][a-z0-9-]{2,}"
    return re.compile(rf"(?<![\w@./-])(?i:(?:{label}\.)*{last}\.)(?:{endings})(?![\w@-]|\.\w)")


def registrable(host: str) -> str:
    """Return the part of a host name that one house has registered; an address stays what it is."""
    labels = host.split(".")
    if labels[-1].isdecimal() or ":" in host:
        return host
    known = words().hosts
    size = 3 if len(labels) > 2 and labels[-2] in known.second else 2
    if ".".join(labels[-2:]) in known.shared:
        size = len(labels)
    return ".".join(labels[-size:])


def is_never_a_paper(host: str) -> bool:
    """Whether a host is one of those that many pages link and nobody reads as a newspaper."""
    return registrable(host) in words().hosts.never or host in words().hosts.never


def leading_away(document: Document, owns: Callable[[str], bool]) -> tuple[LeadingAway, ...]:
    """Return the links of a page that a story on it may have; before extraction uses the tree up.

    Args:
        owns: whether an address is on a host of the paper.
    """
    lines: dict[HtmlElement, str] = {}
    room = _MOST_AROUND_LINKS
    found = [LeadingAway(one, None) for one in _declared(document, owns)]
    for node, url, host in _foreign_links(document, owns):
        block = next((outer for outer in node.iterancestors() if outer.tag in _TEXT_BLOCKS), node)
        if block not in lines:
            lines[block] = clean(block.text_content())[:room]
            room -= len(lines[block])
        found.append(LeadingAway(Outlink(OutlinkKind.STORY, host, url, _text_of(node)), lines[block]))
    return tuple(found)


def story_outlinks(links: Collection[LeadingAway], article: Article) -> tuple[Outlink, ...]:
    """Return where a story leads to, each host once.

    Args:
        links: those of its page.
        article: what was read on the page.
    """
    text = f" {canonical_text(' '.join((article.text, *article.captions)))} "
    told = {line for line in {one.line for one in links} if line is None or _is_told(line, text)}
    return _once(one.link for one in links if one.line in told)


def list_outlinks(document: Document, owns: Callable[[str], bool]) -> tuple[Outlink, ...]:
    """Return where a list page leads to, each host once."""
    return _once(
        Outlink(OutlinkKind.LIST, host, url, _text_of(node))
        for node, url, host in _foreign_links(document, owns)
    )


def _once(found: Iterator[Outlink] | list[Outlink]) -> tuple[Outlink, ...]:
    kept: dict[str, Outlink] = {}
    for one in found:
        if len(kept) < MOST_HOSTS and one.host not in kept and (url := canonical_url(one.url)):
            kept[one.host] = replace(one, url=url)
    return tuple(kept.values())


def _declared(document: Document, owns: Callable[[str], bool]) -> Iterator[Outlink]:
    """Yield what the page's head gives as the address that the text comes from."""
    base = base_url(document.tree, document.page.final_url)
    hrefs = [
        node.get("href")
        for node in document.tree.iter("link")
        if {"canonical", "syndication"} & set((node.get("rel") or "").lower().split())
    ]
    hrefs += [
        node.get("content")
        for node in document.tree.iter("meta")
        if (node.get("name") or node.get("property") or "").lower() in _ORIGIN_METAS
    ]
    for href in hrefs:
        url = canonical_url(href or "", base)
        if url and not owns(url) and not is_never_a_paper(_host_of(url)):
            yield Outlink(OutlinkKind.CANONICAL, _host_of(url), url, "")


def _is_told(block: str, text: str) -> bool:
    """Whether a line is a sentence of the story, or names where it comes from."""
    if len(block) <= _LONGEST_CREDIT_LINE and any(named_origins([block])):
        return True
    own = canonical_text(block)
    return len(own) >= _LEAST_SENTENCE and f" {own} " in text


def _foreign_links(document: Document, owns: Callable[[str], bool]) -> Iterator[tuple[HtmlElement, str, str]]:
    """Yield what leads away, the address as it is written or canonical, and the host of a likely paper."""
    base = base_url(document.tree, document.page.final_url)
    is_home, host_behind = owns(base), dict[str, str]()  # "" where no other paper is
    for node in document.tree.iter("a"):
        href = node.get("href") or ""
        door = _DOOR.match(href)
        host = host_behind.get(door[0]) if door else None
        if host == "" or (not door and is_home and not _ELSEWHERE.search(href)):
            continue
        if _NOT_OURS & set((node.get("rel") or "").lower().split()):
            continue
        url = href if host else canonical_url(href, base)
        if url and host is None:
            host = "" if owns(url) or is_never_a_paper(_host_of(url)) else _host_of(url)
            host_behind.update({door[0]: host} if door else {})
        if url and host:
            yield node, url, host


def _host_of(url: str) -> str:
    return politeness_key(urlsplit(url).hostname or "")


def _text_of(node: HtmlElement) -> str:
    return clean(node.text_content() or node.get("title") or "")[:_LONGEST_WORDS]
