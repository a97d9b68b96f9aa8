"""One page into one article: its layout, then the fields in the order in which they need each other.

Section, tags, picture and canonical address are read here; the other fields have modules of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from urllib.parse import SplitResult, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.article import Article
from crawler.decision import Rejection
from crawler.extraction.body import read_body
from crawler.extraction.boilerplate import MOST_BUTTONS, is_wall, opening_captions
from crawler.extraction.byline import read_authors, take_byline
from crawler.extraction.document import read, select
from crawler.extraction.headline import bare, read_lead, read_title
from crawler.extraction.metadata import Metadata, read_metadata, read_site
from crawler.extraction.page_blocks import OPENING, SENTENCE, Block, Outline, Surroundings, line, names
from crawler.extraction.published import is_date_line, read_published
from crawler.extraction.result import GENERIC, Document, Refused
from crawler.extraction.wording import class_pattern, wording
from crawler.families import Family, Layout, load_families, marks_in
from crawler.identity.urls import canonical_url, politeness_key
from crawler.page import Page
from crawler.text.normalize import clean, detect, plain, squeeze

IsWanted = Callable[[str | None, str | None, str], bool]
"""Tells by title, lead and text whether an article is worth reading whole."""
_NONE = Layout()
WALL = "the page says that the rest of the story is for subscribers"
MAX_TEXT = 300_000
"""Characters; more is a data dump or a trap."""
MAX_LINES = 10_000
"""Paragraphs, cells and headings of a whole page; so is more."""
LONGEST_TAG = 80
"""Characters of the longest tag."""
LONGEST_SECTION = 40
"""Characters of the longest section name."""
_DIALOGS = frozenset({"dialog", "alertdialog"})
_STORIES = ("h1", "article", "main")
LONGEST_LAYER = 6000
"""Characters of the longest cookie notice."""
_ROOTS = frozenset({"", "trang chủ", "trang nhất", "home"})
_VAGUE = frozenset({"tin tức", "news", "tin tuc", "tin mới"})
_TAG_ADDRESS = re.compile(r"/(?:tags?|tu-khoa|keywords?)[/?=-]|-tag\d+|\.tag\b|[?&]tag=", re.IGNORECASE)


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


def layout_of(document: Document, family: str | None) -> tuple[str | None, Layout, tuple[str, ...]]:
    """Return the family's name, the layout that fits the page, and warnings.

    Args:
        family: what the source names; None to detect it by the families' marks; `GENERIC` for no
            selectors at all.
    """
    families = load_families()
    if family is None:
        marks = marks_in(document.html)
        for one in families.values():
            may_be = _is_paper_of(document, one) or not marks.isdisjoint(one.marks)
            layout = _fitting(document, one) if may_be else None
            if layout and _is_evident(document, one, layout):
                return one.name, layout, ()
        return None, _NONE, ()
    if family == GENERIC:
        return None, _NONE, ()
    if family not in families:
        name, layout, _ = layout_of(document, None)
        return name, layout, (f"there is no family {family!r}; read as {name or 'an unknown page'}",)
    if layout := _fitting(document, families[family]):
        return family, layout, ()
    name, layout, _ = layout_of(document, None)
    return name, layout, (f"no layout of family {family!r} fits; read as {name or 'an unknown page'}",)


def _is_paper_of(document: Document, family: Family) -> bool:
    host = urlsplit(document.page.final_url).hostname or ""
    return any(host == paper or host.endswith(f".{paper}") for paper in family.papers)


def _is_evident(document: Document, family: Family, layout: Layout) -> bool:
    """Whether the page is the family's: by its host, or by a mark outside of the layout's body.

    What is pasted into a story brings the class names of its paper with it, so the body's own
    names prove nothing; head, scripts and frame are never pasted.
    """
    if _is_paper_of(document, family):
        return True
    bodies = next(filter(None, (select(document.tree, path) for path in layout.body)), [])
    inside = "".join(etree.tostring(body, encoding="unicode", with_tail=False) for body in bodies)
    return any(document.html.count(mark) > inside.count(mark) for mark in family.marks)


def _fitting(document: Document, family: Family) -> Layout | None:
    """Return the first layout whose body is on the page, those out of use on its day last."""
    day = document.page.fetched_at.date()
    by_age = sorted(family.layouts, key=lambda one: bool(one.valid_until and one.valid_until < day))
    return next((one for one in by_age if any(select(document.tree, path) for path in one.body)), None)


def read_article(
    page: Page, family: str | None = None, shared_titles: Collection[str] = ()
) -> Article | Refused:
    """Return the article that a page holds, or why there is none."""
    document = read(page)
    if isinstance(document, Refused):
        return document
    return extract_document(document, family, shared_titles)


def extract_document(
    document: Document,
    family: str | None = None,
    shared_titles: Collection[str] = (),
    is_wanted: IsWanted | None = None,
) -> Article | Refused:
    """Return the article in a document, whose tree is used up.

    Args:
        is_wanted: asked before the rest of an article is read; what it does not want is refused as off topic.
    """
    metadata = read_metadata(document.tree)
    etree.strip_elements(document.tree, "script", "style", "noscript", "template", with_tail=False)
    drop_layers(document.tree)
    name, layout, warnings = layout_of(document, family)
    outline = Outline(document.tree)
    if len(outline.blocks) > MAX_LINES:
        return Refused(Rejection.TOO_LONG, f"{len(outline.blocks)} lines of text", document.title)
    provenance: dict[str, str] = {}

    site = read_site(document, metadata, shared_titles)
    body = read_body(document, layout, outline)
    if family is None and name and not body.origin.startswith("css"):
        # It was taken for the family's by its body alone, and that was none.
        name, layout = None, Layout()
    title, provenance["title"] = read_title(document, metadata, layout, outline, body.blocks, site)
    blocks = without_frame(body.blocks, title, document.page.fetched_at)
    around = Surroundings(outline, blocks, title)
    found = read_lead(document, metadata, layout, around)
    lead, provenance["lead"] = found.text, found.origin
    blocks, byline = take_byline(without_lead(blocks, lead))
    paragraphs = [block.text for block in opened(blocks, lead)]
    text = "\n".join([lead, *paragraphs] if lead else paragraphs)
    provenance["text"] = body.origin
    if not text:
        return Refused(Rejection.NO_TEXT, "no main text found", title)
    if body.is_doubtful and not metadata.is_article:
        return Refused(Rejection.NO_TEXT, "most of the main text leads to other stories", title)
    if len(text) > MAX_TEXT:
        return Refused(Rejection.TOO_LONG, f"{len(text)} characters of text", title)

    if is_wanted and not is_wanted(title, lead, text):
        return Refused(Rejection.OFF_TOPIC, title=title)
    near = (*around.before, *around.body, *around.after[:4])
    wall = (WALL,) if metadata.is_walled or any(is_wall(block.text) for block in near) else ()
    authors, provenance["authors"] = read_authors(document, metadata, layout, byline, around, site)
    published, provenance["published"] = read_published(document, metadata, layout, around)
    section, provenance["section"] = read_section(document, metadata, layout, around)
    tags, provenance["tags"] = read_tags(document, metadata, layout, around)
    image_url, provenance["image_url"] = read_image(document, metadata)
    canonical_url, provenance["canonical_url"] = read_canonical(document, metadata)
    captions = tuple(dict.fromkeys([*found.captions, *opening_captions(around.before), *body.captions]))
    provenance["captions"] = "beside pictures" if captions else ""
    return Article(
        url=document.page.url,
        title=title,
        text=text,
        lead=lead,
        canonical_url=canonical_url,
        captions=captions,
        authors=authors,
        section=section,
        tags=tags,
        image_url=image_url,
        published=published,
        language=detect(text),
        family=name,
        provenance={field: origin for field, origin in provenance.items() if origin},
        warnings=(*warnings, *body.warnings, *wall),
    )


def without_frame(blocks: list[Block], title: str | None, now: datetime) -> list[Block]:
    """Return the blocks without the headline among the first, what stands above, and date lines."""
    key = squeeze(title or "")
    opening = blocks[:OPENING]
    for n, block in enumerate(opening):
        if block.key == key or (block.node.tag == "h1" and not any(map(_is_sentence, opening[:n]))):
            opening = opening[n + 1 :]
            break
    kept = [block for block in opening if block.key != key and not is_date_line(block, now)]
    kept += blocks[OPENING:]
    while kept and is_date_line(kept[-1], now):
        kept.pop()
    return kept


def without_lead(blocks: list[Block], lead: str | None) -> list[Block]:
    """Return the blocks without those among the first that are the lead, and the short ones above."""
    key = squeeze(lead or "")
    opening = blocks[:OPENING]
    parts = [n for n, block in enumerate(opening) if _is_part(block, key)]
    if parts and not any(map(_is_sentence, opening[: parts[0]])):
        opening = opening[parts[0] :]
    return [block for block in opening if not _is_part(block, key)] + blocks[OPENING:]


def _is_sentence(block: Block) -> bool:
    return len(block.text) >= SENTENCE


def _is_part(block: Block, lead: str) -> bool:
    key = squeeze(bare(block))
    return key == lead or (len(key) > 30 and key in lead)


def opened(blocks: list[Block], lead: str | None) -> list[Block]:
    """Return the blocks, the paper's name taken off the first where that is the text's beginning."""
    if blocks and not lead:
        blocks[0].text = bare(blocks[0])
    return blocks


def read_section(
    document: Document, metadata: Metadata, layout: Layout, around: Surroundings
) -> tuple[str | None, str]:
    """Return the section that the page puts itself in, the innermost one.

    The layout's node, JSON-LD breadcrumbs, links around the headline whose class says section, the
    link to the folder of the page's address, the metadata, a lone link right above the headline.
    """
    for selector in layout.section:
        texts = [line(node) for node in select(document.tree, selector)]
        if found := _real(texts):
            return found[-1], f"css {selector}"
    told = {squeeze(metadata.told("headline")), squeeze(metadata.first("og:title")[0]), around.title}
    if found := [name for name in _real(metadata.crumbs) if squeeze(name) not in told]:
        return found[-1], "json-ld BreadcrumbList"
    pattern = class_pattern(wording().boilerplate.sections)
    if found := _real(_links([*around.above, *around.before], pattern)):
        return found[-1], "class section"
    if name := _folder(document):
        return name, "link to the folder of the address"
    for text, origin in (
        (metadata.told("articleSection"), "json-ld articleSection"),
        (metadata.first("article:section")[0], "meta article:section"),
    ):
        if (found := _real(text.split(","))) and plain(found[0]) not in _VAGUE:
            return found[0], origin
    if around.above and (last := around.above[-1]).link_share > 0.9 and (found := _real([last.text])):
        return found[0], "link above the headline"
    return None, ""


def _real(texts: Iterable[str]) -> list[str]:
    cleaned = (clean(text).strip(" ,;|›»/>") for text in texts)
    return [
        text
        for text in cleaned
        if len(text) <= LONGEST_SECTION and plain(text) not in _ROOTS and not text[:1].isdigit()
    ]


def _links(blocks: Iterable[Block], pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield the texts of links in `blocks` that stand in a node named like `pattern`."""
    seen: set[HtmlElement] = set()
    for block in blocks:
        near = (block.node, *islice(block.node.iterancestors(), 3))
        named = any(pattern.search(names(node)) for node in near)
        for link in block.node.iter("a"):
            if link not in seen and (named or pattern.search(names(link))):
                seen.add(link)
                yield line(link)


def _folder(document: Document) -> str | None:
    """Return the text of the link to the innermost folder of the page's own path."""
    here = _parts(document.page.final_url)
    folders = [part for part in here.path.split("/")[1:-1] if part] if here else []
    named: dict[str, str] = {}
    for link in document.tree.iter("a"):
        address = _parts(link.get("href"))
        if address and (parts := [part for part in address.path.split("/") if part]):
            last = re.sub(r"\.\w+$", "", parts[-1])
            text = line(link) if last in folders and last not in named else ""
            if _real([text]):
                named[last] = _real([text])[0]
    return next((named[folder] for folder in reversed(folders) if folder in named), None)


def _parts(address: str | None) -> SplitResult | None:
    """Return the parts of an address; None where there is none or nobody can read it."""
    try:
        return urlsplit(address) if address else None
    except ValueError:
        return None


def _host(address: str) -> str:
    parts = _parts(address)
    return politeness_key(parts.hostname or "") if parts else ""


def read_tags(
    document: Document, metadata: Metadata, layout: Layout, around: Surroundings
) -> tuple[tuple[str, ...], str]:
    """Return the tags shown with the story, else those of the metadata."""
    seen, origin = _shown_tags(document, layout, around)
    lower = {tag.casefold() for tag in seen}
    lists = {
        f"meta {key}": [part for value in metadata.metas.get(key, ()) for part in clean(value).split(",")]
        for key in ("article:tag", "news_keywords", "keywords")
    }
    for where, texts in {**lists, "json-ld keywords": metadata.keywords()}.items():
        told = _tags(texts)
        # Of a long list, pages show a part, or load the rest later.
        if len(told) > len(seen) and lower <= {tag.casefold() for tag in told}:
            return told, where
    return seen, origin


def _shown_tags(document: Document, layout: Layout, around: Surroundings) -> tuple[tuple[str, ...], str]:
    for selector in layout.tags:
        if tags := _tags(line(node) for node in select(document.tree, selector)):
            return tags, f"css {selector}"
    nodes = dict.fromkeys(block.node for block in around.after)
    links = (link for node in nodes for link in node.iter("a"))
    tags = _tags(line(link) for link in links if _TAG_ADDRESS.search(link.get("href") or ""))
    return tags, "links to tags after the body" if tags else ""


def _tags(texts: Iterable[str]) -> tuple[str, ...]:
    tags = (clean(text).strip(" ,;#:•|").strip() for text in texts)
    labels = wording().phrases.drop
    return tuple(
        dict.fromkeys(tag for tag in tags if 1 < len(tag) <= LONGEST_TAG and plain(tag) not in labels)
    )


def read_image(document: Document, metadata: Metadata) -> tuple[str | None, str]:
    """Return the absolute address of the picture that the page shows for itself."""
    text, key = metadata.first("og:image", "og:image:url", "twitter:image", "image")
    if text and (found := canonical_url(text, document.page.final_url)):
        return found, f"meta {key}"
    return None, ""


def read_canonical(document: Document, metadata: Metadata) -> tuple[str | None, str]:
    """Return what the page calls its own address; another paper's address is no such thing."""
    link = document.tree.find(".//link[@rel='canonical'][@href]")
    said = {
        "link canonical": link.get("href") if link is not None else None,
        "meta og:url": metadata.first("og:url")[0],
    }
    for origin, address in said.items():
        found = canonical_url(address, document.page.final_url) if address else None
        parts = _parts(found)
        if found and parts and parts.path != "/" and _host(found) == _host(document.page.final_url):
            return found, origin
    return None, ""
