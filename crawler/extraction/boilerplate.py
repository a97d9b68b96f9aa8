"""What stands in a body and is not the story: boilerplate and captions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extraction.document import select
from crawler.extraction.page_blocks import BLOCKS, SENTENCE, Block, is_hidden, is_longer, names, read_blocks
from crawler.extraction.wording import class_pattern, wording
from crawler.families import Layout
from crawler.text.normalize import plain, squeeze

_BOXES = frozenset({
    "div", "section", "aside", "ul", "ol", "dl", "table", "blockquote", "article", "figure", "p", "span",
    "h2", "h3", "h4", "h5", "center",
})  # fmt: skip
_PARAGRAPHS = frozenset({"p", "blockquote"})
_FRAMES = frozenset({"div", "section", "li", "blockquote", "td", "article", "aside"})
_PLAYER = re.compile(r"\d{1,2}:\d\d\s*/\s*-?\d{1,2}:\d\d")
MOST_BUTTONS = 50
"""Buttons, or headings of boxes, whose surroundings are looked at."""
MAX_BOX = 0.4
"""A node with more than this share of a container's unlinked text is no boilerplate, whatever its name."""
NEIGHBOURS = 3
"""Nodes before and behind a paragraph among which another one of the story stands."""
MAX_TEASER = 700
"""Characters of the longest box that is taken for another story's teaser."""
HEADLINE = 25
"""Characters of the shortest link that is taken for another story's headline."""
LONGEST_IMPRINT = 400
"""Characters of the longest line of an imprint: some have it all on one."""
LONGEST_CALL = 250
"""Characters of the longest line that asks readers to follow a channel."""
LINKED = 0.75
"""Share of link text from which a line only leads elsewhere."""
LONGEST_CAPTION = 600
"""Characters of the longest caption."""
LONGEST_CELL = 250
"""Characters of the longest line that is a caption because it shares a table's cell with a picture."""
MEAGRE = 300
"""Characters of text below which a page of pictures has no story beside its captions."""
_ALIGNED = re.compile(r"text-align\s*:\s*(\w+)", re.IGNORECASE)
_CREDIT = re.compile(
    r"(?:^|[(\s])(?:Ảnh|ẢNH|Nguồn ảnh|Photo|Hình|Đồ họa|Video|Clip)(?: minh họa)?\s?:\s?[^.:]{2,80}\)?\.?$"
)
_BRACKETED = re.compile(r"\((?:Ảnh|Nguồn|Hình)[^)]{0,80}\)\.?$|[-–.]\s?Ảnh:? [^.]{2,40}\.?$")


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
        is_box = node.tag == "aside" or is_hidden(node)
        is_box = is_box or (_is_named_furniture(node) and not _is_among_paragraphs(node))
        if is_box and unlinked(node) <= limit:
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


def _is_among_paragraphs(node: HtmlElement) -> bool:
    """Whether a node is a paragraph between others, whatever its name: a quotation may be a "comment"."""
    return (
        node.tag in _PARAGRAPHS
        and _is_told(node)
        and any(map(_is_plain_paragraph, islice(node.itersiblings(preceding=True), NEIGHBOURS)))
        and any(map(_is_plain_paragraph, islice(node.itersiblings(), NEIGHBOURS)))
    )


def _is_plain_paragraph(node: HtmlElement) -> bool:
    return node.tag == "p" and _is_told(node) and not _is_named_furniture(node)


def _is_told(node: HtmlElement) -> bool:
    """Whether a node is a sentence, and not one that only leads elsewhere."""
    length = len("".join(node.itertext()).strip())
    return length >= SENTENCE and unlinked(node) > LINKED * length


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
            box = _box_of_more(link)
            if box is not None and _is_small(box, root, limit) and _is_announcement(box):
                yield box


def _is_small(box: HtmlElement, root: HtmlElement, limit: float) -> bool:
    return box is not root and not is_longer(box, MAX_TEASER) and unlinked(box) <= limit


def _box_of_more(link: HtmlElement) -> HtmlElement | None:
    """Return the nearest box around `link` that has more text than it."""
    length = sum(len(part.strip()) for part in link.itertext())
    more = next((node for node in link.iterancestors() if is_longer(node, length)), None)
    return more if more is not None and more.tag in _FRAMES else None


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
    return {node for node in found if len("".join(node.itertext()).strip()) <= LONGEST_CAPTION}


def _has_heading(node: HtmlElement) -> bool:
    return any(node.find(f".//{tag}") is not None for tag in ("h1", "h2", "h3", "h4"))


def _is_pictured_cell(cell: HtmlElement) -> bool:
    """Whether a cell holds a picture, a bare line about it, and nothing stands beside it."""
    if cell.find(".//img") is None or any(node.tag in BLOCKS for node in cell.iterdescendants()):
        return False
    row = cell.getparent()
    text = "".join(cell.itertext()).strip()
    return len(text) <= LONGEST_CELL and (row is None or "".join(row.itertext()).strip() == text)


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
    if len(block.text) > LONGEST_CAPTION or block.is_heading:
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
