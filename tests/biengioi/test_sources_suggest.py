"""`biengioi sources suggest`: what the kept articles point to and nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program


@dataclass(frozen=True)
class Crawled:
    program: Program
    newspapers: Newspapers
    asked: frozenset[str]
    """The hosts that the crawl sent requests to."""

    @property
    def quoted(self) -> dict[str, str]:
        """Host → what the stories call the paper there."""
        return {urlsplit(home).hostname or "": name for name, home in self.newspapers.undeclared.items()}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    program = Program(tmp_path_factory.mktemp("suggest"))
    with Newspapers() as newspapers:
        newspapers.write_sources(program.sources)
        run = program.run("crawl")
        assert run.status == 0, run.stderr
        yield Crawled(program, newspapers, frozenset(request.host for request in newspapers.requests))


def test_the_two_papers_that_the_demo_quotes_come_first_and_the_rest_is_named_by_no_article(
    crawled: Crawled,
) -> None:
    found = crawled.program.run("sources", "suggest", "--json").json
    named = [one for one in found if one["article_count"]]
    assert found[:2] == named
    assert {one["host"] for one in named} == set(crawled.quoted)
    for one in named:
        home = crawled.newspapers.undeclared[crawled.quoted[one["host"]]]
        assert (one["standing"], one["homepage"]) == ("new", home)
        assert one["command"] == f"biengioi sources add {home}"
        assert (one["article_count"], one["paper_count"]) == (
            2,
            len({e["source_id"] for e in one["examples"]}),
        )
        assert crawled.quoted[one["host"]] in " ".join(one["names"])
        assert {example["how"] for example in one["examples"]} == {"named"}
        assert one["check"] is None
    assert crawled.asked.isdisjoint(crawled.quoted)


def test_people_are_shown_who_says_so_and_what_to_type(crawled: Crawled) -> None:
    run = crawled.program.run("sources", "suggest", "--limit", "2")
    assert run.status == 0
    for host, name in crawled.quoted.items():
        assert f"→ biengioi sources add {crawled.newspapers.undeclared[name]}" in run.stdout
        assert f"\n{host}\tnew\t2\t" in run.stdout
    assert "congthongtin.example" not in run.stdout  # linked from every foot of a page, named by no story


def test_a_private_address_that_pages_name_is_read_only_when_the_user_names_it(crawled: Crawled) -> None:
    before = len(crawled.newspapers.requests)
    run = crawled.program.run("sources", "suggest", "--check", "--limit", "2", "--json")
    assert [one["check"] for one in run.json] == [None, None]
    for host in crawled.quoted:
        said = f"{host} is a private address; `biengioi sources suggest --check {host}` asks it."
        assert said in run.stderr
    assert "Nobody was asked" in run.stderr
    assert len(crawled.newspapers.requests) == before


def test_a_check_reads_the_first_pages_and_scores_them(crawled: Crawled) -> None:
    host = next(iter(crawled.quoted))
    (one,) = crawled.program.run("sources", "suggest", host, "--check", "--json").json
    assert one["host"] == host
    look = one["check"]
    assert look["ok"]
    assert look["title_count"] > 5
    assert 1 <= look["wanted_count"] < look["title_count"] / 2  # its own story of the border, hardly more
    asked = [request.path for request in crawled.newspapers.requests if request.host == host]
    assert asked[0] == "/robots.txt"
    assert "/" in asked
    shown = crawled.program.run("sources", "suggest", host, "--check").stdout
    assert "headlines are about the topic" in shown


def test_a_check_that_reads_nothing_says_why_and_counts_no_headlines(crawled: Crawled) -> None:
    run = crawled.program.run("sources", "suggest", "congthongtin.example", "--check")
    assert run.status == 0, run.stderr
    assert "no article could be read: https://congthongtin.example/" in run.stdout
    assert "headlines" not in run.stdout


def test_a_collection_that_points_to_nobody_is_a_sentence(program: Program) -> None:
    program.add_source("bao", "http://127.0.0.1:9/")
    program.run("crawl")
    for options in ((), ("--check",)):
        run = program.run("sources", "suggest", *options)
        assert run.status == 0
        assert run.stdout == "Nothing that is kept points to a paper that no source file declares.\n"
    assert program.run("sources", "suggest", "--json").json == []


def test_what_is_added_is_suggested_no_more(crawled: Crawled) -> None:
    host, name = list(crawled.quoted.items())[-1]
    added = crawled.program.run("sources", "add", crawled.newspapers.undeclared[name], "--id", "moi")
    assert added.status == 0, added.stdout + added.stderr
    try:
        found = crawled.program.run("sources", "suggest", "--json").json
        assert host not in {one["host"] for one in found}
        assert crawled.program.run("sources", "disable", "moi").status == 0
        found = crawled.program.run("sources", "suggest", "--json").json
        (again,) = (one for one in found if one["host"] == host)
        assert (again["standing"], again["source_id"]) == ("disabled", "moi")
        assert again["command"] == "biengioi sources enable moi"
    finally:
        (crawled.program.sources / "moi.toml").unlink()


def test_a_host_that_nothing_points_to_is_a_sentence(crawled: Crawled) -> None:
    run = crawled.program.run("sources", "suggest", "khong-ai-nhac.example")
    assert run.status == 1
    assert "Nothing points to khong-ai-nhac.example" in run.stderr
