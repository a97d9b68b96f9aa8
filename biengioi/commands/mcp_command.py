"""``biengioi mcp``: the collection for assistants, as tools of the Model Context Protocol."""

from __future__ import annotations

import sys

import click

from biengioi.context import Context
from biengioi.streams import remark
from crawler.errors import UsageError


@click.command("mcp")
@click.pass_obj
def command(context: Context) -> int:
    """Answer an assistant's questions about the collection (MCP), over stdin and stdout.

    An assistant starts it. Nothing can be written through it, and it opens no port.
    """
    context.collection_for_reading().close()  # what is wrong with it is said now
    try:
        from biengioi.assistant import Assistant
        from biengioi.assistant_server import serve_assistant
    except ImportError as error:
        raise UsageError(
            "Assistants need the MCP library; install it with `pip install 'biengioi[mcp]'`."
        ) from error
    if sys.stdin.isatty():
        remark("This waits for an assistant's messages on stdin; docs/assistants.md says how one starts it.")
    serve_assistant(Assistant(context))
    return 0
