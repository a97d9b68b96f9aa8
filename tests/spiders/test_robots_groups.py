"""Which lines of a robots.txt are for us (RFC 9309 §2.2.1, §2.2.4)."""

from __future__ import annotations

import pytest
from protego import Protego

from crawler.config import Config
from spiders.middlewares.robots import PRODUCT_TOKEN, our_rules
from spiders.settings import crawl_settings, user_agent
from tests.biengioi.program import Program
from tests.mockserver import Answer, Site

ALL = "User-agent: *\nDisallow: /all/\n"


def allows(text: str, path: str) -> bool:
    return Protego.parse(our_rules(text)).can_fetch(f"https://bao.example{path}", PRODUCT_TOKEN)


def delay_s(text: str) -> float | None:
    return Protego.parse(our_rules(text)).crawl_delay(PRODUCT_TOKEN)


@pytest.mark.parametrize(
    "name",
    [
        "biengioi",
        "Biengioi",
        "BIENGIOI",
        "biengioi/0.1",
        "biengioi/9.9",
        "biengioi*",
        "*biengioi",
        "biengioi 2",
    ],
)
def test_a_group_that_names_the_product_in_any_version_is_ours_alone(name: str) -> None:
    text = f"{ALL}User-agent: {name}\nDisallow: /ours/\n"
    assert not allows(text, "/ours/1.html")
    assert allows(text, "/all/1.html")


@pytest.mark.parametrize(
    "name",
    [
        "example",
        "you",
        "bien",
        "gioi",
        "biengioi-news",
        "mybiengioi",
        "mozilla",
        "https",
        "contact",
        "0.1",
        "",
    ],
)
def test_no_other_word_of_the_user_agent_is_our_name(name: str) -> None:
    text = f"{ALL}User-agent: {name}\nDisallow: /ours/\n"
    assert allows(text, "/ours/1.html")
    assert not allows(text, "/all/1.html")


def test_all_groups_of_one_name_are_one() -> None:
    text = f"User-agent: biengioi\nDisallow: /a/\n{ALL}User-agent: x\nuser-agent: BienGioi/2\nDisallow: /b/\n"
    assert [allows(text, path) for path in ("/a/1", "/b/1", "/all/1")] == [False, False, True]
    assert not allows(f"{ALL}User-agent: *\nDisallow: /more/", "/more/1")


@pytest.mark.parametrize(
    "between",
    [
        "Crawl-delay: 3",
        "Sitemap: https://bao.example/s.xml",
        "Noindex: /x",
        "Host: bao.example",
        "Request-rate: 1/5",
        "",
        "# a remark",
        "Content-Signal: search=yes",
    ],
)
def test_no_other_line_comes_between_the_agents_of_a_group(between: str) -> None:
    text = f"User-agent: biengioi\n{between}\nUser-agent: other\nDisallow: /ours/\n{ALL}"
    assert not allows(text, "/ours/1.html")
    assert allows(text, "/all/1.html")


def test_a_rule_ends_the_naming_of_agents_even_without_a_value() -> None:
    text = f"User-agent: biengioi\nDisallow:\n\nUser-agent: other\nDisallow: /\n{ALL}"
    assert allows(text, "/all/1.html")


def test_a_crawl_delay_is_for_the_agents_named_before_it() -> None:
    assert delay_s("User-agent: bingbot\nCrawl-delay: 100\n\nUser-agent: *\nDisallow: /x\n") is None
    assert (
        delay_s("User-agent: *\nCrawl-delay: 3\nUser-agent: bingbot\nCrawl-delay: 100\nDisallow: /x") == 100
    )
    assert delay_s("User-agent: biengioi\nCrawl-delay: 3\nUser-agent: bingbot\nDisallow: /x") == 3
    assert delay_s("User-agent: *\nDisallow: /x\nCrawl-delay: 7\nUser-agent: bingbot\nDisallow: /y") == 7


@pytest.mark.parametrize(
    "text",
    [
        "user-agent:*\ndisallow:/all/",
        "\ufeffUSER-AGENT : *\r\nDISALLOW : /all/\r\n",
        "User agent *\rDissallow /all/\r",
        "useragent: *\nDisalow: /all/ # not for you",
        "Disallow: /nobody/\n\nUser_agent: * \nDisallow:   /all/",
    ],
)
def test_the_usual_slips_are_understood(text: str) -> None:
    assert not allows(text, "/all/1.html")
    assert allows(text, "/nobody/1.html")


def test_sitemaps_are_for_everybody_wherever_they_stand() -> None:
    text = "Sitemap: https://a/1.xml\nUser-agent: x\nSite-map: https://a/2.xml\nDisallow: /\nsitemaps https://a/3.xml"
    assert list(Protego.parse(our_rules(text)).sitemaps) == [
        "https://a/1.xml",
        "https://a/2.xml",
        "https://a/3.xml",
    ]


@pytest.mark.parametrize(
    "text", ["", "<html><body>Trang chủ</body></html>", "\0\n:\n::\nAllow\nUser-agent", "a" * 9999]
)
def test_what_is_no_robots_txt_forbids_nothing(text: str) -> None:
    assert allows(text, "/all/1.html")


def test_our_name_is_written_once() -> None:
    assert user_agent("you@example.org").startswith(f"{PRODUCT_TOKEN}/")
    assert crawl_settings(Config())["BOT_NAME"] == PRODUCT_TOKEN


def test_a_paper_that_bans_an_older_version_bans_us_on_the_wire(program: Program) -> None:
    with Site() as site:
        ban = "User-agent: biengioi/0.0.9\nCrawl-delay: 0.01\nUser-agent: x\nDisallow: /kin/"
        rules = f"User-agent: example\nDisallow: /\n\n{ban}"
        site.routes["/robots.txt"] = Answer(rules, content_type="text/plain")
        items = "".join(f"<item><link>{site.url}/{path}/tin-1.html</link></item>" for path in ("kin", "mo"))
        site.routes["/rss"] = Answer(
            f'<rss version="2.0"><channel>{items}</channel></rss>', content_type="text/xml"
        )
        program.add_source("bao", site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n')
        run = program.run("crawl", "--json", BIENGIOI_CONTACT="you@example.org")
        assert (run.json["rejected"], run.json["failed"]) == ({"robots": 1}, {"not_found": 1})
        assert "/kin/tin-1.html" not in site.paths
