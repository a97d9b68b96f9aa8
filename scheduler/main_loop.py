"""What makes the service tick, and what ends it: APScheduler and signals."""

from __future__ import annotations

import logging
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from crawler.errors import StorageBusy, StorageError, StorageFull
from scheduler.oversight import Oversight
from scheduler.registry import Registry
from scheduler.service import Service

logger = logging.getLogger(__name__)

_OVERSIGHT_S = 60.0
_ONCE_S = 0.5
_FAREWELL_S = 2.0
"""What a message that is just being sent gets when the service ends; the next service sends it again."""

_TICK = "tick"


class Alarm:
    """Wakes the main thread, from a signal or from another thread.

    A signal writes to a socket (`signal.set_wakeup_fd`): locks must not be taken in a handler, since
    the thread that it interrupts may hold them.

    Attributes:
        is_stop: whether SIGTERM or SIGINT came.
        failure: why the ticks cannot go on.
    """

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setblocking(False)
        self.is_stop = False
        self.failure: BaseException | None = None

    @property
    def is_over(self) -> bool:
        """Whether the service is to end."""
        return self.is_stop or self.failure is not None

    def ring(self, failure: BaseException) -> None:
        """Wake the main thread because something failed."""
        self.failure = failure
        self._theirs.send(b"\0")

    def wait(self, timeout_s: float) -> None:
        """Sleep until the alarm goes or the time is over."""
        if select.select([self._ours], [], [], timeout_s)[0]:
            self._ours.recv(4096)

    @contextmanager
    def armed(self) -> Iterator[Alarm]:
        """Let SIGTERM and SIGINT ring within the block; for the main thread only."""

        def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
            self.is_stop = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        old_fd = signal.set_wakeup_fd(self._theirs.fileno())
        try:
            yield self
        finally:
            signal.set_wakeup_fd(old_fd)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._ours.close()
            self._theirs.close()


def run(service: Service, oversee: Callable[[], object] | None = None) -> None:
    """Tick until SIGTERM or SIGINT; every child has ended when this returns.

    Args:
        service: entered already.
        oversee: looks at the sources' health and tells people, once a minute, in a thread of its own,
            because mail takes its time.

    Raises:
        BiengioiError: the ticks cannot go on: another service took over, the database is damaged.
    """
    with Alarm().armed() as alarm:
        pacemaker = _Pacemaker(service, alarm, oversee)
        pacemaker.start()
        try:
            while not alarm.is_over:
                alarm.wait(service.limits.tick_s)
                pacemaker.revive()
        finally:
            pacemaker.stop()
    if alarm.failure is not None:
        raise alarm.failure


class _Pacemaker:
    """APScheduler with its two jobs.

    The ticks run in the scheduler's own thread, which lives until every child has ended: Linux ends a
    child with the thread that started it (prctl(2), PR_SET_PDEATHSIG).
    """

    def __init__(self, service: Service, alarm: Alarm, oversee: Callable[[], object] | None) -> None:
        self._service = service
        self._alarm = alarm
        self._ticked_at = time.monotonic()
        self._hindrance = ""
        self._lock = threading.Lock()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            # Late is better than never: by default a job that is a second late is dropped.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        now = datetime.now(UTC)
        tick_s = service.limits.tick_s
        self._scheduler.add_job(self._tick, "interval", seconds=tick_s, id=_TICK, next_run_time=now)
        self._oversee = oversee
        self._oversight: threading.Thread | None = None
        self._scheduler.add_job(self._start_oversight, "interval", seconds=_OVERSIGHT_S)

    def start(self) -> None:
        """Begin to tick."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler.start()

    def _tick(self) -> None:
        with self._lock:
            try:
                if not self._alarm.is_over:
                    self._service.tick()
                    self._hindrance = ""
            except (StorageBusy, StorageFull) as error:
                self._note_hindrance(str(error))
            except BaseException as error:  # noqa: BLE001 - carried to the main thread, which raises it
                self._alarm.ring(error)
            self._ticked_at = time.monotonic()

    def _note_hindrance(self, sentence: str) -> None:
        """Say once why the ticks write nothing; a full disk may stay so for days."""
        if sentence != self._hindrance:
            logger.warning("%s The next tick tries again.", sentence)
        self._hindrance = sentence

    def _start_oversight(self) -> None:
        """Look at everybody's health, unless the last look goes on; the end of the service waits for none."""
        if self._oversee is not None and not (self._oversight and self._oversight.is_alive()):
            self._oversight = threading.Thread(target=self._oversee, name="oversight", daemon=True)
            self._oversight.start()

    def revive(self) -> None:
        """Tick now if that is overdue: APScheduler waits for the time of day, which may be set back."""
        if time.monotonic() - self._ticked_at > 2 * self._service.limits.tick_s:
            self._scheduler.modify_job(_TICK, next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """End the service, then the thread that its children hang on."""
        self._scheduler.pause()
        with self._lock:
            self._service.stop()
        self._scheduler.shutdown(wait=False)
        if self._oversight is not None:
            self._oversight.join(_FAREWELL_S)


def overseer(db_path: Path, registry: Registry) -> Callable[[], None]:
    """Return what looks after the sources' health and tells people, by the configuration of the moment."""
    oversight = Oversight(db_path, registry.config)
    config = registry.config

    def look() -> None:
        nonlocal oversight, config
        if registry.config is not config:
            config = registry.config
            oversight = Oversight(db_path, config)
        try:
            oversight.check(registry.sources, datetime.now(UTC), problems=registry.problems)
        except StorageError as error:
            logger.warning("%s The next look at the sources' health tries again.", error)

    return look


def run_once(service: Service, oversee: Callable[[], object] | None = None) -> None:
    """Crawl what is due, and return when that has ended; SIGTERM and SIGINT end it early.

    Args:
        service: entered already.
        oversee: as for `run`, called at the end.
    """
    with Alarm().armed() as alarm:
        service.tick()
        while not service.is_idle and not alarm.is_stop:
            alarm.wait(_ONCE_S)
            service.tick()
        service.stop()
    if oversee is not None:
        oversee()
