"""Bodies are unpacked to their end, or say what is wrong with them."""

from __future__ import annotations

import gzip
import random
import tracemalloc
import zlib

import brotli
import pytest
from backports import zstd

from crawler.unpacking import Unreadable, unpacked


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def two_members(data: bytes) -> bytes:
    return gzip.compress(data[:100]) + gzip.compress(data[100:])


def two_frames(data: bytes) -> bytes:
    return bytes(zstd.compress(data[:100]) + zstd.compress(data[100:]))


PACKERS = [
    ("gzip", gzip.compress),
    ("x-gzip", two_members),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstd.compress),
    ("zstd", two_frames),
]
TEXTS = [b"", b"Tin", b"<p>Tin</p>" * 40_000, random.Random(3).randbytes(200_000)]


def reason(body: bytes, coding: str, max_bytes: int = 10_000_000) -> str:
    with pytest.raises(Unreadable) as refused:
        unpacked(body, coding, max_bytes)
    return refused.value.decision.reason


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_what_was_packed_is_unpacked(coding: str, pack: type[bytes], text: bytes) -> None:
    assert unpacked(pack(text), coding, len(text)) == text


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
@pytest.mark.parametrize("text", TEXTS[1:], ids=len)
def test_what_is_cut_anywhere_is_truncated(coding: str, pack: type[bytes], text: bytes) -> None:
    packed = pack(text)
    firsts = (len(gzip.compress(text[:100])), len(zstd.compress(text[:100])))
    between = {first + more for first in firsts for more in range(4)}  # a second one has not begun
    for size in {1, 2, len(packed) // 3, len(packed) * 3 // 4, len(packed) - 1} - between:
        assert reason(packed[:size], coding) == "truncated", size


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_one_byte_too_many_is_too_large(coding: str, pack: type[bytes]) -> None:
    assert reason(pack(TEXTS[2]), coding, len(TEXTS[2]) - 1) == "too_large"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("body", [b"<html><p>Tin</p></html>", "Tin về cửa khẩu".encode(), b"\xff" * 50])
def test_what_is_not_packed_so_is_a_bad_response(coding: str, body: bytes) -> None:
    assert reason(body, coding) == "bad_response"


@pytest.mark.parametrize("padding", [b"\0" * 512, b"\r\n", b"<!-- cache -->"])
@pytest.mark.parametrize(("coding", "pack"), [one for one in PACKERS if one[0] != "br"])
def test_bytes_behind_the_end_are_no_part_of_it(coding: str, pack: type[bytes], padding: bytes) -> None:
    assert unpacked(pack(b"Tin") + padding, coding, 100) == b"Tin"


@pytest.mark.parametrize("coding", ["identity", "none", "utf-8", "", "compress", "é"])
def test_a_word_that_is_no_coding_leaves_the_body_as_it_is(coding: str) -> None:
    assert unpacked(b"Tin", coding, 100) == b"Tin"


def test_whoever_keeps_the_error_of_a_bomb_does_not_keep_the_bomb() -> None:
    bomb, errors = gzip.compress(bytes(4_000_000)), []
    tracemalloc.start()
    for _ in range(10):
        with pytest.raises(Unreadable) as caught:
            unpacked(bomb, "gzip", 3_000_000)
        errors.append(caught.value)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000
