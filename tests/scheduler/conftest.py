"""A service whose clocks are told, whose crawls are stand-ins, and which ticks when the test says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import StorageBusy
from db.file.connection import write_transaction
from db.file.opening import open_database
from scheduler.clocks import Clocks
from scheduler.registry import Registry
from scheduler.service import Service
from tests.scheduler.stand_in import command

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


class Station:
    """A folder with a database, source files and a configuration; one service at a time watches it.

    Attributes:
        now: the time of day.
        passed_s: seconds that passed, whatever was done to the clock.
        limits: the table ``[schedule]`` of the configuration.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = folder / "biengioi.db"
        self.sources = folder / "newspapers"
        self.sources.mkdir()
        self.now = START
        self.passed_s = 0.0
        self.limits = {"tick_s": 5.0, "deadline": "30d", "patience": "30d", "niceness": 0}

    def clocks(self) -> Clocks:
        began = time.monotonic()  # processes live in real time
        return Clocks(
            lambda: self.now, lambda: self.passed_s + time.monotonic() - began, lambda: self.passed_s
        )

    def pass_time(self, **duration: float) -> None:
        """Let time pass on all clocks."""
        self.set_clock(**duration)
        self.passed_s += timedelta(**duration).total_seconds()

    def set_clock(self, **duration: float) -> None:
        """Set the time of day only."""
        self.now += timedelta(**duration)

    def add(self, *ids: str, more: str = "") -> None:
        for id_ in ids:
            text = f'id = "{id_}"\nname = "Báo"\nhomepage = "http://{id_}.example"\n{more}'
            (self.sources / f"{id_}.toml").write_text(text, encoding="utf-8")

    @contextmanager
    def service(self, behaviour: str = "crawl", mode: str = "service") -> Iterator[Service]:
        config = self.folder / "biengioi.toml"
        lines = [f"{key} = {value!r}" for key, value in self.limits.items()]
        config.write_text("\n".join(["[schedule]", *lines]), encoding="utf-8")
        registry = Registry(lambda: [self.sources], config, self.folder / "copies", self.folder / "families")
        words = command(behaviour, self.db)
        with Service(self.db, registry, words, mode=mode, clocks=self.clocks()) as service:
            yield service

    def tick_until_idle(self, service: Service, timeout_s: float = 60) -> None:
        """Tick, with real time for the processes and no time on the clocks, until none is at work."""
        until = time.monotonic() + timeout_s
        self.tick(service)
        while not service.is_idle:
            assert time.monotonic() < until
            time.sleep(0.02)
            self.tick(service)

    def tick(self, service: Service) -> None:
        """Tick; on a busy machine a crawl may hold the database for longer than a tick waits."""
        while True:
            try:
                return service.tick()
            except StorageBusy:
                time.sleep(0.05)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with closing(open_database(self.db)) as conn:
            return [dict(row) for row in conn.execute(sql)]

    def change(self, sql: str) -> None:
        with closing(open_database(self.db)) as conn, write_transaction(conn):
            conn.execute(sql)

    def due(self) -> dict[str, datetime]:
        return {
            row["source_id"]: datetime.fromisoformat(row["next_fetch_at"])
            for row in self.rows("SELECT source_id, next_fetch_at FROM source_schedule")
        }


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)
