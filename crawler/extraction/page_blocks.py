"""A page as lines: the text of its nodes as blocks, and what stands around a story.

Above it stands the masthead, which belongs to the paper; between headline and story, and after it,
stand the lines in which most fields are found.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from lxml.html import HtmlElement

from crawler.extraction.wording import class_pattern, wording
from crawler.text.normalize import clean, squeeze

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hr", "li", "main", "nav", "object", "ol", "p", "pre", "section", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
UNSEEN = frozenset({
    "script", "style", "noscript", "template", "iframe", "svg", "select", "option", "button", "input",
    "textarea", "nav", "footer", "audio", "video", "object", "embed", "map", "canvas", "head", "link",
    "meta", "title",
})  # fmt: skip
_SEPARATORS = re.compile(r"[-_]")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MARKS = {"a": "a", "b": "b", "strong": "b", "i": "i", "em": "i"}
SENTENCE = 80
"""Characters of the shortest line that shows that a story has begun."""
OPENING = 6
"""Blocks at the beginning of a container among which the page's frame may be repeated."""
BEFORE = 25
"""Blocks before a body that still belong to the article's frame."""
AFTER = 12
"""The same after it."""
ABOVE = 6
"""The same above its headline."""
MENU = 5
"""Links of the shortest list that is taken for the site's menu; the way home has fewer."""


def names(node: HtmlElement) -> str:
    """Return the class names, id and roles of `node`, lower case, without ``-`` and ``_``."""
    get = node.get
    parts = (get("class"), get("id"), get("itemprop"), get("data-role"), get("data-slot"), get("rel"))
    return _SEPARATORS.sub("", " ".join(part for part in parts if part).lower())


def is_longer(node: HtmlElement, limit: int) -> bool:
    """Whether a node has more than `limit` characters of text, white space around its parts left out.

    No more of it is read than is needed to know.
    """
    length = 0
    for part in node.itertext():
        length += len(part.strip())
        if length > limit:
            return True
    return False


def is_hidden(node: HtmlElement) -> bool:
    """Whether the style of `node` itself keeps it from being seen."""
    style = node.get("style")
    return bool(style and _HIDDEN.search(style)) or node.get("hidden") is not None


def line(node: HtmlElement) -> str:
    """Return the seen text of `node` as one line."""
    parts: list[str] = []
    for piece in pieces(node):
        if parts and is_glued(parts[-1], piece):
            parts.append(" ")
        parts.append(piece)
    return clean("".join(parts))


def is_glued(before: str, after: str) -> bool:
    """Whether a space belongs between two pieces of text that an element's edge divides.

    Place names in front of a lead are set apart by styles alone ("LàoThỏa thuận").
    """
    return before[-2:].isalpha() and after[:1].isupper() and after[1:2].islower()


def pieces(node: HtmlElement) -> Iterator[str]:
    """Yield the pieces of text seen in `node`; a block boundary and a ``<br>`` are a newline."""
    stack: list[HtmlElement | str] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
            continue
        if item is not node and item.tail:
            stack.append(item.tail)
        if item.tag in UNSEEN or is_hidden(item):
            continue
        if item.tag == "br":
            yield "\n"
            continue
        if item.tag in BLOCKS:
            yield "\n"
            stack.append("\n")
        stack.extend(reversed(item))
        if item.text:
            yield item.text


@dataclass(eq=False)
class Block:
    """One paragraph, heading, list item or table row.

    Args:
        node: the block element that holds it; several blocks of one ``<p>`` share it.
        text: one line, cleaned.
        linked: how many of its characters are link text.
        bold: how many are bold.
        slanted: how many are italic.
        image: whether an image stands right before it.
    """

    node: HtmlElement
    text: str
    linked: int
    bold: int
    slanted: int
    image: bool

    @cached_property
    def key(self) -> str:
        """The text squeezed, to find it elsewhere."""
        return squeeze(self.text)

    @property
    def link_share(self) -> float:
        """The share of link text."""
        return self.linked / max(1, len(self.text))

    @property
    def is_bold(self) -> bool:
        """Whether the whole line is bold."""
        return self.bold >= 0.9 * len(self.text)

    @property
    def is_heading(self) -> bool:
        """Whether the markup says that it is a heading."""
        return self.node.tag in ("h1", "h2", "h3", "h4", "h5", "h6")


def read_blocks(
    root: HtmlElement, skip: Collection[HtmlElement] = (), apart: Collection[HtmlElement] = ()
) -> list[Block]:
    """Return the blocks seen under `root`, without those under the nodes in `skip`.

    A ``<br>`` ends a block, unless the line goes on in lower case. A table row of plain cells is
    one block, and so is an inline node in `apart`.
    """
    return _Reader(skip, apart).read(root)


@dataclass(frozen=True, slots=True)
class _Leave:
    """The end of a block element on the reader's stack; `owner` is the one around it."""

    owner: HtmlElement


class _Reader:
    def __init__(self, skip: Collection[HtmlElement], apart: Collection[HtmlElement]) -> None:
        self.skip, self.apart = skip, apart
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.marked: dict[str, int] = {}
        self.image = self.after_break = False

    def read(self, root: HtmlElement) -> list[Block]:
        owner = root
        # What is still to come, and the marks ("a", "b", "i") it stands under.
        stack: list[tuple[HtmlElement | str | _Leave, str]] = [(root, "")]
        while stack:
            item, marks = stack.pop()
            if isinstance(item, str):
                self.add(item, marks)
                continue
            if isinstance(item, _Leave):
                self.flush(owner)
                owner = item.owner
                continue
            tag: str = item.tag
            if item is not root and item.tail:
                stack.append((item.tail, marks))
            if tag in ("img", "br"):
                self.flush(owner)
                self.image, self.after_break = self.image or tag == "img", self.after_break or tag == "br"
            if tag in UNSEEN or item in self.skip or is_hidden(item):
                continue
            if tag in BLOCKS or item in self.apart:
                if item not in self.apart and _is_plain_cell(item):
                    self.parts.append(" ")
                else:
                    self.flush(owner)
                    stack.append((_Leave(owner), marks))
                    owner = item
            if tag != "a" or item.get("href"):
                marks += _MARKS.get(tag, "")
            stack.extend((child, marks) for child in reversed(item))
            if item.text:
                self.add(item.text, marks)
        self.flush(owner)
        return self.blocks

    def add(self, text: str, marks: str) -> None:
        if self.parts and is_glued(self.parts[-1], text):
            self.parts.append(" ")
        self.parts.append(text)
        for mark in set(marks):
            self.marked[mark] = self.marked.get(mark, 0) + len(text.strip())

    def flush(self, owner: HtmlElement) -> None:
        if not self.parts:
            return  # most elements have no text of their own
        if text := clean("".join(self.parts)):
            last = self.blocks[-1] if self.blocks else None
            linked, bold, slanted = (self.marked.get(mark, 0) for mark in "abi")
            if self.after_break and last and last.node is owner and text[:1].islower():
                last.text += f" {text}"
                last.linked += linked
                last.bold += bold
                last.slanted += slanted
            else:
                self.blocks.append(Block(owner, text, linked, bold, slanted, self.image))
            self.image = self.after_break = False
        self.parts, self.marked = [], {}


def _is_plain_cell(node: HtmlElement) -> bool:
    """Whether `node` is a table cell of one line: its row is one block."""
    return node.tag in ("td", "th") and not any(
        child.tag in BLOCKS or child.tag == "br" for child in node.iterdescendants()
    )


class Outline:
    """The blocks of a whole page; read once, when the first field asks."""

    def __init__(self, tree: HtmlElement) -> None:
        self.tree = tree

    @cached_property
    def blocks(self) -> list[Block]:
        """Every block seen on the page."""
        return read_blocks(self.tree)

    def find(self, wanted: Block) -> int:
        """Return the place of a block that was read from a part of the page, -1 if it is none."""
        for n, block in enumerate(self.blocks):
            if block.node is wanted.node and block.text[:40] == wanted.text[:40]:
                return n
        return -1


def above_story(outline: Outline, story: Sequence[Block]) -> list[Block]:
    """Return the lines above the first sentence of a story, nearest last: its headline among them.

    A long line is a sentence if it ends like one or is longer than headlines are; the headline may
    stand in the story's own container.
    """
    opening = story[: 2 * OPENING]
    first = next((block for block in opening if _opens(block)), None)
    first = first or next((block for block in story if len(block.text) >= SENTENCE), None)
    if first is None:
        return []
    stop = max(0, outline.find(first))
    return outline.blocks[max(0, stop - BEFORE) : stop]


def _opens(block: Block) -> bool:
    if len(block.text) < SENTENCE or block.node.tag in ("h1", "h2"):
        return False
    return len(block.text) > 2 * SENTENCE or block.text.endswith((".", "!", "?", "…", "”", '"', ":"))


class Surroundings:
    """The lines around a body.

    Args:
        outline: the page's.
        body: the story's blocks; short lines above its first sentence count as standing before it.
        title: the headline.
    """

    def __init__(self, outline: Outline, body: list[Block], title: str | None) -> None:
        self.outline = outline
        starts = (n for n, block in enumerate(body[:OPENING]) if len(block.text) >= SENTENCE)
        self.body = body[next(starts, 0) :]
        self.title = squeeze(title or "")

    @cached_property
    def _bounds(self) -> tuple[int, int]:
        """The places of the headline and of the body among the page's blocks."""
        stop = max(0, self.outline.find(self.body[0])) if self.body else 0
        start = max(0, stop - BEFORE)
        frame = list(enumerate(self.outline.blocks[start:stop], start))
        titles = [n for n, block in frame if block.key == self.title]
        headings = [n for n, block in frame if block.node.tag == "h1"]
        return (titles or headings[-1:] or [start - 1])[0], stop

    @property
    def is_headless(self) -> bool:
        """Whether the headline is not shown above the body, so that nothing bounds what stands there."""
        start, _ = self._bounds
        shown = self.outline.blocks[start : start + 1] if start >= 0 else []
        return not any(block.key == self.title or block.node.tag == "h1" for block in shown)

    @property
    def _edge(self) -> HtmlElement | None:
        """The node of the headline, or of the body without one; None where nothing of the page is seen."""
        start, stop = self._bounds
        place = stop if self.is_headless else start
        return self.outline.blocks[place].node if self.body and self.outline.blocks else None

    @cached_property
    def masthead(self) -> set[HtmlElement]:
        """The nodes above the headline, or the body, up to the last navigation there."""
        return masthead(self.outline.tree, self._edge) if self._edge is not None else set()

    @cached_property
    def container(self) -> HtmlElement | None:
        """The nearest node around headline and body, None where that is the page as a whole."""
        if self._edge is None:
            return None
        first, last = ({block.node, *block.node.iterancestors()} for block in (self.body[0], self.body[-1]))
        for node in (self._edge, *self._edge.iterancestors()):
            if node.tag in ("body", "html"):
                return None
            if node in first and node in last:
                return node
        return None

    @property
    def before(self) -> list[Block]:
        """The blocks from the headline to the body, the headline left out."""
        start, stop = self._bounds
        return self.outline.blocks[start + 1 : stop]

    @property
    def above(self) -> list[Block]:
        """The blocks right before the headline: section, date, or the page's header."""
        start = max(0, self._bounds[0])
        return self.outline.blocks[max(0, start - ABOVE) : start]

    @property
    def frame(self) -> list[Block]:
        """The lines between headline and body, then those after the body and above the headline."""
        return [*self.before, *self.body[:2], *self.after[:4], *self.above]

    @cached_property
    def after(self) -> list[Block]:
        """The blocks right after the body."""
        last = self.outline.find(self.body[-1]) if self.body else -1
        return self.outline.blocks[last + 1 : last + 1 + AFTER] if last >= 0 else []


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


def _is_navigation(node: HtmlElement) -> bool:
    if node.tag == "nav":
        return True
    if node.tag == "header":
        return node.find(".//h1") is None
    if node.tag in ("ul", "table", "div") and class_pattern(wording().boilerplate.menus).search(names(node)):
        return True
    return node.tag == "ul" and len(node.findall("./li//a")) >= MENU
