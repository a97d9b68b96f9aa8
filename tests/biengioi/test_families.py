"""Families of the user's own, from the folder beside the source files to what is stored."""

from __future__ import annotations

from pathlib import Path

from db.collection import ArticleFilter, Collection
from tests.biengioi.program import Program
from tests.mockserver import Answer, Site

PATH = "/doi-ngoai/hai-xa-bien-gioi-hop-tac-kiem-soat-cua-khau-123456.html"
STORY = (
    "Lực lượng biên phòng hai nước Việt Nam và Lào tuần tra chung dọc biên giới, trao đổi về cửa khẩu.",
    "Hai bên thống nhất mở thêm đợt tuần tra song phương ở cửa khẩu quốc tế và cùng quản lý biên giới.",
    "Chính quyền hai tỉnh Nghệ An và Xiêng Khoảng hợp tác để bà con qua lại biên giới thuận tiện hơn.",
)
PAGE = f"""<html lang="vi"><head><meta charset="utf-8"><title>Báo của tôi</title></head><body>
<h1>Báo của tôi</h1>
<div class="bct-ten">Việt Nam và Lào hợp tác tuần tra biên giới</div>
<div class="bct-bai">{"".join(f"<p>{text}</p>" for text in STORY)}</div></body></html>"""
FAMILY = """name = "baocuatoi"
url_pattern = '-\\d{6}\\.html$'

[[layouts]]
title = [".bct-ten"]
body = [".bct-bai"]
"""


def paper(program: Program, site: Site, family: str) -> Path:
    """A paper with a story in markup of its own, and the file that says so in `folder`."""
    site.routes["/"] = Answer(f'<html><body><a href="{PATH}">Việt Nam và Lào hợp tác</a></body></html>')
    site.routes[PATH] = Answer(PAGE)
    program.add_source("bao", site.url, 'family = "baocuatoi"\nnote = "http: a test"\n')
    path = program.sources / "families" / "baocuatoi.toml"
    path.parent.mkdir()
    path.write_text(family, encoding="utf-8")
    return path


def test_every_command_reads_pages_by_a_family_of_the_users_own(program: Program) -> None:
    with Site() as site:
        path = paper(program, site, FAMILY)
        lint = program.run("sources", "lint")
        assert (lint.status, lint.stderr) == (0, "1 source files, 1 family files, 0 problems.\n")
        extracted = program.run("extract", site.url + PATH, "--json").json
        assert extracted["title"] == "Việt Nam và Lào hợp tác tuần tra biên giới"
        assert extracted["provenance"]["title"] == "css .bct-ten"
        checked = program.run("sources", "check", "--json").json
        assert checked[0]["sample"]["title"] == extracted["title"]
        assert program.run("schedule", "--once").status == 0  # its crawl is a process with workers of its own
        with Collection.open(program.db) as collection:
            assert [row["title"] for row in collection.list(ArticleFilter())] == [extracted["title"]]
        path.write_text(FAMILY.replace(".bct-ten", "h1"), encoding="utf-8")
        program.db.unlink()
        assert program.run("crawl").status == 0
        with Collection.open(program.db) as collection:
            assert [row["title"] for row in collection.list(ArticleFilter())] == ["Báo của tôi"]


def test_a_mistake_in_a_family_stops_what_reads_sources_and_the_lint_sees_more(program: Program) -> None:
    with Site() as site:
        path = paper(program, site, FAMILY.replace('".bct-bai"', '"div["'))
        for command in (["crawl"], ["extract", site.url + PATH], ["sources", "lint"]):
            run = program.run(*command)
            assert run.status == 2
            assert f"{path}: layouts[0].body: 'div[' is neither a CSS selector nor an XPath" in run.stderr
        assert "/" not in site.paths
        path.write_text(FAMILY.replace("body", "tags"), encoding="utf-8")
        run = program.run("sources", "lint")
        assert run.status == 1
        assert run.stdout == "families/baocuatoi: layouts[0] has no body, so it fits no page\n"


def test_the_folder_stands_beside_the_folder_of_sources(program: Program) -> None:
    folder = program.folder / "families"
    folder.mkdir()
    (folder / "zce.toml").write_text('name = "zce"\n', encoding="utf-8")
    lint = program.run("sources", "lint", "--json")
    assert {"source_id": "families/zce", "problem": "has no [[layouts]], so it reads no page"} in lint.json
