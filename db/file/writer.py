"""The one writer of a process: a thread with its own connection, fed by the event loop.

The loop hands over operations and awaits them; only the thread waits for locks and disks, so
another process's lock never stalls the network.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from crawler.errors import StorageError
from db.file.connection import BUSY_TIMEOUT_S, storage_errors, write_transaction
from db.file.opening import open_database

T = TypeVar("T")

BATCH_COUNT = 50
"""Operations that share a transaction at most."""

BATCH_S = 0.2
"""A transaction takes no further operation after this long; it never waits for one."""

PATIENCE_S = 0.05
"""An operation that may wait is committed after this long, if others came along before it."""

IDLE_S = 60.0
"""After so long without an operation an empty transaction shows that the process lives."""


class Companion(Protocol):
    """What operations write beside the database, kept or taken back with their transaction."""

    def begin(self) -> None:
        """Note that a transaction begins."""
        ...

    def sync(self) -> None:
        """Put what was written on the disk; the commit comes next."""
        ...

    def undo(self) -> None:
        """Take back what was written: the transaction was."""
        ...


@dataclass(frozen=True, slots=True)
class _Operation:
    run: Callable[[sqlite3.Connection], Any]
    may_wait: bool = False
    future: Future[Any] = field(default_factory=Future)


class Writer:
    """Runs operations in transactions, in the order they came, and acknowledges after the commit.

    An operation that fails is undone alone (it has a savepoint); a transaction that fails, as when
    the database stays locked, fails all of its operations. One operation that waits alone is
    committed at once; of a stream of such that may wait, many share a transaction.

    Args:
        path: the database, which must exist.
        guard: called first in every transaction; when it raises, nothing is written.
        busy_timeout_s: how long to wait for another process's lock.
        companion: told where each transaction begins and ends; None for no one.
    """

    def __init__(
        self,
        path: Path,
        *,
        guard: Callable[[sqlite3.Connection], None] | None = None,
        companion: Companion | None = None,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> None:
        self._path = path
        self._conn = open_database(path, busy_timeout_s=busy_timeout_s)
        self._guard = guard
        self._companion = companion
        self._queue: SimpleQueue[_Operation | None] = SimpleQueue()
        self._closing = False
        self._entrance = Lock()  # so that nothing is queued behind the end
        self._ended = False
        self._thread = Thread(target=self._work, name="db-writer", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def submit(self, run: Callable[[sqlite3.Connection], T], *, may_wait: bool = False) -> Future[T]:
        """Queue an operation; its future is done after the commit."""
        operation = _Operation(run, may_wait)
        with self._entrance:
            if self._closing:
                raise StorageError("The database is closed; nothing more can be written.")
            self._queue.put(operation)
        return operation.future

    async def run(self, run: Callable[[sqlite3.Connection], T], *, may_wait: bool = False) -> T:
        """Queue an operation and await its commit without stopping the event loop.

        Args:
            may_wait: whether it is no loss that the commit waits a moment for that of others.

        Raises:
            StorageBusy: the database stayed locked for longer than the budget.
            StorageError: it cannot be written, or the guard refused.
        """
        return await asyncio.wrap_future(self.submit(run, may_wait=may_wait))

    def close(self) -> None:
        """Finish what is queued, end the thread and close the connection; again does nothing."""
        with self._entrance:
            if not self._closing:
                self._closing = True
                self._queue.put(None)
        self._thread.join()
        self._conn.close()

    def _work(self) -> None:
        is_stream = False
        while not self._ended:
            try:
                first = self._queue.get(timeout=IDLE_S)
            except Empty:
                first = _Operation(lambda _: None)
            batch = [*self._begun(first), *self._waiting(BATCH_COUNT - 1)]
            if is_stream:
                self._gather(batch)
            is_stream = len(batch) > 1
            if batch:
                self._transact(batch)

    def _gather(self, batch: list[_Operation]) -> None:
        """Add what comes in as long as all may wait, and for no longer than a moment."""
        until = time.monotonic() + PATIENCE_S
        while all(one.may_wait for one in batch) and not self._ended and len(batch) < BATCH_COUNT:
            try:
                batch.extend(self._begun(self._queue.get(timeout=max(0.0, until - time.monotonic()))))
            except Empty:
                return

    def _waiting(self, count: int) -> Iterator[_Operation]:
        """Yield up to `count` operations that wait already."""
        for _ in range(count):
            if self._ended:
                return
            try:
                operation = self._queue.get_nowait()
            except Empty:
                return
            yield from self._begun(operation)

    def _begun(self, operation: _Operation | None) -> Iterator[_Operation]:
        """Yield an operation that nobody can cancel any more; note the end of the queue."""
        if operation is None:
            self._ended = True
        elif operation.future.set_running_or_notify_cancel():
            yield operation

    def _transact(self, batch: list[_Operation]) -> None:
        """Run the batch, and what comes in meanwhile, in one transaction; then acknowledge."""
        outcomes: list[tuple[_Operation, Any, Exception | None]] = []
        until = time.monotonic() + BATCH_S
        try:
            with write_transaction(self._conn):
                if self._guard:
                    self._guard(self._conn)
                if self._companion:
                    self._companion.begin()
                for operation in batch:
                    outcomes.append((operation, *self._attempt(operation)))
                    if time.monotonic() < until:
                        batch.extend(self._waiting(min(1, BATCH_COUNT - len(batch))))
                if self._companion:
                    self._companion.sync()
        except Exception as error:  # noqa: BLE001 - handed to everyone who awaits
            self._take_back()
            for operation in batch:
                operation.future.set_exception(error)
            return
        for operation, result, failure in outcomes:
            if failure:
                operation.future.set_exception(failure)
            else:
                operation.future.set_result(result)

    def _take_back(self) -> None:
        """Let the companion undo its part; what it cannot undo is found by `verify`, and harmless."""
        if self._companion:
            with suppress(StorageError):
                self._companion.undo()

    def _attempt(self, operation: _Operation) -> tuple[Any, Exception | None]:
        """Return the operation's result, or what it raised after undoing it alone."""
        result, failure = None, None
        self._conn.execute("SAVEPOINT operation")
        try:
            with storage_errors(self._path):
                result = operation.run(self._conn)
        except Exception as error:
            if not self._conn.in_transaction:  # SQLite has ended it itself, as when the disk is full
                raise
            self._conn.execute("ROLLBACK TO operation")
            failure = error
        self._conn.execute("RELEASE operation")
        return result, failure
