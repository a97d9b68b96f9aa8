"""Seeds of real size on real servers: large indexes, many sitemap lines, robots.txt from Notepad."""

from __future__ import annotations

from tests.biengioi.program import Program
from tests.mockserver import Answer, Site

XML = "application/xml"


def story(number: int) -> str:
    return f"/thong-quan-tro-lai-o-cua-khau-{20_000 + number}.html"


def urlset(site: Site, number: int) -> Answer:
    url = f"<url><loc>{site.url}{story(number)}</loc></url>"
    return Answer(f"<urlset>{url}</urlset>", content_type=XML)


def parts_read(site: Site) -> set[str]:
    return {path for path in site.paths if path.startswith("/phan-")}


def test_an_index_of_many_sitemaps_is_read_in_turn_and_what_waits_is_said(program: Program) -> None:
    with Site("127.0.0.71") as site:
        parts = {f"/phan-{chr(97 + n // 26)}{chr(97 + n % 26)}.xml": urlset(site, n) for n in range(45)}
        children = "".join(f"<sitemap><loc>{site.url}{path}</loc></sitemap>" for path in parts)
        index = Answer(f"<sitemapindex>{children}</sitemapindex>", headers={"ETag": '"1"'}, content_type=XML)
        site.routes = {"/sitemap.xml": index, **parts}
        seed = f'[[seeds]]\nkind = "sitemap"\nurl = "{site.url}/sitemap.xml"\n'
        program.add_source("bao", site.url, seed + "[politeness]\ndelay_s = 0.01\n")
        first = program.run("crawl", "--json").json["sources"]["bao"]
        assert {"/phan-aa.xml", "/phan-bs.xml"} <= parts_read(site), "both ends are read first"
        assert len(parts_read(site)) == 30
        assert f"15 of the 45 sitemaps of {site.url}/sitemap.xml have not been read yet" in first["message"]
        second = program.run("crawl", "--json").json["sources"]["bao"]
        assert parts_read(site) == set(parts)
        assert "not been read" not in second["message"]
        assert first["considered"] == 30
        before = len(site.paths)
        program.run("crawl", "--json")
        assert len(set(site.paths[before:]) & set(parts)) == 10, "only the ends, as nothing else is due"


def test_an_index_in_an_index_in_an_index_ends_and_says_so(program: Program) -> None:
    with Site("127.0.0.72") as site:
        for n in range(5):
            child = f"<sitemapindex><sitemap><loc>{site.url}/{n + 1}.xml</loc></sitemap></sitemapindex>"
            site.routes[f"/{n}.xml"] = Answer(child, content_type=XML)
        seed = f'[[seeds]]\nkind = "sitemap"\nurl = "{site.url}/0.xml"\n'
        program.add_source("bao", site.url, seed + "[politeness]\ndelay_s = 0.01\n")
        report = program.run("crawl", "--json").json["sources"]["bao"]
        assert [path for path in site.paths if path.endswith(".xml")] == ["/0.xml", "/1.xml", "/2.xml"]
        assert "too deep" in report["message"]


def test_indexes_that_name_each_other_are_read_once(program: Program) -> None:
    with Site("127.0.0.77") as site:
        names = [f"/{n}.xml" for n in range(4)]
        children = "".join(f"<sitemap><loc>{site.url}{path}</loc></sitemap>" for path in names)
        index = Answer(f"<sitemapindex>{children}</sitemapindex>", content_type=XML)
        site.routes = dict.fromkeys(names, index)
        seed = f'[[seeds]]\nkind = "sitemap"\nurl = "{site.url}/0.xml"\n'
        program.add_source("bao", site.url, seed + "[politeness]\ndelay_s = 0.01\n")
        assert program.run("crawl", "--json").json["sources"]["bao"]["seeds"] == {f"{site.url}/0.xml": "ok"}
        assert sorted(path for path in site.paths if path.endswith(".xml")) == names


def test_the_news_sitemap_may_be_the_last_of_many_lines_of_robots(program: Program) -> None:
    with Site("127.0.0.73") as site:
        names = [f"muc-{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(34)] + ["google-news"]
        lines = "".join(f"Sitemap: {site.url}/{name}.xml\n" for name in names)
        site.routes = {f"/{name}.xml": urlset(site, n) for n, name in enumerate(names)}
        site.routes |= {
            "/": Answer("<html><body><p>Báo</p></body></html>"),
            "/robots.txt": Answer(lines, content_type="text/plain"),
        }
        program.add_source("bao", site.url, "[politeness]\ndelay_s = 0.01\n")
        first = program.run("crawl", "--json").json["sources"]["bao"]
        asked = [path for path in site.paths if path.endswith(".xml")]
        assert "/google-news.xml" in asked
        assert len(asked) == 30
        assert "5 of the 35 sitemaps" in first["message"]
        program.run("crawl")
        assert {f"/{name}.xml" for name in names} <= set(site.paths)


def test_robots_saved_as_utf16_is_obeyed(program: Program) -> None:
    rules = "User-agent: *\nDisallow: /thong-quan\n"
    for host, body in (
        ("127.0.0.74", rules.encode("utf-16")),
        ("127.0.0.75", rules.encode("utf-16-be")),
        ("127.0.0.76", rules.encode("utf-8-sig")),
    ):
        with Site(host) as site:
            feed = (
                f"<rss version='2.0'><channel><item><link>{site.url}{story(1)}</link></item></channel></rss>"
            )
            site.routes = {
                "/rss": Answer(feed, content_type="text/xml"),
                "/robots.txt": Answer(body, content_type="text/plain"),
            }
            name = f"bao-{host.rpartition('.')[2]}"
            program.add_source(name, site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n')
            report = program.run("crawl", name, "--json").json
            assert report["rejected"] == {"robots": 1}
            assert story(1) not in site.paths
