"""What Datasette is given: our pages as routes, our SQL functions, our error page.

A page is one function of (connection, site, visit); it runs in one of Datasette's threads, within one
read transaction, so that no two numbers on it contradict each other while a crawl writes.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

from datasette import Forbidden, NotFound, Response, hookimpl
from datasette.app import Datasette
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Request

from crawler.config import WebLimits
from crawler.ports import Clock
from db.file.connection import prepare_connection, read_transaction
from db.web import (
    article_list,
    article_page,
    edit_pages,
    event_exports,
    event_list,
    event_page,
    explain_page,
    exports,
    home,
    person_page,
    place_page,
    run_pages,
    source_pages,
    thread_pages,
    timeline_page,
    watch_pages,
)
from db.web.event_params import EventsAsked
from db.web.i18n import languages, preferred
from db.web.mistakes import mistake_of
from db.web.page import Answer, Site, WebRequest, address, legible
from db.web.query_params import Asked

DATABASE = "data"
"""What the collection is called in Datasette's addresses, whatever its file is called."""

Page = Callable[..., Answer]

_NUMBER = r"(?P<{}>\d{{1,18}})"
_SLUG = "(?P<slug>[a-z0-9-]{1,100})"
_ARTICLE = f"articles/{_NUMBER.format('article_id')}"
PAGES: tuple[tuple[str, Page], ...] = (
    ("", home.home),
    ("articles", article_list.articles),
    (_ARTICLE, article_page.article),
    (f"{_ARTICLE}/changes", article_page.changes),
    (rf"{_ARTICLE}/page\.txt", article_page.page_as_it_was),
    (rf"{_ARTICLE}/(?P<layout>record|plain|citation)\.txt", article_page.text),
    ("events", event_list.events_page),
    (r"events\.atom", event_list.feed),
    (f"events/{_NUMBER.format('event_id')}", event_page.event),
    ("places/(?P<place_id>[^/]{1,200})", place_page.place),
    ("people/(?P<name>[^/]{1,200})", person_page.person),
    ("threads", thread_pages.threads),
    (f"threads/{_NUMBER.format('thread_id')}", thread_pages.thread),
    ("timeline", timeline_page.timeline_page),
    ("top", timeline_page.top_page),
    ("watches", watch_pages.overview),
    (f"watches/{_SLUG}", watch_pages.watch),
    (rf"watches/{_SLUG}\.atom", watch_pages.feed),
    ("edits", edit_pages.edits),
    (r"edits\.atom", edit_pages.feed),
    ("sources", source_pages.sources),
    ("sources/(?P<source_id>[^/]{1,200})", source_pages.source),
    ("runs", run_pages.runs),
    (f"runs/{_NUMBER.format('run_id')}", run_pages.run),
    (f"runs/{_NUMBER.format('run_id')}/pages", run_pages.pages),
    ("explain", explain_page.address),
)
_ROUTES = tuple((re.compile(path), page) for path, page in PAGES)
_MOST_PARAMETERS = 50

_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")

_log = logging.getLogger(__name__)


F = TypeVar("F", bound=Callable[..., Any])


def _hook(function: F) -> F:
    """Mark a method as one that Datasette calls; its own decorator has no types."""
    marked: F = hookimpl(function)
    return marked


class WebPages:
    """The plugin."""

    __name__ = "biengioi-web"

    def __init__(self, site: Site, limits: WebLimits, clock: Clock) -> None:
        self._site = site
        self._limits = limits
        self._clock = clock
        self._exports = asyncio.Semaphore(limits.exports)

    @_hook
    def prepare_connection(self, conn: sqlite3.Connection, database: str) -> None:
        """Give each connection to the collection our functions, and take its right to write."""
        if database == DATABASE:
            prepare_connection(conn)
            conn.execute("PRAGMA query_only = ON")

    @_hook
    def render_cell(self, value: object, datasette: Datasette) -> str | None:
        """Return what Datasette's tables show of a text that would turn or hide what stands around it."""
        if not isinstance(value, str) or not _UNREADABLE.search(value):
            return None
        return legible(value, datasette.setting("truncate_cells_html"))

    @_hook
    def extra_template_vars(self, request: Request | None) -> dict[str, object]:
        """Return what our additions to Datasette's templates name: the visit, in the reader's language."""
        accepted = request.headers.get("accept-language") if request else None
        visit = WebRequest(languages()[preferred(accepted)], "", {}, self._clock())
        return {"visit": visit, "language": visit.language}

    @_hook
    def register_routes(self) -> list[tuple[str, Callable[..., Any]]]:
        """Return our addresses; those that none of them matches are Datasette's."""
        return [
            (r"^/$", self._in_preferred_language),
            (r"^/(?P<language>vi|en)$", self._first_page),
            (r"^/(?P<language>vi|en)/(?P<path>.*)$", self._page),
        ]

    @_hook
    def handle_exception(self, request: Request, exception: Exception) -> Response:
        """Return the page for what went wrong; of a fault of ours the log alone has the details."""
        return self._failure(request, exception)

    @_hook
    def forbidden(self, request: Request) -> Response:
        """Return the page for what nobody may see: as if it were not there."""
        return self._failure(request, Forbidden())

    async def _in_preferred_language(self, request: Request) -> Response:
        code = preferred(request.headers.get("accept-language"))
        return Response.redirect(address(code, "", {}), headers={"vary": "Accept-Language"})

    async def _first_page(self, request: Request) -> Response:
        return Response.redirect(address(request.url_vars["language"], "", {}))

    async def _page(
        self, datasette: Datasette, request: Request, receive: exports.Receive, send: exports.Send
    ) -> Response | None:
        visit = self._visit(request)
        if download := _download(visit):
            job, sent = download
            database = datasette.get_database(DATABASE)
            return await exports.stream(
                job, database, self._exports, sent, receive, send, busy=visit.language("error.exports")
            )
        for pattern, page in _ROUTES:
            if match := pattern.fullmatch(visit.path):
                numbers = {
                    name: int(value) if name.endswith("_id") and value.isdecimal() else value
                    for name, value in match.groupdict().items()
                }
                answer = await self._read(datasette, partial(page, site=self._site, visit=visit, **numbers))
                headers = dict(answer.headers or {})
                return Response(
                    answer.body, status=answer.status, headers=headers, content_type=answer.content_type
                )
        raise NotFound(visit.path)

    async def _read(self, datasette: Datasette, page: Callable[[sqlite3.Connection], Answer]) -> Answer:
        def in_one_transaction(conn: sqlite3.Connection) -> Answer:
            with (
                sqlite_timelimit(conn, self._limits.page_time_limit_s * 1000),
                read_transaction(conn),
            ):
                return page(conn)

        answer: Answer = await datasette.get_database(DATABASE).execute_fn(in_one_transaction)
        return answer

    def _visit(self, request: Request) -> WebRequest:
        code, _, path = request.path.removeprefix("/").partition("/")
        if code not in languages():
            code, path = preferred(request.headers.get("accept-language")), ""
        parameters = dict(parse_qsl(request.query_string, max_num_fields=_MOST_PARAMETERS))
        origin = f"{request.scheme}://{request.host}"
        return WebRequest(languages()[code], unquote(path), parameters, self._clock(), origin)

    def _failure(self, request: Request, exception: Exception) -> Response:
        wrong = mistake_of(
            exception, is_console=not _is_ours(request.path), is_asked=bool(request.query_string)
        )
        if wrong.status == 500:
            _log.error("A page failed: %s", request.path, exc_info=exception)
        try:
            visit = self._visit(request)
        except ValueError:  # too many parameters: the page for it has none
            visit = WebRequest(languages()[preferred(None)], "", {}, self._clock())
        title, message = wrong.told(visit.language)
        if request.path.endswith(".json"):
            error = message or wrong.reported or title
            body = {"ok": False, "error": error, "status": wrong.status, "title": title}
            return Response.json(body, status=wrong.status)
        is_question = wrong.status == 400 and request.path.removesuffix("/") == f"/{DATABASE}"
        answer = self._site.render(
            "error.html",
            visit,
            status=wrong.status,
            title=title,
            message=message,
            reported=wrong.reported,
            address=unquote(request.path),
            sql=visit.parameters.get("sql") if is_question else None,
            typed=dict(visit.parameters) if wrong.status == 400 else {},
        )
        return Response.html(answer.body, status=wrong.status)


def _download(visit: WebRequest) -> tuple[exports.Job, exports.Sent] | None:
    """Return what writes the file that an address asks for, and as what it is sent; None for a page."""
    if form := exports.format_of(visit.path):
        asked = Asked.read(visit.parameters)
        return partial(exports.write, form=form, asked=asked, visit=visit), exports.sent_as(form)
    if layout := event_exports.format_of(visit.path):
        wanted = EventsAsked.read(visit.parameters).wanted
        return partial(event_exports.write, form=layout, wanted=wanted), event_exports.sent_as(layout)
    return None


def _is_ours(path: str) -> bool:
    return path.removeprefix("/").partition("/")[0] in languages()
