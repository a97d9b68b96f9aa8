"""A web site on loopback whose every answer a test decides, honest or not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Answer:
    """What a path answers."""

    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    at: float


Route = Answer | Callable[[Request, BaseHTTPRequestHandler], Answer | None]
"""An answer, or what makes one; a callable that returns None has written the response itself."""


@contextmanager
def sites(count: int) -> Iterator[list[Site]]:
    """So many sites, each on a host of its own: one crawl of all costs what a crawl of one does."""
    with ExitStack() as stack:
        yield [stack.enter_context(Site(f"127.0.1.{number + 1}")) for number in range(count)]


class _Server6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


class Site:
    """One site on its own loopback address.

    Args:
        host: an address in 127.0.0.0/8, or ``::1``; different addresses are different hosts to a crawler.
        routes: path with query → answer; all other paths answer 404.
        port: 0 for any that is free.
    """

    def __init__(
        self, host: str = "127.0.0.1", routes: Mapping[str, Route] | None = None, port: int = 0
    ) -> None:
        self.host = host
        self.routes: dict[str, Route] = dict(routes or {})
        self.requests: list[Request] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        server = _Server6 if ":" in host else ThreadingHTTPServer
        self._server = server((host, port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def times(self, path: str) -> list[float]:
        return [request.at for request in self.requests if request.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        request = Request(handler.path, dict(handler.headers), time.monotonic())
        self.requests.append(request)
        route = self.routes.get(handler.path, Answer("<h1>404</h1>", 404))
        answer = route if isinstance(route, Answer) else route(request, handler)
        if answer is None:
            handler.close_connection = True
            return
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        handler.send_response(answer.status)
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(body)), **answer.headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
