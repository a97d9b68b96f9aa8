"""All links of a page, and `extract --links`."""

from __future__ import annotations

from crawler.source import ArticleRules, Source
from spiders.discovery.inventory import take_inventory
from tests.biengioi.program import Program
from tests.spiders.discovery.paper import HOME, MENU, SLUGS, document, menu, story_list

STORIES = [f"/{slug}-41{n}376.html" for n, slug in enumerate(SLUGS)]
BODY = (
    menu()
    + story_list(STORIES)
    + '<a href="/kinh-te/trang-2.htm">2</a><a href="/rss/home.rss">RSS</a><a href="/sitemap.xml">Sơ đồ</a>'
    + '<a href="https://noi-khac.example/a">x</a><a href="https://con.bao.vn/">Con</a>'
)


def absolute(*paths: str) -> tuple[str, ...]:
    return tuple(f"https://bao.vn{path}" for path in paths)


def test_every_link_of_the_paper_is_shown_once() -> None:
    found = take_inventory(document(BODY, "https://bao.vn/kinh-te"), None)
    assert found.articles == absolute(*STORIES)
    assert found.next == "https://bao.vn/kinh-te/trang-2.htm"
    assert found.feeds == absolute("/rss/home.rss")
    assert found.sitemaps == absolute("/sitemap.xml")
    others = [path for path in MENU if path != "/kinh-te"]
    assert found.others == (*absolute(*others), "https://con.bao.vn/")


def test_what_stands_on_a_mirror_is_no_article_of_the_paper() -> None:
    mirrored = story_list(f"https://demo.bao.vn{path}" for path in STORIES)
    assert take_inventory(document(BODY + mirrored, HOME), None).articles == absolute(*STORIES)
    there = take_inventory(document(mirrored, "https://demo.bao.vn/"), None)
    assert len(there.articles) == len(STORIES), "unless the page itself stands there"


def test_a_declared_pattern_counts_as_long_as_it_knows_the_page() -> None:
    page = document(BODY, HOME)
    narrow = Source(id="bao", name="", homepage=HOME, article=ArticleRules(url_pattern=r"-41[0-3]376\.html$"))
    assert take_inventory(page, narrow).articles == absolute(*STORIES[:4])
    outdated = Source(id="bao", name="", homepage=HOME, article=ArticleRules(url_pattern=r"-post\d+\.vnp$"))
    assert take_inventory(page, outdated).articles == absolute(*STORIES)


def test_extract_links_prints_one_document(program: Program) -> None:
    file = program.folder / "trang.html"
    file.write_text(f"<html><body>{BODY}</body></html>", encoding="utf-8")
    run = program.run("extract", str(file), "--links", "--json", "--url", "https://bao.vn/kinh-te")
    assert run.status == 0
    assert list(run.json) == ["articles", "next", "feeds", "sitemaps", "others"]
    assert run.json["articles"] == list(absolute(*STORIES))
    assert run.json["next"] == "https://bao.vn/kinh-te/trang-2.htm"


def test_extract_links_for_people_and_without_an_address(program: Program) -> None:
    file = program.folder / "trang.html"
    file.write_text(f"<html><body>{BODY}</body></html>", encoding="utf-8")
    shown = program.run("extract", str(file), "--links", "--url", "https://bao.vn/kinh-te")
    assert shown.status == 0
    assert "articles (6)" in shown.stdout
    assert "next: https://bao.vn/kinh-te/trang-2.htm" in shown.stdout
    refused = program.run("extract", str(file), "--links")
    assert refused.status == 2
    assert "--url" in refused.stderr
