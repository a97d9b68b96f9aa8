"""``biengioi serve``: the collection as web pages, for this machine by default."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from biengioi.context import Context
from biengioi.open_log import open_log
from crawler.alert_config import Watch
from crawler.bounded import MAX_DECLARATION_BYTES, read_file
from crawler.config import WebLimits
from crawler.errors import UsageError
from crawler.reach.coverage import WatchedSources
from crawler.topic.topic import Topic

DEFAULT_PORT = 8001
"""A TCP port that Datasette uses as well."""


@click.command("serve")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="0 for any that is free.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; another one needs a password.",
)
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Ask everyone for the password in the first line of this file.",
)
@click.pass_obj
def command(context: Context, port: int, host: str, password_file: Path | None) -> int:
    """Show the collection as web pages on this machine; Ctrl-C ends it.

    Nothing can be written through them. A crawl may go on meanwhile.
    """
    config = context.config()
    limits = config.web
    if password_file is not None:
        limits = replace(limits, password=_password(password_file))
    open_log(context, config)
    serve_pages(
        context.db_path,
        host=host,
        port=port,
        limits=limits,
        topic=context.topic(),
        watch=context.watch(),
        saved=config.alerts.watch,
    )
    return 0


def serve_pages(
    path: Path,
    *,
    host: str,
    port: int,
    limits: WebLimits,
    topic: Topic,
    watch: WatchedSources,
    saved: Sequence[Watch] = (),
) -> None:
    """Serve the collection at `path` until a signal ends it, and say where it is."""
    from db.web.gate import LOOPBACK
    from db.web.server import serve  # Datasette costs half a second, which nothing else pays

    if host not in LOOPBACK:
        click.echo(
            "Other machines can reach these pages. Password and pages travel unencrypted: put a reverse"
            " proxy with TLS in front, or use a network that you trust.",
            err=True,
        )
    serve(
        path,
        host=host,
        port=port,
        topic=topic,
        watch=watch,
        saved=saved,
        limits=limits,
        on_ready=_announce,
    )


def _announce(address: str) -> None:
    with suppress(OSError):  # a service whose output nobody takes serves none the less
        click.echo(f"The collection is at {address} (Ctrl-C ends it).")


def _password(path: Path) -> str:
    try:
        password = read_file(path, MAX_DECLARATION_BYTES).decode().partition("\n")[0].strip()
    except OSError as error:
        raise UsageError(f"The password file {path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The password file {path} is not UTF-8.") from error
    if not password:
        raise UsageError(f"The first line of {path} is empty; write the password there.")
    return password
