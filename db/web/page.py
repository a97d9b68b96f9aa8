"""What every page is made with: the visit that asks for it, the site that answers, the answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crawler.alert_config import Watch
from crawler.article import LOCAL_ZONE
from crawler.formats.atom import entry_id
from crawler.reach.coverage import NOTHING_WATCHED, WatchedSources
from crawler.text.harmless import one_line
from crawler.topic.gazetteer import DIVISIONS
from crawler.topic.topic import Topic
from db.web.i18n import CODES, Language
from db.web.silence import Silences
from db.web.strip import read_border

STATIC = Path(__file__).with_name("static")
_TEMPLATES = Path(__file__).with_name("templates")

_MARK_CHARS = 12

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

_WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x20]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One request for one of our pages.

    Args:
        path: beneath the language: "", "articles/12".
        parameters: of the query; of one that is given twice the last.
        now: aware; what "this month" means.
        origin: scheme and host under which the reader asks; empty where nobody needs them.
    """

    language: Language
    path: str
    parameters: Mapping[str, str]
    now: datetime
    origin: str = ""

    @property
    def today(self) -> date:
        """The day in Viet Nam."""
        return self.now.astimezone(LOCAL_ZONE).date()

    @property
    def division(self) -> str | None:
        """The division into provinces that is asked for; None for what the articles name."""
        asked = self.parameters.get("division")
        return asked if asked in DIVISIONS else None

    def url(self, page: str = "", /, **parameters: object) -> str:
        """Return the address of one of our pages in this language; None leaves a parameter out."""
        return address(self.language.code, page, parameters)

    def here(self, /, **changes: object) -> str:
        """Return the address of this page with some parameters changed; None takes one away."""
        return self.url(self.path, **{**self.parameters, **changes})

    def in_language(self, code: str) -> str:
        """Return the address of this page in another language."""
        return address(code, self.path, self.parameters)

    def days_ago(self, days: int) -> date:
        """Return the day in Viet Nam that many days before today."""
        return self.today - timedelta(days=days)


def address(code: str, page: str, parameters: Mapping[str, object]) -> str:
    """Return the path of a page, with its query."""
    given = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    return f"/{code}/{page}" + (f"?{urlencode(given)}" if given else "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the browser."""

    body: str
    status: int = 200
    content_type: str = HTML
    headers: Mapping[str, str] | None = None


class Site:
    """What all requests share: the templates, the topic, the border.

    Args:
        topic: whose terms are marked in articles.
        watch: what is declared, to tell that nothing was written from that nobody looked.
        saved: the watches of the configuration.
    """

    def __init__(
        self, topic: Topic, watch: WatchedSources = NOTHING_WATCHED, saved: Sequence[Watch] = ()
    ) -> None:
        self.topic = topic
        self.watch = watch
        self.saved = saved
        self.silences = Silences(watch)
        self.places = topic.gazetteer.places
        self.border = read_border()
        topic.score(title=None, lead=None, text="cửa khẩu")  # compiles what the first reader would wait for
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters["legible"] = legible
        self._templates.globals.update(
            asset=self.asset,
            place_name=self.place_name,
            web_address=web_address,
            mark_key=mark_key,
            codes=CODES,
        )

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {
            path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            for path in STATIC.rglob("*")
            if path.is_file()
        }

    def asset(self, name: str) -> str:
        """Return the address of a static file, which changes with its content."""
        return f"/static/{name}?v={self._digests[name]}"

    def place_name(self, id_: str) -> str:
        """Return what a place is called; its id where the gazetteer no longer has it."""
        place = self.places.get(id_)
        return place.name if place else id_

    def render(self, template: str, visit: WebRequest, /, status: int = 200, **values: object) -> Answer:
        """Return a page made from a template and the values that it names."""
        body = self._templates.get_template(template).render(
            visit=visit, t=visit.language, status=status, **values
        )
        return Answer(body, status)


def mark_key(article: Mapping[str, Any]) -> str:
    """Return by what a reader's browser knows an article again, in this or another collection."""
    return hashlib.sha256(entry_id(article).encode()).hexdigest()[:_MARK_CHARS]


def legible(text: object, limit: int | None = None) -> str:
    """Return scraped text, cut to `limit` characters, without what would turn or hide what is around it."""
    whole = str(text if text is not None else "")
    if limit is None or len(whole) <= limit:
        return one_line(whole)
    return f"{one_line(whole[:limit]).rstrip()}…"


def web_address(url: str | None) -> str | None:
    """Return an address that a link may lead to: http or https and nothing else; None for any other."""
    if not url or not _WEB_ADDRESS.fullmatch(url):
        return None
    try:
        return url if urlsplit(url).hostname else None
    except ValueError:
        return None
