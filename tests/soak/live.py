"""The whole program at once, in real time: 40 papers, the service, web readers and an export beside it.

``./run soak [TIME] [--editions N] [--reads N] [--json]``: 3m, or 1h. The papers publish, edit and fail by a
schedule; at the end the numbers must add up, every story must be there once, and what went wrong must have
been found and resolved.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import psutil

from crawler.declaration import parse_duration
from crawler.errors import DeclarationError
from crawler.topic.topic import Topic
from spiders.demo.newspapers import Newspapers
from spiders.demo.stories import Story
from tests.biengioi.program import Program
from tests.scheduler.test_service import least_squares
from tests.soak.manuscripts import manuscripts
from tests.test_imports import ROOT
from tests.watching import Watch

EDITIONS = 5
"""Of the eight demo papers: 40 papers."""
READS_PER_S = 20.0
PUBLISH_EVERY_S = 3.0
EDIT_EVERY_S = 17.0
EXPORT_EVERY_S = 15.0
LOOK_EVERY_S = 2.0
SHORTEST_INTERVAL_S = 10.0
WARM_UP = 1 / 3
"""Share of the time that slopes leave out: caches fill."""
LEAST_TROUBLE_S = 90.0
"""How long one lasts at least: the service looks once a minute."""
GRACE_S = 150.0
"""How long what is right again may take to be told so: the service looks once a minute."""
P95_MS = 150.0
"""Of an article's page, where no more processes are at work than there are processors."""

T = TypeVar("T")


@dataclass(frozen=True)
class Trouble:
    """What befalls one paper.

    Args:
        edition: in which of them its paper is, where there are that many.
        begins, ends: as shares of the time.
    """

    kind: str
    source_id: str
    edition: int
    begins: float
    ends: float


TROUBLES = (
    Trouble("blocked", "demo-ims", 1, 0.20, 0.45),
    Trouble("server_error", "demo-zce", 2, 0.25, 0.50),
    Trouble("moved", "demo-nukeviet", 3, 0.30, 0.55),
)
REFUSALS = {"blocked": HTTPStatus.FORBIDDEN, "server_error": HTTPStatus.BAD_GATEWAY}


@dataclass
class Looks:
    """What one process used over time.

    Args:
        memory: hours → MB; descriptors: hours → how many.
    """

    memory: list[tuple[float, float]] = field(default_factory=list)
    descriptors: list[tuple[float, float]] = field(default_factory=list)

    def settled(self, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return points[int(len(points) * WARM_UP) :]

    def figures(self) -> dict[str, float]:
        memory, descriptors = self.settled(self.memory), self.settled(self.descriptors)
        return {
            "mb_at_first": round(memory[0][1], 1),
            "mb_at_last": round(memory[-1][1], 1),
            "mb_per_hour": round(least_squares(memory), 1),
            "fds_at_first": descriptors[0][1],
            "fds_at_last": descriptors[-1][1],
            "fds_per_hour": round(least_squares(descriptors), 1),
        }


class Soak:
    """The papers and what runs beside them."""

    def __init__(self, folder: Path, length_s: float, editions: int, reads_per_s: float) -> None:
        self.length_s, self.editions, self.reads_per_s = length_s, editions, reads_per_s
        self.program = Program(folder)
        self.every_s = max(SHORTEST_INTERVAL_S, length_s / 60)
        self.manuscripts = manuscripts(Topic.load())
        self.published: list[Story] = []
        self.edited: list[str] = []
        self.exports: Counter[int] = Counter()
        self.load: list[float] = []
        self._on: set[str] = set()
        self._over = threading.Event()

    def live(self) -> dict[str, Any]:
        with ExitStack() as stack:
            self.papers = [
                stack.enter_context(Newspapers(seed=2026 + n, first_host=60 + 12 * n))
                for n in range(self.editions)
            ]
            self.write_sources()
            self._configure()
            service = stack.enter_context(self._started("schedule"))
            while not self.program.db.exists():
                time.sleep(0.2)
            port = _free_port()
            web = stack.enter_context(self._started("serve", "--port", str(port)))
            looks = {"service": Looks(), "web": Looks()}
            watch = stack.enter_context(Watch(service.pid, every_s=1.0))
            exporting = threading.Thread(target=self._export, daemon=True)
            began = time.monotonic()
            readers = self._readers(port)
            exporting.start()
            while (passed_s := time.monotonic() - began) < self.length_s:
                self._happen(passed_s)
                for name, process in (("service", service), ("web", web)):
                    _look(process.pid, looks[name], passed_s / 3600)
                self.load.append(os.getloadavg()[0])
                time.sleep(0.5)
            self._over.set()
            until = time.monotonic() + GRACE_S
            while self._open_findings() and time.monotonic() < until:
                time.sleep(1)
            findings = self._findings()
            read = json.loads(readers.communicate(timeout=120)[0])
            service.terminate()
            service.wait(20)
            exporting.join(60)
            last = self.program.run("crawl", "--json")
            return self._summary(looks, watch, findings, read, last.json)

    def _configure(self) -> None:
        ages = ", ".join(f'"{max(8, int(self.length_s * share))}s"' for share in (0.1, 0.3))
        (self.program.folder / "biengioi.toml").write_text(
            "[schedule]\ntick_s = 1\nmin_free_mb = 1\n[health]\nfailures = 1\n"
            f"[crawl]\nrevisit_ages = [{ages}]\n[fetch]\nretries = 0\n",
            encoding="utf-8",
        )

    @contextmanager
    def _started(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        with (self.program.folder / f"{words[0]}.log").open("a") as log:
            process = subprocess.Popen(
                self.program.argv(*words),
                cwd=self.program.folder,
                env=self.program.environment(BIENGIOI_SCHEDULE_NICENESS="10"),
                stdout=log,
                stderr=log,
                text=True,
            )
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def _readers(self, port: int) -> subprocess.Popen[str]:
        words = [str(port), str(self.reads_per_s), str(self.length_s), str(self.program.db)]
        command = [sys.executable, "-m", "tests.soak.readers", *words]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def _export(self) -> None:
        while not self._over.wait(EXPORT_EVERY_S):
            self.exports[self.program.run("export", "jsonl", "ra.jsonl").status] += 1

    # --- what happens to the papers -------------------------------------------------------------------

    def write_sources(self, more: str = "") -> None:
        folder = self.program.sources
        folder.mkdir(exist_ok=True)
        every = f'every = "{self.every_s:.0f}s"\nmin_every = "5s"\nmax_every = "{2 * self.every_s:.0f}s"\n'
        schedule = f"\n[schedule]\n{every}"
        for number, papers in enumerate(self.papers):
            for id_, text in papers.sources.items():
                text = text.replace(f'"{id_}"', f'"{id_}-{number}"', 1)
                path = folder / f"{id_}-{number}.toml"
                whole = text + schedule + more
                if not path.exists() or path.read_text(encoding="utf-8") != whole:
                    path.write_text(whole, encoding="utf-8")

    def _happen(self, passed_s: float) -> None:
        while len(self.published) < passed_s / PUBLISH_EVERY_S:
            self._publish(passed_s)
        while len(self.edited) < passed_s / EDIT_EVERY_S - 1:
            self._edit()
        for one in TROUBLES:
            self._befall(one, passed_s)

    def _befall(self, trouble: Trouble, passed_s: float) -> None:
        papers = self.papers[trouble.edition % self.editions]
        begins_s = trouble.begins * self.length_s
        is_on = begins_s <= passed_s < max(trouble.ends * self.length_s, begins_s + LEAST_TROUBLE_S)
        if is_on == (trouble.kind in self._on):
            return
        self._on.symmetric_difference_update({trouble.kind})
        if trouble.kind in REFUSALS:
            papers.refuse(trouble.source_id, REFUSALS[trouble.kind] if is_on else None)
        elif is_on:
            papers.move(trouble.source_id, "127.0.0.250")
        if not is_on:  # somebody has looked, and says so in its file
            self.write_sources(f"# Xem lại lúc {passed_s:.0f} giây.\n")

    def _publish(self, passed_s: float) -> None:
        number = len(self.published)
        edition = number % self.editions
        troubled = {one.source_id for one in TROUBLES if one.edition % self.editions == edition}
        free = sorted(self.papers[edition].sources.keys() - troubled)
        manuscript = next(self.manuscripts)
        source_id = free[number // self.editions % len(free)]
        self.published.append(self.papers[edition].publish(manuscript, source_id=source_id))

    def _edit(self) -> None:
        """Change a story that has been there for a while."""
        known = [one for one in self.published[: len(self.published) // 2] if one.url not in self.edited]
        if not known:
            self.edited.append("")
            return
        story = random.Random(len(self.edited)).choice(known)
        for papers in self.papers:
            with suppress(KeyError):
                papers.edit(story.url)
        self.edited.append(story.url)

    # --- what came of it --------------------------------------------------------------------------------

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.program.db}?mode=ro", uri=True, timeout=20)) as conn:
            return conn.execute(sql).fetchall()

    def _findings(self) -> dict[str, dict[str, int]]:
        sql = "SELECT kind, count(*), count(resolved_at) FROM findings GROUP BY kind ORDER BY kind"
        return {kind: {"raised": raised, "resolved": resolved} for kind, raised, resolved in self._rows(sql)}

    def _open_findings(self) -> bool:
        return any(one["raised"] > one["resolved"] for one in self._findings().values())

    def _summary(
        self,
        looks: dict[str, Looks],
        watch: Watch,
        findings: dict[str, dict[str, int]],
        read: dict[str, Any],
        last: dict[str, Any],
    ) -> dict[str, Any]:
        titles = Counter(row[0] for row in self._rows("SELECT title FROM articles"))
        verified = self.program.run("verify", "--json")
        runs = self.program.run("runs", "--json", "--limit", "100000").json
        edited = {url for url in self.edited if url}
        revised = {
            row[0]
            for row in self._rows("SELECT url FROM articles JOIN revisions ON articles.id = article_id")
        }
        return {
            "length_s": round(self.length_s),
            "load": {"mean": round(sum(self.load) / len(self.load), 1), "most": round(max(self.load), 1)},
            "processes": {name: one.figures() for name, one in looks.items()},
            "most_mb_of_service_and_crawls": round(watch.peak_bytes / 2**20),
            "runs": len(runs),
            "runs_that_do_not_add_up": sum(one["considered"] != settled(one) for one in runs),
            "articles": sum(titles.values()),
            "published": len(self.published),
            "missing": sum(titles[one.title] == 0 for one in self.published),
            "twice": sum(titles[one.title] > 1 for one in self.published),
            "edited": len(edited),
            "edits_seen": len(edited & revised),
            "revised_without_an_edit": len(revised - edited),
            "findings": findings,
            "exports": {str(status): count for status, count in self.exports.items()},
            "verify_is_well": verified.status == 0,
            "web": read,
            "last_crawl": last["status"],
        }


def settled(run: dict[str, Any]) -> int:
    plain = ("stored", "revised", "unchanged", "duplicate", "near_duplicate", "pending")
    return sum(run[term] for term in plain) + sum((*run["rejected"].values(), *run["failed"].values()))


def _look(pid: int, looks: Looks, hours: float) -> None:
    if looks.memory and hours - looks.memory[-1][0] < LOOK_EVERY_S / 3600:
        return
    process = psutil.Process(pid)
    looks.memory.append((hours, process.memory_info().rss / 2**20))
    looks.descriptors.append((hours, process.num_fds()))


def _free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wrongs(figures: dict[str, Any]) -> list[str]:
    """Return what is not as it should be, a sentence each; how quick pages were counts on an idle machine."""
    wrong = []
    for key in ("runs_that_do_not_add_up", "missing", "twice", "revised_without_an_edit"):
        if figures[key]:
            wrong.append(f"{key.replace('_', ' ')}: {figures[key]}")
    if not figures["verify_is_well"]:
        wrong.append("verify found something wrong")
    if set(figures["exports"]) - {"0"}:
        wrong.append(f"exports failed: {figures['exports']}")
    if errors := sum(one["errors"] for one in figures["web"].values()):
        wrong.append(f"{errors} pages could not be read")
    p95_ms, load = figures["web"]["article"]["p95_ms"], figures["load"]["mean"]
    if p95_ms > P95_MS and load <= (os.cpu_count() or 1):
        wrong.append(f"an article's page took {p95_ms:.0f} ms (p95), over {P95_MS:.0f}")
    for kind in {one.kind for one in TROUBLES}:
        found = figures["findings"].get(kind, {"raised": 0, "resolved": 0})
        if not found["raised"] or found["resolved"] < found["raised"]:
            wrong.append(
                f"the finding {kind} was raised {found['raised']} times, resolved {found['resolved']}"
            )
    return wrong


def show(figures: dict[str, Any]) -> None:
    print(f"{figures['length_s']} s, load {figures['load']['mean']} ({figures['load']['most']} at most)")
    for name, one in figures["processes"].items():
        print(
            f"{name:9} {one['mb_at_first']:7.1f} MB to {one['mb_at_last']:7.1f} MB,"
            f" {one['mb_per_hour']:+6.1f} MB an hour; descriptors {one['fds_at_first']:.0f} to"
            f" {one['fds_at_last']:.0f},"
            f" {one['fds_per_hour']:+.1f} an hour"
        )
    print(f"service with its crawls: {figures['most_mb_of_service_and_crawls']} MB at most")
    for page, one in figures["web"].items():
        print(
            f"web {page:10} {one['count']:6} read, {one['errors']} errors; {one['p50_ms']:.0f} ms, p95"
            f" {one['p95_ms']:.0f} ms, {one['most_ms']:.0f} ms at most"
        )
    for key in ("runs", "articles", "published", "missing", "twice", "edited", "edits_seen"):
        print(f"{key.replace('_', ' ')}: {figures[key]}")
    print(f"exports: {sum(figures['exports'].values())}")
    for kind, one in figures["findings"].items():
        print(f"finding {kind}: {one['raised']} raised, {one['resolved']} resolved")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./run soak", description=__doc__)
    parser.add_argument("time", nargs="?", default="3m", help="3m, 20m, 1h; 3m")
    parser.add_argument(
        "--editions",
        type=int,
        choices=range(1, EDITIONS + 1),
        default=EDITIONS,
        help="of the eight demo papers; 5",
    )
    parser.add_argument("--reads", type=float, default=READS_PER_S, help="pages a second; 20")
    parser.add_argument("--json", action="store_true", help="the figures as one document")
    asked = parser.parse_args(arguments)
    try:
        length_s = parse_duration(asked.time, None, "time").total_seconds()
    except DeclarationError as error:
        parser.error(str(error))
    folder = Path(tempfile.mkdtemp(prefix="biengioi-soak-"))
    print(f"{datetime.now(UTC):%H:%M:%S} UTC: {folder}", file=sys.stderr)
    try:
        figures = Soak(folder, length_s, asked.editions, asked.reads).live()
    finally:
        if not os.environ.get("SOAK_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
    wrong = wrongs(figures)
    if asked.json:
        print(json.dumps(figures | {"wrong": wrong}, ensure_ascii=False))
    else:
        show(figures)
        print("\n".join(f"WRONG: {one}" for one in wrong) or "Nothing is wrong.")
    return 1 if wrong else 0
