"""What stands around the body: the lines between headline and story, and those after it."""

from __future__ import annotations

from functools import cached_property

from lxml.html import HtmlElement

from crawler.extraction.markup import squeeze
from crawler.extraction.page_blocks import Block, read_blocks

SENTENCE = 80
"""Characters of the shortest line that shows that a story has begun."""
OPENING = 6
"""Blocks at the beginning of a container among which the page's frame may be repeated."""
BEFORE = 25
AFTER = 12
ABOVE = 6
"""Blocks that still belong to the article's frame: before and after its body, above its headline."""


class Outline:
    """The blocks of a whole page; read once, when the first field asks."""

    def __init__(self, tree: HtmlElement) -> None:
        self.tree = tree

    @cached_property
    def blocks(self) -> list[Block]:
        """Every block seen on the page."""
        return read_blocks(self.tree)


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
        stop = max(0, self._find(self.body[0])) if self.body else 0
        start = max(0, stop - BEFORE)
        frame = list(enumerate(self.outline.blocks[start:stop], start))
        titles = [n for n, block in frame if block.key == self.title]
        headings = [n for n, block in frame if block.node.tag == "h1"]
        return (titles or headings[-1:] or [start - 1])[0], stop

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
        last = self._find(self.body[-1]) if self.body else -1
        return self.outline.blocks[last + 1 : last + 1 + AFTER] if last >= 0 else []

    def _find(self, wanted: Block) -> int:
        for n, block in enumerate(self.outline.blocks):
            if block.node is wanted.node and block.text[:40] == wanted.text[:40]:
                return n
        return -1
