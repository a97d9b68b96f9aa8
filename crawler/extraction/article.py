"""One page into one article: the fields, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from lxml import etree

from crawler.article import Article
from crawler.decision import Rejection
from crawler.extraction.body import read_body
from crawler.extraction.boilerplate import drop_layers, is_wall
from crawler.extraction.byline import read_authors, take_byline
from crawler.extraction.captions import opening_captions
from crawler.extraction.document import read
from crawler.extraction.headline import read_title
from crawler.extraction.labels import read_canonical, read_image, read_section, read_tags
from crawler.extraction.layouts import layout_of
from crawler.extraction.lead import bare, read_lead
from crawler.extraction.markup import squeeze
from crawler.extraction.metadata import read_metadata
from crawler.extraction.page_blocks import Block
from crawler.extraction.published import is_date_line, read_published
from crawler.extraction.result import Document, Refused
from crawler.extraction.site import read_site
from crawler.extraction.surroundings import OPENING, SENTENCE, Outline, Surroundings
from crawler.families import Layout
from crawler.page import Page
from crawler.text.language import detect

WALL = "the page says that the rest of the story is for subscribers"
MAX_TEXT = 300_000
"""Characters; more is a data dump or a trap."""


def read_article(
    page: Page, family: str | None = None, shared_titles: Collection[str] = ()
) -> Article | Refused:
    """Return the article that a page holds, or why there is none."""
    document = read(page)
    if isinstance(document, Refused):
        return document
    return extract_document(document, family, shared_titles)


def extract_document(
    document: Document, family: str | None = None, shared_titles: Collection[str] = ()
) -> Article | Refused:
    """Return the article in a document, whose tree is used up."""
    metadata = read_metadata(document.tree)
    etree.strip_elements(document.tree, "script", "style", "noscript", "template", with_tail=False)
    drop_layers(document.tree)
    name, layout, warnings = layout_of(document, family)
    outline = Outline(document.tree)
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
