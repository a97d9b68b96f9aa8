"""The lead (sapo): the paragraph that most papers keep apart from the body."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extraction.boilerplate import boxes, story
from crawler.extraction.captions import is_caption
from crawler.extraction.markup import names, select, squeeze
from crawler.extraction.metadata import Metadata
from crawler.extraction.page_blocks import Block, read_blocks
from crawler.extraction.result import Document
from crawler.extraction.surroundings import SENTENCE, Surroundings
from crawler.extraction.wording import class_pattern, wording
from crawler.families import Layout

SHORTEST = 40
LONGEST = 1200
SAME = 48
"""Characters, squeezed, in which a description and a paragraph must agree from the start."""


def read_lead(
    document: Document, metadata: Metadata, layout: Layout, around: Surroundings
) -> tuple[str | None, str]:
    """Return the lead as the page shows it, and where; None if it has none.

    The layout's node goes first; then a node between headline and body whose class says that it is
    the lead; then the paragraph there, or among the first two of the body, that begins like the
    page's description; then a bold one or a heading of a sentence's length that opens the story; then
    any sentence between headline and body.
    """
    for selector in layout.lead:
        for node in select(document.tree, selector):
            if text := _text(node, layout):
                return without_agency(text), f"css {selector}"
    near = (*around.before, *around.body[:2])
    for block in near:
        if (node := _lead_node(block)) is not None:
            text = _text(node, layout)
            if SHORTEST <= len(text) <= LONGEST and squeeze(text) != around.title:
                return without_agency(text), f"class {node.get('class') or node.get('id')}"
    for key in ("og:description", "description", "twitter:description"):
        told, _ = metadata.first(key)
        wanted = squeeze(without_agency(told)).rstrip(".…")[:SAME]
        if len(wanted) < SHORTEST * 0.75:
            continue
        for block in near:
            shown = squeeze(without_agency(block.text))
            if shown.startswith(wanted) and SHORTEST <= len(block.text) <= LONGEST:
                return without_agency(block.text), f"meta {key}, shown in <{block.node.tag}>"
    for block in (*around.before, *around.body[:1]):
        if (
            (block.is_bold or block.is_heading)
            and 60 <= len(block.text) <= LONGEST
            and block.link_share < 0.5
        ):
            return without_agency(block.text), f"bold <{block.node.tag}> before the body"
    for block in story(around.before):
        if SENTENCE <= len(block.text) <= LONGEST and block.link_share < 0.3 and not is_caption(block):
            return without_agency(block.text), f"<{block.node.tag}> between headline and body"
    return None, ""


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
        rf"\s*(?:[(\[]\s*(?:{name})\s*[)\]][\s:.–—-]*|\([^()]{{2,25}}\)\s*[–—-]+\s*|(?P<bare>{name})\s*[–—-]+\s+)",
        re.IGNORECASE,
    )


def _text(node: HtmlElement, layout: Layout) -> str:
    return " ".join(block.text for block in story(read_blocks(node, boxes(node, layout))))


def _lead_node(block: Block) -> HtmlElement | None:
    """Return the first of the block's node and its nearest parents that is named a lead."""
    words = wording().boilerplate
    pattern = class_pattern(words.leads)
    for node in (block.node, *islice(block.node.iterancestors(), 2)):
        name = names(node)
        if pattern.search(name) or not set(words.lead_words).isdisjoint(name.split()):
            return node
    return None
