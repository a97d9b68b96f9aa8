"""A simulated newspaper's habits: its addresses, its feeds and sitemaps, its own source file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.article import LOCAL_ZONE
from crawler.declaration import declare, read_toml
from crawler.text.normalize import fold

SECTIONS = {"thoi-su": "Thời sự", "kinh-te": "Kinh tế", "doi-song": "Đời sống"}

_FOLDER = Path(__file__).parent
_WITHHELD = "/noi-bo"


def slug(title: str) -> str:
    """Return `title` as it stands in addresses: folded, words joined by hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", fold(title)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One newspaper as ``papers.toml`` describes it; addresses are templates, empty for none.

    Args:
        number: where its running article number starts.
        article, copies: of a story, and of its print or mobile twins.
        section, section_page, tag: of the first list page, the following ones, and a tag's page.
        feed_date: how its feeds write times (strftime), in GMT if it ends so.
        sitemap, news_sitemap: of all stories, and of the last two days only.
        disallow: what its robots.txt rules out.
    """

    id: str
    family: str
    name: str
    owner: str
    article: str
    url_pattern: str
    section: str
    section_page: str
    tag: str
    number: int = 0
    copies: tuple[str, ...] = ()
    feed_home: str = ""
    feed_section: str = ""
    feed_date: str = ""
    sitemap_index: str = ""
    sitemap: str = ""
    news_sitemap: str = ""
    disallow: tuple[str, ...] = ("/quan-tri/",)

    def article_paths(
        self, title: str, section: str, number: int, at: datetime, *, withheld: bool = False
    ) -> tuple[str, ...]:
        """Return the path of a story published `at`, and those of its copies.

        Args:
            title: what the slug is made of.
            withheld: put it where robots.txt allows nobody.
        """
        local = at.astimezone(LOCAL_ZONE)
        values = {
            "slug": slug(title),
            "section": section,
            "number": number,
            "stamp": f"100{local:%y%m%d%H%M%S}{number % 1000:03d}",
            "month": f"{local:%Y%m}",
            "hex": hashlib.sha256(f"{self.id} {number}".encode()).hexdigest()[:7],
        }
        article = self.article.format(**values)
        copies = (copy.format(article=article, **values) for copy in self.copies)
        return tuple((_WITHHELD if withheld else "") + path for path in (article, *copies))

    def section_path(self, section: str, page: int = 1) -> str:
        """Return the path of a section's list page, from 1."""
        template = self.section if page == 1 else self.section_page
        return template.format(section=section, page=page)

    def tag_path(self, tag: str) -> str:
        """Return the path of the page that lists a tag's stories."""
        return self.tag.format(tag=slug(tag), number=len(tag))

    def feed_paths(self) -> dict[str, str]:
        """Return the paths of its feeds by section, the whole paper's under an empty name."""
        if not self.feed_home:
            return {}
        return {"": self.feed_home} | {
            section: self.feed_section.format(section=section) for section in SECTIONS
        }

    @property
    def announced_sitemap(self) -> str:
        """The path that robots.txt names, or empty."""
        return self.sitemap_index or self.sitemap or self.news_sitemap

    def source(self, origin: str, *, minimal: bool = False) -> str:
        """Return the TOML text of its source file.

        Args:
            origin: scheme, host and port that it is served under.
            minimal: only the three required keys.
        """
        lines = [f'id = "{self.id}"', f'name = "{self.name}"', f'homepage = "{origin}/"']
        if not minimal:
            lines.append(f'family = "{self.family}"')
            for kind, path in self._seeds():
                lines += ["", "[[seeds]]", f'kind = "{kind}"', f'url = "{origin}{path}"']
            lines += ["", "[article]", f"url_pattern = '{self.url_pattern}'"]
            lines += ["", "[politeness]", "delay_s = 0.05"]
        return "\n".join(lines) + "\n"

    def _seeds(self) -> Iterable[tuple[str, str]]:
        if self.feed_home:
            yield "feed", self.feed_home
        if self.news_sitemap:
            yield "news_sitemap", self.news_sitemap
        if self.sitemap:
            yield "sitemap", self.sitemap_index or self.sitemap
        for section in SECTIONS:
            yield "section", self.section_path(section)


@dataclass(frozen=True, slots=True)
class _PapersFile:
    paper: tuple[Paper, ...]
    undeclared: tuple[Paper, ...]


def load_papers() -> tuple[Paper, ...]:
    """Return the newspapers of ``papers.toml`` that a demo declares, in its order."""
    return _read().paper


def load_undeclared_papers() -> tuple[Paper, ...]:
    """Return those that the others quote and nobody declares."""
    return _read().undeclared


def _read() -> _PapersFile:
    path = _FOLDER / "papers.toml"
    return declare(_PapersFile, read_toml(path), path)
