"""Keys and lines of an index of archives."""

from __future__ import annotations

import gzip
import json

import pytest

from crawler.formats import cdxj, warc
from tests.crawler.formats.test_warc import ENTRY, PAGE, URL


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Bao.vn/Tin/A.html", "vn,bao)/tin/a.html"),
        ("http://bao.vn", "vn,bao)/"),
        ("https://www2.bao.vn/tin//a/", "vn,bao)/tin/a"),
        ("https://m.bao.vn:8443/x?", "vn,bao,m:8443)/x"),
        ("http://bao.vn:80/a?z=1&a=2#dau", "vn,bao)/a?a=2&z=1"),
        ("https://bao.vn/a?q=Đà&b", "vn,bao)/a?b&q=%c4%90%c3%a0"),
        ("http://127.0.0.11:8000/a", "11,0,0,127:8000)/a"),
    ],
)
def test_a_key_sorts_a_paper_together(url: str, key: str) -> None:
    assert cdxj.url_key(url) == key


def test_a_line_says_where_the_response_is() -> None:
    capture = warc.unpack(warc.pack(PAGE, ENTRY).data)
    key, at, about = cdxj.line_of(capture, "a.warc.gz", 375).split(" ", 2)
    assert (key, at) == (cdxj.url_key(URL), "20261121020005")
    assert json.loads(about) == {
        "url": URL,
        "mime": "text/html",
        "status": "200",
        "digest": capture.payload_digest,
        "length": str(capture.response_length),
        "offset": "375",
        "filename": "a.warc.gz",
    }


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_blocks_are_found_by_their_index(count: int) -> None:
    lines = [f"vn,bao)/{number} 2026 {{}}" for number in range(count)]
    blocks = list(cdxj.compressed(lines, "index.cdx.gz", block_count=2))
    data = b"".join(block for block, _ in blocks)
    assert gzip.decompress(data or gzip.compress(b"")).decode().splitlines() == lines
    for _, line in blocks:
        key, at, about = line.split(" ", 2)
        where = json.loads(about)
        block = gzip.decompress(data[where["offset"] : where["offset"] + where["length"]]).decode()
        assert block.startswith(f"{key} {at} ")
