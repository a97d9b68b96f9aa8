"""What stands around the body: the lines between headline and story, and those after it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from lxml.html import HtmlElement

from crawler.extraction.markup import squeeze
from crawler.extraction.masthead import masthead
from crawler.extraction.page_blocks import Block, read_blocks

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

    @cached_property
    def masthead(self) -> set[HtmlElement]:
        """The nodes above the headline, or the body, up to the last navigation there."""
        start, stop = self._bounds
        place = stop if self.is_headless else start
        return masthead(self.outline.tree, self.outline.blocks[place].node) if self.body else set()

    @cached_property
    def container(self) -> HtmlElement | None:
        """The nearest node around headline and body, None where that is the page as a whole."""
        if not self.body:
            return None
        start, stop = self._bounds
        place = stop if self.is_headless else start
        inner = self.outline.blocks[place].node
        inside = {self.body[0].node, self.body[-1].node}
        for node in (inner, *inner.iterancestors()):
            if node.tag in ("body", "html"):
                return None
            if inside <= {node, *node.iterdescendants()}:
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
