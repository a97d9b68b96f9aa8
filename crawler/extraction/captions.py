"""Captions: the lines that speak of a picture."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml.html import HtmlElement

from crawler.extraction.markup import BLOCKS, names, select, squeeze
from crawler.extraction.page_blocks import Block
from crawler.extraction.wording import class_pattern, wording
from crawler.families import Layout

LONGEST = 600
"""Characters of the longest caption."""
LONGEST_BARE = 250
"""Characters of the longest line that is a caption because it shares a table's cell with a picture."""
MEAGRE = 300
"""Characters of text below which a page of pictures has no story beside its captions."""
_ALIGNED = re.compile(r"text-align\s*:\s*(\w+)", re.IGNORECASE)
_CREDIT = re.compile(
    r"(?:^|[(\s])(?:Ảnh|ẢNH|Nguồn ảnh|Photo|Hình|Đồ họa|Video|Clip)(?: minh họa)?\s?:\s?[^.:]{2,80}\)?\.?$"
)
_BRACKETED = re.compile(r"\((?:Ảnh|Nguồn|Hình)[^)]{0,80}\)\.?$|[-–.]\s?Ảnh:? [^.]{2,40}\.?$")


def caption_nodes(root: HtmlElement, layout: Layout) -> set[HtmlElement]:
    """Return the nodes under `root` that hold nothing but captions."""
    found = {node for selector in layout.captions for node in select(root, selector)}
    pattern = class_pattern(wording().boilerplate.captions)
    for node in root.iterdescendants():
        tag = node.tag
        if tag in ("figcaption", "caption"):
            found.add(node)
        elif tag in ("figure", "table"):
            if node.find(".//img") is not None and not (tag == "table" and _is_layout(node)):
                found.add(node)
        elif (tag in ("td", "th") and _is_pictured_cell(node)) or (
            node.get("class") and pattern.search(names(node)) and not _has_heading(node)
        ):
            found.add(node)
    return {node for node in found if len("".join(node.itertext()).strip()) <= LONGEST}


def _has_heading(node: HtmlElement) -> bool:
    return any(node.find(f".//{tag}") is not None for tag in ("h1", "h2", "h3", "h4"))


def _is_pictured_cell(cell: HtmlElement) -> bool:
    """Whether a cell holds a picture, a bare line about it, and nothing stands beside it."""
    if cell.find(".//img") is None or any(node.tag in BLOCKS for node in cell.iterdescendants()):
        return False
    row = cell.getparent()
    text = "".join(cell.itertext()).strip()
    return len(text) <= LONGEST_BARE and (row is None or "".join(row.itertext()).strip() == text)


def _is_layout(table: HtmlElement) -> bool:
    """Whether a table sets text beside its pictures; a caption stands under them."""
    for image in table.iter("img"):
        cell = next((above for above in image.iterancestors() if above.tag in ("td", "th")), None)
        row = cell.getparent() if cell is not None else None
        if cell is not None and row is not None:
            beside = (one for one in row if one is not cell)
            if any("".join(one.itertext()).strip() for one in beside):
                return True
    return False


def without_captions(
    blocks: list[Block], nodes: set[HtmlElement], root: HtmlElement
) -> tuple[list[Block], list[str]]:
    """Return the blocks that are no captions, and the texts of those that are.

    A line after a picture that is only italic or centred is a caption where few are; where they
    are a third of the text, the page sets its story that way. A page of pictures with next to no
    text beside the captions is a picture story: there the captions are the text.

    Args:
        nodes: what `caption_nodes` found under `root`.
    """
    other = _alternatives(root)
    sure = {id(block) for block in blocks if _is_under(block, nodes) or _is_credited(block, other)}
    likely = {id(block) for block in blocks if id(block) not in sure and _looks_apart(block)}
    lengths = {id(block): len(block.text) for block in blocks}
    total = sum(lengths.values())
    told = total - sum(lengths[one] for one in sure)
    if sum(lengths[one] for one in likely) > 0.35 * told:
        likely = set()
    if len(sure) >= 3 and told < min(MEAGRE, 0.5 * total):
        sure, likely = set(), set()
    captions = [block.text for block in blocks if id(block) in sure | likely]
    return [block for block in blocks if id(block) not in sure | likely], captions


def opening_captions(before: Iterable[Block]) -> Iterator[str]:
    """Yield the captions of pictures that stand above the body."""
    yield from (block.text for block in before if is_caption(block))


def is_caption(block: Block) -> bool:
    """Whether the markup right around a line says that it speaks of a picture."""
    pattern = class_pattern(wording().boilerplate.captions)
    near = (block.node, *islice(block.node.iterancestors(), 2))
    return any(node.tag in ("figure", "figcaption") or pattern.search(names(node)) for node in near)


def _is_under(block: Block, nodes: set[HtmlElement]) -> bool:
    return block.node in nodes or any(above in nodes for above in block.node.iterancestors())


def _is_credited(block: Block, alternatives: set[str]) -> bool:
    """Whether the line repeats a picture's ``alt`` text, or ends in "Ảnh: …" right after one."""
    if len(block.text) > LONGEST or block.is_heading:
        return False
    if len(block.text) > 15 and block.key in alternatives:
        return True
    return block.image and bool(_CREDIT.search(block.text) or _BRACKETED.search(block.text))


def _looks_apart(block: Block) -> bool:
    if not block.image or len(block.text) > 300 or block.is_bold or block.is_heading:
        return False
    return block.slanted >= 0.9 * len(block.text) or _is_centred(block.node)


def _is_centred(node: HtmlElement) -> bool:
    """Whether the markup of `node` or of a node close around it centres its text."""
    for one in (node, *islice(node.iterancestors(), 2)):
        if one.tag == "center":
            return True
        said = _ALIGNED.search(f"{one.get('style') or ''};text-align:{one.get('align') or ''}")
        if said:
            return said[1].lower() == "center"
    return False


def _alternatives(root: HtmlElement) -> set[str]:
    """Return the squeezed ``alt`` and ``title`` texts of the pictures under `root`."""
    return {
        squeeze(text) for image in root.iter("img") for text in (image.get("alt"), image.get("title")) if text
    }
