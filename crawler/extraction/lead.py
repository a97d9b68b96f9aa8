"""The lead (sapo): the paragraph that most papers keep apart from the body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, takewhile

from lxml.html import HtmlElement

from crawler.extraction.boilerplate import boxes, story
from crawler.extraction.captions import is_caption
from crawler.extraction.markup import line, names, select, squeeze
from crawler.extraction.metadata import Metadata
from crawler.extraction.page_blocks import Block, read_blocks
from crawler.extraction.result import Document
from crawler.extraction.surroundings import SENTENCE, Surroundings
from crawler.extraction.wording import class_pattern, plain, wording
from crawler.families import Layout

SHORTEST = 40
"""Characters of the shortest lead."""
LONGEST = 1200
"""Characters of the longest lead."""
FEWEST = 3
"""Paragraphs of the shortest story whose first may be its lead for standing apart alone."""
SAME = 48
"""Characters, squeezed, in which a description and a paragraph must agree from the start."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The lead, where it stands, and the captions of pictures in its node."""

    text: str | None
    origin: str
    captions: tuple[str, ...] = ()


def read_lead(document: Document, metadata: Metadata, layout: Layout, around: Surroundings) -> Lead:
    """Return the lead as the page shows it, and where; without text if it has none.

    The layout's node goes first; then a node between headline and body whose class says that it is
    the lead; then the paragraph there, or among the first two of the body, that begins like the
    page's description; then a bold one or a heading of a sentence's length that opens the story; then
    any sentence between headline and body, or a first paragraph that stands apart from the others.
    """
    for selector in layout.lead:
        for node in select(document.tree, selector):
            text, captions = _read(node, layout)
            if text:
                return Lead(text, f"css {selector}", captions)
    near = (*around.before, *around.body[:2])
    for block in near:
        if (node := _lead_node(block)) is not None:
            text, captions = _read(node, layout)
            if SHORTEST <= len(text) <= LONGEST and squeeze(text) != around.title:
                return Lead(text, f"class {node.get('class') or node.get('id')}", captions)
    for key in ("og:description", "description", "twitter:description"):
        told, _ = metadata.first(key)
        wanted = squeeze(without_agency(told)).rstrip(".…")[:SAME]
        if len(wanted) < SHORTEST * 0.75:
            continue
        for block in near:
            if squeeze(bare(block)).startswith(wanted) and SHORTEST <= len(block.text) <= LONGEST:
                return Lead(bare(block), f"meta {key}, shown in <{block.node.tag}>")
    for block in (*around.before, *around.body[:1]):
        if (
            (block.is_bold or block.is_heading)
            and 60 <= len(block.text) <= LONGEST
            and block.link_share < 0.5
        ):
            return Lead(bare(block), f"bold <{block.node.tag}> before the body")
    for block in story(around.before):
        if SENTENCE <= len(block.text) <= LONGEST and block.link_share < 0.3 and not is_caption(block):
            return Lead(bare(block), f"<{block.node.tag}> between headline and body")
    if (first := _apart(around.body)) is not None:
        return Lead(bare(first), f"<{first.node.tag}> apart from the body")
    return Lead(None, "")


def _apart(body: Sequence[Block]) -> Block | None:
    """Return the first paragraph of a story if those after it share a node that does not hold it.

    A cell of a table is no such node: tables set whole stories.
    """
    if len(body) < FEWEST or not SHORTEST <= len(body[0].text) <= LONGEST:
        return None
    first, *others = body[:FEWEST]
    if first.image or not first.text.endswith((".", "!", "?", "…", "”", '"')):
        return None
    parent = others[0].node.getparent()
    above = list(first.node.iterancestors())
    is_apart = all(block.node.getparent() is parent for block in others) and parent not in above
    return first if is_apart and not any(node.tag in ("td", "li") for node in above[:3]) else None


def bare(block: Block) -> str:
    """Return the text of a block without the paper's name in front."""
    return without_agency(_unlabelled(block.node, block.text))


def without_agency(text: str) -> str:
    """Return `text` without the paper's name in front: "(ĐCSVN) - Ngày 5/11, …" → "Ngày 5/11, …".

    What stands in brackets before a dash is such a name. Without brackets only listed names are,
    written in capitals or as an address: "GLO - …", "VOV.VN - …".
    """
    match = _agency().match(text)
    if match is None:
        return text
    bare = match["bare"]
    return text[match.end() :] if bare is None or bare.isupper() or "." in bare else text


@cache
def _agency() -> re.Pattern[str]:
    name = "|".join(re.escape(one) for one in sorted(wording().lead.agencies, key=len, reverse=True))
    return re.compile(
        rf"\s{{0,20}}(?:[(\[]\s{{0,20}}(?:{name})\s{{0,20}}[)\]][\s:.–—-]*"
        rf"|\([^()]{{2,25}}\)\s{{0,20}}[–—-]+\s*|(?P<bare>{name})\s{{0,20}}[–—-]+\s+)",
        re.IGNORECASE,
    )


def _unlabelled(node: HtmlElement, text: str) -> str:
    """Return `text` without an agency's name in front that the markup of `node` sets apart."""
    agencies = wording().lead.agencies
    for inner in islice(node.iterdescendants("span", "strong", "b", "em", "i", "a", "font"), 3):
        label = line(inner)
        if text.startswith(label) and label != text and plain(label) in agencies:
            return text[len(label) :].lstrip(" \t-–—:.|")
    return text


def _read(node: HtmlElement, layout: Layout) -> tuple[str, tuple[str, ...]]:
    """Return the text of a lead's node, and the captions of the pictures in it."""
    blocks = list(story(read_blocks(node, boxes(node, layout))))
    is_short = sum(len(block.text) for block in blocks) <= 2 * LONGEST
    captions = {block.text: None for block in blocks if is_short and _is_with_picture(block, node)}
    told = [block.text for block in blocks if block.text not in captions]
    if not told:
        told, captions = [block.text for block in blocks], {}
    return without_agency(_unlabelled(node, " ".join(told))), tuple(captions)


def _is_with_picture(block: Block, lead: HtmlElement) -> bool:
    """Whether a line of a lead's node shares a node of its own with a picture, or is set apart behind one."""
    if block.node is not lead and any(
        one.find(".//img") is not None
        for one in takewhile(lambda one: one is not lead, (block.node, *block.node.iterancestors()))
    ):
        return True
    return block.image and (is_caption(block) or block.slanted >= 0.9 * len(block.text))


def _lead_node(block: Block) -> HtmlElement | None:
    """Return the first of the block's node and its nearest parents that is named a lead."""
    words = wording().boilerplate
    pattern = class_pattern(words.leads)
    for node in (block.node, *islice(block.node.iterancestors(), 2)):
        name = names(node)
        if pattern.search(name) or not set(words.lead_words).isdisjoint(name.split()):
            return node
    return None
