"""Invented articles and what each tells, told with the places of the words; no extractor is asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.events.event import (
    Agreement,
    Body,
    Event,
    EventKind,
    EventStatus,
    Figure,
    NamedObject,
    Part,
    Person,
    Place,
    Span,
)
from crawler.text.normalize import content_hash
from db.events.keeping import Found, keep
from db.file.connection import write_transaction

VERSION = "invented"


@dataclass(frozen=True)
class Tale:
    """An article and the one event that it tells, in the words of its text."""

    source: str
    day: str
    title: str
    text: str
    kind: EventKind
    act: str
    date: str | None = None
    date_end: str | None = None
    date_words: str | None = None
    status: EventStatus = EventStatus.HELD
    countries: tuple[str, ...] = ("CN",)
    places: tuple[tuple[str, str | None], ...] = ()
    people: tuple[tuple[str, str | None, str], ...] = ()
    bodies: tuple[tuple[str, str], ...] = ()
    agreements: tuple[str, ...] = ()
    figures: tuple[tuple[str, float, str, str], ...] = ()
    objects: tuple[tuple[str, str, int | None, str | None], ...] = ()
    changes: dict[str, str] = field(default_factory=dict)

    def span(self, words: str) -> Span:
        return Span(Part.TEXT, start := self.text.index(words), start + len(words))

    @property
    def event(self) -> Event:
        return Event(
            self.kind,
            self.status,
            self.span(self.act),
            self.date,
            self.date_end,
            self.span(self.date_words) if self.date_words else None,
            self.countries,
            tuple(Place(name, self.span(name), id_) for name, id_ in self.places),
            tuple(
                Person(name, post, side, (self.span(name),), self.span(post) if post else None)
                for name, post, side in self.people
            ),
            tuple(Body(name, side, self.span(name)) for name, side in self.bodies),
            tuple(Agreement(name, self.span(name)) for name in self.agreements),
            tuple(Figure(what, value, unit, self.span(words)) for what, value, unit, words in self.figures),
            tuple(
                NamedObject(name, key, self.span(name), edition, stage)
                for name, key, edition, stage in self.objects
            ),
        )


MINH = ("Hoàng Văn Thử", "Phó Chủ tịch UBND tỉnh Cao Bằng", "VN")
LAM = ("Lâm Tư Thí", "Phó Thị trưởng thành phố Bách Sắc", "CN")

TALES = (
    Tale(
        "bao-thu", "2026-05-18", "Hội đàm tại cửa khẩu Trà Lĩnh",
        "Ngày 17/5, tại cửa khẩu Trà Lĩnh, ông Hoàng Văn Thử, Phó Chủ tịch UBND tỉnh Cao Bằng, hội đàm"
        " với ông Lâm Tư Thí, Phó Thị trưởng thành phố Bách Sắc. Hai bên ký"
        " Bản ghi nhớ về thông quan thử nghiệm."
        "\nĐoàn Việt Nam có 38 đại biểu. Hai bên bàn về cầu Tà Thử.",
        EventKind.MEETING, "hội đàm", "2026-05-17", None, "Ngày 17/5",
        places=(("cửa khẩu Trà Lĩnh", "tra-linh-gate"),), people=(MINH, LAM),
        bodies=(("UBND tỉnh Cao Bằng", "VN"),), agreements=("Bản ghi nhớ về thông quan thử nghiệm",),
        figures=(("people", 38, "đại biểu", "38 đại biểu"),),
        objects=(("cầu Tà Thử", "bridge tà thử", None, "agreed"),),
    ),
    Tale(
        "bao-khac", "2026-05-19", "Cao Bằng và Bách Sắc hội đàm",
        "Hôm 17/5, Phó Chủ tịch UBND tỉnh Cao Bằng Hoàng Văn Thử đã hội đàm với ông Lâm Tư Thí tại cửa khẩu"
        " Trà Lĩnh. Có 40 đại biểu dự. Cầu nói tới là cầu Tà Thử.",
        EventKind.MEETING, "hội đàm", "2026-05-17", None, "17/5",
        places=(("cửa khẩu Trà Lĩnh", "tra-linh-gate"),),
        people=(MINH, ("Lâm Tư Thí", None, "CN")), bodies=(("UBND tỉnh Cao Bằng", "VN"),),
        figures=(("people", 40, "đại biểu", "40 đại biểu"),),
        objects=(("cầu Tà Thử", "bridge tà thử", None, None),),
    ),
    Tale(
        "bao-thu", "2026-09-03", "Khởi công cầu Tà Thử",
        "Sáng 2/9, tại cửa khẩu Trà Lĩnh, ông Hoàng Văn Thử, Phó Bí thư Tỉnh ủy Cao Bằng, dự lễ khởi công cầu"
        " Tà Thử. Cầu dài 210 m. Có 120 đại biểu.",
        EventKind.INFRASTRUCTURE, "khởi công", "2026-09-02", None, "Sáng 2/9",
        places=(("cửa khẩu Trà Lĩnh", "tra-linh-gate"),),
        people=(("Hoàng Văn Thử", "Phó Bí thư Tỉnh ủy Cao Bằng", "VN"),),
        figures=(("distance", 210.5, "m", "210 m"), ("people", 120, "đại biểu", "120 đại biểu")),
        objects=(("cầu Tà Thử", "bridge tà thử", None, "begun"),),
    ),
    Tale(
        "bao-khac", "2026-09-20", "Tuần tra chung trên sông",
        "Trong tháng 9, hai đồn biên phòng sẽ tuần tra chung ở Đàm Thủy, có 25 đại biểu theo dõi.",
        EventKind.PATROL, "tuần tra chung", "2026-09", None, "tháng 9", EventStatus.PLANNED,
        places=(("Đàm Thủy", None),), figures=(("people", 25, "đại biểu", "25 đại biểu"),),
    ),
)  # fmt: skip


def add_articles(conn: sqlite3.Connection, tales: Sequence[Tale] = TALES) -> None:
    """Put the articles into a collection, and what they tell."""
    with write_transaction(conn):
        ids = []
        for number, tale in enumerate(tales, start=1):
            conn.execute(
                "INSERT OR IGNORE INTO sources (id, name) VALUES (?, ?)",
                (tale.source, f"Báo {tale.source.removeprefix('bao-').capitalize()}"),
            )
            row = conn.execute(
                "INSERT INTO articles (source_id, url, title, text, published_at, published_precision,"
                " fetched_at, language, content_hash, topic_grade, topic_score, places, countries)"
                " VALUES (?, ?, ?, ?, ?, 'day', ?, 'vi', ?, 'core', 80, ?, ?) RETURNING id",
                (
                    tale.source,
                    f"https://{tale.source}.example/{number}.html",
                    tale.title,
                    tale.text,
                    tale.day,
                    f"{tale.day}T03:00:00Z",
                    content_hash(tale.text),
                    '["cao-bang"]',
                    '["CN"]',
                ),
            ).fetchone()
            ids.append(row[0])
    for article_id, tale in zip(ids, tales, strict=True):
        with write_transaction(conn):
            keep(conn, [Found(article_id, (tale.event,), VERSION)])
