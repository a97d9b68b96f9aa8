"""A crawl as a child process: its pipe, its deadline, its memory, its end.

The child gets the global option ``--supervised``: it ends when its standard input closes, so it never
outlives the service, however that ends. It is the leader of a session of its own, so that it and
its extraction workers can be killed together.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from db.crawl.leases import Owner

_MAX_REPORT_BYTES = 8 * 1024 * 1024
_KEPT_STDERR_BYTES = 4096
_CHUNK_BYTES = 64 * 1024
_PIPE_BYTES = 1024 * 1024
_AGAIN_AFTER = 0.5
"""Which share of the time to end is over when SIGTERM is sent again; Scrapy then waits for nothing."""
_NICEST = 19
"""There is no higher niceness (sched(7))."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended.

    Args:
        problem: what went wrong with the process itself, in a sentence; empty if it gave its report.
        was_stopped: whether it was us who ended it, in good time.
    """

    status: int
    problem: str = ""
    was_stopped: bool = False


class Child:
    """A child process that prints one JSON document.

    Args:
        command: its words, the program first.
        started_at: on a clock that only goes forward, in seconds, as all times here.
        deadline_s: how long it may take.
        memory_mb: resident memory of it and its descendants.
        niceness: by how much they are nicer than we are.
        hear: takes each whole line that it writes to stderr.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        started_at: float,
        *,
        deadline_s: float,
        memory_mb: int,
        niceness: int = 0,
        hear: Callable[[bytes], None] | None = None,
    ) -> None:
        self.started_at = started_at
        self._deadline = started_at + deadline_s
        self._memory = memory_mb * 1024 * 1024
        self._reason = ""
        self._stop_at = 0.0
        self._kill_at = 0.0
        self._report = bytearray()
        self._stderr = bytearray()
        self._hear = hear
        self._heard = bytearray()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.pid = self._process.pid
        if niceness:
            _give_way(self.pid, niceness)
        self.owner = Owner.of(self.pid)
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            _widen(pipe)

    def age(self, now: float) -> float:
        """Return for how many seconds it has been running."""
        return now - self.started_at

    def end(self, reason: str, now: float, *, within_s: float) -> None:
        """Ask the process to end, and kill it and its descendants if it has not after `within_s` seconds.

        Only the leader is asked: its extraction workers are to finish the pages that they have.
        """
        if self._reason:
            self._kill_at = min(self._kill_at, now + within_s)
            return
        self._reason = reason
        self._stop_at = now + within_s * _AGAIN_AFTER
        self._kill_at = now + within_s
        self._process.send_signal(signal.SIGTERM)

    def look(self, now: float) -> Ending | None:
        """Read what it has printed, hold it to its limits, and return how it ended, if it has."""
        ended = self._process.poll() is not None
        self._read()
        if not ended:
            self._hold_to_limits(now)
            return None
        self._kill()  # whatever it may have left behind
        self._read()
        self._close()
        return self._ending()

    def kill(self) -> None:
        """End it and its descendants at once, and wait until it is gone."""
        self._kill()
        self._process.wait()

    def _hold_to_limits(self, now: float) -> None:
        if self._reason:
            if now >= self._kill_at:
                self._kill()
            elif now >= self._stop_at:
                self._stop_at = self._kill_at
                self._process.send_signal(signal.SIGTERM)
        elif now >= self._deadline:
            self.end(
                f"it was ended after its deadline of {self._deadline - self.started_at:g} s", now, within_s=20
            )
        elif len(self._report) > _MAX_REPORT_BYTES:
            self.end("it was ended because it printed without end", now, within_s=5)
        elif (used := memory_of(self.pid)) > self._memory:
            mebibytes = used // (1024 * 1024)
            self.end(f"it was ended because it had grown to {mebibytes} MB", now, within_s=5)

    def _kill(self) -> None:
        # A group that is gone already is what we want.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _read(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        while len(self._report) <= _MAX_REPORT_BYTES and (chunk := _read_some(self._process.stdout)):
            self._report += chunk
        while chunk := _read_some(self._process.stderr):
            self._stderr += chunk
            del self._stderr[:-_KEPT_STDERR_BYTES]
            if self._hear is not None:
                self._heard += chunk
                *lines, self._heard = self._heard.split(b"\n")
                for line in filter(None, lines):
                    self._hear(bytes(line))
                del self._heard[:-_CHUNK_BYTES]

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _ending(self) -> Ending:
        status = self._process.returncode
        reported = _is_report(self._report)
        if status in (0, 1) and reported:
            return Ending(status, was_stopped=bool(self._reason))
        if self._reason:
            problem = self._reason
        elif status < 0:
            name = signal.Signals(-status).name
            hint = ", perhaps for lack of memory" if name == "SIGKILL" else ""
            problem = f"it was killed by {name}{hint}"
        elif status in (0, 1):
            problem = f"it ended with {status} and {'an unreadable' if self._report else 'no'} report"
        else:
            problem = f"it ended with {status}"
        last = _said(self._stderr.decode(errors="replace").strip().rpartition("\n")[2])
        said = "" if self._reason or not last else f": {last}"
        return Ending(status, f"The crawl's process was lost: {problem}{said}".rstrip(".") + ".")


def _read_some(pipe: IO[bytes]) -> bytes:
    try:
        return os.read(pipe.fileno(), _CHUNK_BYTES)
    except BlockingIOError:
        return b""


def _is_report(printed: bytearray) -> bool:
    try:
        document = json.loads(printed)
    except ValueError:
        return False
    return isinstance(document, dict)


def _said(line: str) -> str:
    """Return the message of a line of the log, which may be JSON."""
    if not line.startswith("{"):
        return line
    try:
        return str(json.loads(line)["message"])
    except (ValueError, KeyError, TypeError):
        return line


def _give_way(pid: int, niceness: int) -> None:
    """Let a session that begins wait for others when processors are short.

    Where sessions are scheduled as groups, the niceness of a process says nothing beyond its own, and the
    group has one (sched(7), "The autogroup feature").
    """
    with contextlib.suppress(OSError):  # it has ended already
        niceness = min(_NICEST, os.getpriority(os.PRIO_PROCESS, pid) + niceness)
        os.setpriority(os.PRIO_PGRP, pid, niceness)
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness), encoding="ascii")


def _widen(pipe: IO[bytes]) -> None:
    """Let the pipe hold a whole report, so that a child need not wait for our next look."""
    if sys.platform == "linux":
        import fcntl

        # Over the user's quota of pipe pages the old size stays, and the child waits.
        with contextlib.suppress(PermissionError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def memory_of(pid: int) -> int:
    """Return the resident memory of a process and its descendants, in bytes; 0 if it is gone."""
    used = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            used += one.memory_info().rss
    return used
