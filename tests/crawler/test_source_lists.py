"""Sources out and in, as OPML and CSV: what goes out comes back, and hostile files are refused."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from crawler.errors import UsageError
from crawler.formats.source_lists import MAX_LIST_BYTES, read_sources, write_sources_csv, write_sources_opml
from crawler.source import (
    ArticleRules,
    Expect,
    Fetch,
    Politeness,
    Schedule,
    Seed,
    SeedKind,
    Source,
    TitleUse,
    load_source,
    load_sources,
)
from crawler.source_table import as_toml

ROOT = Path(__file__).resolve().parents[2]
LIST = Path("danh-sach")
FULL = Source(
    id="bao-du",
    name='=Báo "Đủ" & <Cả>',
    homepage="https://bao.example",
    hosts=("cu.bao.example", "anh.bao.example"),
    kind="provincial_paper",
    province="Điện Biên",
    borders=("CN", "LA"),
    language="vi",
    family="zce",
    last_seen="2026-11",
    enabled=False,
    disabled_because="Vì thế.\nVà thế nữa.",
    retry=True,
    note="Một = hai; 'ba'",
    seeds=(
        Seed(SeedKind.FEED, "https://bao.example/a.rss?x=1&y=2", "2026-11-20"),
        Seed(SeedKind.SITEMAP, "https://bao.example/{YYYY}-{MM}.xml"),
    ),
    article=ArticleRules(r"-\d+\.html$", ("https://bao.example/x-1.html", "https://bao.example/y-2.html")),
    politeness=Politeness(3.5),
    schedule=Schedule(timedelta(hours=2), "0 6 * * *", timedelta(minutes=7), timedelta(days=2)),
    expect=Expect(timedelta(days=4)),
    fetch=Fetch(TitleUse.GATE, cookies=True),
)
WRITERS = {"opml": write_sources_opml, "csv": write_sources_csv}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_every_key_survives_the_way_out_and_in(write: object) -> None:
    out = io.BytesIO()
    assert write([FULL], out) == 1  # type: ignore[operator]
    assert [one.source for one in read_sources(out.getvalue(), LIST)] == [FULL]


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_the_whole_registry_survives(write: object) -> None:
    sources = load_sources([ROOT / "spiders" / "sources"])
    out = io.BytesIO()
    write(sources.values(), out)  # type: ignore[operator]
    back = read_sources(out.getvalue(), LIST)
    assert [one.problem for one in back if one.problem] == []
    assert {one.source.id: one.source for one in back if one.source} == sources


def test_a_source_survives_as_toml(tmp_path: Path) -> None:
    for source in (FULL, Source(id="bao-du", name="Báo", homepage="https://bao.example")):
        path = tmp_path / "bao-du.toml"
        path.write_text(as_toml(source, "Ghi chú"), encoding="utf-8")
        assert load_source(path) == source


def test_the_opml_is_what_a_feed_reader_expects() -> None:
    out = io.BytesIO()
    write_sources_opml([FULL], out)
    (paper,) = ElementTree.fromstring(out.getvalue()).findall("body/outline")
    assert (paper.get("text"), paper.get("htmlUrl")) == (FULL.name, FULL.homepage)
    feed, link = paper.findall("outline")
    assert (feed.get("type"), feed.get("xmlUrl")) == ("rss", FULL.seeds[0].url)
    assert link.get("xmlUrl") is None


def test_no_cell_of_the_csv_is_a_formula() -> None:
    out = io.BytesIO()
    write_sources_csv([FULL], out)
    (row,) = csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig")))
    assert row["name"].startswith("'=")
    assert row["article.url_pattern"].startswith("'-")


def opml(body: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{body}</body></opml>'.encode()


def test_the_feeds_of_a_feed_reader_become_the_sources_of_their_hosts() -> None:
    found = read_sources(
        opml(
            '<outline text="Báo chí"><outline text="Báo A: thời sự" type="rss" xmlUrl="https://a.com.vn/ts.rss"'
            ' htmlUrl="https://a.com.vn/"/><outline text="Báo A: biên giới" xmlUrl="https://a.com.vn/bg.rss"'
            ' htmlUrl="https://a.com.vn/"/></outline><outline title="B" xmlUrl="http://b.example/feed/"/>'
            '<outline text="rỗng"/><outline xmlUrl="javascript:alert(1)"/>'
        ),
        LIST,
    )
    first, second = [one.source for one in found]
    assert first is not None
    assert (first.id, first.name, first.homepage) == ("a", "Báo A: thời sự", "https://a.com.vn")
    assert [seed.url for seed in first.seeds] == ["https://a.com.vn/ts.rss", "https://a.com.vn/bg.rss"]
    assert second is not None
    assert (second.homepage, "http" in second.note) == ("http://b.example", True)


def test_a_table_of_names_and_home_pages_is_enough() -> None:
    found = read_sources("name,homepage\nBáo A,https://a.example\nBáo B,không phải\n".encode(), LIST)
    assert found[0].source == Source(id="a-example", name="Báo A", homepage="https://a.example")
    assert "not an http or https address" in found[1].problem


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
HOSTILE = {
    "a bomb of entities": f'<!DOCTYPE o [<!ENTITY l0 "ha">{LAUGHS}]><opml><body>&l8;</body></opml>'.encode(),
    "an outer entity": b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body>&x;</body></opml>',
    "an outer document type": b'<!DOCTYPE opml SYSTEM "http://127.0.0.1/x.dtd"><opml/>',
    "the same in UTF-16": '<!DOCTYPE o [<!ENTITY x "y">]><opml><body>&x;</body></opml>'.encode("utf-16"),
    "too large": b"<opml>" + b" " * MAX_LIST_BYTES,
    "too deep": b"<opml>" + b"<outline>" * 100,
    "too many": opml('<outline xmlUrl="https://a.example/f"/>' * 60_000),
    "another XML": b'<rss version="2.0"><channel/></rss>',
    "half a file": b"<opml><body><outline",
    "no XML and no table": b"\x89PNG\r\n\x1a\n\x00\x00",
    "a table of something else": b"a,b\n1,2\n",
    "nothing": b"",
    "no source": opml(""),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_or_foreign_file_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        read_sources(data, LIST)
    assert str(refused.value).startswith("danh-sach ")
    assert str(refused.value).count("\n") == 0


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ('{"id": "../../x", "name": "a", "homepage": "https://a.example"}', "must be of a-z"),
        ('{"id": "a", "name": "a", "homepage": "http://169.254.169.254/"}', "private network"),
        ('{"id": "a", "name": "a", "homepage": "http://localhost:8000/"}', "private network"),
        (
            '{"id": "a", "name": "a", "homepage": "https://a.example", "hosts": ["10.1.2.3"]}',
            "private network",
        ),
        ('{"name": "a", "homepage": "http://["}', "Invalid IPv6"),
        ('{"id": "a", "name": "a", "homepage": "https://a.example", "tool": "rm"}', "unknown key"),
        ('{"id": "a", "name": 7, "homepage": "https://a.example"}', "must be text"),
        ('{"id": "a", "name": "a", "homepage": "file:///etc/passwd"}', "not an http"),
        ("[" * 5000, "not ours"),
        ("7", "not ours"),
    ],
)
def test_an_entry_that_is_no_source_is_refused_by_itself(declared: str, problem: str) -> None:
    good = '{"id": "tot", "name": "Tốt", "homepage": "https://tot.example"}'
    entries = "".join(
        f"<outline text='x' xmlns:b='https://biengioi.invalid/ns/source' b:source='{one}'/>"
        for one in (declared, good)
    )
    bad, fine = read_sources(opml(entries), LIST)
    assert bad.source is None
    assert problem in bad.problem
    assert fine.source is not None
