"""Web archives for readers (WACZ 1.1.1): pages, their index and their list in one ZIP file.

https://specs.webrecorder.net/wacz/1.1.1/. ReplayWeb.page and other replay tools open it as it is.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

import orjson

from crawler.article import format_instant
from crawler.formats import cdxj
from crawler.formats.zipped import zip_into

if TYPE_CHECKING:
    from crawler.formats.warc import Capture

MEDIA_TYPE = "application/wacz"
VERSION = "1.1.1"
OURS = b"written by biengioi"
"""The comment at the end of the ZIP file, by which an export knows its own."""

_WARC, _INDEX = "biengioi.warc.gz", "index.cdx.gz"


@dataclass(frozen=True, slots=True)
class ReplayPage:
    """One page of such a file.

    Args:
        id: its number in the collection.
        title: of the article on it.
        data: its records, as `crawler.formats.warc.pack` made them.
        capture: the same, read.
    """

    id: int
    title: str | None
    data: bytes
    capture: Capture


class _Package:
    """A ZIP file that remembers what is in it."""

    def __init__(self, file: zipfile.ZipFile, created: datetime) -> None:
        self._file, self._created = file, created
        self.resources: list[dict[str, object]] = []

    def put(self, path: str, pieces: Iterable[bytes], *, is_packed: bool = True) -> None:
        """Write a file piece by piece.

        Args:
            is_packed: whether it is left as it is, because it is packed already.
        """
        info = zipfile.ZipInfo(path, self._created.timetuple()[:6])
        info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
        digest, size = hashlib.sha256(), 0
        with self._file.open(info, "w", force_zip64=True) as part:
            for piece in pieces:
                part.write(piece)
                digest.update(piece)
                size += len(piece)
        name = path.rpartition("/")[2]
        self.resources.append(
            {"name": name, "path": path, "hash": f"sha256:{digest.hexdigest()}", "bytes": size}
        )


def write_wacz(
    pages: Iterable[ReplayPage], file: BinaryIO, *, title: str, software: str, created: datetime
) -> None:
    """Write a file with these pages.

    Args:
        pages: taken one by one; of each only a line of the index and one of the list are remembered.
        software: what writes it, with its version.
        created: aware, UTC.
    """
    from crawler.formats.warc import file_head  # a library that the other formats need not load

    index: list[str] = []
    listed: list[bytes] = [orjson.dumps({"format": "json-pages-1.0", "id": "pages", "title": title})]

    def records() -> Iterator[bytes]:
        head = file_head(_WARC, software, created)
        yield head
        offset = len(head)
        for page in pages:
            index.append(cdxj.line_of(page.capture, _WARC, offset))
            listed.append(_listed(page))
            yield page.data
            offset += len(page.data)

    with zip_into(file) as archive:
        archive.comment = OURS
        package = _Package(archive, created)
        package.put(f"archive/{_WARC}", records())
        blocks = list(cdxj.compressed(sorted(index), _INDEX))
        package.put(f"indexes/{_INDEX}", (data for data, _ in blocks))
        about = orjson.dumps({"format": "cdxj-gzip-1.0", "filename": _INDEX}).decode()
        lines = (f"{line}\n".encode() for line in (f"!meta 0 {about}", *(line for _, line in blocks)))
        package.put("indexes/index.idx", lines, is_packed=False)
        package.put("pages/pages.jsonl", (b"%b\n" % line for line in listed), is_packed=False)
        data = orjson.dumps(
            {
                "profile": "data-package",
                "wacz_version": VERSION,
                "title": title,
                "software": software,
                "created": format_instant(created),
                "resources": package.resources,
            },
            option=orjson.OPT_INDENT_2,
        )
        package.put("datapackage.json", [data], is_packed=False)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        signed = orjson.dumps({"path": "datapackage.json", "hash": digest})
        package.put("datapackage-digest.json", [signed], is_packed=False)


def _listed(page: ReplayPage) -> bytes:
    at = page.capture.page
    return orjson.dumps(
        {
            "id": str(page.id),
            "url": at.final_url,
            "ts": format_instant(at.fetched_at),
            "title": page.title or at.final_url,
        }
    )
