"""Records out of WARC files: of every layout, whatever is damaged, in one piece or in parts."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from crawler.archive import warc
from crawler.archive.byte_file import ByteFile
from crawler.archive.http_block import target
from crawler.archive.record import Headers, Record
from crawler.decision import Decision, Outcome, Rejection
from tests.warcs import HOST, answer, info, other_page, packed, page_record, record, story_page

FOREIGN = Decision.rejected(Rejection.FOREIGN_HOST)
MOST_BYTES = 200_000


def refuse(headers: Headers) -> Decision | None:
    return None if target(headers).startswith(HOST) else FOREIGN


def everything(_: Headers) -> None:
    return None


def read(
    path: Path, start: int = 0, end: int | None = None, refuse: Callable[[Headers], Decision | None] = refuse
) -> list[Record]:
    with ByteFile(path) as file:
        return list(warc.records(file, start, file.size if end is None else end, refuse, MOST_BYTES))


def outcomes(found: list[Record]) -> list[str]:
    return [one.refusal.reason if one.refusal else target(one.headers).removeprefix(HOST) for one in found]


RECORDS = [
    info(),
    page_record("/1.html", story_page(1)),
    page_record("/x.html", other_page(1), host="https://khac.example"),
    page_record("/2.html", story_page(2)),
    record(f"{HOST}/2.html", b"GET / HTTP/1.1\r\n\r\n", kind="request"),
    page_record("/3.html", story_page(3)),
]
WANTED = ["foreign_host", "/1.html", "foreign_host", "/2.html", "/2.html", "/3.html"]
LAYOUTS = {
    "a member per record": packed(RECORDS),
    "not packed": b"".join(RECORDS),
    "one member for all": gzip.compress(b"".join(RECORDS), mtime=0),
    "two records per member": packed(b"".join(RECORDS[at : at + 2]) for at in range(0, 6, 2)),
    "two files in one, packed differently": packed(RECORDS[:3])
    + gzip.compress(b"".join(RECORDS[3:]), mtime=0),
    "packed, then not": packed(RECORDS[:3]) + b"".join(RECORDS[3:]),
    "zeros behind the end": packed(RECORDS) + bytes(512),
    "angle brackets": b"".join(RECORDS).replace(
        f"URI: {HOST}/1.html".encode(), f"URI: <{HOST}/1.html>".encode()
    ),
    "headers over several lines": b"".join(RECORDS).replace(b"WARC-Type: ", b"WARC-Type:\r\n "),
    "not packed, without blank lines": b"".join(RECORDS).replace(b"\r\n\r\nWARC/1.1", b"\r\nWARC/1.1"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_every_record(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(LAYOUTS[layout])
    found = read(path)
    assert outcomes(found) == WANTED
    assert found[1].block == answer(story_page(1))
    assert found[2].block == b""


@pytest.mark.parametrize("layout", ["a member per record", "not packed"])
def test_ranges_share_the_records_out(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "a.warc"
    data = LAYOUTS[layout]
    path.write_bytes(data)
    random = Random(5)
    for _ in range(40):
        cuts = sorted({0, len(data), *(random.randrange(len(data)) for _ in range(3))})
        parts = [read(path, start, end) for start, end in pairwise(cuts)]
        assert [one for part in parts for one in outcomes(part)] == WANTED, cuts


def damaged_in_the_middle(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(100) + data[middle + 100 :]


ONE = gzip.compress(RECORDS[1], mtime=0)
DAMAGE = {
    "bytes overwritten": damaged_in_the_middle(ONE),
    "bytes missing": ONE[: len(ONE) // 2] + ONE[len(ONE) // 2 + 40 :],
    "cut off": ONE[:-300],
    "no trailer": ONE[:-8],
    "wrong checksum": ONE[:-8] + b"\1\2\3\4" + ONE[-4:],
    "header overwritten": bytes(10) + ONE[10:],
    "no record in it": gzip.compress(b"Khong phai ban ghi nao ca. " * 90, mtime=0),
    "no length": gzip.compress(RECORDS[1].replace(b"Content-Length", b"Content-Lenght"), mtime=0),
    "length that is none": gzip.compress(
        RECORDS[1].replace(b"Content-Length: ", b"Content-Length: -"), mtime=0
    ),
    "length too large": gzip.compress(RECORDS[1].replace(b"Content-Length: ", b"Content-Length: 9"), mtime=0),
    "endless headers": gzip.compress(b"WARC/1.1\r\n" + b"A: b\r\n" * 20_000, mtime=0),
    "text between": b"<html>Khong nen.</html>" * 50,
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("is_foreign", [False, True])
def test_damage_costs_what_it_touches(tmp_path: Path, how: str, is_foreign: bool) -> None:
    neighbour = gzip.compress(RECORDS[2] if is_foreign else RECORDS[3], mtime=0)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(neighbour + DAMAGE[how] + packed(RECORDS[2:]))
    found = read(path)
    assert outcomes(found) == [
        "foreign_host" if is_foreign else "/2.html",
        "damaged",
        *WANTED[2:],
    ]
    assert all(one.block == b"" for one in found if one.refusal)


@pytest.mark.parametrize("cut", [1, 9, 40, 300])
def test_a_file_that_ends_too_early_tells_so(tmp_path: Path, cut: int) -> None:
    for name, data in (("a.warc.gz", LAYOUTS["a member per record"]), ("a.warc", LAYOUTS["not packed"])):
        path = tmp_path / name
        path.write_bytes(data[:-cut])
        is_whole = name == "a.warc" and cut == 1  # of the blank line behind the last record
        assert outcomes(read(path)) == [*WANTED[:-1], "/3.html" if is_whole else "truncated"]


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    large = page_record("/to.html", b"<p>x</p>" * 100_000)
    path.write_bytes(packed([large, *RECORDS[1:]]))
    found = read(path)
    assert outcomes(found) == [Outcome.TOO_LARGE, *WANTED[1:]]


def test_a_member_that_nobody_wants_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end is found by its length; bytes that look like a gzip header within it mislead nobody."""
    noise = Random(1).randbytes(150_000)
    foreign = page_record(
        "/anh.jpg", noise + warc.GZIP + noise[:60_000] + warc.GZIP, host="https://khac.example"
    )
    path = tmp_path / "a.warc.gz"
    stored = io.BytesIO()
    with gzip.GzipFile(fileobj=stored, mode="wb", compresslevel=0, mtime=0) as file:
        file.write(foreign)
    path.write_bytes(stored.getvalue() * 3 + packed(RECORDS[1:2]))
    taken: list[int] = []
    take = warc._Member.take
    monkeypatch.setattr(warc._Member, "take", lambda self, count: taken.append(count) or take(self, count))
    assert outcomes(read(path)) == ["foreign_host"] * 3 + ["/1.html"]
    assert sum(taken) < 20_000


def test_made_up_bytes_never_raise(tmp_path: Path) -> None:
    random = Random(3)
    data = LAYOUTS["a member per record"] + LAYOUTS["not packed"]
    path = tmp_path / "a.warc"
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(random.randrange(1, 6)):
            at = random.randrange(len(broken))
            broken[at : at + random.randrange(60)] = random.randbytes(random.randrange(60))
        path.write_bytes(broken)
        assert read(path, refuse=everything)
