"""Kills whatever writes at random points, and looks whether all is whole and the next run completes it.

After each kill the collection must pass `verify`, and what was there before must be there still; after a few
kills in a row the same command must come to its end, with what an undisturbed run leaves. It prints a row
for each kind, and ends with 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from db.archive.files import folder_of
from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program, forked
from tests.kill.kinds import Kind, articles, fresh, kinds

PAPERS = ("demo-zce", "demo-nukeviet")
ENVIRONMENT = {"BIENGIOI_SCHEDULE_TICK_S": "0.2", "BIENGIOI_SCHEDULE_MIN_FREE_MB": "1"}
SERVICE_S = 4.0
"""How long a service lives at most."""
PATIENCE_S = 100.0


@dataclass
class Tally:
    """What the kills of one kind came to.

    Args:
        kills: that met a process at work; misses: that came when it had ended by itself.
        completed: runs afterwards that came to their end.
        lost: what was wrong, a sentence each.
    """

    kills: int = 0
    misses: int = 0
    completed: int = 0
    lost: list[str] = field(default_factory=list)


class Killer:
    """Kills one kind of command, again and again."""

    def __init__(self, kind: Kind, folder: Path, chance: random.Random) -> None:
        self._kind, self._chance = kind, chance
        self._template, self._folder = folder / "template", folder / "world"
        self._template.mkdir(parents=True)
        kind.make(Program(self._template))
        program = fresh(self._folder, self._template)
        words = kind.finish or kind.words
        began = time.monotonic()
        done = program.run(*words, **ENVIRONMENT)
        assert done.status == 0, (words, done.stderr)
        self._takes_s = SERVICE_S if kind.is_service else time.monotonic() - began
        self._wanted = kind.left(program)
        self.tally = Tally()

    def burst(self) -> None:
        """Kill a few times in a row, and then let it come to its end."""
        program = fresh(self._folder, self._template)
        for _ in range(self._kind.burst):
            before = set(articles(program))  # type: ignore[arg-type, call-overload]
            for name in self._kind.targets:
                _remove(program.folder / name)
            self._kill(program)
            self._look(program, before)
        words = self._kind.finish or self._kind.words
        if self._kind.is_service:
            self._make_due(program)
        done = program.run(*words, **ENVIRONMENT)
        left = self._kind.left(program)
        if done.status != 0 or left != self._wanted:
            self._lose(f"`{' '.join(words)}` afterwards: {done.status} {done.stderr[-300:]}")
            return
        self._look(program, set())
        self.tally.completed += 1

    def _kill(self, program: Program) -> None:
        if self._kind.is_service:
            self._make_due(program)
        environment = program.environment(**ENVIRONMENT)
        with forked(program.argv(*self._kind.words)[4:], program.folder, environment) as (pid, wait):
            if self._kind.is_writing:
                _await_archive(program, pid)
                time.sleep(self._chance.uniform(0, 0.4))
            else:
                time.sleep(self._takes_s * self._chance.uniform(0.02, 0.98))
            family = _family(pid)
            victim = pid
            if self._kind.is_service:
                victim = self._chance.choice([pid, *(one.pid for one in family[:2])])
            elif self._kind.name == "backfill" and self._chance.random() < 0.4:
                victim = self._chance.choice([pid, *(one.pid for one in family)])
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            if victim != pid and self._kind.is_service:
                time.sleep(self._chance.uniform(0, 0.5))
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            ended = wait(PATIENCE_S)
        is_hit = ended.status == -signal.SIGKILL or victim != pid
        self.tally.kills += is_hit
        self.tally.misses += not is_hit
        if not self._kind.is_service:  # how long it takes depends on what else the machine does
            self._takes_s *= 1.04 if is_hit else 0.7
        _, alive = psutil.wait_procs(family, timeout=15)
        if alive:
            self._lose(f"{len(alive)} processes outlived it")
            for one in alive:
                one.kill()

    def _look(self, program: Program, before: set[Hashable]) -> None:
        if not program.db.exists() or not program.db.stat().st_size:
            return  # it was killed before there was anything
        checked = program.run("verify", "--json", **ENVIRONMENT)
        if checked.status != 0:
            self._lose(f"verify: {checked.stdout[-600:]} {checked.stderr[-300:]}")
        if gone := before - set(articles(program)):  # type: ignore[arg-type, call-overload]
            self._lose(f"{len(gone)} articles are gone")

    def _make_due(self, program: Program) -> None:
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(program.db)) as conn, suppress(sqlite3.OperationalError):
            conn.execute("UPDATE source_schedule SET next_fetch_at = '2020-01-01T00:00:00Z'")
            conn.commit()

    def _lose(self, what: str) -> None:
        self.tally.lost.append(what)
        print(f"\n{self._kind.name}, kill {self.tally.kills}: {what}", flush=True)


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _await_archive(program: Program, pid: int) -> None:
    while psutil.pid_exists(pid) and not list(folder_of(program.db).glob("*.open")):
        time.sleep(0.002)


def main(arguments: list[str]) -> int:
    """Kill until the number is reached; return the exit status."""
    parser = argparse.ArgumentParser(prog="./run kill", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=200, help="kills in all; 200")
    parser.add_argument("names", nargs="*", metavar="KIND", help="only these")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--json", action="store_true", help="the numbers as one document")
    asked = parser.parse_args(arguments)
    base = Path(tempfile.mkdtemp(prefix="biengioi-kill-"))
    said = sys.stderr if asked.json else sys.stdout
    print(f"seed {asked.seed}", file=said, flush=True)
    began = time.monotonic()
    try:
        with Newspapers(only=PAPERS, first_host=141) as newspapers:
            chosen = [one for one in kinds(newspapers) if not asked.names or one.name in asked.names]
            if unknown := set(asked.names) - {one.name for one in chosen}:
                parser.error(f"known are {', '.join(one.name for one in kinds(newspapers))}, not {unknown}")
            share = asked.count / len(chosen)
            tallies: dict[str, Tally] = {}
            for one in chosen:
                killer = Killer(one, base / one.name.replace(" ", "-"), random.Random(asked.seed))
                tallies[one.name] = killer.tally
                while killer.tally.kills < share and killer.tally.misses < 2 * share:
                    killer.burst()
                row = killer.tally
                print(
                    f"{one.name:18} {row.kills:4} kills, {row.misses:4} too late, {row.completed:4} completed"
                    f" afterwards, {len(row.lost)} losses",
                    file=said,
                    flush=True,
                )
    finally:
        shutil.rmtree(base, ignore_errors=True)
    kills, losses = (sum(map(count, tallies.values())) for count in (_kills, _losses))
    print(f"{kills} kills in {time.monotonic() - began:.0f} s, {losses} losses", file=said)
    if asked.json:
        print(json.dumps({name: vars(row) for name, row in tallies.items()}))
    return 1 if losses else 0


def _kills(tally: Tally) -> int:
    return tally.kills


def _losses(tally: Tally) -> int:
    return len(tally.lost)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
