"""`biengioi sources`: list, show, lint, check, add, enable, disable."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program
from tests.mockserver import Answer, Site


def test_the_built_in_registry_is_listed_and_clean(program: Program) -> None:
    listed = program.run("sources", "list", "--json").json
    assert len(listed) >= 95
    assert sum(source["enabled"] for source in listed) >= 85
    lint = program.run("sources", "lint")
    assert (lint.status, lint.stdout) == (0, "")


def test_a_local_file_replaces_and_disables_a_built_in_source(program: Program) -> None:
    local = program.folder / "sources"
    local.mkdir()
    (local / "vnexpress.toml").write_text(
        'id = "vnexpress"\nname = "Bản riêng"\nhomepage = "https://vnexpress.net"\nenabled = false\n'
        'disabled_because = "Không cần."\n',
        encoding="utf-8",
    )
    shown = program.run("sources", "show", "vnexpress", "--json").json
    assert (shown["name"], shown["enabled"]) == ("Bản riêng", False)
    assert len(program.run("sources", "list", "--json").json) >= 95
    assert len(program.run("--sources", "sources", "sources", "list", "--json").json) == 1


def test_disable_and_enable_write_a_local_copy(program: Program) -> None:
    assert program.run("sources", "disable", "tuoitre").status == 0
    path = program.folder / "sources" / "tuoitre.toml"
    assert tomllib.loads(path.read_text("utf-8"))["enabled"] is False
    assert program.run("sources", "lint").status == 0
    assert program.run("sources", "enable", "tuoitre").status == 0
    assert program.run("sources", "show", "tuoitre", "--json").json["enabled"] is True
    assert program.run("sources", "disable", "nirgends").status == 2


def test_show_names_every_fact(program: Program) -> None:
    shown = program.run("sources", "show", "tuoitre").stdout
    assert "seeds[0].url = https://tuoitre.vn/rss/tin-moi-nhat.rss" in shown
    assert program.run("sources", "show", "tuoitrr").status == 2


def test_check_says_what_every_seed_answers_and_shows_a_sample(program: Program) -> None:
    with Newspapers(only=["demo-zce"]) as newspapers:
        newspapers.write_sources(program.sources)
        path = program.sources / "demo-zce.toml"
        dead = newspapers.origins["demo-zce"] + "/rss/khong-con.rss"
        path.write_text(path.read_text("utf-8") + f'\n[[seeds]]\nkind = "feed"\nurl = "{dead}"\n', "utf-8")
        run = program.run("sources", "check", "--json")
        assert run.status == 0, run.stderr
        (check,) = run.json
        outcomes = {seed["url"]: seed["outcome"] for seed in check["seeds"]}
        assert outcomes.pop(dead) == "not_found"
        assert set(outcomes.values()) == {"ok"}
        titles = {story.title for story in newspapers.stories}
        assert check["sample"]["title"] in titles
        assert check["sample"]["published_at"]
        assert any(dead in suggestion for suggestion in check["suggestions"])
        assert any("advertises the feed" in suggestion for suggestion in check["suggestions"])
        table = program.run("sources", "check").stdout
        assert dead in table
        assert "demo-zce: good" in table
    assert not program.db.exists()


def test_check_notices_a_feed_that_sleeps_and_one_that_is_another(program: Program) -> None:
    with Site() as site:
        item = "<item><title>Tin {0}</title><link>{1}/tin-tuc-so-{0}-12345.html</link>{2}</item>"
        old = "<pubDate>Wed, 20 Nov 2024 08:00:00 +0700</pubDate>"
        sleeping = "".join(item.format(n, site.url, old) for n in range(5))
        awake = "".join(item.format(n, site.url, "") for n in range(50, 60))
        for path, items in (("ngu", sleeping), ("mot", awake), ("hai", awake)):
            body = f'<rss version="2.0"><channel><title>Báo</title>{items}</channel></rss>'
            site.routes[f"/{path}.rss"] = Answer(body, content_type="text/xml")
        seeds = "".join(
            f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/{path}.rss"\n' for path in ("ngu", "mot", "hai")
        )
        program.add_source("bao", site.url, seeds)
        (check,) = program.run("sources", "check", "--json").json
        verdicts = [seed["feed_verdict"] for seed in check["seeds"]]
        assert verdicts[0] == "stale"
        assert sorted(verdicts[1:]) == ["ok", "same_as_another"]


def test_check_of_a_dead_source_is_exit_1_and_says_why(program: Program) -> None:
    program.add_source("chet", "http://127.0.0.1:9")
    run = program.run("sources", "check", "--json")
    assert run.status == 1
    assert run.json[0]["ok"] is False
    with Site() as site:
        site.routes["/robots.txt"] = Answer("User-agent: *\nDisallow: /", content_type="text/plain")
        program.add_source("chet", site.url)
        assert "robots.txt" in program.run("sources", "check").stdout


@pytest.mark.parametrize("paper", ["demo-zce", "demo-nukeviet"])
def test_add_writes_a_source_file_that_crawls(program: Program, paper: str) -> None:
    with Newspapers(only=[paper]) as newspapers:
        program.sources.mkdir()
        home = newspapers.origins[paper]
        run = program.run("sources", "add", home, "--id", "moi", "--json")
        assert run.status == 0, run.stderr
        path = program.folder / run.json["path"]
        declared = tomllib.loads(path.read_text("utf-8"))
        assert declared["name"] in newspapers.sources[paper]
        assert declared["seeds"]
        assert program.run("sources", "lint").status == 0
        path.write_text(path.read_text("utf-8") + "\n[politeness]\ndelay_s = 0.02\n", "utf-8")
        report = program.run("crawl", "--json").json
        assert report["stored"] == len({key for key, told in newspapers.expected.items() if told})
        again = program.run("sources", "add", home, "--id", "moi")
        assert (again.status, "exists already" in again.stderr) == (2, True)


def test_add_writes_nothing_for_a_page_without_articles(program: Program) -> None:
    with Site() as site:
        site.routes["/"] = Answer("<html><body><h1>Sắp ra mắt</h1></body></html>")
        run = program.run("sources", "add", site.url)
        assert run.status == 1
        assert "no file was written" in run.stderr
        assert not (program.folder / "sources").exists()


def test_a_learned_pattern_is_kept_for_later_crawls(program: Program, tmp_path: Path) -> None:
    with Newspapers(only=["demo-content-detail"]) as newspapers:
        newspapers.write_sources(program.sources, minimal=True)
        path = program.sources / "demo-content-detail.toml"
        path.write_text(path.read_text("utf-8") + "\n[politeness]\ndelay_s = 0.02\n", "utf-8")
        program.run("crawl")
        shown = program.run("sources", "show", "demo-content-detail", "--json").json
        assert shown["learned_pattern"]
