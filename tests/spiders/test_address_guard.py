"""The address guard for every command that asks anybody: no spelling of a host leads to a private network."""

from __future__ import annotations

import asyncio

import pytest

from crawler.identity.urls import canonical_url
from spiders.middlewares.address_guard import Addresses
from spiders.outcomes import RequestRefused
from tests.biengioi.program import Program
from tests.mockserver import Answer, Site
from tests.scale import FULL

DISGUISED = [
    "2130706433", "0x7f000001", "0x7F.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.000.000.001",
    "0", "0x0", "00", "3232235777", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "::ffff:127.1",
    "localhost.", "localhost.localdomain", "ip6-localhost", "ip6-loopback",
]  # fmt: skip
"""Hosts that the system's resolver takes for an address of this machine or its neighbours."""


@pytest.mark.parametrize("host", DISGUISED)
def test_a_host_in_disguise_is_refused(host: str) -> None:
    """Only an address written plainly, or localhost, is somebody's explicit wish."""
    with pytest.raises(RequestRefused) as refused:
        asyncio.run(Addresses(5.0).lookup(host))
    assert refused.value.decision.reason in ("private_address", "dns_failed")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("http://bao.example@127.0.0.1/", None),
        ("http://bao.example:80@127.0.0.1/", None),
        ("http://127.0.0.1\\@bao.example/", None),
        ("http://127.0.0.1#@bao.example/", "http://127.0.0.1/"),
        ("http://127。0。0。1/", "http://127.0.0.1/"),
        ("http://127．0．0．1/", "http://127.0.0.1/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
        ("http://ⓛocalhost/", "http://localhost/"),
        ("http://127.0.0.1./", "http://127.0.0.1/"),
        ("http://bao.example./a", "http://bao.example/a"),
        ("http://127.0.0.1%2f.bao.example/", None),
        ("http://%31%32%37.0.0.1/", None),
        ("http://bao.example%00.la.example/", None),
        ("http://bao.example%2540127.0.0.1/", None),
        ("http://[fe80::1%25eth0]/", None),
        ("http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]/"),
        ("http://[::1/", None),
        ("http:127.0.0.1/", "http://127.0.0.1/"),
        ("http:///127.0.0.1/", "http://127.0.0.1/"),
        ("http://bао.example/", "http://xn--b-8sb6b.example/"),
    ],
)
def test_an_address_has_one_host_for_the_rules_and_for_the_connection(url: str, wanted: str | None) -> None:
    """Whatever hides behind a letter, a dot or an escape is spelt out or refused, so both see the same."""
    assert canonical_url(url) == wanted


def test_every_command_that_asks_refuses_a_host_in_disguise(program: Program) -> None:
    with Site() as site:
        site.routes["/"] = Answer("<html><body><p>Nội bộ</p></body></html>")
        disguised = f"http://2130706433:{site.port}"
        program.add_source("bao", disguised, f"[[seeds]]\nkind = 'section'\nurl = '{disguised}/tin'\n")
        crawled = program.run("crawl", "bao", "--json")
        checked = program.run("sources", "check", "bao", "--json") if FULL else crawled
        extracted = program.run("extract", f"{disguised}/bai-1.html", "--json")
        assert site.requests == []
    assert set(crawled.json["sources"]["bao"]["seeds"].values()) == {"private_address"}
    for run in (checked, extracted):
        assert (run.status, "private_address" in run.stdout + run.stderr) == (1, True), run


def test_a_redirect_and_a_link_to_a_private_address_are_not_followed(program: Program) -> None:
    """The paper is on loopback because the source file says so; its neighbour is not."""
    with Site("127.0.0.1") as site, Site("127.0.0.9") as inner:
        targets = [
            inner.url,
            f"http://2130706441:{inner.port}",
            f"http://0x7f000009:{inner.port}",
            f"http://[::ffff:127.0.0.9]:{inner.port}",
        ]
        items = "".join(
            f"<item><title>Tin</title><link>{site.url}/bai-{n}.html</link></item>"
            for n in range(len(targets))
        )
        items += "".join(f"<item><title>Tin</title><link>{one}/bai-9.html</link></item>" for one in targets)
        site.routes["/rss"] = Answer(f"<rss><channel>{items}</channel></rss>", content_type="text/xml")
        for number, target in enumerate(targets):
            site.routes[f"/bai-{number}.html"] = Answer("", 302, {"Location": f"{target}/bai-{number}.html"})
        program.add_source("bao", site.url, f"[[seeds]]\nkind = 'feed'\nurl = '{site.url}/rss'\n")
        report = program.run("crawl", "bao", "--json").json
        assert inner.requests == []
    assert (
        report["considered"]
        == len(targets)
        == sum(report["rejected"].values()) + sum(report["failed"].values())
    )
