"""Content encodings: unpacked up to the size limit and to their end, or booked as what they are.

Scrapy's own middleware hands on what it could read of a body that was cut off, ignores one that
unpacks to too much, and raises whatever its libraries raise.
"""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.unpacking import UNPACKERS, Unreadable, unpacked
from spiders.outcomes import RequestRefused

ORIGINAL_CODING = "X-Archive-Orig-Content-Encoding"
"""The header that says, as in archives, how a body came that is unpacked now."""


class BoundedCompressionMiddleware:
    """Unpacks the bodies that will be read; a body that is cut, broken or a bomb fails by name."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BoundedCompressionMiddleware:
        """Build it as Scrapy does."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Say which encodings can be read."""
        request.headers.setdefault("Accept-Encoding", ", ".join(UNPACKERS))

    def process_response(self, request: Request, response: Response) -> Response:
        """Return the response unpacked, or raise RequestRefused with what is wrong with its body.

        Of an error only the status is read, so its body stays as it is.
        """
        codings = [
            coding.strip().lower()
            for line in response.headers.getlist("Content-Encoding")
            for coding in line.decode("latin-1").split(",")
        ]
        if not codings or not response.body or not 200 <= response.status < 300:
            return response
        body = response.body
        max_bytes = request.meta.get("download_maxsize") or self._max_bytes
        for coding in reversed(codings):  # they stand in the order in which they were applied
            body = _unpacked(body, coding, max_bytes)
        unpacked_response = response.replace(body=body)
        headers = unpacked_response.headers
        headers.setlist(ORIGINAL_CODING, headers.getlist("Content-Encoding"))
        del headers["Content-Encoding"]
        return unpacked_response


def _unpacked(body: bytes, coding: str, max_bytes: int) -> bytes:
    try:
        return unpacked(body, coding, max_bytes)
    except Unreadable as error:
        raise RequestRefused(error.decision) from error
