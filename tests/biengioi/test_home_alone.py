"""A paper of which only the home page is known."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program


def hurry(program: Program) -> None:
    for path in program.sources.glob("*.toml"):
        path.write_text(path.read_text("utf-8") + "\n[politeness]\ndelay_s = 0.02\n", encoding="utf-8")


def test_every_article_is_found_once_and_nothing_else_is_taken_for_one(program: Program) -> None:
    with Newspapers() as newspapers:
        newspapers.write_sources(program.sources, minimal=True)
        hurry(program)
        run = program.run("crawl", "--json")
        assert run.status == 0, run.stderr
        expected = {story.url: story for story in newspapers.stories}
        old = {f"{newspapers.origins[one.paper]}{one.old_path}" for one in newspapers.stories if one.old_path}
        found = {row["url"] for row in program.run("list", "--json", "--limit", "1000").json}
        asked = Counter(f"http://{one.headers['Host']}{one.path}" for one in newspapers.requests)
    missing = {one.title for url, one in expected.items() if url not in asked and not one.disallowed}
    assert missing == set()
    considered = run.json["considered"]
    assert considered <= len(expected) + len(old), "something else was taken for an article"
    assert considered >= len(expected) - 1  # the story behind robots.txt is linked nowhere else
    relevant = {one.title for one in expected.values() if one.relevant}
    assert run.json["stored"] == len({stories[0].key for stories in newspapers.expected.values()}), relevant
    assert found <= set(expected) | old
    moved = {one.url for one in expected.values() if one.old_path}
    assert {url for url, count in asked.items() if url in expected and count > 1} <= moved


def test_a_second_crawl_of_unchanged_papers_asks_for_no_article(program: Program) -> None:
    with Newspapers(only=["demo-nukeviet", "demo-zce"]) as newspapers:
        newspapers.write_sources(program.sources, minimal=True)
        hurry(program)
        program.run("crawl", "--json")
        before = len(newspapers.requests)
        again = program.run("crawl", "--json")
        assert again.json["considered"] == 0
        asked = [request.path for request in newspapers.requests[before:]]
        articles = {urlsplit(story.url).path for story in newspapers.stories}
        assert not articles & set(asked)
        assert max(Counter(asked).values()) <= 2  # once for each of the two papers
