"""A newspaper's web server: conditional GET (RFC 9110 §13), redirects, and a log of who asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

from crawler.errors import UsageError
from spiders.demo.edition import Resource

_IDLE_S = 30.0
_NOT_FOUND = (
    "<!DOCTYPE html><html lang=vi><meta charset=utf-8><title>Không tìm thấy</title>"
    "<h1>Không tìm thấy trang</h1>"
).encode()
_REFUSED = "<!DOCTYPE html><html lang=vi><meta charset=utf-8><title>Từ chối</title><h1>Từ chối</h1>".encode()


@dataclass(frozen=True, slots=True)
class Request:
    """One request that a newspaper received.

    Args:
        path: with its query.
        at: on the monotonic clock, in seconds.
        status: what was answered.
    """

    host: str
    path: str
    user_agent: str
    headers: Mapping[str, str]
    at: float
    status: int


class NewspaperServer:
    """Serves one newspaper's resources in a thread of its own, until it is closed.

    Args:
        host, port: where to listen; port 0 takes any free one.
        log: called with every request.

    Attributes:
        resources: what it serves, by path.
        clock: tells the time for the header Date; by default the machine's.
        refusal: answered to everything while it is set, as by a site that blocks or is down.
        moved_to: another origin, to which everything redirects for good while it is set.

    Raises:
        UsageError: the address cannot be listened on.
    """

    def __init__(self, host: str, port: int, log: Callable[[Request], None]) -> None:
        self.resources: Mapping[str, Resource] = {}
        self.clock: Callable[[], datetime] | None = None
        self.refusal: HTTPStatus | None = None
        self.moved_to = ""
        self._handler = type("_BoundHandler", (_Handler,), {"newspaper": self, "log": log})
        try:
            self._server = ThreadingHTTPServer((host, port), self._handler)
        except OSError as error:
            raise UsageError(
                f"the simulated newspapers cannot listen on {host}:{port} ({error.strerror}); where "
                f"only 127.0.0.1 exists (macOS), add it with `sudo ifconfig lo0 alias {host}`"
            ) from error
        self.origin = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name=f"newspaper {host}", daemon=True
        )

    def __enter__(self) -> NewspaperServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def find(self, target: str) -> Resource | None:
        """Return what stands at a request target; a query that means nothing here is ignored."""
        return self.resources.get(target) or self.resources.get(urlsplit(target).path)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "biengioi-demo"
    sys_version = ""
    timeout = _IDLE_S
    wbufsize = -1
    disable_nagle_algorithm = True
    newspaper: NewspaperServer
    log: Callable[[Request], None]

    def do_GET(self) -> None:
        resource = self.newspaper.find(self.path)
        if self.newspaper.refusal is not None:
            self._answer(self.newspaper.refusal, {"Content-Type": "text/html; charset=utf-8"}, _REFUSED)
        elif self.newspaper.moved_to:
            location = self.newspaper.moved_to + self.path
            self._answer(HTTPStatus.MOVED_PERMANENTLY, {"Location": location})
        elif resource is None:
            self._answer(HTTPStatus.NOT_FOUND, {"Content-Type": "text/html; charset=utf-8"}, _NOT_FOUND)
        elif resource.location:
            self._answer(HTTPStatus.MOVED_PERMANENTLY, {"Location": resource.location})
        else:
            fields = {
                "ETag": resource.etag,
                "Last-Modified": format_datetime(resource.modified_at.astimezone(UTC), usegmt=True),
                "Cache-Control": "max-age=60",
            }
            if self._has_current(resource):
                self._answer(HTTPStatus.NOT_MODIFIED, fields)
            else:
                fields["Content-Type"] = resource.content_type
                self._answer(HTTPStatus.OK, fields, resource.body)

    do_HEAD = do_GET  # noqa: N815  (the base class calls it by the method's name)

    def _has_current(self, resource: Resource) -> bool:
        """Whether the client's validators are still good; If-None-Match wins (RFC 9110 §13.2.2)."""
        known = self.headers.get("If-None-Match")
        if known is not None:
            tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
            return "*" in tags or resource.etag in tags
        since = _http_date(self.headers.get("If-Modified-Since"))
        return since is not None and resource.modified_at <= since

    def _answer(self, status: HTTPStatus, fields: Mapping[str, str], body: bytes = b"") -> None:
        host = str(self.request.getsockname()[0])
        agent = self.headers.get("User-Agent", "")
        headers = dict(self.headers.items())
        type(self).log(Request(host, self.path, agent, headers, time.monotonic(), status))
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time for the header Date."""
        if timestamp is None and self.newspaper.clock is not None:
            timestamp = self.newspaper.clock().timestamp()
        return super().date_time_string(timestamp)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Say nothing on stderr: every request is in the log."""


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
