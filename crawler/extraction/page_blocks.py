"""The text of a container as blocks: one per paragraph, with what is needed to judge it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from lxml.html import HtmlElement

from crawler.extraction.markup import BLOCKS, UNSEEN, is_glued, is_hidden, squeeze
from crawler.text.normalize import clean

_MARKS = {"a": "a", "b": "b", "strong": "b", "i": "i", "em": "i"}


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
        self.marked: Counter[str] = Counter()
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
            if item is not root and item.tail:
                stack.append((item.tail, marks))
            if item.tag == "img":
                self.flush(owner)
                self.image = True
            elif item.tag == "br":
                self.flush(owner)
                self.after_break = True
            if item.tag in UNSEEN or item in self.skip or is_hidden(item):
                continue
            if item.tag in BLOCKS or item in self.apart:
                if item not in self.apart and _is_plain_cell(item):
                    self.parts.append(" ")
                else:
                    self.flush(owner)
                    stack.append((_Leave(owner), marks))
                    owner = item
            if item.tag != "a" or item.get("href"):
                marks += _MARKS.get(item.tag, "")
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
            self.marked[mark] += len(text.strip())

    def flush(self, owner: HtmlElement) -> None:
        text = clean("".join(self.parts))
        if text:
            last = self.blocks[-1] if self.blocks else None
            marked = self.marked
            if self.after_break and last and last.node is owner and text[:1].islower():
                last.text += f" {text}"
                last.linked += marked["a"]
                last.bold += marked["b"]
                last.slanted += marked["i"]
            else:
                self.blocks.append(Block(owner, text, marked["a"], marked["b"], marked["i"], self.image))
            self.image = self.after_break = False
        self.parts, self.marked = [], Counter()


def _is_plain_cell(node: HtmlElement) -> bool:
    """Whether `node` is a table cell of one line: its row is one block."""
    return node.tag in ("td", "th") and not any(
        child.tag in BLOCKS or child.tag == "br" for child in node.iterdescendants()
    )
