"""Starts the program as a child of a process that has imported it: ``python -m tests.biengioi.nursery FD``.

Most of a short run's time goes into starting Python and importing Scrapy, and the tests start the program
more than a thousand times. What it runs is a process of its own in every other respect: its folder,
environment, output, signals, exit. The same modules, imported once.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import json
import os
import pkgutil
import random
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from multiprocessing import util

import biengioi.__main__
import biengioi.commands
from crawler.page import FrontierEntry, Page
from crawler.reading import PageReader, Story
from crawler.source import Source
from crawler.topic.topic import Topic
from tests.articles import make_article

_DOWNLOADS = "scrapy.core.downloader.handlers.http11"


def serve(control: socket.socket) -> bool:
    """Start a child for each request, until the other end of `control` closes; return in each child.

    Returns:
        Whether it may take short cuts (`_keep_in_reserve`, `_end`).

    A request is one byte with three descriptors: a socket on which the arguments, folder and environment
    come as JSON and the exit status goes back, and the child's standard output and error.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who waits for a child is a child itself
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 3)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            control.close()
            return _watch(*descriptors)
        for one in descriptors:
            os.close(one)


def _watch(request: int, stdout: int, stderr: int) -> bool:
    """Start the child and wait for it; return in the child."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with socket.socket(fileno=request) as client, client.makefile("rw", encoding="utf-8") as lines:
        wanted = json.loads(lines.readline())
        pid = os.fork()
        if pid == 0:
            return _become(wanted, stdout, stderr)
        os.close(stdout)
        os.close(stderr)
        print(pid, file=lines, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=lines, flush=True)
    os._exit(0)


def _become(wanted: dict[str, object], stdout: int, stderr: int) -> bool:
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    arguments, folder, environment = wanted["arguments"], wanted["folder"], wanted["environment"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    os.chdir(str(folder))
    os.environ.clear()
    os.environ.update(environment)
    if wanted["is_quick"]:
        _keep_in_reserve()
    sys.argv[1:] = arguments
    random.seed()
    return bool(wanted["is_quick"])


def _keep_in_reserve() -> None:
    """Fork what becomes the process that workers are forked from, should the program start one.

    It is a child of the program as the one that it takes the place of, and had no thread or file of it.
    """
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _become_server_of_forks(theirs)
    theirs.close()
    start, reserve = util.spawnv_passfds, [pid]

    def start_or_wake(path: bytes, args: Sequence[str], descriptors: Sequence[int]) -> int:
        if not reserve or "forkserver" not in args[-1]:
            return start(path, args, descriptors)
        socket.send_fds(ours, [json.dumps([args[-1], *descriptors]).encode()], list(descriptors))
        return reserve.pop()

    util.spawnv_passfds = start_or_wake


def _end(status: int) -> None:
    """End as the interpreter does, but leave the memory of what was imported to the system.

    To free it object by object takes longer than most commands.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def _become_server_of_forks(reserve: socket.socket) -> None:
    message, received, _, _ = socket.recv_fds(reserve, 1 << 16, 2)
    if not message:
        os._exit(0)  # the program has ended without
    code, *wanted = json.loads(message)
    high = [fcntl.fcntl(one, fcntl.F_DUPFD, 1 << 9) for one in received]
    os.closerange(3, 1 << 9)
    for one, number in zip(high, wanted, strict=True):
        os.dup2(one, number)
        os.close(one)
    try:
        exec(code, {"__name__": "__main__"})
    finally:
        os._exit(0)


def import_program() -> None:
    """Import all that commands import when they run, and what these read of our own files."""
    for module in pkgutil.iter_modules(biengioi.commands.__path__, "biengioi.commands."):
        import_module(module.name)
    for name in ("biengioi.crawling", "spiders.check", "crawler.extraction", "scheduler.service", _DOWNLOADS):
        import_module(name)
    _read_own_files()


def _read_own_files() -> None:
    """Read a page, so that the word lists and patterns of our own files, which are kept, are at hand."""
    article = make_article()
    paragraphs = "".join(f"<p>{one}</p>" for one in article.text.splitlines())
    body = f"<html><body><article><h1>{article.title}</h1>{paragraphs}</article></body></html>"
    page = Page(article.url, article.url, body.encode(), datetime.now(UTC))
    reading = PageReader(Topic.load())(page, Source("bao", "Báo", page.url), FrontierEntry(page.url))
    assert isinstance(reading.result, Story), reading.result


if __name__ == "__main__":
    import_program()
    sys.path.pop(0)  # the repository: the program is installed
    sys.argv[0] = str(biengioi.__main__.__file__)
    sys.modules["__main__"] = biengioi.__main__
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        is_quick = serve(control)
    try:
        biengioi.__main__.main()
    except SystemExit as end:
        if is_quick and isinstance(end.code, int | None):
            _end(end.code or 0)
        raise
