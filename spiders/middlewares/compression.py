"""Content encodings, with a bomb booked as what it is."""

from __future__ import annotations

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.decision import Decision, Outcome
from spiders.refusals import RequestRefused


class BoundedCompressionMiddleware(HttpCompressionMiddleware):
    """Unpacks up to the size limit; Scrapy would only ignore what is larger."""

    def process_response(  # type: ignore[override] # Scrapy's own `spider` argument is deprecated
        self, request: Request, response: Response
    ) -> Request | Response:
        """Return the response unpacked, or raise RequestRefused for one that unpacks to too much."""
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise RequestRefused(Decision.failed(Outcome.TOO_LARGE, str(error))) from error
