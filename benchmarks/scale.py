"""How a crawl grows: ``./run bench scale [--pages N] [--many N]``.

Crawls of the mirror (mirror.py) against the number of papers, of pages that are known already, of worker
processes and of pages; and what a poll of papers costs that have nothing new. Prints the tables and the
plot of docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crawl import RELEVANT_SHARE, Cost, mirror, ours, run, settings
from benchmarks.mirror import HOSTS
from db.file.opening import open_database

HOST_COUNTS = (1, 10, 100, 1000)
KNOWN_COUNTS = (0, 100_000, 1_000_000)
WORKER_COUNTS = (1, 2)
_KNOWN = """
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count - 1)
INSERT INTO pages (url, source_id, state, outcome, reason, discovered_at, fetched_at)
SELECT 'http://bao-' || (n % :hosts) || '.vn/tin-cu-' || n || '.html', 'bao-' || (n % :hosts),
  'done', 'ok', 'off_topic', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z' FROM numbers
"""
"""Pages of the papers that were read long ago and are due never again."""


@dataclass(frozen=True, slots=True)
class Row:
    """One crawl, and the poll behind it.

    Args:
        size: what was varied.
        poll: the same crawl again, when nothing has changed.
    """

    size: int
    page_count: int
    crawl: Cost
    poll: Cost

    @property
    def pages_per_s(self) -> float:
        return self.page_count / self.crawl.wall_s


@contextmanager
def _folder(known_count: int) -> Iterator[Path]:
    """Yield a folder whose database knows so many pages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if known_count:
            with closing(open_database(folder / "biengioi.db", create=True)) as conn, conn:
                conn.executemany(
                    "INSERT INTO sources (id, name) VALUES (?1, ?1)", [(f"bao-{n}",) for n in range(HOSTS)]
                )
                conn.execute(_KNOWN, {"count": known_count, "hosts": HOSTS})
        yield folder


def measure(size: int, page_count: int, *, hosts: int = HOSTS, known: int = 0, workers: int = 2) -> Row:
    """Crawl the mirror, and once more; return what both took."""
    config = f"{settings(page_count)}[extraction]\nworkers = {workers}\n"
    with mirror(page_count, RELEVANT_SHARE, hosts) as port, _folder(known) as folder:
        command = ours(port, folder, hosts, config)
        row = Row(size, page_count, run(command, folder), run(command, folder))
    if row.crawl.report["considered"] != page_count or row.crawl.report["pending"]:
        raise SystemExit(f"{size}: not all of {page_count} pages were read: {row.crawl.report}")
    print(f"  {size}: {row.crawl.wall_s:.1f} s, poll {row.poll.wall_s:.1f} s", file=sys.stderr, flush=True)
    return row


def table(name: str, rows: list[Row]) -> str:
    """Return the rows as a table in Markdown."""
    lines = [
        f"| {name} | pages a second | CPU, ms a page | memory, MB | poll: wall, s | poll: CPU, s |",
        "|" + "---:|" * 6,
    ]
    for row in rows:
        cost, poll = row.crawl, row.poll
        lines.append(
            f"| {row.size:,} | {row.pages_per_s:.0f} | {cost.cpu_s / row.page_count * 1000:.1f}"
            f" | {cost.peak_bytes / 1e6:.0f} | {poll.wall_s:.1f} | {poll.cpu_s:.2f} |"
        )
    return "\n".join(lines)


def plot(name: str, rows: list[Row]) -> str:
    """Return the throughput of the rows as a chart that Markdown viewers draw."""
    sizes = ", ".join(f'"{row.size:,}"' for row in rows)
    rates = ", ".join(f"{row.pages_per_s:.0f}" for row in rows)
    axes = f'  x-axis "{name}" [{sizes}]\n  y-axis "pages a second" 0'
    return f"```mermaid\nxychart-beta\n{axes}\n  bar [{rates}]\n```"


def main() -> None:
    """Print the tables and the plot."""
    parser = argparse.ArgumentParser(prog="./run bench scale")
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--many", type=int, default=100_000, help="pages of the longest crawl; 0 for none")
    chosen = parser.parse_args()
    count = chosen.pages
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    by_hosts = [measure(hosts, count, hosts=hosts) for hosts in HOST_COUNTS]
    print(f"\n{table('papers', by_hosts)}\n\n{plot('papers', by_hosts)}")
    few, most = by_hosts[1], by_hosts[-1]
    each_ms = (most.poll.cpu_s - few.poll.cpu_s) / (most.size - few.size) * 1000
    print(f"\na poll of one more paper with nothing new: {each_ms:.1f} ms of CPU")
    print(f"\n{table('known pages', [measure(known, count, known=known) for known in KNOWN_COUNTS])}")
    print(f"\n{table('workers', [measure(workers, count, workers=workers) for workers in WORKER_COUNTS])}")
    if chosen.many:
        lengths = (chosen.many // 100, chosen.many // 10, chosen.many)
        print(f"\n{table('pages', [measure(length, length) for length in lengths])}")


if __name__ == "__main__":
    main()
