"""Whatever is typed into an address: the right status, the reader's language, what was typed, no more."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from html import unescape
from pathlib import Path

import datasette
import httpx
import pytest
from datasette.utils.asgi import Request

from crawler.alert_config import Watch
from crawler.config import WebLimits
from crawler.errors import NotFoundError, UsageError
from crawler.topic.topic import Topic
from db.export.export import FORMATS
from db.web import exports, query_params
from db.web.i18n import CODES, languages
from db.web.mistakes import mistake_of
from db.web.page import Answer, Site, WebRequest
from db.web.plugin import PAGES, WebPages
from tests.db.world import World

THEIRS = Path(next(iter(datasette.__path__)))

HOSTILE = (
    "31/12/2026",
    "-1",
    "99999999999999999999999",
    '"',
    "{}",
    '["a", "b", "c", -1]',
    "[" * 2000,
    "\x00\u202e\ud7ff",
    "<script>alert(1)</script>",
    "nope",
)


@cache
def site() -> Site:
    return Site(Topic.load(), saved=(Watch("Lào", country="LA"),))


class Asked(dict[str, str]):
    """Parameters that note which of them are looked for."""

    def __init__(self, **values: str) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.names.add(name)
        return super().get(name, default)


def their_parameters() -> set[str]:
    """Every parameter with a meaning for Datasette."""
    sources = [path.read_text(encoding="utf-8") for path in THEIRS.rglob("*.py")]
    return {name for source in sources for name in re.findall(r'"(_[a-z][a-z_]*)"', source)} | {"sql"}


TRIED = (*PAGES, ("articles.atom", None))


@pytest.mark.parametrize(("path", "page"), TRIED, ids=[path or "home" for path, _ in TRIED])
def test_no_parameter_breaks_a_page(library: World, path: str, page: Callable[..., Answer] | None) -> None:
    """Each that the page looks for, with each of the values."""
    groups = re.compile(path).groupindex
    parts: dict[str, object] = {
        "article_id": 1,
        "run_id": 1,
        "source_id": "bao-song-thia",
        "layout": "record",
        "event_id": 1,
        "thread_id": 1,
        "place_id": "tra-linh-gate",
        "name": "Hoàng Văn Thử",
        "slug": "lao",
    }

    def show(asked: Asked) -> None:
        visit = WebRequest(languages()["vi"], path, asked, library.now)
        with library.connection() as conn:
            if page is None:
                form = FORMATS["csv"]
                query = query_params.Asked.read(visit.parameters)
                exports.write(conn, io.BytesIO(), form=form, asked=query, visit=visit)
            else:
                assert (
                    page(conn, site=site(), visit=visit, **{name: parts[name] for name in groups}).status
                    < 500
                )

    nothing = Asked()
    show(nothing)
    for name in nothing.names:
        for value in HOSTILE:
            with suppress(UsageError):
                show(Asked(**{name: value}))


def test_no_parameter_breaks_a_page_of_datasette(client: httpx.Client) -> None:
    names = their_parameters()
    assert {"_sort", "_size", "_through", "_next", "_facet", "_where", "_search"} <= names
    columns = {"id__in", "failure_count__gt", "id__arraycontains", "id__date", "id__nothing", "nothing"}
    for number, name in enumerate(sorted(names | columns)):
        for value in ("[" * 2000, HOSTILE[number % len(HOSTILE)]):
            answer = client.get("/data/sources", params={name: value})
            assert answer.status_code < 500, (name, value)
            assert "Traceback" not in answer.text, (name, value)
    for value in HOSTILE:
        assert client.get("/data", params={"sql": value}).status_code < 500


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("path", "name", "typed", "key"),
    [
        ("/{}/articles", "since", "31/12/2026", "problem.day"),
        ("/{}/articles", "until", "hôm qua", "problem.day"),
        ("/{}/articles", "q", '"', "problem.query_empty"),
        ("/{}/articles", "q", "a*", "problem.query_prefix"),
        ("/{}/articles", "q", "x" * 501, "problem.query_long"),
        ("/{}/events", "since", "31/12/2026", "problem.day"),
        ("/{}/events", "q", '"', "problem.query_empty"),
        ("/{}/events.csv", "q", '"', "problem.query_empty"),
        ("/{}/events.ics", "begun", "2026-13", "problem.month"),
        ("/{}/events.atom", "kind", "nope", "problem.one_of"),
        ("/{}/articles.csv", "since", "31/12/2026", "problem.day"),
        ("/{}/runs/1/pages", "kind", "nope", "problem.kind"),
        ("/{}/runs/1/pages", "after", "[1]", "problem.after"),
        ("/{}/sources", "state", "nope", "problem.state"),
        ("/data", "sql", "delete\nfrom articles", "error.sql"),
        ("/data", "sql", "select nope from articles", "error.question"),
        ("/data/sources", "_sort", "nope", "error.typed"),
        ("/data/sources", "_through", "nope", "error.typed"),
    ],
)
def test_what_was_typed_is_kept_and_answered_in_the_language_of_the_reader(
    client: httpx.Client, code: str, path: str, name: str, typed: str, key: str
) -> None:
    answer = client.get(path.format(code), params={name: typed}, headers={"accept-language": code})
    page = unescape(answer.text)
    assert answer.status_code == 400
    sentence = languages()[code].words[key].partition("{")[0].strip(" “")
    assert sentence in page
    assert f'value="{typed}"' in page or f">{typed}</textarea>" in page.replace("\r", "")


def test_the_days_of_a_list_keep_what_else_was_chosen(client: httpx.Client) -> None:
    page = client.get("/vi/articles", params={"since": "31/12/2026", "country": "LA", "q": "cua khau"}).text
    form = page[page.index('<form class="days"') :].partition("</form>")[0]
    assert '<input name="since" value="31/12/2026"' in form
    assert '<input type="hidden" name="country" value="LA">' in form
    assert '<input type="hidden" name="q" value="cua khau">' in form


def test_a_mistake_is_the_readers_only_where_it_can_be() -> None:
    """A fault of the file or of our own pages is none of the reader's."""

    def status(error: Exception, *, is_console: bool = True, is_asked: bool = True) -> int:
        return mistake_of(error, is_console=is_console, is_asked=is_asked).status

    assert status(UsageError("x"), is_console=False) == 400
    assert status(NotFoundError("x"), is_console=False) == 404
    assert status(OverflowError("too large")) == 400
    assert status(OverflowError("too large"), is_asked=False) == 500
    assert status(OverflowError("too large"), is_console=False) == 500
    broken = sqlite3.DatabaseError("database disk image is malformed")
    broken.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    assert status(broken) == 500
    wrong = sqlite3.OperationalError("no such column: nope")
    wrong.sqlite_errorcode = sqlite3.SQLITE_ERROR
    assert status(wrong) == 400


def test_a_mistake_of_a_reader_is_no_traceback_in_the_log(
    library: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Through the plugin itself: what it logs is what the terminal of `serve` shows."""
    pages = WebPages(site(), WebLimits(), lambda: library.now)
    asked = Request.fake("/data/sources?_through=x")
    assert pages.handle_exception(asked, ValueError("Expecting value")).status == 400
    assert caplog.records == []
    assert pages.handle_exception(Request.fake("/vi/"), ValueError("ours")).status == 500
    assert [record.name for record in caplog.records] == ["db.web.plugin"]
