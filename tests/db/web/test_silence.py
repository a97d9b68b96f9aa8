"""Where the strip has no articles it says why: nobody wrote, we did not look, or too few to tell."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from crawler.article import format_instant
from crawler.reach.coverage import State, WatchedSources
from crawler.topic.gazetteer import Gazetteer
from db.file.opening import open_database
from db.web import silence
from db.web.home import of_places
from db.web.i18n import languages
from db.web.silence import MONTHS, Silence, Silences
from db.web.strip import place_ids, read_border, since_the_mergers
from tests.articles import make_text
from tests.db.web.conftest import serving
from tests.db.world import World

GAZETTEER = Gazetteer.load()
SHOWN = place_ids(read_border(), GAZETTEER)
NOW = datetime.now(UTC)
SILENT, RARE, DOWN, BUSY = "tra-linh-gate", "chi-ma-gate", "tan-thanh-gate", "huu-nghi-gate"
"""Gates: a paper used to write of it each week, one did twice, one that did is down, one does."""

SOURCE_FILE = 'id = "{id}"\nname = "Báo {id}"\nhomepage = "https://{id}.example"\n'


def add_article(conn: sqlite3.Connection, source_id: str, at: datetime, place: str) -> None:
    number = conn.execute("SELECT count(*) FROM articles").fetchone()[0]
    conn.execute(
        "INSERT INTO articles (source_id, url, title, text, published_at, published_precision, fetched_at,"
        " language, content_hash, topic_score, topic_grade, places)"
        " VALUES (?, ?, ?, ?, ?, 'minute', ?, 'vi', ?, 80, 'core', json_array(?))",
        (
            source_id,
            f"https://{source_id}.example/{number}.html",
            f"Tin số {number}",
            make_text(number),
            format_instant(at),
            format_instant(at),
            f"{number:064x}",
            place,
        ),
    )


def add_crawl(conn: sqlite3.Connection, at: datetime, statuses: dict[str, str]) -> None:
    run = conn.execute(
        "INSERT INTO runs (kind, status, started_at, host, pid, process_started, expires_at)"
        " VALUES ('schedule', 'running', ?, 'h', 1, '', '')",
        (format_instant(at),),
    ).lastrowid
    for source_id, status in statuses.items():
        conn.execute(
            "INSERT INTO run_sources (run_id, source_id, status) VALUES (?, ?, ?)", (run, source_id, status)
        )
    conn.execute("UPDATE runs SET status = 'done', ended_at = ? WHERE id = ?", (format_instant(at), run))


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two years: three papers wrote in the first, one of them is down in the second and one silent."""
    world = World(tmp_path_factory.mktemp("years"))
    with world.connection() as conn:
        for source_id in ("doc", "hong", "lang", "song"):
            conn.execute("INSERT INTO sources (id, name) VALUES (?, ?)", (source_id, f"Báo {source_id}"))
        for ago in range(726, -1, -3):  # today too, which may be the first day of a month
            at = NOW - timedelta(days=ago)
            is_first_year = ago > 400
            hong = "done" if is_first_year else "failed"
            add_crawl(conn, at, {"doc": "done", "hong": hong, "lang": "done", "song": "done"})
            for source_id in ("doc", "hong", "lang", "song"):
                conn.execute(
                    "INSERT INTO pages (url, source_id, state, discovered_at) VALUES (?, ?, 'done', ?)",
                    (f"https://{source_id}.example/the-thao/{ago}.html", source_id, format_instant(at)),
                )
            if is_first_year:
                add_article(conn, "doc", at, SILENT)
                add_article(conn, "hong", at, DOWN)
                if 685 < ago < 692:  # within two years of months, whatever the day of this one
                    add_article(conn, "lang", at, RARE)
            add_article(conn, "song", at, BUSY)
    folder = world.path.parent / "sources"
    folder.mkdir()
    for source_id in ("doc", "hong", "lang", "song"):
        (folder / f"{source_id}.toml").write_text(SOURCE_FILE.format(id=source_id), encoding="utf-8")
    return world


@pytest.fixture(scope="module")
def address(years: World) -> Iterator[str]:
    with serving(years.path) as address:
        yield address


def read(world: World, kept: Silences | None = None, now: datetime = NOW) -> dict[str, Silence]:
    with world.connection() as conn:
        counts = of_places(conn, SHOWN, now.date() - timedelta(days=364), date.max)
        return dict((kept or Silences(WatchedSources())).of(conn, GAZETTEER.places, counts, now))


def test_each_of_the_three_states(years: World) -> None:
    found = read(years)
    assert set(found) == set(SHOWN)
    assert found[SILENT].state is State.NOTHING_WRITTEN
    assert found[DOWN].state is State.NOT_LOOKED
    assert found[RARE].state is State.TOO_FEW
    assert found["moc-bai-gate"].state is State.NOT_LOOKED  # no paper is declared for it
    for one in found.values():
        assert sum(one.months.values()) <= MONTHS
    assert sum(found[BUSY].months.values()) == 0
    assert found[BUSY].state is None


def test_either_division_has_it(years: World) -> None:
    today = place_ids(since_the_mergers(read_border(), GAZETTEER), GAZETTEER)
    with years.connection() as conn:
        found = Silences(WatchedSources()).of(conn, GAZETTEER.places, dict.fromkeys(today, 0), NOW)
    assert set(found) == set(today)


def test_an_article_under_the_old_name_of_a_province_is_one_of_the_new(tmp_path: Path) -> None:
    """As in `list --place`: what names Hà Giang is found under Tuyên Quang too."""
    world = World(tmp_path)
    with world.connection() as conn:
        conn.execute("INSERT INTO sources (id, name) VALUES ('doc', 'Báo')")
        add_article(conn, "doc", NOW, "ha-giang")
        counts = {"ha-giang": 1, "tuyen-quang": 1, "lao-cai": 0}
        found = Silences(WatchedSources()).of(conn, GAZETTEER.places, counts, NOW)
    months = {id_: sum(one.months.values()) for id_, one in found.items()}
    assert months == {"ha-giang": MONTHS - 1, "tuyen-quang": MONTHS - 1, "lao-cai": MONTHS}


def test_it_is_worked_out_anew_when_something_has_changed_and_only_then(
    years: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[datetime] = []

    def counted(*arguments: object) -> object:
        asked.append(NOW)
        return read_coverage(*arguments)

    read_coverage = silence.read_coverage
    monkeypatch.setattr(silence, "read_coverage", counted)
    kept = Silences(WatchedSources())
    before = read(years, kept)
    assert read(years, kept) == before
    assert len(asked) == 1
    with closing(open_database(years.path)) as conn:
        conn.execute("SAVEPOINT changes")
        try:
            counts = of_places(conn, SHOWN, NOW.date() - timedelta(days=364), date.max)

            def look(times: int) -> dict[str, Silence]:
                counts.update(of_places(conn, SHOWN, NOW.date() - timedelta(days=364), date.max))
                found = dict(kept.of(conn, GAZETTEER.places, counts, NOW))
                assert len(asked) == times
                return found

            look(1)
            add_article(conn, "doc", NOW, SILENT)
            assert look(2)[SILENT].months[State.NOTHING_WRITTEN] == MONTHS - 1
            add_crawl(conn, NOW, {"doc": "done"})
            look(3)
            conn.execute(
                "INSERT INTO findings (source_id, kind, severity, opened_at, seen_at, evidence, advice)"
                " VALUES ('doc', 'blocked', 'error', ?, ?, 'HTTP 403', 'Ask.')",
                (format_instant(NOW - timedelta(days=300)), format_instant(NOW)),
            )
            assert look(4)[SILENT].months[State.NOT_LOOKED] >= MONTHS - 3
            conn.execute("UPDATE findings SET resolved_at = ?", (format_instant(NOW - timedelta(days=200)),))
            look(5)
            look(5)
        finally:
            conn.execute("ROLLBACK TO changes")
    assert read(years, kept, NOW + timedelta(days=40)) != before


@pytest.mark.parametrize("code", ["vi", "en"])
def test_the_overview_says_it_in_both_languages(address: str, code: str) -> None:
    words = languages()[code]
    page = unescape(httpx.get(f"{address}/{code}/", trust_env=False).text)
    for gate, state in {
        SILENT: State.NOTHING_WRITTEN, DOWN: State.NOT_LOOKED, RARE: State.TOO_FEW,
    }.items():  # fmt: skip
        said = words(f"strip.silence.{state}")
        name = re.escape(GAZETTEER.places[gate].name)
        label = rf'aria-label="{name}, [^":]+: {re.escape(words.count("articles.count", 0))}; {said}"'
        assert len(re.findall(label, page)) == 2  # of the wide and of the tall picture
        assert re.search(rf'<span class="mark">{re.escape(state.mark)}</span> {said}', page)
    assert f'<th scope="col">{words("strip.without")}</th>' in page
    busy = re.search(rf'aria-label="{GAZETTEER.places[BUSY].name}, [^"]+"', page)
    assert busy
    assert ";" not in busy[0]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("dark", 390)])
def test_the_marks_can_be_seen_and_told_apart_without_colour(
    browser: Browser, address: str, scheme: str, width: int
) -> None:
    page: Page = browser.new_page(
        base_url=address,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    try:
        page.goto("/en/")
        strip = "svg.strip.wide" if width > 800 else "svg.strip.tall"
        for gate, mark in ((SILENT, "0"), (DOWN, "?"), (RARE, "·")):
            station = page.locator(f"{strip} a.gate[aria-label^='{GAZETTEER.places[gate].name}, ']")
            expect(station.locator("text.mark")).to_have_text(mark)
            expect(station.locator("text.mark")).to_be_visible()
            assert contrast(page, station.locator("text.mark"), station.locator("circle.stop")) >= 4.5
        shown = page.locator(".silences .mark")
        expect(shown).to_have_text(["0", "?", "·"])
        for one in shown.all():
            box = one.bounding_box()
            assert box is not None
            assert box["width"] > 10
    finally:
        page.close()


def contrast(page: Page, text: object, ground: object) -> float:
    """The contrast of two fills, as WCAG 2 reckons it."""
    read_fill = "element => getComputedStyle(element).fill"
    lightness = [
        luminance(*map(int, re.findall(r"\d+", one.evaluate(read_fill))[:3]))  # type: ignore[attr-defined]
        for one in (text, ground)
    ]
    return (max(lightness) + 0.05) / (min(lightness) + 0.05)


def luminance(*channels: int) -> float:
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
