"""One backfill, put together: archives, sources, engine, database, topic, report."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from biengioi.logs import note_run
from crawler.archive.owners import Owners
from crawler.archive.task import Batch, Lost, Task
from crawler.config import Config
from crawler.decision import Decision
from crawler.errors import UsageError
from crawler.families import own_families
from crawler.ports import Clock
from crawler.reading import PageReader
from crawler.report import RunReport, RunStatus
from crawler.topic.topic import Topic
from db.articles.backfill_store import BackfillStore
from db.events.rebuild import catch_up
from db.file.opening import open_database
from scheduler.engines.engine import Engine
from scheduler.engines.task_reading import Setup


class BackfillProgress:
    """Whoever watches a backfill; this one is not interested."""

    def begun(self, tasks: Sequence[Task], unread: Sequence[Task]) -> None:
        """Of these tasks, the `unread` ones are read now."""

    def took(self, came: Batch | Lost) -> None:
        """Something of a task was read."""

    def stores(self, count: int) -> None:
        """All is read, and `count` stories are decided on now."""

    def decided(self, decision: Decision) -> None:
        """One of them is."""


@dataclass(frozen=True, slots=True)
class BackfillRequest:
    """What the user asked for.

    Args:
        engine: "local" or "ray".
        clock: the time now.
    """

    db_path: Path
    config: Config
    owners: Owners
    topic: Topic
    tasks: Sequence[Task]
    progress: BackfillProgress
    clock: Clock
    engine: str = "local"


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """What came of it.

    Args:
        is_whole: whether no signal ended it.
    """

    report: RunReport
    is_whole: bool

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return self.report.status is RunStatus.DONE


def run_backfill(request: BackfillRequest) -> BackfillResult:
    """Read archives into the database; in the main thread, which Ctrl-C and SIGTERM reach.

    Raises:
        StorageError: the database cannot be used, or stayed locked past its budget.
        AtWork: another backfill is at work on it.
        UsageError: the engine is not there.
    """
    engine = _engine(request)
    timeout_s = request.config.storage.busy_timeout_s
    with closing(open_database(request.db_path, create=True, busy_timeout_s=timeout_s)) as conn:
        store = BackfillStore(
            conn,
            request.owners,
            request.clock,
            reader=_reader_digest(request),
            revisit_ages=request.config.crawl.revisit_ages,
        )
        note_run(store.run_id)
        is_whole = True
        try:
            with _terminated_as_interrupted():
                _work(request, store, engine)
                catch_up(conn)
        except KeyboardInterrupt:
            is_whole = False
        except UsageError:
            store.finish()
            raise
        return BackfillResult(store.finish(), is_whole)


def _work(request: BackfillRequest, store: BackfillStore, engine: Engine) -> None:
    unread = store.begin(request.tasks)
    request.progress.begun(request.tasks, unread)
    if unread:
        with closing(engine.run(unread)) as coming:
            for came in coming:
                store.take(came)
                request.progress.took(came)
    if count := store.waiting_count():
        request.progress.stores(count)
        for decision in store.store():
            request.progress.decided(decision)


def _reader_digest(request: BackfillRequest) -> str:
    return hashlib.sha256(f"{request.topic.digest}\n{request.owners.digest}".encode()).hexdigest()


def _engine(request: BackfillRequest) -> Engine:
    limits = request.config.extraction
    setup = Setup(
        PageReader(request.topic), request.owners, request.config.fetch.max_bytes, limits, own_families()
    )
    if request.engine == "local":
        from scheduler.engines.local import LocalEngine

        return LocalEngine(setup, limits.workers)
    try:
        from scheduler.engines.ray_engine import RayEngine
    except ImportError as error:
        raise UsageError(
            "The engine ray needs the extra `ray`: pip install 'biengioi[ray]'; --engine local needs nothing."
        ) from error
    return RayEngine(setup)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
