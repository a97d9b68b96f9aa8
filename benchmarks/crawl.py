"""A crawl of real-sized pages against plain Scrapy: ``./run bench crawl [--pages N] [--rounds N] [--short]``.

Whole commands are timed, start-up included: Scrapy that only fetches (bare), Scrapy with trafilatura in
its callback (inline), ours, and ours with a topic that wants every story (everything). They take turns,
so that other work on the machine slows all alike; what is compared are medians of one run. Bare and ours
are also run on a stream without a relevant page and on a very short one: the difference is what an
irrelevant page costs. With --short the floors of crawl.toml decide the exit code.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import psutil

from benchmarks.mirror import HOSTS, host

RELEVANT_SHARE = 0.02
FEW_PAGES = 50
"""Of the stream whose cost is taken for that of starting up."""
_ROOT = Path(__file__).resolve().parent.parent
_EVERYTHING = """name = "everything"
[terms.any]
phrases = ["và", "của", "là", "có", "trong", "được", "cho", "với"]
points = 100
"""
"""A topic that wants every story; what the tests call the filter off."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one command took.

    Args:
        cpu_s: of the process and its workers; loop_cpu_s: of its first thread, where the event loop is.
        peak_bytes: of memory, the process and its workers together.
        report: what it printed.
    """

    wall_s: float
    cpu_s: float
    loop_cpu_s: float
    peak_bytes: int
    report: dict[str, object]


@contextmanager
def mirror(page_count: int, relevant_share: float, host_count: int = HOSTS) -> Iterator[str]:
    """Run a mirror; yield its port."""
    arguments = map(str, (page_count, relevant_share, host_count))
    command = [sys.executable, "-m", "benchmarks.mirror", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def run(command: list[str], folder: Path) -> Cost:
    """Run one command to its end and return what it took."""
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    began = monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    watch = _Watch(process.pid)
    output, complaint = process.communicate()
    wall_s = monotonic() - began
    watch.end()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{complaint}")
    return Cost(wall_s, watch.cpu_s, watch.loop_cpu_s, watch.peak_bytes, json.loads(output))


class _Watch:
    """Looks at a process and its workers ten times a second."""

    def __init__(self, pid: int) -> None:
        self._pid, self._done = pid, Event()
        self._cpu_of: dict[int, float] = {}
        self.loop_cpu_s, self.peak_bytes = 0.0, 0
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    @property
    def cpu_s(self) -> float:
        return sum(self._cpu_of.values())

    def end(self) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        parent = psutil.Process(self._pid)
        while not self._done.wait(0.1):
            try:
                family = [parent, *parent.children(recursive=True)]
                size = 0
                for one in family:
                    times = one.cpu_times()
                    self._cpu_of[one.pid] = times.user + times.system
                    size += one.memory_info().rss
                self.peak_bytes = max(self.peak_bytes, size)
                for thread in parent.threads():
                    if thread.id == self._pid:
                        self.loop_cpu_s = thread.user_time + thread.system_time
            except (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
                continue


def command_of(way: str, port: str, folder: Path, page_count: int) -> list[str]:
    """Return the command line of a way to crawl, whose files are in `folder`."""
    if way in ("bare", "inline"):
        return [sys.executable, "-m", "benchmarks.plain_scrapy", way, port]
    config = settings(page_count)
    if way == "everything":
        (folder / "everything.toml").write_text(_EVERYTHING)
        config += '[topic]\nfile = "everything.toml"\n'
    return ours(port, folder, HOSTS, config)


def settings(page_count: int) -> str:
    """Return a configuration with which one crawl takes so many pages of one paper."""
    return f"[crawl]\nmax_pages = {page_count}\nmax_requests_per_host = {page_count + 100}\n"


def ours(port: str, folder: Path, host_count: int, config: str) -> list[str]:
    """Write what a crawl of the mirror needs into `folder`; return its command line."""
    sources = folder / "newspapers"
    sources.mkdir()
    for number in range(host_count):
        home = f"http://{host(number)}:{port}"
        (sources / f"bao-{number}.toml").write_text(
            f'id = "bao-{number}"\nname = "Báo {number}"\nhomepage = "{home}"\n'
            f'[[seeds]]\nkind = "feed"\nurl = "{home}/rss"\n[politeness]\ndelay_s = 0.0\n'
        )
    (folder / "biengioi.toml").write_text(config)
    return [sys.executable, "-P", "-m", "biengioi", "--sources", str(sources), "crawl", "--json"]


def crawl(way: str, port: str, page_count: int) -> Cost:
    """Crawl the mirror in one way, in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cost = run(command_of(way, port, folder, page_count), folder)
    fetched = cost.report.get("pages", cost.report.get("considered"))
    if fetched != page_count or cost.report.get("pending"):
        raise SystemExit(f"{way}: {fetched} pages were fetched, not {page_count}: {cost.report}")
    return cost


def rounds(ways: list[str], page_count: int, relevant_share: float, count: int) -> dict[str, list[Cost]]:
    """Return what each way took in each round; the ways take turns."""
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    with mirror(page_count, relevant_share) as port:
        for _ in range(count):
            for way in ways:
                cost = crawl(way, port, page_count)
                costs[way].append(cost)
                print(_line(way, cost), file=sys.stderr, flush=True)
    return costs


def _line(way: str, cost: Cost) -> str:
    kept = cost.report.get("stored", "")
    return (
        f"{way:12}{cost.wall_s:7.1f} s  CPU {cost.cpu_s:6.1f} s  event loop {cost.loop_cpu_s:6.1f} s"
        f"  {cost.peak_bytes / 1e6:5.0f} MB  {kept}"
    )


def _median(costs: list[Cost], figure: str) -> float:
    return statistics.median(getattr(cost, figure) for cost in costs)


def per_page_ms(costs: dict[str, list[Cost]], few: dict[str, list[Cost]], count: int, figure: str) -> float:
    """Return what a page costs ours over bare, in milliseconds, start-up taken off."""
    each = {
        way: (_median(costs[way], figure) - _median(few[way], figure)) / (count - FEW_PAGES)
        for way in ("bare", "ours")
    }
    return (each["ours"] - each["bare"]) * 1000


def ratios(costs: dict[str, list[Cost]]) -> dict[str, float]:
    """Return how many times as fast as another way each of ours is."""
    wall = {way: _median(found, "wall_s") for way, found in costs.items()}
    return {
        "of_bare": wall["bare"] / wall["ours"],
        "of_inline": wall["inline"] / wall["ours"],
        "everything_of_inline": wall["inline"] / wall["everything"],
    }


def main() -> int:
    """Print the medians and ratios; 1 if --short finds one below its floor."""
    parser = argparse.ArgumentParser(prog="./run bench crawl")
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--short", action="store_true", help="300 pages once, held against the floors")
    chosen = parser.parse_args()
    count, turns = (300, 1) if chosen.short else (chosen.pages, chosen.rounds)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    costs = rounds(["bare", "inline", "ours", "everything"], count, RELEVANT_SHARE, turns)
    print(f"{count} pages, medians of {turns}:")
    for way, found in costs.items():
        print(f"  {way:12}{_median(found, 'wall_s'):7.1f} s {_median(found, 'peak_bytes') / 1e6:6.0f} MB")
    found = ratios(costs)
    for name, ratio in found.items():
        print(f"  {name:22}{ratio:6.2f}")
    if chosen.short:
        return _held(found)
    if count < 10 * FEW_PAGES:
        print(f"  what a page costs is told of {10 * FEW_PAGES} pages or more")
        return 0
    ordinary = rounds(["bare", "ours"], count, 0.0, turns)
    few = rounds(["bare", "ours"], FEW_PAGES, 0.0, turns)
    for figure, name in (("cpu_s", "in all"), ("loop_cpu_s", "of the event loop")):
        print(
            f"  an irrelevant page, CPU {name}: {per_page_ms(ordinary, few, count, figure):.2f} ms over bare"
        )
    return 0


def _held(found: dict[str, float]) -> int:
    floors = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["short"]
    low = [name for name, floor in floors.items() if found[name] < floor]
    for name in low:
        print(f"{name} is {found[name]:.2f}, below its floor {floors[name]}", file=sys.stderr)
    return int(bool(low))


if __name__ == "__main__":
    sys.exit(main())
