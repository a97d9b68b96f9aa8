"""The masthead: what of a page stands above the story and belongs to the paper, its clock among it."""

from __future__ import annotations

from itertools import islice

from lxml.html import HtmlElement

from crawler.extraction.markup import line, names
from crawler.extraction.page_blocks import Block
from crawler.extraction.wording import class_pattern, wording

MOST_NODES = 100
"""Nodes of a line that are looked at."""
MENU = 5
"""Links of the shortest list that is taken for the site's menu; the way home has fewer."""


def masthead(tree: HtmlElement, story: HtmlElement) -> set[HtmlElement]:
    """Return the nodes above `story` down to the last navigation before it.

    A header that holds the story's own headline is none.
    """
    outer = set(story.iterancestors())
    passed: list[HtmlElement] = []
    reach = 0
    for node in tree.iter():
        if node is story:
            break
        passed.append(node)
        if node not in outer and _is_navigation(node):
            reach = len(passed) + sum(1 for _ in node.iterdescendants())
    return set(passed[:reach]) - outer


def is_named_clock(block: Block) -> bool:
    """Whether the names of a line's node, or of one close to it, say that it tells the time of day."""
    words = set(wording().boilerplate.clocks)
    near = (*islice(block.node.iter(), MOST_NODES), *islice(block.node.iterancestors(), 2))
    named = (node for node in near if not words.isdisjoint(names(node).split()))
    # The icon of a clock has no text, and a line right under <body> has the whole page beside it.
    return any((text := line(node)) and (text in block.text or block.text in text) for node in named)


def _is_navigation(node: HtmlElement) -> bool:
    if node.tag == "nav":
        return True
    if node.tag == "header":
        return node.find(".//h1") is None
    if node.tag in ("ul", "table", "div") and class_pattern(wording().boilerplate.menus).search(names(node)):
        return True
    return node.tag == "ul" and len(node.findall("./li//a")) >= MENU
