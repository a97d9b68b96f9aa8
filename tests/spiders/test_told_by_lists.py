"""What a feed or a sitemap tells of a story counts where its page is silent."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from crawler.article import TOLD_BY_LIST, Precision, Published
from crawler.reading import PageTitles, headlined
from tests.articles import make_article
from tests.biengioi.program import Program
from tests.biengioi.test_revisit import PARAGRAPHS, TITLE
from tests.mockserver import Answer, Site

NOW = datetime.now(UTC).replace(microsecond=0)
YESTERDAY = NOW - timedelta(days=1)
STORED = YESTERDAY.strftime("%Y-%m-%dT%H:%M:%SZ")
PATH = "/tin/hai-ben-hoi-dam-{}.html"


def page(number: int, title: str = TITLE) -> Answer:
    body = "".join(f"<p>{line}</p>" for line in (*PARAGRAPHS, f"Biên bản số {number} được ký trong dịp này."))
    return Answer(f"<html><head><title>{title}</title></head><body><article>{body}</article></body></html>")


def item(site: Site, number: int, title: str = TITLE) -> str:
    link = f"<link>{site.url}{PATH.format(number)}</link>"
    return f"<item><title>{title}</title>{link}<pubDate>{format_datetime(YESTERDAY)}</pubDate></item>"


def rss(*items: str) -> Answer:
    return Answer(f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>', content_type="text/xml")


def with_seeds(program: Program, site: Site, *seeds: tuple[str, str]) -> None:
    text = "".join(f'[[seeds]]\nkind = "{kind}"\nurl = "{site.url}{path}"\n' for kind, path in seeds)
    program.add_source("bao", site.url, text)


def test_a_story_without_a_date_takes_its_feeds_and_is_listed_by_it(program: Program) -> None:
    with Site() as site:
        site.routes = {"/rss": rss(item(site, 123456)), PATH.format(123456): page(123456)}
        with_seeds(program, site, ("feed", "/rss"))
        assert program.run("crawl", "--json").json["stored"] == 1
        since = (YESTERDAY - timedelta(days=1)).date().isoformat()
        (listed,) = program.run("list", "--since", since, "--json").json
        assert listed["published_at"] == STORED
        url = f"{site.url}{PATH.format(123456)}"
        (decision,) = program.run("explain", url, "--json").json["decisions"]
        assert decision["detail"] == f"published {TOLD_BY_LIST}, not by the page"


def test_a_news_sitemap_tells_it_too_and_a_page_that_says_otherwise_is_believed(program: Program) -> None:
    shown = '<meta property="article:published_time" content="2026-03-05T08:00:00+07:00">'
    with Site() as site:
        urls = "".join(
            f"<url><loc>{site.url}{PATH.format(number)}</loc><n:news><n:publication_date>{STORED}"
            f"</n:publication_date><n:title>{TITLE} {number}</n:title></n:news></url>"
            for number in (123456, 654321)
        )
        spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
        dated = page(654321)
        site.routes = {
            "/news.xml": Answer(f"<urlset {spaces}>{urls}</urlset>", content_type="text/xml"),
            PATH.format(123456): page(123456),
            PATH.format(654321): Answer(str(dated.body).replace("</head>", f"{shown}</head>")),
        }
        with_seeds(program, site, ("news_sitemap", "/news.xml"))
        program.run("crawl", "--json")
        dates = {one["url"][-11:-5]: one["published_at"] for one in program.run("list", "--json").json}
        assert dates == {"123456": STORED, "654321": "2026-03-05T01:00:00Z"}


def test_the_date_that_a_later_list_of_the_run_tells_is_known(program: Program) -> None:
    """A home page offers a story without a date before the feed does with one."""
    with Site() as site:
        links = "".join(f'<h3><a href="{PATH.format(n)}">{TITLE} {n}</a></h3>' for n in range(123456, 123462))
        site.routes = {
            "/muc": Answer(f"<html><body>{links}</body></html>"),
            "/rss": rss(item(site, 123456)),
            PATH.format(123456): page(123456),
        }
        with_seeds(program, site, ("section", "/muc"), ("feed", "/rss"))
        program.run("crawl", "--json")
        (listed,) = program.run("list", "--json").json
        assert listed["published_at"] == STORED


def test_a_kept_story_takes_the_date_that_it_is_told_later(program: Program) -> None:
    ages = {"BIENGIOI_CRAWL_REVISIT_AGES": ",".join(f"{seconds}s" for seconds in range(1, 200))}
    with Site() as site:
        site.routes = {
            "/rss": Answer(
                str(rss(item(site, 123456)).body).replace("pubDate", "none"), content_type="text/xml"
            ),
            PATH.format(123456): page(123456),
        }
        with_seeds(program, site, ("feed", "/rss"))
        program.run("crawl", "--json", **ages)
        (before,) = program.run("list", "--json").json
        site.routes["/rss"] = rss(item(site, 123456))
        for _ in range(2):  # the feed may be read after the page of the same run was
            time.sleep(1)  # the page is due again when it is a second older
            program.run("crawl", "--json", **ages)
        (after,) = program.run("list", "--json").json
        assert (before["published_at"], after["published_at"]) == (None, STORED)
        assert program.run("verify").status == 0


def test_a_title_that_several_pages_have_gives_way_to_what_the_feed_calls_each(program: Program) -> None:
    numbers = range(123456, 123466)
    titles = {n: f"Hai tỉnh biên giới hội đàm về hợp tác tại cửa khẩu, lần {n}" for n in numbers}
    with Site() as site:
        site.routes = {PATH.format(n): page(n, "Chuyên trang thông tin của tỉnh ta hôm nay") for n in numbers}
        site.routes["/rss"] = rss(*(item(site, n, titles[n]) for n in numbers))
        with_seeds(program, site, ("feed", "/rss"))
        program.run("crawl", "--json")
        kept = [one["title"] for one in program.run("list", "--copies", "--json").json]
        assert len(kept) == 10
        assert len(set(kept) & set(titles.values())) >= 8  # the first two cannot know


def test_a_shared_title_is_remembered_between_runs(program: Program) -> None:
    numbers = range(123456, 123460)
    titles = {
        n: f"Hai tỉnh biên giới hội đàm về hợp tác tại cửa khẩu, lần {n}" for n in range(123456, 123461)
    }
    with Site() as site:
        site.routes = {PATH.format(n): page(n, "Chuyên trang thông tin của tỉnh ta hôm nay") for n in titles}
        for n in numbers:  # off-topic pages show it as well
            site.routes[PATH.format(n)] = Answer(
                "<title>Chuyên trang thông tin của tỉnh ta hôm nay</title><p>Giá vàng giảm.</p>"
            )
        site.routes["/rss"] = rss(*(item(site, n, titles[n]) for n in numbers))
        with_seeds(program, site, ("feed", "/rss"))
        program.run("crawl", "--json")
        site.routes["/rss"] = rss(item(site, 123460, titles[123460]))
        program.run("crawl", "--json")
        assert [one["title"] for one in program.run("list", "--json").json] == [titles[123460]]


def test_what_several_pages_show_above_their_headlines_is_the_headline_of_none(program: Program) -> None:
    """No list tells the titles, but each page has its own below the one that all have."""
    constant = "Chuyên trang thông tin của tỉnh ta hôm nay"
    numbers = range(123456, 123464)
    own = {n: f"Hai tỉnh biên giới hội đàm lần thứ {n} về hợp tác tại cửa khẩu" for n in numbers}
    with Site() as site:
        for n in numbers:
            told = f"Hội đàm lần thứ {n} về hợp tác tại cửa khẩu giữa hai tỉnh biên giới diễn ra sáng nay."
            body = "".join(f"<p>{line}</p>" for line in (told, *PARAGRAPHS))
            site.routes[PATH.format(n)] = Answer(
                f'<html><head><title>{constant}</title><meta property="og:title" content="{constant}"></head>'
                f"<body><h1>{constant}</h1><article><h2>{own[n]}</h2>{body}</article></body></html>"
            )
        links = "".join(f'<li><a href="{PATH.format(n)}">Xem</a></li>' for n in numbers)
        site.routes["/muc"] = Answer(f"<html><body><ul>{links}</ul></body></html>")
        pattern = "[article]\nurl_pattern = '/tin/hai-ben-hoi-dam-\\d+\\.html$'\n"
        seed = f'[[seeds]]\nkind = "section"\nurl = "{site.url}/muc"\n'
        program.add_source("bao", site.url, pattern + seed)
        assert program.run("crawl", "--json").json["stored"] == 8
        kept = [one["title"] for one in program.run("list", "--copies", "--json").json]
        assert len(set(kept) & set(own.values())) >= 5  # the first ones cannot know


def test_a_headline_of_its_own_stays_and_a_missing_one_is_told() -> None:
    titles = PageTitles()
    told = "Hai tỉnh ký biên bản ghi nhớ"
    own = make_article(1)
    assert headlined(own, told, titles.shared) is own
    missing = headlined(make_article(1, title=None), told, titles.shared)
    assert (missing.title, missing.provenance["title"]) == (told, TOLD_BY_LIST)
    assert headlined(make_article(1, title=None), "Xem tiếp", titles.shared).title is None
    assert headlined(make_article(1, title=None), None, titles.shared).title is None
    for number in range(3):
        titles.note(f"https://bao.example/{number}", own.title)
        titles.note(f"https://bao.example/{number}", own.title)
    assert headlined(own, told, titles.shared).title == told
    assert headlined(own, own.title, titles.shared) is own


def test_the_date_of_the_page_goes_before_the_one_told() -> None:
    from crawler.article import with_told_date

    told = Published("2026-11-19", Precision.DAY)
    assert with_told_date(make_article(1), told) == make_article(1)
    dated = with_told_date(make_article(1, published=None), told)
    assert (dated.published, dated.provenance) == (told, {"published": TOLD_BY_LIST})
    assert with_told_date(make_article(1, published=None), None).published is None
