"""The server: Datasette with our plugin behind our gate, on one address of this machine."""

from __future__ import annotations

import base64
import hashlib
import re
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import uvicorn
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from crawler.alert_config import Watch
from crawler.config import WebLimits
from crawler.errors import UsageError
from crawler.ports import Clock
from crawler.reach.coverage import NOTHING_WATCHED, WatchedSources
from crawler.topic.topic import Topic
from db.file.connection import storage_errors
from db.file.opening import open_database
from db.web.described import described_tables
from db.web.gate import LOOPBACK, App, gate, policies
from db.web.page import STATIC, Site
from db.web.plugin import DATABASE, WebPages

_CONSOLE_TEMPLATES = Path(__file__).with_name("console")
_THREAD_COUNT = 4
_MAX_OPEN_REQUESTS = 64

CHART_STYLE = (
    ":where(.weekly-plot) {\n  --plot-background: white;\n  display: block;\n  height: auto;\n"
    "  height: intrinsic;\n  max-width: 100%;\n}\n:where(.weekly-plot text),\n:where(.weekly-plot tspan) {\n"
    "  white-space: pre;\n}"
)
"""What the chart library puts into its picture under the class name of static/weekly.js."""


class _Collection(Database):  # type: ignore[misc]
    """The database file, which no request can write to."""

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """Return a connection that only reads.

        Raises:
            PermissionError: for anything else; nothing here asks for it.
        """
        if write:
            raise PermissionError("the web pages never write")
        # Not immutable: a crawl may be writing, and SQLite must look at its log (sqlite.org/wal.html).
        return sqlite3.connect(
            f"{Path(self.path).absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
        )


def make_app(
    path: Path,
    topic: Topic,
    limits: WebLimits,
    clock: Clock,
    watch: WatchedSources = NOTHING_WATCHED,
    saved: Sequence[Watch] = (),
) -> App:
    """Return the ASGI application for the collection at `path`, which must be there and up to date."""
    for own in ("datasette.handle_exception", "datasette.forbidden"):
        # Datasette's own prints every local variable of the failed request, password included.
        if pm.has_plugin(own):
            pm.unregister(name=own)
    site = Site(topic, watch, saved)
    pages = WebPages(site, limits, clock)
    if pm.has_plugin(WebPages.__name__):
        pm.unregister(name=WebPages.__name__)
    pm.register(pages, name=WebPages.__name__)
    address = f"{path.absolute().as_uri()}?mode=ro"
    with storage_errors(path), closing(sqlite3.connect(address, uri=True)) as conn:
        tables = described_tables(conn)
    datasette = Datasette(
        [],
        metadata={
            "databases": {DATABASE: {"tables": tables}},
            "extra_css_urls": [site.asset("console.css")],
        },
        template_dir=str(_CONSOLE_TEMPLATES),
        static_mounts=[("static", str(STATIC))],
        settings={
            "allow_download": False,
            "default_cache_ttl": 0,
            "default_page_size": 50,
            "max_returned_rows": limits.sql_rows,
            "num_sql_threads": _THREAD_COUNT,
            "sql_time_limit_ms": int(limits.sql_time_limit_s * 1000),
            "suggest_facets": False,
            "truncate_cells_html": 400,
        },
    )
    datasette.remove_database("_memory")
    datasette.add_database(_Collection(datasette, str(path)), name=DATABASE)
    rules = policies(console_scripts(), csp_hash(CHART_STYLE))
    return gate(datasette.app(), rules, password=limits.password or None)


def serve(
    path: Path,
    *,
    host: str,
    port: int,
    topic: Topic,
    limits: WebLimits,
    on_ready: Callable[[str], None],
    clock: Clock = lambda: datetime.now(UTC),
    watch: WatchedSources = NOTHING_WATCHED,
    saved: Sequence[Watch] = (),
) -> None:
    """Serve the collection at `path` until a signal ends it.

    Args:
        port: 0 for any that is free.
        on_ready: called with the address once it answers.
        watch: what is declared, as long as this serves.
        saved: the watches of the configuration.

    Raises:
        UsageError: another machine could reach it and there is no password, or the port is taken.
        StorageError: the database cannot be used.
    """
    if host not in LOOPBACK and not limits.password:
        raise UsageError(
            f"Other machines could reach {host}: set a password first, as web.password in the"
            " configuration or as BIENGIOI_WEB_PASSWORD."
        )
    open_database(path).close()  # brings it up to date; from here on it is only read
    listener = _listen(host, port)
    app = make_app(path, topic, limits, clock, watch, saved)
    config = uvicorn.Config(
        app,
        log_config=None,  # what goes wrong is written as the rest of our log
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        limit_concurrency=_MAX_OPEN_REQUESTS,
        timeout_graceful_shutdown=3,
    )
    server = _Announcing(config, lambda: on_ready(_address(listener)))
    server.run(sockets=[listener])


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in good order at a signal; uvicorn's own raises it once more when all is done."""
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise UsageError(
            f"{host}:{port} cannot be used ({error.strerror}); give another port with --port."
        ) from error


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def console_scripts() -> tuple[str, ...]:
    """Return the hashes of the inline scripts in the templates of the installed Datasette."""
    templates = resources.files("datasette") / "templates"
    found = [
        script
        for name in ("_close_open_menus.html", "_codemirror_foot.html")
        for script in re.findall(r"<script>(.*?)</script>", (templates / name).read_text("utf-8"), re.DOTALL)
    ]
    return tuple(csp_hash(script) for script in (*found, "DATASETTE_ALLOW_FACET = true;"))


def csp_hash(content: str) -> str:
    """Return what names an inline script or style in a policy (w3.org/TR/CSP3, §6.7.3)."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
