"""Everything a simulated newspaper serves at one moment: path → resource, a pure function."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from crawler.article import LOCAL_ZONE
from spiders.demo.papers import SECTIONS, Paper
from spiders.demo.stories import Story

HTML = "text/html; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
XML = "application/xml; charset=utf-8"
ROBOTS = "text/plain; charset=utf-8"

PER_PAGE = 8
"""Stories on one list page."""

_ON_HOME = 10
"""Stories on the home page."""
_IN_FEED = 12
"""Stories in one feed."""
_NEWS_WINDOW = timedelta(days=2)
"""A news sitemap holds no more than the last two days (Google's rule, which sites keep)."""

_MENU_TAGS = ("Trung Quốc", "Lào", "Campuchia")
_WEEKDAYS = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")
_STATIC_PAGES = {
    "/gioi-thieu.html": "Giới thiệu",
    "/lien-he.html": "Liên hệ tòa soạn",
}
_PHOTO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"><path fill="#9bc" d="M0 0h3v2H0z"/>'
    '<path fill="#586" d="m0 2 1-1 .6.5L2.3.7 3 1.4V2z"/></svg>\n'
)


@dataclass(frozen=True)
class Resource:
    """What one address answers.

    Args:
        write: makes the body when it is first asked for: of a whole edition little is ever read.
        location: where it redirects to for good; then there is no body.
    """

    write: Callable[[], bytes]
    content_type: str
    modified_at: datetime
    location: str = ""

    @cached_property
    def body(self) -> bytes:
        """What is sent."""
        return self.write()

    @property
    def etag(self) -> str:
        """Its strong validator (RFC 9110 §8.8.3)."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


def edition(
    paper: Paper, origin: str, stories: Sequence[Story], now: datetime, quoted: Mapping[str, str]
) -> dict[str, Resource]:
    """Return all that `paper` serves, by path (with its query where that has a meaning).

    Args:
        origin: scheme, host and port that it is served under.
        stories: in any order.
        now: what its pages call today.
        quoted: what the stories call other papers → where their home pages are; such words are links.
    """
    return dict(_Press(paper, origin, stories, now, quoted).resources())


class _Press:
    def __init__(
        self, paper: Paper, origin: str, stories: Sequence[Story], now: datetime, quoted: Mapping[str, str]
    ) -> None:
        self.paper, self.origin, self.now = paper, origin, now
        self.stories = sorted(stories, key=lambda story: story.published_at, reverse=True)
        self.announced = [story for story in self.stories if not story.disallowed]
        self.first_at = self.stories[-1].published_at
        self.frame: dict[str, Any] = {
            "paper": paper,
            "origin": origin,
            "today": now,
            "sections": {paper.section_path(name): title for name, title in SECTIONS.items()},
            "menu_tags": _MENU_TAGS,
            "feeds": paper.feed_paths(),
            "static_pages": _STATIC_PAGES,
            "latest": self.announced[:5],
            "story": None,
            "links": None,
            "quoted": quoted,
        }

    def resources(self) -> Iterator[tuple[str, Resource]]:
        yield "/robots.txt", self._resource(self._robots, ROBOTS, [])
        yield "/anh.svg", self._resource(lambda: _PHOTO, "image/svg+xml", [])
        for path, title in _STATIC_PAGES.items():
            yield path, self._page(path, title, [])
        yield from self._articles()
        yield from self._lists()
        yield from self._feeds()
        yield from self._sitemaps()

    def _articles(self) -> Iterator[tuple[str, Resource]]:
        for story in self.stories:
            article = partial(self._article, story)
            yield story.path, self._resource(partial(article, self._template, story.path), HTML, [story])
            for path in story.copy_paths:
                yield path, self._resource(partial(article, "copy.html", path), HTML, [story])
            if story.old_path:
                yield story.old_path, Resource(bytes, HTML, story.edited_at, location=story.url)

    def _article(self, story: Story, template: str, path: str) -> str:
        company = [
            other
            for other in self.announced
            if other.section == story.section and other.number != story.number
        ]
        return self._render(
            template,
            path,
            story.title,
            story=story,
            section=SECTIONS[story.section],
            section_path=self.paper.section_path(story.section),
            newer=[s for s in company if s.published_at > story.published_at][-3:],
            older=[s for s in company if s.published_at < story.published_at][:4],
        )

    def _lists(self) -> Iterator[tuple[str, Resource]]:
        yield from self._list({1: "/"}, 1, "Trang chủ", self.announced[:_ON_HOME])
        for section, title in SECTIONS.items():
            stories = [story for story in self.stories if story.section == section]
            count = max(1, -(-len(stories) // PER_PAGE))
            pages = {page: self.paper.section_path(section, page) for page in range(1, count + 1)}
            for page in pages:
                part = stories[(page - 1) * PER_PAGE : page * PER_PAGE]
                yield from self._list(pages, page, title, part)
        tags = dict.fromkeys((*_MENU_TAGS, *(tag for s in self.announced for tag in s.tags)))
        for tag in tags:
            stories = [story for story in self.announced if tag in story.tags]
            yield from self._list({1: self.paper.tag_path(tag)}, 1, tag, stories)

    def _list(
        self, pages: dict[int, str], page: int, title: str, stories: list[Story]
    ) -> Iterator[tuple[str, Resource]]:
        path = pages[page]
        is_home = path == "/"
        # Sections still link a moved story under its old address, as real ones do for years.
        links = [(story.path if is_home else story.old_path or story.path, story) for story in stories]
        yield path, self._page(path, title, stories, links=links, pages=pages, page=page)

    def _feeds(self) -> Iterator[tuple[str, Resource]]:
        zone = UTC if self.paper.feed_date.endswith("GMT") else LOCAL_ZONE
        for section, path in self.paper.feed_paths().items():
            stories = [s for s in self.announced if section in ("", s.section)][:_IN_FEED]
            title = f"{SECTIONS.get(section, 'Trang chủ')} - {self.paper.name}"
            dates = [s.published_at.astimezone(zone).strftime(self.paper.feed_date) for s in stories]
            items = list(zip(dates, stories, strict=True))
            feed = partial(self._render, "feed.xml", path, title, items=items)
            yield path, self._resource(feed, RSS, stories)

    def _sitemaps(self) -> Iterator[tuple[str, Resource]]:
        paper = self.paper
        if paper.news_sitemap:
            stories = [s for s in self.announced if s.published_at > self.now - _NEWS_WINDOW]
            yield self._sitemap(paper.news_sitemap, stories, news=True)
        if paper.sitemap:
            parts: dict[str, list[Story]] = {}
            for story in self.announced:
                at = story.published_at.astimezone(LOCAL_ZONE)
                parts.setdefault(paper.sitemap.format(at=at), []).append(story)
            for path, stories in parts.items():
                yield self._sitemap(path, stories)
            if paper.sitemap_index:
                changes = {path: max(s.edited_at for s in part) for path, part in parts.items()}
                index = partial(self._render, "sitemap_index.xml", paper.sitemap_index, "", changes=changes)
                yield paper.sitemap_index, self._resource(index, XML, self.announced)

    def _sitemap(self, path: str, stories: list[Story], *, news: bool = False) -> tuple[str, Resource]:
        sitemap = partial(self._render, "sitemap.xml", path, "", stories=stories, news=news)
        resource = self._resource(sitemap, XML, stories)
        if path.endswith(".gz"):
            plain = resource.write
            resource = replace(
                resource, write=lambda: gzip.compress(plain(), mtime=0), content_type="application/gzip"
            )
        return path, resource

    def _robots(self) -> str:
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in self.paper.disallow)]
        if self.paper.announced_sitemap:
            lines += ["", f"Sitemap: {self.origin}{self.paper.announced_sitemap}"]
        return "\n".join(lines) + "\n"

    @property
    def _template(self) -> str:
        return f"{self.paper.family}.html"

    def _page(self, path: str, title: str, stories: list[Story], **context: Any) -> Resource:
        return self._resource(partial(self._render, self._template, path, title, **context), HTML, stories)

    def _render(self, template: str, path: str, title: str, **context: Any) -> str:
        values = self.frame | {"path": path, "title": title} | context
        return _templates().get_template(template).render(values)

    def _resource(self, text: Callable[[], str], content_type: str, stories: Sequence[Story]) -> Resource:
        modified_at = max((story.edited_at for story in stories), default=self.first_at)
        return Resource(lambda: text().encode(), content_type, modified_at)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["local"] = _local
    templates.filters["linked"] = _linked
    templates.filters["weekday"] = lambda at: _WEEKDAYS[at.astimezone(LOCAL_ZONE).weekday()]
    templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    return templates


def _linked(paragraph: str, quoted: Mapping[str, str]) -> Markup:
    """Return a paragraph as HTML in which the names of quoted papers lead to them."""
    html = escape(paragraph)
    for name, home in quoted.items():
        html = html.replace(escape(name), Markup('<a href="{}">{}</a>').format(home, name))
    return html


def _local(at: datetime, form: str = "%Y-%m-%dT%H:%M:%S+07:00") -> str:
    return at.astimezone(LOCAL_ZONE).strftime(form)
