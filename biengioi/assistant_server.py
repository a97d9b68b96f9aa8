"""The questions as tools of the Model Context Protocol, over stdin and stdout; `mcp` is an extra."""

from __future__ import annotations

import functools
import io
import signal
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import BinaryIO

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from biengioi.assistant import Assistant
from crawler.errors import BiengioiError, UsageError
from crawler.text.quoted import NOTE

MAX_MESSAGE_BYTES = 1 << 20
"""Of a line on stdin; questions are far shorter."""

_INSTRUCTIONS = (
    "Vietnamese newspaper articles on cooperation across Viet Nam's land borders with China (CN), Laos (LA)"
    " and Cambodia (KH), and the events that they report. Cite articles by id and address. An empty answer"
    f" does not mean that nothing happened: ask `coverage` whether anybody looked. {NOTE}"
)


def serve_assistant(assistant: Assistant) -> None:
    """Answer until stdin ends.

    Raises:
        UsageError: stdin sends no messages.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the thread that waits for stdin cannot be stopped
    messages = _Messages(sys.stdin.buffer)
    sys.stdin = io.TextIOWrapper(messages, encoding="utf-8")
    try:
        server(assistant).run()
    except BaseExceptionGroup as group:
        raise _cause(group) from group
    if messages.is_cut:
        raise UsageError("What comes on stdin are no messages of the Model Context Protocol.")


def server(assistant: Assistant) -> MCPServer[None]:
    """Return the server with a tool for each question."""
    made: MCPServer[None] = MCPServer(
        "biengioi", instructions=_INSTRUCTIONS, version=version("biengioi"), log_level="CRITICAL"
    )
    only_reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    for question in (
        assistant.search,
        assistant.article,
        assistant.events,
        assistant.event,
        assistant.figures,
        assistant.coverage,
        assistant.explain,
        assistant.people,
        assistant.threads,
    ):
        made.add_tool(_told(question), annotations=only_reads, structured_output=False)
    return made


def _told(question: Callable[..., str]) -> Callable[..., str]:
    """Let a question's mistakes reach who asks, in our words."""

    @functools.wraps(question)
    def answer(*arguments: object, **options: object) -> str:
        try:
            return question(*arguments, **options)
        except BiengioiError as error:
            raise ToolError(str(error)) from error

    return answer


def _cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error of those that the tasks of a server failed with."""
    first = group.exceptions[0]
    return _cause(first) if isinstance(first, BaseExceptionGroup) else first


class _Messages(io.BufferedIOBase):
    """Standard input that ends where a line has no end."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._line_bytes = 0
        self.is_cut = False

    def readable(self) -> bool:
        """Tell that it is for reading."""
        return True

    def read1(self, size: int = -1) -> bytes:
        """Return a line or a part of one, at most `size` bytes; nothing at the end."""
        data = b"" if self.is_cut else self._raw.readline(size)
        self._line_bytes = 0 if data.endswith(b"\n") else self._line_bytes + len(data)
        self.is_cut = self._line_bytes > MAX_MESSAGE_BYTES
        return data
