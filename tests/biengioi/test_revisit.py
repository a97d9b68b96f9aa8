"""Articles are asked for again as they age, although nobody announces their edits."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from tests.biengioi.program import Program
from tests.mockserver import Answer, Request, Site

PATH = "/chinh-tri/bi-thu-hai-tinh-hoi-dam-tai-cua-khau-tan-thanh-post123456.html"
TITLE = "Bí thư hai tỉnh hội đàm về cửa khẩu biên giới Việt Nam - Trung Quốc"
PARAGRAPHS = (
    "Sáng nay, Bí thư Tỉnh ủy Lạng Sơn đã hội đàm với Bí thư Khu ủy Quảng Tây tại cửa khẩu Tân Thanh.",
    "Hai bên nhất trí tăng cường hợp tác biên giới và giao lưu hữu nghị giữa nhân dân hai nước.",
    "Trong năm, cặp cửa khẩu đã thông quan hơn 120 nghìn xe nông sản, tăng một phần mười.",
    "Hai đoàn cũng kiểm tra khu vực cột mốc và làm việc với lực lượng tuần tra chung của hai nước.",
)
AGES = ",".join(f"{seconds}s" for seconds in range(1, 100))
"""Due whenever a second has passed, however slow the machine."""


def story(*more: str) -> str:
    """A page whose visitor counter and clock differ at every visit."""
    body = "".join(f"<p>{line}</p>" for line in (*PARAGRAPHS, *more))
    boilerplate = f"<p>{time.time_ns()} lượt xem</p><p>Cập nhật lúc {datetime.now(UTC):%H:%M:%S}</p>"
    article = f"<article><h1>{TITLE}</h1>{body}{boilerplate}</article>"
    return f"<html><head><title>{TITLE}</title></head><body>{article}</body></html>"


def publish(site: Site, program: Program, edits: list[str]) -> None:
    def page(request: Request, handler: object) -> Answer:
        return Answer(story(*edits))

    site.routes["/"] = Answer(f'<html><body><h2><a href="{PATH}">{TITLE}</a></h2></body></html>')
    site.routes[PATH] = page
    program.add_source("bao", site.url, "[article]\nurl_pattern = '-post\\d+\\.html$'\n")


def test_an_edit_that_nobody_announces_is_found_and_a_clock_is_no_edit(program: Program) -> None:
    edits: list[str] = []
    ages = {"BIENGIOI_CRAWL_REVISIT_AGES": AGES}
    with Site() as site:
        publish(site, program, edits)
        assert program.run("crawl", "--json", **ages).json["stored"] == 1
        time.sleep(1.1)
        flicker = program.run("crawl", "--json", **ages).json
        assert (flicker["considered"], flicker["unchanged"], flicker["known_count"]) == (1, 1, 0)
        edits.append("Bản tin bổ sung: hai bên sẽ gặp lại nhau vào quý tới tại thành phố Bằng Tường.")
        time.sleep(1.1)
        assert program.run("crawl", "--json", **ages).json["revised"] == 1
        assert site.paths.count(PATH) == 3
    shown = program.run("show", "1", "--json").json
    assert shown["text"].endswith(edits[0])
    assert [one["text"] for one in shown["revisions"]] == ["\n".join(PARAGRAPHS)]


def test_without_ages_an_article_is_left_alone(program: Program) -> None:
    with Site() as site:
        publish(site, program, [])
        (program.folder / "biengioi.toml").write_text("[crawl]\nrevisit_ages = []\n", encoding="utf-8")
        assert program.run("crawl", "--json").json["stored"] == 1
        time.sleep(1.1)
        assert program.run("crawl", "--json").json["considered"] == 0
