"""Who wrote it: a person or an agency as shown, and the byline that leaves the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice, takewhile

from lxml.html import HtmlElement

from crawler.extraction.document import select
from crawler.extraction.metadata import Metadata, Site, names_author
from crawler.extraction.page_blocks import Block, Surroundings, line, names, read_blocks
from crawler.extraction.result import Document
from crawler.extraction.wording import class_pattern, wording
from crawler.families import Layout
from crawler.text.dates import without_times
from crawler.text.normalize import clean, plain, squeeze

LONGEST = 60
"""Characters of the longest byline."""
MOST_WORDS = 9
MOST_NODES = 100
"""Nodes of a line that are looked at: a line of text in the page's frame has the page under it."""
LAST = 5
"""Lines at the end of a body among which a signature may stand: longer lists of names are story."""
NEARLY_ALL = 0.7
"""Share of a body's text that stands before its signature."""
_STOPS = (".", "!", "?", ":", "…", ";", ",", "”", '"')
_METAS = ("article:author", "author", "dc.creator", "twitter:creator")
_BREAK = re.compile(r"(?:(?<!\s)\s+)?(?:[,;/&|–—•·]|\s-\s|\s(?:và|and)\s)\s*")
_BRACKETS = re.compile(r"(?:(?<!\s)\s+)?[(\[][^()\[\]]*[)\]]\s*")
_THEO = re.compile(r"(?:theo|nguồn(?: tin)?)\s*:?\s+(?P<source>[^,;:!?]{2,50})", re.IGNORECASE)
_ENDING = re.compile(
    r"\s(?:tổng hợp|thực hiện|lược dịch|biên dịch|dịch|ghi)$|(?:theo|nguồn)\s.*$", re.IGNORECASE
)
_BY = re.compile(
    r"(?i:(?:(?:written|posted|reported|story|words|text)\s)?by"
    r"|(?:được\s)?(?:viết|đăng|gửi|soạn)?\s?bởi|người (?:viết|đăng)|tác giả)\s?:?\s(?=[A-ZĐÀ-Ỹ])"
)
_TRAILING = re.compile(
    r"(?:(?<!\s)\s+(?:(?i:follow|theo dõi|updated|published|posted)|on|at|lúc|vào|ngày))+\W*$"
)
_AVATAR = re.compile(r"^(?P<letter>\w)\s(?=(?:\w+\s)*(?P=letter)\w+)")
_RIGHT = re.compile(r"text-align\s*:\s*right|\bright\b|\btextright\b", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[A-ZĐ]\.\s?)+[A-ZĐ]?\w*\.?")


def take_byline(blocks: list[Block]) -> tuple[list[Block], list[str]]:
    """Return the blocks without the byline at their end, and the byline's lines.

    It is looked for behind the last sentence, and in the last third of the text if the markup shows
    a signature; whatever follows it is no story. Lines about pictures ("Ảnh: …") belong to it.
    """
    total, told = sum(len(block.text) for block in blocks), 0
    prose = max((n for n, block in enumerate(blocks) if _is_prose(block)), default=len(blocks))
    tail = next((n for n in range(prose + 1, len(blocks)) if is_byline(blocks[n])), len(blocks))
    if len(blocks) - tail > LAST:
        tail = len(blocks)
    for n, block in enumerate(blocks):
        told += len(block.text)
        if n == tail or (told > NEARLY_ALL * total and is_byline(block) and _names_somebody(block)):
            return blocks[:n], [one.text for one in takewhile(is_byline, blocks[n:])]
    return _cut_signature(blocks)


def _cut_signature(blocks: list[Block]) -> tuple[list[Block], list[str]]:
    """Return the blocks without a name in bold or italics at the end of the last sentence."""
    if not blocks:
        return blocks, []
    *rest, last = blocks
    marked = list(last.node.iterdescendants("b", "strong", "em", "i"))
    name = line(marked[-1]) if marked else ""
    sentence = last.text.removesuffix(name).rstrip()
    signed = (
        name
        and sentence != last.text
        and sentence.endswith((".", "!", "?", "”", '"'))
        and 2 <= len(name.split()) <= 6
        and all(word[:1].isupper() for word in name.split())
        and not name.endswith(_STOPS)
    )
    if not signed:
        return blocks, []
    return [*rest, replace(last, text=sentence)], [name]


def _is_prose(block: Block) -> bool:
    return not is_byline(block) and (len(block.text) > 2 * LONGEST or block.text.endswith(_STOPS))


def is_byline(block: Block) -> bool:
    """Whether a line at the end of a story is a signature and no sentence."""
    text = block.text
    if block.is_heading:
        return False
    if len(text) > LONGEST or len(text.split()) > MOST_WORDS:
        return _without_label(text) != text and len(text) <= 2 * LONGEST and not text.endswith(_STOPS)
    if _is_about_pictures(text) or _is_signature(block):
        return True
    if text.endswith(_STOPS) and not _INITIALS.fullmatch(text):
        return False
    words = _bare(text).split()
    if not words or not all(map(_looks_like_name, words)):
        return False
    return len(words) <= 6 or block.bold + block.slanted > 0


def _is_signature(block: Block) -> bool:
    """Whether wording, class or alignment say that a short line names the writer or the source."""
    text = block.text
    if _source(text) or _is_author_node(block) or _without_label(text) != text:
        return True
    said = f"{block.node.get('style')} {block.node.get('align')} {names(block.node)}"
    return bool(_RIGHT.search(said)) and not text.endswith(_STOPS)


def _names_somebody(block: Block) -> bool:
    """Whether a signature is a name, or has a label: a line on the right may be anything."""
    text = block.text
    if not _is_signature(block):
        return False
    if _source(text) or _without_label(text) != text:
        return True
    words = _bare(text).split()
    return bool(words) and not text.endswith(_STOPS) and all(map(_looks_like_name, words))


def _source(text: str) -> str | None:
    """Return whom a line "Theo …" names; a sentence that begins so has commas or a full stop."""
    whole = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    match = _THEO.fullmatch(_BRACKETS.sub(" ", whole).strip())
    if match is None or text.endswith("."):
        return None
    name = match["source"]
    return name if name[:1].isupper() or name[:1].isdigit() else None


def _is_author_node(block: Block) -> bool:
    pattern = class_pattern(wording().boilerplate.authors)
    return any(pattern.search(names(node)) for node in (block.node, *islice(block.node.iterancestors(), 2)))


def read_authors(
    document: Document,
    metadata: Metadata,
    layout: Layout,
    byline: Iterable[str],
    around: Surroundings,
    site: Site,
) -> tuple[tuple[str, ...], str]:
    """Return the authors and where they stand; empty if only the paper or a desk is named.

    What readers see goes before what machines are told: the layout's node, the signature under
    the story, a line around it whose class or label says author, then JSON-LD and metadata, then
    a name beside the time. A place whose names another one confirms goes before all others. A
    source ("Theo TTXVN") is the author only where nobody else is.
    """
    shown = {f"css {selector}": _lines(document.tree, selector) for selector in layout.authors}
    shown["byline"] = [*byline, *_signed(around.after)]
    shown["class author"] = list(_named(around))
    shown["label"] = list(_labelled(around))
    told = {"json-ld author": metadata.people()}
    told |= {f"meta {key}": list(metadata.metas.get(key, ())) for key in _METAS}
    told = {origin: list(filter(_is_written_name, names)) for origin, names in told.items()}
    places = shown | told | {"beside the time": list(_beside_time(around))}
    people = {origin: _people(lines, site, around.title) for origin, lines in places.items()}
    for origin in ("class author", "beside the time", *told):
        people[origin] = tuple(name for name in people[origin] if not site.is_section(name))
    people = {origin: found for origin, found in people.items() if found}
    said = {origin: "metadata" if origin in told else origin for origin in people}
    for origin, found in people.items():
        others = {
            name.casefold() for one, names in people.items() if said[one] != said[origin] for name in names
        }
        if confirmed := [name for name in found if name.casefold() in others]:
            return tuple(dict.fromkeys([*confirmed, *found])), origin
    for origin, found in people.items():
        return found, origin
    for origin, lines in shown.items():
        if sources := _people(_sources(lines), site, around.title):
            return sources, f"{origin}, source"
    return (), ""


def _lines(tree: HtmlElement, selector: str) -> list[str]:
    return [text for node in select(tree, selector) for block in read_blocks(node) if (text := block.text)]


def _signed(after: list[Block]) -> list[str]:
    """Return the signature that stands right behind the body's container."""
    return [block.text for block in takewhile(_is_signature, after[:2]) if is_byline(block)]


def _named(around: Surroundings) -> Iterator[str]:
    """Yield the short lines around the story, or their parts, whose class or link says author."""
    pattern = class_pattern(wording().boilerplate.authors)
    for block in (*around.before, *around.after):
        inside = islice(block.node.iterdescendants(), MOST_NODES)
        texts = [
            line(node)
            for node in inside
            if pattern.search(names(node)) or (node.tag == "a" and names_author(node))
        ]
        texts = [text for text in texts if text and text in block.text]
        if not texts and _is_author_node(block):
            texts = [block.text]
        yield from (text for text in texts if len(text) <= LONGEST)


def _labelled(around: Surroundings) -> Iterator[str]:
    """Yield the lines around the story that begin with "Tác giả:", or "By" and a name."""
    for block in (*around.before, *around.after):
        if len(block.text) <= 2 * LONGEST and (found := _label().search(block.text)):
            yield found["name"]
        elif _BY.match(block.text):
            yield block.text


@cache
def _label() -> re.Pattern[str]:
    """Return what finds a name behind "Tác giả:" on a line, whatever stands in front."""
    labels = "|".join(map(re.escape, sorted(wording().authors.sure_labels, key=len, reverse=True)))
    return re.compile(rf"(?:^|[|•–-]\s*)(?:{labels})\s*:\s*(?P<name>.+)$", re.IGNORECASE)


def _beside_time(around: Surroundings) -> Iterator[str]:
    """Yield the names that share a line with a time above the story: "Tên - 16:20, 7/8/2026"."""
    for block in around.before:
        rest = without_times(block.text)
        if rest == block.text or len(block.text) > 2 * LONGEST:
            continue
        for part in _BREAK.split(_bare(rest)):
            words = part.strip(" .:|").split()
            if 2 <= len(words) <= 5 and all(word[:1].isupper() and word.isalpha() for word in words):
                yield " ".join(words)


def _sources(lines: Iterable[str]) -> Iterator[str]:
    """Yield whom the lines name as their source: "Theo …", and short lines that go on after it."""
    going_on = False
    for text in lines:
        if source := _source(text):
            going_on = True
            yield source
        elif going_on:
            yield text


def _people(lines: Iterable[str], site: Site, title: str) -> tuple[str, ...]:
    """Return the names on `lines`, without what they say of times, pictures and units.

    Args:
        title: the headline, squeezed; it is nobody's name.
    """
    people: list[str] = []
    for text in map(clean, lines):
        if _source(text):
            break
        if _is_about_pictures(text) or len(text) > 2 * LONGEST:
            continue
        untimed = without_times(text)
        for part in _BREAK.split(_bare(untimed)):
            name = _name(part)
            if not name or squeeze(name) == title or not _is_author(name, site):
                continue
            if untimed == text or name != name.lower():
                people.append(name)
    return tuple(dict.fromkeys(people))


def _name(part: str) -> str:
    """Return what of a part is the name: no avatar's letter in front, no "Follow" behind."""
    name = _AVATAR.sub("", _TRAILING.sub("", part).strip(" .:-–*_|•"))
    return f"{name}." if _INITIALS.fullmatch(f"{name}.") and part.rstrip().endswith(".") else name


def _is_written_name(text: str) -> bool:
    """Whether a name is written as people write it, and not the name of an account."""
    return text != text.lower() and not text.startswith("http")


def _bare(text: str) -> str:
    """Return what of a signature names people: no label, no source or pictures behind it, no brackets."""
    named = _ENDING.sub("", _pictures().sub("", _without_label(text)))
    return _BRACKETS.sub(" ", named).strip() or named.strip("()[] ")


@cache
def _pictures() -> re.Pattern[str]:
    """Return what finds the part of a signature that names who took the pictures."""
    labels = "|".join(map(re.escape, wording().authors.picture_labels))
    return re.compile(rf"(?<![\s,;|–-])[\s,;|–-]+(?:{labels})\s*:.*$", re.IGNORECASE)


def _without_label(text: str) -> str:
    head, colon, rest = text.partition(":")
    if colon and plain(head) in wording().authors.labels:
        return rest
    return _BY.sub("", text, count=1) if _BY.match(text) else text


def _is_about_pictures(text: str) -> bool:
    head, colon, _ = text.strip("( ").partition(":")
    return bool(colon) and plain(head) in wording().authors.picture_labels


def _is_author(name: str, site: Site) -> bool:
    lower = plain(name)
    words = wording().authors
    if len(lower) < 2 or not any(map(str.isalpha, lower)) or len(name.split()) > MOST_WORDS:
        return False
    if (
        lower in map(plain, words.not_authors)
        or lower in wording().phrases.drop
        or f"{lower} ".startswith(words.not_beginning)
    ):
        return False
    if site.is_name(lower) or lower[:1].isdigit():
        return False
    return not any(part in f"{lower} " for part in words.not_containing)


def _looks_like_name(word: str) -> bool:
    bare = word.strip("-–,.&/;()|")
    return not bare or bare[:1].isupper() or bare in ("và", "thực", "hiện")
