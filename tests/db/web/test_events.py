"""The pages of events: every number leads to what it counts, every word to the sentence that says it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

import pytest

from crawler.errors import NotFoundError, UsageError
from crawler.events.event import Part, Span
from crawler.topic.topic import Topic
from db.file.connection import write_transaction
from db.file.opening import open_database
from db.web import (
    article_page,
    event_calendar,
    event_list,
    event_matrix,
    event_page,
    event_words,
    person_page,
    place_page,
    thread_pages,
)
from db.web.highlight import Saying, marked
from db.web.i18n import languages
from db.web.page import Answer, Site, WebRequest
from db.web.told import Told
from tests.db.web.told_events import TALES, add_articles

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
VI, EN = languages()["vi"], languages()["en"]
MEETING, BRIDGE, PATROL = 1, 2, 3


@cache
def site() -> Site:
    return Site(Topic.load())


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("events") / "told.db"
    with closing(open_database(path, create=True)) as conn:
        add_articles(conn)
        yield conn


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "empty.db", create=True)) as conn:
        yield conn


PAGES: dict[str, tuple[Callable[..., Answer], tuple[str, ...]]] = {
    r"events": (event_list.events_page, ()),
    r"events/(\d+)": (event_page.event, ("event_id",)),
    r"places/([^/]+)": (place_page.place, ("place_id",)),
    r"people/([^/]+)": (person_page.person, ("name",)),
    r"threads": (thread_pages.threads, ()),
    r"threads/(\d+)": (thread_pages.thread, ("thread_id",)),
    r"articles/(\d+)": (article_page.article, ("article_id",)),
}


def page(conn: sqlite3.Connection, address: str) -> str:
    """What an address shows, as the plugin would ask for it."""
    parts = urlsplit(address.removeprefix("/en/"))
    visit = WebRequest(EN, unquote(parts.path), dict(parse_qsl(parts.query)), NOW)
    for pattern, (show, names) in PAGES.items():
        if found := re.fullmatch(pattern, visit.path):
            values = {
                name: int(one) if one.isdigit() else one
                for name, one in zip(names, found.groups(), strict=True)
            }
            answer = show(conn, site=site(), visit=visit, **values)
            assert answer.status == 200
            return answer.body
    raise AssertionError(address)


def links(body: str, inside: str) -> list[tuple[str, str]]:
    return [
        (unescape(href), unescape(re.sub(r"<[^>]+>", " ", text)).strip())
        for href, text in re.findall(rf'<a[^>]*href="({inside})"[^>]*>(.*?)</a>', body, re.DOTALL)
    ]


def total(body: str) -> int:
    found = re.search(r'<p class="total"><strong>(?:<a[^>]*>)?(\d+) event', body)
    assert found
    return int(found[1])


def test_every_number_of_the_events_leads_to_as_many(conn: sqlite3.Connection) -> None:
    body = page(conn, "/en/events")
    assert total(body) == 3
    dots = [
        (href, re.search(r": (\d+) event", text))
        for href, text in links(body, r"/en/events\?[^\"]*kind=[^\"]*")
    ]
    counted = [(href, int(found[1])) for href, found in dots if found]
    assert len(counted) == 3
    facets = body[body.index('id="filters"') : body.index('id="exports"')]
    counted += [(href, int(text.split()[-1])) for href, text in links(facets, r"/en/events\?[^\"]*")]
    assert len(counted) == 3 + 1 + 3 + 1
    for href, count in counted:
        assert total(page(conn, href)) == count, href


def test_a_calendar_shows_an_event_on_its_days_and_none_that_is_dated_by_its_month(
    conn: sqlite3.Connection,
) -> None:
    body = page(conn, "/en/events?begun=2026-09")
    calendar = body[body.index('class="calendar"') : body.index("</table>")]
    assert links(calendar, r"/en/events/\d+") == [(f"/en/events/{BRIDGE}", "Khởi công cầu Tà Thử")]
    assert '<time datetime="2026-09-02">' in calendar
    assert total(body) == 2  # the patrol of some day in September is in the list
    assert links(body, r"/en/events\?begun=2026-08")
    (day,) = [href for href, text in links(calendar, r"/en/events\?[^\"]*") if "2" in text]
    assert f"/en/events/{BRIDGE}" in page(conn, day)


def test_each_word_of_an_event_leads_to_the_sentence_that_has_it(conn: sqlite3.Connection) -> None:
    body = page(conn, f"/en/events/{MEETING}")
    sentences = {
        anchor: unescape(text)
        for anchor, text in re.findall(r'<blockquote id="([^"]+)"[^>]*>(.*?)</blockquote>', body, re.DOTALL)
    }
    cited = re.findall(r'<a href="#([^"]+)" aria-label="says report \d+"', body)
    assert cited
    assert set(cited) <= sentences.keys()
    marks = [mark for text in sentences.values() for mark in re.findall("<mark>(.*?)</mark>", text)]
    for name in (
        "Hoàng Văn Thử",
        "Lâm Tư Thí",
        "Bản ghi nhớ về thông quan thử nghiệm",
        "38 đại biểu",
        "hội đàm",
    ):
        assert name in marks
    who = body[body.index('id="who"') :]
    name, (first, second) = (
        "Lâm Tư Thí",
        re.findall(r'href="#([^"]+)"', who[who.index("Lâm Tư Thí</a>") :])[:2],
    )
    assert name in sentences[first]
    assert name in sentences[second]
    assert first != second


def test_each_sentence_leads_to_its_place_in_the_article(conn: sqlite3.Connection) -> None:
    body = page(conn, f"/en/events/{MEETING}")
    places = [href for href, _ in links(body, r"/en/articles/\d+#at-\d+")]
    assert len(places) == 5
    for href in places:
        address, _, anchor = href.partition("#")
        assert page(conn, address).count(f'id="{anchor}"') == 1


def test_what_reports_say_differently_is_shown_with_who_says_it(conn: sqlite3.Connection) -> None:
    body = page(conn, f"/en/events/{MEETING}")
    differ = body[body.index('id="differ"') : body.index('id="reports"')]
    assert "38 1 · 40 2" in " ".join(re.sub(r"<[^>]+>", " ", differ).split())
    assert 'id="differ"' not in page(conn, f"/en/events/{BRIDGE}")


def test_an_article_is_marked_and_says_which_events_it_tells(conn: sqlite3.Connection) -> None:
    body = page(conn, "/en/articles/1")
    told = re.findall(r'<span class="told"[^>]*title="([^"]+)">(.*?)</span>', body)
    assert ("people", "Hoàng Văn Thử") in told
    assert ("figures", "38 đại biểu") in told
    assert links(body, rf"/en/events/{MEETING}")
    assert links(body, r"/en/places/cao-bang")
    story = body[body.index('<div class="body"') : body.index('<p class="key">')]
    text = unescape(re.sub(r"<[^>]+>", "", story.replace("</p>", "\n"))).split()
    assert " ".join(text).endswith(" ".join(TALES[0].text.split()))


def test_words_of_an_article_that_changed_are_not_marked_by_the_old_places(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "changed.db", create=True)) as conn:
        add_articles(conn)
        with write_transaction(conn):
            conn.execute("UPDATE articles SET text = 'Tin khác. ' || text WHERE id = 1")
        assert '<span class="told"' not in page(conn, "/en/articles/1").partition('<p class="key">')[0]
        body = page(conn, f"/en/events/{MEETING}")
        assert "report-1" in re.findall(r'<a href="#([^"]+)" aria-label="says report \d+"', body)
        assert not [mark for mark in re.findall("<mark>(.*?)</mark>", body) if mark.startswith("38")]


def test_a_place_has_its_events_figures_and_threads(conn: sqlite3.Connection) -> None:
    body = page(conn, "/en/places/tra-linh-gate")
    assert total(body) == 2
    series = body[body.index('id="series-1"') : body.index('id="latest"')]
    values = re.findall(r'<td class="count" data-label="Value">(.*?)</td>', series)
    assert values == ["38", "40", "120"]
    assert series.count("<rect") == 3
    assert ("/en/threads/1", "cầu Tà Thử") in links(body, r"/en/threads/\d+")
    (all_events,) = {href for href, text in links(body, r"/en/events\?[^\"]*") if "2 events" in text}
    assert total(page(conn, all_events)) == 2


def test_a_province_leads_to_its_pairs(conn: sqlite3.Connection) -> None:
    body = page(conn, "/en/places/cao-bang")
    ((pair, text),) = links(body, r"/en/places/cao-bang\?beside=[^\"]*")
    assert text == "Cao Bằng – Quảng Tây"
    assert total(page(conn, pair)) == total(body) == 2
    with pytest.raises(NotFoundError):
        page(conn, "/en/places/nowhere")
    with pytest.raises(UsageError):
        page(conn, "/en/places/cao-bang?beside=nowhere")


def test_a_person_has_posts_in_order_and_those_whom_they_met(conn: sqlite3.Connection) -> None:
    body = page(conn, "/en/people/Hoàng Văn Thử")
    posts = re.findall(r'<li><p class="facts top-facts">(.*?)</p><p lang="vi">(.*?) <sup', body)
    assert posts == [
        ("17 May 2026", "Phó Chủ tịch UBND tỉnh Cao Bằng"),
        ("2 Sep 2026", "Phó Bí thư Tỉnh ủy Cao Bằng"),
    ]
    assert [text for _, text in links(body[body.index("<main") :], r"/en/people/[^\"]*")] == ["Lâm Tư Thí"]
    assert page(conn, "/en/people/hoang van thu").count("Hoàng Văn Thử")


def test_a_thread_is_told_stage_by_stage(conn: sqlite3.Connection) -> None:
    body = page(conn, "/en/threads/1")
    assert re.findall(r"<strong>(.*?)</strong>", body) == ["agreed", "begun"]
    assert [href for href, _ in links(body, r"/en/events/\d+")] == [
        f"/en/events/{n}" for n in (MEETING, BRIDGE)
    ]
    assert links(page(conn, "/en/threads"), r"/en/threads/1")
    assert links(page(conn, f"/en/events/{MEETING}"), rf"/en/events/{BRIDGE}")


def test_of_nothing_there_are_pages_too(empty: sqlite3.Connection) -> None:
    assert "There are no events yet" in page(empty, "/en/events")
    assert "There are no threads yet" in page(empty, "/en/threads")
    assert total(page(empty, "/en/places/cao-bang")) == 0
    assert total(page(empty, "/en/events?begun=2026-02")) == 0


def test_the_feed_holds_the_events_of_its_question(conn: sqlite3.Connection) -> None:
    def feed(**question: str) -> ElementTree.Element:
        visit = WebRequest(EN, "events.atom", question, NOW)
        return ElementTree.fromstring(event_list.feed(conn, site(), visit).body)

    def ids(found: ElementTree.Element) -> list[str | None]:
        return [one.text for one in found.iter("{http://www.w3.org/2005/Atom}id")]

    assert set(ids(feed())[1:]) == {f"tag:biengioi,2026:event/{n}" for n in (MEETING, BRIDGE, PATROL)}
    narrowed = feed(kind="meeting")
    assert ids(narrowed)[1:] == [f"tag:biengioi,2026:event/{MEETING}"]
    assert ids(narrowed)[0] != ids(feed())[0]


SCRIPT = "<script>alert('a')</script>\u202e<img src=x onerror=alert(1)>"


def test_hostile_words_are_only_text(tmp_path: Path) -> None:
    bad = f"Người {SCRIPT} \"'/x"
    base = TALES[0]
    text = f"{base.text} {bad} {bad}; 9 {SCRIPT}."
    tale = replace(
        base,
        title=bad,
        text=text,
        places=((bad, "no-such-place"),),
        people=((bad, bad, "VN"),),
        bodies=((bad, "XX"),),
        agreements=(bad,),
        figures=(("no-such-thing", 9, SCRIPT, f"9 {SCRIPT}"), ("people", 1e300, SCRIPT, f"9 {SCRIPT}")),
        objects=((bad, "bridge x", None, "no-such-stage"),),
        countries=("CN", SCRIPT),
    )
    later = replace(tale, day="2026-06-20", date="2026-06-19", text=f"Lại nói. {text}")
    with closing(open_database(tmp_path / "hostile.db", create=True)) as conn:
        add_articles(conn, (tale, later))
        with write_transaction(conn):
            conn.execute("UPDATE events SET date_start = ?, places = json_array(?)", (SCRIPT, SCRIPT))
        addresses = ["/en/events", "/en/threads", "/en/articles/1", "/en/events/1", "/en/places/cao-bang"]
        addresses += [f"/en/threads/{row[0]}" for row in conn.execute("SELECT id FROM threads")]
        assert len(addresses) == 6
        names = [row[0] for row in conn.execute("SELECT DISTINCT name FROM event_people")]
        bodies = [page(conn, address) for address in addresses]
        visit = WebRequest(EN, "people/x", {}, NOW)
        bodies += [person_page.person(conn, site(), visit, name).body for name in names]
        ElementTree.fromstring(event_list.feed(conn, site(), WebRequest(EN, "events.atom", {}, NOW)).body)
    for body in bodies:
        assert "<script>" not in body
        assert "<img" not in body
        assert "\u202e" not in body


@pytest.mark.parametrize(
    ("stored", "vi", "en"),
    [
        ("2026-05-17", "17/05/2026", "17 May 2026"),
        ("2026-05", "tháng 5/2026", "May 2026"),
        ("2026", "2026", "2026"),
        ("--02-29", "29/2", "29 Feb"),
        ("--05", "tháng 5, không rõ năm", "month 5, year unknown"),
        ("2026-13-45", "2026-13-45", "2026-13-45"),
    ],
)
def test_a_day_is_said_as_exactly_as_it_is_known(stored: str, vi: str, en: str) -> None:
    assert (event_words.day(VI, stored), event_words.day(EN, stored)) == (vi, en)


def test_amounts_keep_their_decimals() -> None:
    assert [event_words.amount(EN, value) for value in (171e9, 210.5, 0.25)] == [
        "171,000,000,000",
        "210.5",
        "0.25",
    ]
    assert event_words.amount(VI, 1234.5) == "1.234,5"


def test_a_picture_of_many_years_has_a_column_for_each_year() -> None:
    few = event_matrix.lay_out({("meeting", "2026-01"): 2, ("patrol", "2026-12"): 1, ("aid", ""): 5})
    many = event_matrix.lay_out(
        {("meeting", "2016-01"): 2, ("meeting", "2026-12"): 1, ("unheard-of", "2020-02"): 1}
    )
    assert few
    assert many
    assert (len(few.columns), few.columns[0], few.columns[-1]) == (12, "2026-01", "2026-12")
    assert [kind for kind, _ in few.rows] == ["meeting", "patrol"]
    assert many.columns == tuple(map(str, range(2016, 2027)))
    assert [kind for kind, _ in many.rows] == ["meeting", "unheard-of"]
    ages = event_matrix.lay_out({("meeting", "1900-01"): 4, ("meeting", "2026-12"): 1})
    assert ages
    assert (len(ages.columns), ages.earlier_count, sum(ages.counts.values())) == (40, 4, 1)
    assert event_matrix.lay_out({("meeting", ""): 3}) is None


@pytest.mark.parametrize("month", [date(1900, 1, 1), date(2024, 2, 1), date(2199, 12, 1)])
def test_a_calendar_is_whole_in_every_month(month: date) -> None:
    weeks = event_calendar.weeks(month, [])
    days = [day for week in weeks for day in week if day.is_within]
    assert [day.day.day for day in days] == list(range(1, len(days) + 1))
    assert {len(week) for week in weeks} == {7}
    before, after = event_calendar.neighbours(month)
    assert before
    assert after
    assert event_calendar.neighbours(before)[1] == event_calendar.neighbours(after)[0] == month


def test_an_event_of_several_days_is_on_each_and_many_are_counted() -> None:
    def row(first: str, last: str) -> dict[str, str]:
        return {"first_day": first, "last_day": last, "date_precision": "day"}

    events = [row("2026-04-30", "2026-05-02"), *[row("2026-05-02", "2026-05-02")] * 6]
    days = {day.day: day for week in event_calendar.weeks(date(2026, 5, 1), events) for day in week}
    assert [len(days[date(2026, 5, n)].events) for n in (1, 2, 3)] == [1, event_calendar.MOST_SHOWN, 0]
    assert days[date(2026, 5, 2)].other_count == 7 - event_calendar.MOST_SHOWN


def test_sentences_hold_their_marks_whatever_the_spans() -> None:
    text = "Câu một nói về X và Y.\nCâu hai nói về Z; còn W."
    spans = [Span(Part.TEXT, text.index(one), text.index(one) + 1) for one in "XYZW"]
    odd = [Span(Part.TEXT, 900, 910), Span(Part.TEXT, 5, 5), Span(Part.TITLE, 0, 3)]
    told = Told(7, "Tít", text, [*spans, *odd])
    assert ["".join(piece for piece, _ in one.pieces) for one in told.sentences] == ["Tít", *text.split("\n")]
    assert [[piece for piece, found in one.pieces if found] for one in told.sentences] == [
        ["Tít"],
        ["X", "Y"],
        ["Z", "W"],
    ]
    assert {told.anchor(span) for span in spans} == {one.anchor for one in told.sentences[1:]}
    long = Told(7, None, f"{'chữ ' * 900}ĐÍCH {'chữ ' * 900}", [Span(Part.TEXT, 3600, 3604)])
    assert len("".join(piece for piece, _ in long.sentences[0].pieces)) < 300


@pytest.mark.parametrize("lead", [None, "Ông Thử nói.", "Ông Thử"])
def test_words_of_events_are_marked_where_they_stand(lead: str | None) -> None:
    text = "Ông Thử nói.\nBà Thí đáp.\nHết."
    words = {
        "people": Span(Part.TEXT, 4, 7),
        "figures": Span(Part.TEXT, 16, 19),
        "act": Span(Part.TEXT, 5, 16),
    }
    sayings = [*(Saying(what, span) for what, span in words.items()), Saying("date", Span(Part.TITLE, 4, 7))]
    found = marked(site().topic, title="Tít Thử", lead=lead, text=text, sayings=sayings)
    pieces = [piece for paragraph in (*found.lead, *found.body) for piece in paragraph]
    for what, span in words.items():
        said = "".join(piece.text for piece in pieces if what in piece.told)
        assert said == text[span.start : span.end].replace("\n", "")
    assert [piece.text for piece in found.title if "date" in piece.told] == ["Thử"]
    anchors = [piece.at for piece in pieces if piece.at is not None]
    assert sorted(anchors) == sorted({4, 5, 16})
