"""Citations: the same facts in every layout, and no layout broken by what a page says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from crawler.article import Precision, Published
from crawler.formats.citation import LAYOUTS, Cited, Evidence

EVIDENCE = Evidence("a.warc.gz", 375, "<urn:uuid:1>", "ab" * 32, "2026-11-21", "cd" * 32)
CITED = Cited(
    12,
    ("Lò Thị Mẩy", "Vàng A Sử"),
    "Cửa khẩu Lũng Vài thông quan 100% hàng & quả",
    "Báo Thử",
    Published("2026-11-20T18:30:00Z", Precision.MINUTE),
    "2026-11-21T02:00:00Z",
    "https://bao-thu.example/tin/1_a.html?x={y}",
    "ef" * 32,
    EVIDENCE,
)


def test_a_citation_in_words() -> None:
    sentence, *proof = LAYOUTS["text"](CITED).splitlines()
    assert sentence == (
        "Lò Thị Mẩy, Vàng A Sử, “Cửa khẩu Lũng Vài thông quan 100% hàng & quả”, Báo Thử, 2026-11-21,"
        " https://bao-thu.example/tin/1_a.html?x={y}. Retrieved 2026-11-21."
    ), "the days are those of Viet Nam"
    assert proof == [
        f"content hash sha256:{'ef' * 32}",
        f"archived in a.warc.gz, byte 375, <urn:uuid:1>, sha256:{'ab' * 32}",
        f"chain of 2026-11-21 sha256:{'cd' * 32}",
    ]


def test_bibtex_escapes_what_tex_obeys() -> None:
    entry = LAYOUTS["bibtex"](CITED)
    assert entry.startswith(
        "@article{biengioi-efefefefefefefef,\n  author = {{Lò Thị Mẩy} and {Vàng A Sử}},\n"
    )
    assert r"  title = {{Cửa khẩu Lũng Vài thông quan 100\% hàng \& quả}}," in entry
    assert "  year = {2026},\n  month = nov,\n  day = {21},\n" in entry
    assert "  url = {https://bao-thu.example/tin/1_a.html?x=%7By%7D},\n" in entry
    assert entry.count("{") == entry.count("}")


def test_ris_has_a_tag_a_line() -> None:
    lines = LAYOUTS["ris"](CITED).split("\r\n")
    assert lines[:5] == [
        "TY  - NEWS",
        "AU  - Lò Thị Mẩy",
        "AU  - Vàng A Sử",
        "TI  - Cửa khẩu Lũng Vài thông quan 100% hàng & quả",
        "T2  - Báo Thử",
    ]
    assert "DA  - 2026/11/21" in lines
    assert lines[-2:] == ["ER  - ", ""]


def test_csl_is_an_item_of_a_newspaper() -> None:
    (item,) = json.loads(LAYOUTS["csl-json"](CITED))
    assert (item["type"], item["issued"]) == ("article-newspaper", {"date-parts": [[2026, 11, 21]]})
    assert item["author"] == [{"literal": "Lò Thị Mẩy"}, {"literal": "Vàng A Sử"}]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("published", "written"),
    [
        (Published("2026-11", Precision.MONTH), "2026-11"),
        (Published("2026-11-20", Precision.DAY), "2026-11-20"),
        (None, None),
    ],
)
def test_what_is_not_known_is_left_out(layout: str, published: Published | None, written: str | None) -> None:
    cited = replace(CITED, published=published, authors=(), title=None, url=None, evidence=None)
    text = LAYOUTS[layout](cited)
    assert "None" not in text
    assert "ef" * 32 in text
    assert "archived" not in text
    if written and layout == "text":
        assert f"Báo Thử, {written}. Retrieved" in text


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_title_breaks_a_layout(layout: str) -> None:
    hostile = "x}\\end\r\nER  - \u2028\x1b[31m{"
    text = LAYOUTS[layout](replace(CITED, title=hostile, authors=(hostile,), paper=hostile))
    assert "\x1b" not in text
    assert "\u2028" not in text
    if layout == "bibtex":
        assert "\\textbackslash{}end" in text
    if layout == "ris":
        assert text.count("\r\nER  - ") == 1
    if layout == "csl-json":
        json.loads(text)
