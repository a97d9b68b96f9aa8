"""Where the story stands on a page, and its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lxml.html import HtmlElement

from crawler.extraction.boilerplate import boxes, story
from crawler.extraction.captions import caption_nodes, without_captions
from crawler.extraction.markup import select, squeeze
from crawler.extraction.page_blocks import Block, read_blocks
from crawler.extraction.result import Document
from crawler.extraction.surroundings import SENTENCE, Outline
from crawler.families import Layout
from crawler.text.normalize import clean

ENOUGH = 200
"""Characters below which a container's text is not believed."""
PLENTY = 1500
"""Characters from which a container's text is not compared with the rest of the page."""
FEW = 0.5
"""Below this share of the page's paragraphs, trafilatura is asked again with its slower fallbacks."""
SHARE = 0.9
"""The container is the deepest node that holds this share of the main text."""
MORE = 1.5
"""How many times more prose the densest node must hold to be believed against trafilatura."""
SHORT = 20
"""Characters of the shortest line that shows where the main text stands."""


@dataclass(frozen=True, slots=True)
class Body:
    """The story's blocks, and its captions.

    Args:
        containers: the nodes they were read from, in document order.
        origin: how these were found.
        warnings: what was suspicious about them.
        is_doubtful: it may be a list of other stories.
    """

    blocks: list[Block]
    captions: tuple[str, ...]
    containers: Sequence[HtmlElement]
    origin: str
    warnings: tuple[str, ...] = ()
    is_doubtful: bool = False


def read_body(document: Document, layout: Layout, outline: Outline) -> Body:
    """Return the story of a page: by the layout's selectors, else where trafilatura sees it."""
    warnings: tuple[str, ...] = ()
    if layout.body:
        found, selector = first_with_text(document.tree, layout.body)
        body = _read(found, layout, f"css {selector}")
        doubt = _doubt(body, outline) if found else "found nothing"
        if doubt is None:
            return body
        warnings = (f"the body selector {selector!r} {doubt}; read the whole page".replace("'' ", ""),)
    return _located(document, layout, outline, warnings)


def _doubt(body: Body, outline: Outline) -> str | None:
    """Return why a container is hardly the story, or None."""
    length = sum(len(block.text) for block in body.blocks)
    if sum(block.linked for block in body.blocks) > 0.5 * length:
        return "gave mostly links"
    if length >= PLENTY:
        return None
    prose = sum(len(block.text) for block in outline.blocks if _is_prose(block))
    if length < ENOUGH and prose > 2 * ENOUGH:
        return f"gave {length} of the page's {prose} characters in paragraphs"
    if length < 0.2 * prose:
        return f"gave only {length} of the page's {prose} characters in paragraphs"
    return None


def _is_prose(block: Block) -> bool:
    return len(block.text) >= SENTENCE and block.link_share < 0.3


def first_with_text(root: HtmlElement, selectors: Sequence[str]) -> tuple[list[HtmlElement], str]:
    """Return the matches of the first selector that finds text, and that selector.

    A node inside another match, or that repeats the text of an earlier one, is left out.
    """
    for selector in selectors:
        found: list[HtmlElement] = []
        seen = ""
        for node in select(root, selector):
            text = squeeze("".join(node.itertext()))
            if text and text not in seen:
                found.append(node)
                seen += text
        if found:
            return found, selector
    return [], ""


def _read(
    containers: Sequence[HtmlElement], layout: Layout, origin: str, warnings: tuple[str, ...] = ()
) -> Body:
    blocks: list[Block] = []
    captions: list[str] = []
    for root in containers:
        nodes = caption_nodes(root, layout)
        told, shown = without_captions(read_blocks(root, boxes(root, layout), nodes), nodes, root)
        blocks += told
        captions += shown
    return Body(list(story(blocks)), tuple(dict.fromkeys(captions)), containers, origin, warnings)


def _located(document: Document, layout: Layout, outline: Outline, warnings: tuple[str, ...]) -> Body:
    """Return the story as trafilatura finds it, read again from the nodes that hold it.

    trafilatura is good at seeing where the story stands; which lines there are captions, teasers
    or paragraphs the markup says better than its plain text.
    """
    prose = sum(len(block.key) for block in outline.blocks if _is_prose(block))
    shown = _main_text(document, outline, fast=True)
    if sum(len(block.key) for block in shown) < FEW * prose:
        shown = _main_text(document, outline, fast=False)
    total = sum(len(block.key) for block in shown)
    weights: dict[HtmlElement, int] = {}
    for block in shown:
        for node in (block.node, *block.node.iterancestors()):
            weights[node] = weights.get(node, 0) + len(block.key)
    if not total:
        return Body([], (), (), "trafilatura", (*warnings, "no main text found"))
    root, origin = document.tree, "trafilatura"
    while heavy := [child for child in root if weights.get(child, 0) >= SHARE * total]:
        root = heavy[0]
    dense = _densest(outline)
    if dense is None or _is_within(dense, root):
        pass
    elif _prose_under(dense, outline) > MORE * _prose_under(root, outline):
        root, origin, shown = dense, "densest text", []
    body = _read([root], layout, origin, warnings)
    if not shown or sum(len(block.key) for block in body.blocks) >= 0.5 * total:
        return body
    return replace(
        body,
        blocks=list(story(shown)),
        warnings=(*warnings, "most of the main text looked like boilerplate; took its lines one by one"),
        is_doubtful=True,
    )


def _main_text(document: Document, outline: Outline, *, fast: bool) -> list[Block]:
    """Return the page's lines that trafilatura takes for the main text, with its fallbacks or without."""
    from trafilatura import bare_extraction
    from trafilatura.settings import Document as Extract

    found = bare_extraction(
        document.tree, url=document.page.final_url, include_comments=False, fast=fast, as_dict=False
    )
    seen = squeeze(clean(found.text)) if isinstance(found, Extract) and found.text else ""
    return [
        block
        for block in outline.blocks
        if block.node.tag != "h1" and len(block.key) >= SHORT and block.key in seen
    ]


def _densest(outline: Outline) -> HtmlElement | None:
    """Return the node with the most paragraphs right under it: half counts one level up."""
    weights: dict[HtmlElement, float] = {}
    for block in filter(_is_prose, outline.blocks):
        for level, node in enumerate(islice(block.node.iterancestors(), 3)):
            weights[node] = weights.get(node, 0) + len(block.text) / 2**level
    return max(weights, key=lambda node: weights[node], default=None)


def _prose_under(root: HtmlElement, outline: Outline) -> int:
    return sum(
        len(block.text) for block in outline.blocks if _is_prose(block) and _is_within(block.node, root)
    )


def _is_within(node: HtmlElement, root: HtmlElement) -> bool:
    return node is root or any(above is root for above in node.iterancestors())
