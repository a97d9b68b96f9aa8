"""What of a container is not the story: boxes by tag, class and structure, lines by wording."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extraction.markup import is_hidden, names, select
from crawler.extraction.page_blocks import Block, read_blocks
from crawler.extraction.surroundings import SENTENCE
from crawler.extraction.wording import class_pattern, plain, wording
from crawler.families import Layout

_BOXES = frozenset({
    "div", "section", "aside", "ul", "ol", "dl", "table", "blockquote", "article", "figure", "p", "span",
    "h2", "h3", "h4", "h5", "center",
})  # fmt: skip
_DIALOGS = frozenset({"dialog", "alertdialog"})
_STORIES = ("h1", "article", "main")
_FRAMES = frozenset({"div", "section", "li", "blockquote", "td", "article", "aside"})
_PLAYER = re.compile(r"\d{1,2}:\d\d\s*/\s*-?\d{1,2}:\d\d")
MAX_BOX = 0.4
"""A node with more than this share of a container's unlinked text is no boilerplate, whatever its name."""
MAX_TEASER = 700
"""Characters of the longest box that is taken for another story's teaser."""
HEADLINE = 25
"""Characters of the shortest link that is taken for another story's headline."""
LONGEST_IMPRINT = 400
"""Characters of the longest line of an imprint: some have it all on one."""
MOST_BUTTONS = 50
"""Buttons whose surroundings are looked at."""
LONGEST_LAYER = 6000
"""Characters of the longest cookie notice."""
LONGEST_CALL = 250
"""Characters of the longest line that asks readers to follow a channel."""
LINKED = 0.75
"""Share of link text from which a line only leads elsewhere."""


def boxes(root: HtmlElement, layout: Layout) -> set[HtmlElement]:
    """Return the nodes under `root` that hold no part of the story."""
    kept: set[HtmlElement] = set()
    for selector in layout.keep:
        for node in select(root, selector):
            kept.update(node.iter())
            kept.update(node.iterancestors())
    pruned = {node for selector in layout.prune for node in select(root, selector)}
    limit = MAX_BOX * unlinked(root)
    for node in root.iterdescendants():
        if node in kept or node.tag not in _BOXES:
            continue
        if (_is_named_furniture(node) or node.tag == "aside" or is_hidden(node)) and unlinked(node) <= limit:
            pruned.add(node)
    pruned.update(node for node in _teasers(root, limit) if node not in kept)
    pruned.update(node for node in _headed_boxes(root, limit) if node not in kept)
    return pruned - {root}


def unlinked(node: HtmlElement) -> int:
    """Return how many characters of text `node` has outside of links."""
    total = len("".join(node.itertext()).strip())
    links = (link for link in node.iter("a") if link.get("href"))
    return total - sum(len("".join(link.itertext()).strip()) for link in links)


def _is_named_furniture(node: HtmlElement) -> bool:
    name = names(node)
    if not name:
        return False
    words = wording().boilerplate
    return bool(class_pattern(words.classes).search(name)) or not set(words.class_words).isdisjoint(
        name.split()
    )


def _headed_boxes(root: HtmlElement, limit: float) -> Iterator[HtmlElement]:
    """Yield boxes whose heading says that they are not the story: a machine's summary, a poll."""
    heads = wording().phrases.boxes
    texts = ((node, (node.text or "").strip()) for node in root.iterdescendants())
    short = ((node, text) for node, text in texts if 0 < len(text) <= SENTENCE)
    headed = ((node, text) for node, text in short if plain(text).startswith(heads))
    for node, text in islice(headed, MOST_BUTTONS):
        box = node
        for above in node.iterancestors():
            if above is root or unlinked(above) > limit:
                break
            box = above
            if above.tag in _FRAMES and unlinked(above) > len(text):
                break
        yield box


def _teasers(root: HtmlElement, limit: float) -> Iterator[HtmlElement]:
    """Yield boxes that show another story.

    Its picture and its title link to the same address, or its title is a link on a line of its own
    with a line or two under it.
    """
    pictured: dict[str, HtmlElement] = {}
    for link in root.iter("a"):
        address = link.get("href")
        if not address or address.startswith(("#", "javascript:")):
            continue
        text = "".join(link.itertext()).strip()
        if link.find(".//img") is not None:
            pictured.setdefault(address, link)
        elif text and address in pictured:
            box = _around(pictured[address], link)
            if box is not None and _is_small(box, root, limit):
                yield box
        elif len(text) >= HEADLINE:
            box = _box_of_more(link, text)
            if box is not None and _is_small(box, root, limit) and _is_announcement(box):
                yield box


def _is_small(box: HtmlElement, root: HtmlElement, limit: float) -> bool:
    return box is not root and len("".join(box.itertext()).strip()) <= MAX_TEASER and unlinked(box) <= limit


def _box_of_more(link: HtmlElement, text: str) -> HtmlElement | None:
    """Return the nearest box around `link` that has more text than it."""
    for node in link.iterancestors():
        if len("".join(node.itertext()).strip()) > len(text):
            return node if node.tag in _FRAMES else None
    return None


def _is_announcement(box: HtmlElement) -> bool:
    lines = read_blocks(box)
    return 2 <= len(lines) <= 3 and lines[0].link_share >= LINKED


def _around(one: HtmlElement, other: HtmlElement) -> HtmlElement | None:
    above = set(one.iterancestors())
    return next((node for node in other.iterancestors() if node in above), None)


def story(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks up to the end of the story, without lines that only lead elsewhere.

    Behind the heading of a list of other stories it goes on only with a paragraph that stands where
    the ones before stood, and not in the list's own box.
    """
    phrases = wording().phrases
    parents: set[HtmlElement | None] = set()
    begun = False
    heading: Block | None = None
    for block in without_imprint(list(blocks)):
        line = plain(block.text.partition("(")[0]) if len(block.text) <= SENTENCE else ""
        if line in phrases.end or line in phrases.other_stories:
            if begun and block.link_share < LINKED:
                if line in phrases.end:
                    return
                heading = block
        elif heading is not None and not _goes_on(block, heading, parents):
            continue
        elif not is_furniture(block):
            heading = None
            if len(block.text) >= SENTENCE:
                begun = True
                parents.add(block.node.getparent())
            yield block


def _goes_on(block: Block, heading: Block, parents: set[HtmlElement | None]) -> bool:
    parent = block.node.getparent()
    is_told = len(block.text) >= SENTENCE and block.link_share < 0.3
    return is_told and parent in parents and parent is not heading.node.getparent()


def without_imprint(blocks: list[Block]) -> list[Block]:
    """Return the blocks without the paper's imprint at their end."""
    phrases = wording().phrases
    lines = [plain(block.text) if len(block.text) <= LONGEST_IMPRINT else "" for block in blocks]
    is_sure = [line.startswith(phrases.imprint) for line in lines]
    if not any(is_sure):
        return blocks
    is_any = [
        sure or line.startswith(phrases.imprint_beside) for sure, line in zip(is_sure, lines, strict=True)
    ]
    told = (n for n, block in enumerate(blocks) if not is_any[n] and len(block.text) > SENTENCE)
    first = next((n for n in range(max(told, default=-1) + 1, len(blocks)) if is_any[n]), len(blocks))
    return blocks[:first] if any(is_sure[first:]) else blocks


@cache
def _counter_words() -> tuple[frozenset[str], re.Pattern[str]]:
    phrases = wording().phrases
    words = sorted((*phrases.counters, *phrases.counter_fillers), key=len, reverse=True)
    return frozenset(phrases.counters), re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")


def _is_counter(line: str) -> bool:
    """Whether a line is numbers with words that count visitors or tell the time."""
    if len(line) > 2 * SENTENCE or not any(char.isdigit() for char in line):
        return False
    counters, words = _counter_words()
    is_nothing_else = not any(char.isalpha() for char in words.sub("", line))
    return is_nothing_else and not counters.isdisjoint(words.findall(line))


@cache
def _buttons() -> re.Pattern[str]:
    """Return what matches a line that is a row of buttons."""
    words = "|".join(map(re.escape, sorted(wording().phrases.share, key=len, reverse=True)))
    return re.compile(rf"(?:{words})(?:\W+(?:(?:{words})(?!\w)|\d+))*\W*")


def is_furniture(block: Block) -> bool:
    """Whether a line is a link and nothing else, or a phrase that no story says."""
    text, phrases = block.text, wording().phrases
    if block.link_share >= LINKED or text.startswith((">>", "»")):
        return True
    line, head = plain(text), plain(text.partition(":")[0])
    if line.startswith(phrases.drop_beginning) or is_call(text):
        return True
    if line in phrases.drop or (":" in text and head in phrases.drop):
        return True
    if _is_counter(line) or _PLAYER.fullmatch(line):
        return True
    if len(line) <= SENTENCE and _buttons().fullmatch(line):
        return True
    if block.link_share > 0.3 and line.startswith(tuple(f"{phrase} " for phrase in phrases.drop)):
        return True
    is_title = (block.is_heading or block.is_bold) and not text.endswith(":")
    if line in phrases.labels and not is_title:
        return True
    lower = text.casefold()
    if is_wall(text):
        return True
    return len(lower) < 2 * SENTENCE and any(phrase in lower for phrase in phrases.drop_containing)


def is_call(text: str) -> bool:
    """Whether a line asks readers to follow the paper on some channel."""
    phrases, line = wording().phrases, plain(text)
    begins = tuple(f"{phrase} " for phrase in phrases.follow)
    if len(text) > LONGEST_CALL or not line.startswith(begins):
        return False
    return any(channel in f"{line} " for channel in phrases.channels)


def is_wall(text: str) -> bool:
    """Whether a line says that the rest of the story is for those who pay."""
    lower = text.casefold()
    return len(lower) <= LONGEST_CALL and any(phrase in lower for phrase in wording().phrases.walls)


def drop_layers(tree: HtmlElement) -> None:
    """Take out what lies over the page: cookie notices and dialogs, however long they are."""
    pattern = class_pattern(wording().boilerplate.layers)
    named = (
        node
        for node in tree.iter("div", "section", "aside", "dialog", "form")
        if node.tag == "dialog" or node.get("role") in _DIALOGS or pattern.search(names(node))
    )
    for node in [*named, *_cookie_notices(tree)]:
        if node.getparent() is not None and not any(node.find(f".//{tag}") is not None for tag in _STORIES):
            node.drop_tree()


def _cookie_notices(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the boxes around a button that speak of cookies."""
    if "".join(tree.itertext()).casefold().count("cookie") < 2:
        return
    for control in islice(tree.iter("button", "input"), MOST_BUTTONS):
        for node in islice(control.iterancestors(), 4):
            text = "".join(node.itertext())
            if len(text) > LONGEST_LAYER:
                break
            if text.casefold().count("cookie") >= 2:
                yield node
                break
