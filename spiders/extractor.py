"""Worker processes that read pages: one that hangs, crashes or swells its worker is lost alone.

The event loop hands a worker its pages over a socket, as many as it will get to soon, and takes what came
of them when the worker has run out of pages: many small pages cost each side one waking-up. How far a
worker has come stands in memory that both share, so that the loop knows which page a dead one died of.
"""

from __future__ import annotations

import asyncio
import pickle
import select
import socket
from collections import deque
from collections.abc import Callable, Mapping, MutableSequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import RawArray
from struct import Struct
from time import monotonic, process_time
from typing import Any, Protocol, TypeVar

from crawler.config import ExtractionLimits
from crawler.decision import Decision, Outcome
from crawler.errors import NoReader
from crawler.families import Family, own_families
from crawler.memory import give_back_memory
from crawler.workers import WORKERS, prepare_to_fork, prepare_worker, time_left_s

T = TypeVar("T")
Read = Callable[..., Any]
"""A `PageReader`, or what a test puts in its place; a worker must be able to import it."""

LARGE_BYTES = 512 * 1024
"""Pages from this size on are read one after another, so that the others need not wait for a worker."""
MOST_AHEAD = 4
"""Pages that a worker is handed before it has read the first."""
PATIENCE_S = 0.02
"""What came of a page waits for that of further ones for so long at most."""
_BUFFER_BYTES = 1024 * 1024
"""Asked of the kernel for each socket, so that a page goes in at once; it may give less."""
_MOST_STILLBORN = 3
"""Workers in a row that may end before they have begun a page."""
_LENGTH = Struct("!Q")
_BEGUN, _AT, _USED = 0, 1, 2
"""What a worker tells in shared memory: how many pages it has begun; when the last, after how much work."""


def is_large(page: object) -> bool:
    """Whether a page, or an answer, is read apart from the others."""
    return len(getattr(page, "body", b"")) >= LARGE_BYTES


class Extractor(Protocol):
    """What reads pages, and seeds that are too large for the event loop."""

    async def extract(self, *args: Any) -> Any:
        """Return what a `PageReader` makes of these arguments, or a FAILED decision when they are lost."""
        ...

    async def call(
        self, function: Callable[..., T], *args: Any, patience: float = 1.0, **kwargs: Any
    ) -> T | Decision:
        """Return what a pure function returns, or a FAILED decision when its worker is lost."""
        ...

    def expect_pages(self) -> None:
        """Begin with what takes longest before the first page is read."""
        ...

    def stop(self) -> None:
        """End whatever is at work."""
        ...


@dataclass(slots=True, eq=False)
class _Task:
    """One call.

    Args:
        payload: (function, arguments, keyword arguments), pickled; None for the reader.
        is_apart: whether its worker gets nothing else meanwhile.
    """

    payload: bytes
    deadline_s: float
    is_apart: bool
    future: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def end(self, result: Any) -> None:
        if not self.future.done():  # its waiter may have been cancelled
            self.future.set_result(result)


class ExtractorPool:
    """At most `limits.workers` processes, each started when those at work are behind.

    Args:
        read: what `extract` calls, handed to each worker once; None where only `call` is used.
    """

    def __init__(self, limits: ExtractionLimits, read: Read | None = None) -> None:
        self._limits = limits
        self._read = read
        self._waiting: deque[_Task] = deque()
        self._workers: list[_Worker] = []
        self._stillborn_count = 0
        self._large = asyncio.Lock()

    @property
    def worker_count(self) -> int:
        """How many processes are at work."""
        return len(self._workers)

    def expect_pages(self) -> None:
        """Begin with what takes a worker longest to start, where pages will soon be read."""
        if not self._workers:
            prepare_to_fork()

    def stop(self) -> None:
        """End the workers, whatever they are doing."""
        self._waiting.clear()
        for worker in self._workers:
            worker.stop()
        self._workers.clear()

    async def extract(self, *args: Any) -> Any:
        """Return what the reader makes of these arguments, or a FAILED decision when its worker died.

        Raises:
            NoReader: there is no worker, and none can be started.
        """
        return await self._ask(None, args, {}, self._limits.deadline_s)

    async def call(
        self, function: Callable[..., T], *args: Any, patience: float = 1.0, **kwargs: Any
    ) -> T | Decision:
        """Return what `function` returns in a worker, or a FAILED decision when the worker died.

        Args:
            function: pure; a worker must be able to import it, and its arguments to be pickled.
            patience: how many times the deadline of a page it may take.

        Raises:
            NoReader: as for `extract`.
        """
        result: T | Decision = await self._ask(function, args, kwargs, patience * self._limits.deadline_s)
        return result

    async def _ask(
        self, function: Callable[..., Any] | None, args: Any, kwargs: Any, deadline_s: float
    ) -> Any:
        is_apart = any(map(is_large, args))
        async with self._large if is_apart else nullcontext():
            payload = pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)
            task = _Task(payload, deadline_s, is_apart)
            self._waiting.append(task)
            self._hand_out()
            return await task.future

    def _hand_out(self) -> None:
        """Give the workers what they will get to soon; those that began first are kept busy first."""
        for worker in self._workers:
            while self._waiting and worker.has_room:
                worker.send(self._waiting.popleft())
        # One that has not begun yet is still starting: another would not be faster.
        is_behind = all(worker.has_begun for worker in self._workers)
        if self._waiting and is_behind and len(self._workers) < self._limits.workers:
            try:
                self._workers.append(_Worker(self._limits, self._read, self._hand_out, self._bury))
            except (OSError, EOFError) as error:
                if not self._workers:
                    self._give_up(getattr(error, "strerror", None) or "its parent has ended")
                return
            self._hand_out()

    def _give_up(self, why: str) -> None:
        """Leave those who wait without an answer, because nobody could ever give them one."""
        while self._waiting:
            task = self._waiting.popleft()
            if not task.future.done():
                task.future.set_exception(
                    NoReader(f"No process could be started to read pages ({why}); free memory or open files.")
                )

    def _bury(self, worker: _Worker, left: list[_Task]) -> None:
        """Forget a worker that has ended, and hand what it had not read to others."""
        if worker in self._workers:
            self._workers.remove(worker)
        self._waiting.extendleft(reversed(left))
        self._stillborn_count = 0 if worker.has_begun else self._stillborn_count + 1
        if self._stillborn_count >= _MOST_STILLBORN and not self._workers:
            self._give_up("each ended before it had begun")
        else:
            self._hand_out()


class _Worker:
    """One process, as the event loop sees it."""

    def __init__(
        self,
        limits: ExtractionLimits,
        read: Read | None,
        answered: Callable[[], None],
        ended: Callable[[_Worker, list[_Task]], None],
    ) -> None:
        self._limits, self._answered, self._ended = limits, answered, ended
        self._loop = asyncio.get_running_loop()
        self._tasks: deque[_Task] = deque()
        self._unsent: deque[memoryview] = deque()
        self._received = bytearray()
        self._sent_count = self._answer_count = 0
        self._lost_by = ""
        self._alarm: asyncio.TimerHandle | None = None
        self._progress = RawArray("d", 3)
        self._socket, theirs = socket.socketpair()
        for end in (self._socket, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        self._socket.setblocking(False)
        self._process = WORKERS.Process(
            target=_work, args=(theirs, self._progress, read, limits.memory_mb, own_families()), daemon=True
        )
        with theirs:
            self._process.start()
        self._loop.add_reader(self._socket, self._receive)

    @property
    def has_room(self) -> bool:
        """Whether it would get to another page soon, and has not read its share."""
        is_free = len(self._tasks) < MOST_AHEAD and not any(one.is_apart for one in self._tasks)
        return is_free and self._sent_count < self._limits.recycle_after

    @property
    def has_begun(self) -> bool:
        """Whether it has come as far as its first page."""
        return bool(self._progress[_BEGUN])

    def send(self, task: _Task) -> None:
        self._tasks.append(task)
        self._sent_count += 1
        self._unsent += memoryview(_LENGTH.pack(len(task.payload))), memoryview(task.payload)
        self._flush()
        if self._alarm is None:
            self._watch()

    def stop(self) -> None:
        """Kill it; who waits for it gets no answer."""
        if not self._loop.is_closed():
            for task in self._tasks:
                task.future.cancel()
        self._process.kill()
        self._close()
        self._process.join()

    def _close(self) -> None:
        if not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        if self._alarm:
            self._alarm.cancel()
        self._socket.close()

    def _flush(self) -> None:
        try:
            while self._unsent:
                sent = self._socket.send(self._unsent[0])
                if sent == len(self._unsent[0]):
                    self._unsent.popleft()
                else:
                    self._unsent[0] = self._unsent[0][sent:]
        except BlockingIOError:
            self._loop.add_writer(self._socket, self._flush)
            return
        except OSError:  # it has died, which its end of the socket says next
            self._unsent.clear()
        self._loop.remove_writer(self._socket)

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_BUFFER_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end()
            return
        self._received += data
        while len(self._received) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._received)[0]
            if len(self._received) < end:
                break
            is_read, value = pickle.loads(self._received[_LENGTH.size : end])  # noqa: S301 - ours
            del self._received[:end]
            self._answer_count += 1
            self._tasks.popleft().end(value if is_read else _lost(value))
        if self._answer_count == self._limits.recycle_after:
            self._end()
        else:
            self._answered()

    def _at_work(self) -> int:
        """Return which of its tasks it is at; -1 before it has begun the first."""
        return int(self._progress[_BEGUN]) - self._answer_count - 1

    def _watch(self) -> None:
        """Kill it if it has been at one page for too long; look again when that could next be."""
        self._alarm = None
        if not self._tasks:
            return
        number, left_s = self._at_work(), self._tasks[0].deadline_s
        if 0 <= number < len(self._tasks):
            _, begun_at, used_s = self._progress
            left_s = time_left_s(self._process.pid or 0, begun_at, used_s, self._tasks[number].deadline_s)
        if left_s <= 0:
            self._lost_by = f"the page was not read within {self._tasks[number].deadline_s:g} s"
            self._process.kill()
        else:
            self._alarm = self._loop.call_later(left_s, self._watch)

    def _end(self) -> None:
        """Let it go; what it was at is lost, what it had not begun, or not told, is read again."""
        number = max(0, self._at_work())
        self._close()
        left = list(self._tasks)
        if left and self.has_begun:
            self._process.join()
            died = f"the worker died on this page (exit code {self._process.exitcode})"
            left.pop(min(number, len(left) - 1)).end(_lost(self._lost_by or died))
        self._ended(self, left)


def _lost(detail: str) -> Decision:
    return Decision.failed(Outcome.EXTRACTION_FAILED, detail)


def _work(
    ours: socket.socket,
    progress: MutableSequence[float],
    read: Read | None,
    memory_mb: int,
    families: Mapping[str, Family],
) -> None:
    """Read pages until the other end of the socket closes; the whole life of a worker."""
    try:
        prepare_worker(memory_mb, families)
    except (MemoryError, ImportError, OSError):
        return  # that it never began tells the crawl's process enough
    answers: list[bytes] = []
    since = monotonic()
    while True:
        is_dry = answers and not select.select([ours], [], [], 0)[0]
        if is_dry or (answers and monotonic() - since > PATIENCE_S):
            ours.sendall(b"".join(answers))
            answers.clear()
        length = _received(ours, _LENGTH.size)
        payload = _received(ours, _LENGTH.unpack(length)[0]) if length else length
        if not payload:
            return
        progress[_AT], progress[_USED] = monotonic(), process_time()
        progress[_BEGUN] += 1
        size = len(payload)
        answer = _answer(payload, read, memory_mb)
        if size >= LARGE_BYTES:
            give_back_memory()
        if not answers:
            since = monotonic()
        answers += _LENGTH.pack(len(answer)), answer


def _received(ours: socket.socket, count: int) -> bytearray:
    """Return so many bytes; none at the end."""
    data = bytearray(count)
    view, got = memoryview(data), 0
    while got < count:
        more = ours.recv_into(view[got:])
        if not more:
            return bytearray()
        got += more
    return data


def _answer(payload: bytearray, read: Read | None, memory_mb: int) -> bytes:
    """Return (whether it was read, what came of it or why not), pickled."""
    try:
        function, args, kwargs = pickle.loads(payload)  # noqa: S301 - our parent's
        payload.clear()  # a huge page is not kept twice while it is read
        called = function or read
        assert called is not None
        value = called(*args, **kwargs)
        return pickle.dumps((True, value), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        detail = f"the page needs more than {memory_mb} MB"
    except Exception as error:  # noqa: BLE001 - one page's surprise is recorded and shown as its own
        detail = f"{type(error).__name__}: {error}"
    return pickle.dumps((False, detail))
