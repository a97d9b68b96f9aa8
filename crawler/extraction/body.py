"""Where the story stands on a page, and its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lxml.html import HtmlElement

from crawler.extraction.boilerplate import boxes, caption_nodes, story, without_captions
from crawler.extraction.document import select
from crawler.extraction.page_blocks import BLOCKS, SENTENCE, Block, Outline, names, read_blocks
from crawler.extraction.result import Document
from crawler.extraction.wording import class_pattern, wording
from crawler.families import Layout
from crawler.text.normalize import clean, squeeze

ENOUGH = 200
"""Characters below which a container's text is not believed."""
PLENTY = 1500
"""Characters from which a container's text is not compared with the rest of the page."""
AROUND = 0.25
"""Share of a container's text that paragraphs right around it must have for it to be doubted."""
CLIMB = 3
"""Levels above a container that are looked at for such paragraphs, as long as there is no headline."""
FEWEST_BESIDE = 2
"""Paragraphs that must stand beside a node for it not to be the whole story."""
FEW = 0.5
"""Below this share of the page's paragraphs, trafilatura is asked again with its slower fallbacks."""
MOST_BLOCKS_COMPARED = 4000
"""Block elements up to which trafilatura asks its fallbacks: one of them takes time with their square."""
SHARE = 0.9
"""The container is the deepest node that holds this share of the main text."""
MOST_HEADINGS = 5
"""``<h1>`` elements that are looked at; a page has one, or one more for its paper."""
FEWEST_WORDS = 4
"""Words of the shortest ``<h1>`` that is taken for a story's headline: sections have shorter names."""
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
            return _wider(document, layout, outline, body) or body
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


def _has_headline(root: HtmlElement, outline: Outline, title: str) -> bool:
    """Whether a story's headline stands in `root`, and not only the name of a section."""
    whole = squeeze(title)
    return any(
        len(block.text.split()) >= FEWEST_WORDS
        and (block.node.tag == "h1" or (block.key in whole and block.link_share < 0.5))
        and _is_within(block.node, root)
        for block in outline.blocks
    )


def _is_prose(block: Block) -> bool:
    return len(block.text) >= SENTENCE and block.link_share < 0.3


def _wider(document: Document, layout: Layout, outline: Outline, body: Body) -> Body | None:
    """Return the story that goes on around a layout's container, None where that holds it all.

    A part pasted from another paper brings that paper's container with it, and a story may be
    split into several of its own.
    """
    told = sum(len(block.text) for block in body.blocks)
    around = _above(body.containers[0])
    leads = {node for selector in layout.lead for node in select(document.tree, selector)}
    inside = (*body.containers, *leads)
    beside = sum(
        len(block.text)
        for block in outline.blocks
        if _is_prose(block)
        and _is_within(block.node, around)
        and not any(_is_within(block.node, one) for one in inside)
    )
    if beside <= AROUND * told:
        return None
    found = _located(document, layout, outline, ())
    if not found.containers or not all(_is_within(one, found.containers[0]) for one in body.containers):
        return None
    length = sum(len(block.text) for block in found.blocks)
    if length - sum(len("".join(lead.itertext())) for lead in leads) <= (1 + AROUND / 2) * told:
        return None
    warning = f"the body's container gave {told} of {length} characters of the story around it"
    return replace(found, warnings=(*found.warnings, warning))


def _above(container: HtmlElement) -> HtmlElement:
    """Return the node around `container` in which its story may go on: below the headline's."""
    node = container
    for parent in islice(container.iterancestors(), CLIMB):
        if parent.tag in ("body", "html") or (node is not container and parent.find(".//h1") is not None):
            break
        node = parent
    return node


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
    is_short = sum(node.tag in BLOCKS for node in document.nodes) <= MOST_BLOCKS_COMPARED
    if is_short and sum(len(block.key) for block in shown) < FEW * prose:
        shown = _main_text(document, outline, fast=False)
    total = sum(len(block.key) for block in shown)
    weights: dict[HtmlElement, int] = {}
    for block in shown:
        for node in (block.node, *block.node.iterancestors()):
            weights[node] = weights.get(node, 0) + len(block.key)
    if not total:
        return Body([], (), (), "trafilatura", (*warnings, "no main text found"))
    root = document.tree
    while heavy := [child for child in root if weights.get(child, 0) >= SHARE * total]:
        root = heavy[0]
    root = _with_siblings(root, outline)
    origin = "trafilatura"
    if (below := _below_headline(document, outline, root)) is not None:
        root, origin, shown = below, "below the headline", []
    body = _read([root], layout, origin, warnings)
    if not shown or sum(len(block.key) for block in body.blocks) >= 0.5 * total:
        return body
    if any(map(_is_prose, body.blocks)) and _has_headline(root, outline, document.title or ""):
        return body
    return replace(
        body,
        blocks=list(story(shown)),
        warnings=(*warnings, "most of the main text looked like boilerplate; took its lines one by one"),
        is_doubtful=True,
    )


def _with_siblings(root: HtmlElement, outline: Outline) -> HtmlElement:
    """Return the node around `root` whose own paragraphs are the story as well, else `root`.

    A class name of another paper's, pasted into a story, makes trafilatura take that part for all.
    """
    prose = [block for block in outline.blocks if _is_prose(block) and not block.is_heading]
    wider = root
    for node in islice(root.iterancestors(), CLIMB):
        if node.tag in ("body", "html"):
            break
        beside = [
            block for block in prose if block.node.getparent() is node and not _is_within(block.node, wider)
        ]
        beside = [block for block in beside if not (block.is_bold or _is_named_lead(block))]
        if len(beside) >= FEWEST_BESIDE:
            wider = node
    return wider


def _below_headline(document: Document, outline: Outline, root: HtmlElement) -> HtmlElement | None:
    """Return the node around an ``<h1>`` and the paragraphs below it, if `root` stands apart and holds fewer.

    Of an item that is shorter than the teasers beside it, trafilatura takes the teasers.
    """
    prose = [block for block in outline.blocks if _is_prose(block) and block.node.tag != "h1"]
    held = sum(len(block.text) for block in prose if _is_within(block.node, root))
    for heading in islice(document.tree.iter("h1"), MOST_HEADINGS):
        if _is_within(heading, root):
            return None
        for node in heading.iterancestors():
            length = sum(len(block.text) for block in prose if _is_within(block.node, node))
            if length:
                if length > held and not _is_within(root, node):
                    return node
                break
    return None


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


def _is_named_lead(block: Block) -> bool:
    return bool(class_pattern(wording().boilerplate.leads).search(names(block.node)))


def _is_within(node: HtmlElement, root: HtmlElement) -> bool:
    return node is root or any(above is root for above in node.iterancestors())
