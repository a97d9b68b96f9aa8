"""`biengioi sources check --apply` on forty papers, of which some are dead, moved, renamed or blocked."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.biengioi.program import Program, Run
from tests.mockserver import Answer, Site

NOW = datetime.now(UTC)
PARAGRAPHS = (
    "Từ tuần tới, cặp cửa khẩu trên quốc lộ nối hai tỉnh sẽ mở thêm hai giờ mỗi ngày, theo biên bản vừa ký.",
    "Lực lượng kiểm dịch và hải quan hai bên cho biết đã bố trí đủ người làm theo ca, kể cả ngày nghỉ.",
    "Trước đó, nhiều doanh nghiệp vận tải kiến nghị tăng giờ thông quan vì lượng xe cuối năm tăng gấp đôi.",
)
SLUGS = (
    "hai-tinh-hop-tac-o-cua-khau-moi",
    "hai-don-bien-phong-cung-tuan-tra",
    "cho-phien-vung-bien-hop-lai-roi",
)


def story(title: str, at: datetime) -> Answer:
    body = "".join(f"<p>{one}</p>" for one in PARAGRAPHS)
    return Answer(
        f'<html lang="vi"><head><title>{title}</title><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{at.isoformat()}"></head>'
        f"<body><h1>{title}</h1><article>{body}</article></body></html>"
    )


def feed(site: Site, at: datetime) -> Answer:
    items = "".join(
        f"<item><title>Tin về {slug}</title><link>{site.url}/{slug}-{71000 + n}.html</link>"
        f"<pubDate>{format_datetime(at - timedelta(hours=n))}</pubDate></item>"
        for n, slug in enumerate(SLUGS)
    )
    return Answer(
        f'<rss version="2.0"><channel><title>B</title>{items}</channel></rss>', content_type="text/xml"
    )


def publish(site: Site, path: str = "/rss/home.rss", at: datetime = NOW, *, advertised: bool = False) -> None:
    """Make a small paper of a site: a home page, a feed, three stories."""
    head = f'<link rel="alternate" type="application/rss+xml" href="{path}">' if advertised else ""
    links = "".join(
        f'<h3><a href="/{slug}-{71000 + n}.html">Tin về {slug.replace("-", " ")}</a></h3>'
        for n, slug in enumerate(SLUGS)
    )
    words = "Báo vùng biên, tin tức mỗi ngày về hai bên đường biên giới của chúng ta. " * 3
    site.routes["/"] = Answer(
        f"<html><head><title>Báo</title>{head}</head><body><p>{words}</p>{links}</body></html>"
    )
    site.routes[path] = feed(site, at)
    for n, slug in enumerate(SLUGS):
        site.routes[f"/{slug}-{71000 + n}.html"] = story(f"Tin về {slug}", at - timedelta(hours=n))


def everything(answer: Answer) -> dict[str, Answer]:
    return {"/": answer, "/rss/home.rss": answer, "/robots.txt": Answer("", 404)}


def redirect(site: Site, to: str, status: int = 301) -> None:
    for path in ("/", "/rss/home.rss"):
        site.routes[path] = Answer("", status, {"Location": to + path})


@dataclass
class World:
    program: Program
    stack: ExitStack
    sites: dict[str, Site] = field(default_factory=dict)
    host: int = 30

    def site(self) -> Site:
        self.host += 1
        return self.stack.enter_context(Site(f"127.0.0.{self.host}"))

    def paper(self, id_: str, more: str = "", path: str = "/rss/home.rss") -> Site:
        site = self.sites[id_] = self.site()
        seed = f'\n# Đừng xóa ghi chú này của {id_}.\n[[seeds]]\nkind = "feed"\nurl = "{site.url}{path}"\n'
        self.program.add_source(id_, site.url, f"{more}{seed}")
        return site

    def text(self, id_: str) -> str:
        return (self.program.sources / f"{id_}.toml").read_text(encoding="utf-8")

    def declared(self, id_: str) -> dict[str, Any]:
        return tomllib.loads(self.text(id_))


UNSEEN = 'enabled = false\ndisabled_because = "Chưa ai thấy."\nretry = true\n'
BY_HAND = 'enabled = false\ndisabled_because = "Switched off by hand."\n'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        made = World(Program(tmp_path_factory.mktemp("world")), stack)
        build(made)
        yield made


def build(world: World) -> None:
    for n in range(12):
        publish(world.paper(f"song{n}"))
    for n in range(4):
        publish(world.paper(f"thuc{n}", UNSEEN))
    for n in range(2):
        publish(world.paper(f"tat{n}", BY_HAND))
    for n, answer in enumerate((Answer("", 404), Answer("", 410), Answer("<h1>404</h1>", 404))):
        world.paper(f"chet{n}").routes.update(everything(answer))
    for n in range(2):
        with Site(f"127.0.0.{28 + n}") as closed:
            world.program.add_source(f"dong{n}", closed.url)
    world.paper("vanchet", UNSEEN).routes.update(everything(Answer("", 404)))
    for n in range(3):
        new = world.site()
        publish(new)
        world.sites[f"moi{n}"] = new
        redirect(world.paper(f"doi{n}", UNSEEN if n == 2 else ""), new.url)
    redirect(world.paper("doihut"), world.site().url)
    redirect(world.paper("tamthoi"), world.sites["moi0"].url, 302)
    redirect(world.paper("nhap"), world.sites["song0"].url)
    for n in range(2):
        publish(world.paper(f"ten{n}", path="/cu.rss"), "/moi.rss", advertised=True)
    lasting = world.paper("chuyen", path="/cu.rss")
    publish(lasting, "/moi.rss")
    lasting.routes["/cu.rss"] = Answer("", 301, {"Location": f"{lasting.url}/moi.rss"})
    publish(world.paper("trang", path="/cu.rss"), "/khong-ai-biet.rss")
    world.paper("cam403").routes.update(everything(Answer("Forbidden", 403)))
    world.paper("cam451", UNSEEN).routes.update(everything(Answer("No", 451)))
    robots = world.paper("robots")
    publish(robots)
    robots.routes["/robots.txt"] = Answer("User-agent: *\nDisallow: /", content_type="text/plain")
    world.paper("thuthach").routes.update(
        everything(Answer("<title>Just a moment...</title>", 403, {"cf-mitigated": "challenge"}))
    )
    publish(world.paper("ngu"), at=NOW - timedelta(days=1100))
    world.paper("hong").routes.update(everything(Answer("", 500)))


@pytest.fixture(scope="module")
def applied(world: World) -> tuple[Run, dict[str, dict[str, Any]], dict[str, str]]:
    before = {path.stem: path.read_text("utf-8") for path in world.program.sources.glob("*.toml")}
    assert len(before) == 40
    run = world.program.run("sources", "check", "--apply", "--json")
    assert run.status == 0, run.stderr
    return run, {one["source_id"]: one for one in run.json}, before


Applied = tuple[Run, dict[str, dict[str, Any]], dict[str, str]]


def test_every_paper_is_judged_for_what_it_is(applied: Applied) -> None:
    _, found, before = applied
    expected = {
        "alive": ["song", "thuc", "tamthoi"],
        "dead": ["chet", "dong", "vanchet", "doihut"],
        "moved": ["doi"],
        "joined": ["nhap"],
        "renamed": ["ten", "chuyen", "trang"],
        "blocked": ["cam", "robots", "thuthach"],
        "asleep": ["ngu"],
        "unsure": ["hong", "tamthoi"],
    }
    for id_, one in found.items():
        name = id_.rstrip("0123456789")
        assert name in expected[one["verdict"]], (id_, one)
    assert set(before) - set(found) == {"tat0", "tat1"}, "what was switched off by hand is not even asked"


def test_the_living_are_enabled_and_the_dead_disabled_with_the_reason(world: World, applied: Applied) -> None:
    for n in range(4):
        declared = world.declared(f"thuc{n}")
        assert not {"enabled", "disabled_because", "retry"} & set(declared)
        assert declared["last_seen"] == NOW.date().isoformat()
        assert "sources check --apply" in world.text(f"thuc{n}")
    for id_ in ("chet0", "chet1", "chet2", "dong0", "dong1", "doihut", "ngu"):
        declared = world.declared(id_)
        assert (declared["enabled"], declared["retry"]) == (False, True), id_
        assert declared["disabled_because"]
    assert "not_found" in world.declared("chet0")["disabled_because"]
    assert "connection_refused" in world.declared("dong0")["disabled_because"]
    nhap = world.declared("nhap")
    assert (nhap["enabled"], nhap["successor"], "retry" in nhap) == (False, "song0", False)


def test_moved_hosts_and_feeds_are_followed_with_the_evidence(world: World, applied: Applied) -> None:
    for n in range(3):
        declared = world.declared(f"doi{n}")
        assert declared["homepage"] == world.sites[f"moi{n}"].url
        assert declared["hosts"] == [world.sites[f"doi{n}"].host]
        assert declared["seeds"][0]["url"] == f"{world.sites[f'moi{n}'].url}/rss/home.rss"
        assert declared.get("enabled", True)
        assert f"--apply: was {world.sites[f'doi{n}'].url}/rss/home.rss" in world.text(f"doi{n}")
    for n in range(2):
        site = world.sites[f"ten{n}"]
        assert [seed["url"] for seed in world.declared(f"ten{n}")["seeds"]] == [f"{site.url}/moi.rss"]
        assert f'# url = "{site.url}/cu.rss"' in world.text(f"ten{n}")
    assert [seed["url"] for seed in world.declared("chuyen")["seeds"]] == [
        f"{world.sites['chuyen'].url}/moi.rss"
    ]
    assert not world.declared("trang").get("seeds"), "its home page is read instead"


def test_what_refuses_us_or_is_only_broken_stays_as_it_is(world: World, applied: Applied) -> None:
    _, found, before = applied
    for id_ in (
        "cam403",
        "cam451",
        "robots",
        "thuthach",
        "hong",
        "tamthoi",
        "vanchet",
        "tat0",
        "tat1",
        "song0",
    ):
        assert world.text(id_) == before[id_], id_
    assert all(found[id_]["evidence"] for id_ in ("cam403", "robots", "thuthach", "hong"))
    asked = [path for path in world.sites["robots"].paths if path != "/robots.txt"]
    assert asked == [], "robots.txt forbids everything, so nothing else was asked"
    agents = {request.headers["User-Agent"] for site in world.sites.values() for request in site.requests}
    assert len(agents) == 1


def test_hand_written_lines_stay_and_the_files_are_clean(world: World, applied: Applied) -> None:
    for id_ in world.sites:
        if not id_.startswith("moi"):
            assert f"# Đừng xóa ghi chú này của {id_}." in world.text(id_)
            assert world.declared(id_)["politeness"] == {"delay_s": 0.02}
    lint = world.program.run("sources", "lint", "--json").json
    assert [one for one in lint if "not https" not in one["problem"]] == []


def test_a_second_time_nothing_changes(world: World, applied: Applied) -> None:
    before = {path.stem: path.read_bytes() for path in world.program.sources.glob("*.toml")}
    run = world.program.run("sources", "check", "--apply")
    assert run.status == 0, run.stderr
    assert {path.stem: path.read_bytes() for path in world.program.sources.glob("*.toml")} == before
    assert "0 files written" in run.stdout


def test_nothing_is_changed_where_the_network_is_away(program: Program) -> None:
    program.add_source("mat", "http://khong-co-may-nay.invalid")
    before = (program.sources / "mat.toml").read_text("utf-8")
    run = program.run("sources", "check", "--apply")
    assert run.status == 1
    assert "no file was changed" in run.stderr
    assert (program.sources / "mat.toml").read_text("utf-8") == before


def test_a_crawl_in_which_many_fail_recommends_it(program: Program) -> None:
    with Site() as site:
        publish(site)
        program.add_source("song", site.url)
    for n in range(4):
        program.add_source(f"chet{n}", f"http://127.0.0.{90 + n}:9")
    run = program.run("crawl")
    assert "biengioi sources check --apply" in run.stderr
    assert run.stderr.count("check --apply") == 1
    assert json.loads(program.run("crawl", "--json").stdout)


def test_a_crawl_without_a_network_recommends_to_look_at_that(program: Program) -> None:
    for n in range(4):
        program.add_source(f"mat{n}", f"http://khong-co-may-nay-{n}.invalid")
    run = program.run("crawl")
    assert "this machine's network may be down" in run.stdout
    assert "check --apply" not in run.stderr


def test_built_in_files_are_copied_and_never_edited(program: Program) -> None:
    import spiders.sources

    built_in = Path(next(iter(spiders.sources.__path__))) / "tuoitre.toml"
    before = built_in.read_bytes()
    assert program.run("sources", "disable", "tuoitre").status == 0
    assert built_in.read_bytes() == before
    copied = (program.folder / "sources" / "tuoitre.toml").read_text("utf-8")
    assert "https://tuoitre.vn/rss/tin-moi-nhat.rss" in copied
