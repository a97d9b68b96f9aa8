"""Starts the program as a child of a process that has imported it: ``python -m tests.biengioi.nursery FD``.

Most of a short run's time goes into starting Python and importing Scrapy, and the tests start the program
more than a thousand times. What it runs is a process of its own in every other respect: its folder,
environment, output, signals, exit. The same modules, imported once.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import random
import signal
import socket
import sys
from importlib import import_module

import biengioi.__main__
import biengioi.commands

_DOWNLOADS = "scrapy.core.downloader.handlers.http11"


def serve(control: socket.socket) -> None:
    """Start a child for each request, until the other end of `control` closes; return in each child.

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
            _watch(*descriptors)
            return
        for one in descriptors:
            os.close(one)


def _watch(request: int, stdout: int, stderr: int) -> None:
    """Start the child and wait for it; return in the child."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with socket.socket(fileno=request) as client, client.makefile("rw", encoding="utf-8") as lines:
        wanted = json.loads(lines.readline())
        pid = os.fork()
        if pid == 0:
            _become(wanted, stdout, stderr)
            return
        os.close(stdout)
        os.close(stderr)
        print(pid, file=lines, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=lines, flush=True)
    os._exit(0)


def _become(wanted: dict[str, object], stdout: int, stderr: int) -> None:
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    arguments, folder, environment = wanted["arguments"], wanted["folder"], wanted["environment"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    os.chdir(str(folder))
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    random.seed()


def import_program() -> None:
    """Import all that commands import when they run."""
    for module in pkgutil.iter_modules(biengioi.commands.__path__, "biengioi.commands."):
        import_module(module.name)
    for name in ("biengioi.crawling", "spiders.check", "crawler.extraction", "scheduler.service", _DOWNLOADS):
        import_module(name)


if __name__ == "__main__":
    import_program()
    sys.path.pop(0)  # the repository: the program is installed
    sys.argv[0] = str(biengioi.__main__.__file__)
    sys.modules["__main__"] = biengioi.__main__
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control)
    biengioi.__main__.main()
