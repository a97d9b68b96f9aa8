"""Archives read: ``./run bench backfill [--files N] [--records N] [--own SHARE] [--ray] [--kills N]``.

Made-up archives like those of Common Crawl's news: a request and a response for each page, a gzip member
each, pages of real size (benchmarks/mirror.py), most of them of hosts that nobody watches; 1 page in 100
is about the topic, and 5 records in 100 are damaged in eight ways. Compared are reading and unpacking
alone (FastWARC, and warcio), FastWARC with trafilatura on every page, and whole commands of ours with one
worker and two, start-up included; with --ray also a cluster of three nodes on this machine; with --kills
also backfills whose workers are killed so many times, and the command itself for every seventh of them.
All must leave the same rows, and a second backfill must read nothing; else the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from benchmarks.crawl import Cost, run
from benchmarks.mirror import Mirror
from crawler.archive import warc
from crawler.archive.byte_file import ByteFile
from crawler.archive.owners import Owners
from crawler.archive.record import Headers
from crawler.decision import Decision, Rejection
from tests.biengioi.program import Program
from tests.biengioi.test_backfill import kill_some, rows

OWN_SHARE = 0.05
"""Of the pages so many are of papers that are watched."""
RELEVANT_SHARE = 0.01
"""Of all pages."""
DAMAGED_SHARE = 0.05
PAPER_COUNT = 10
FOREIGN_COUNT = 400
CLEAN_RECORDS = 4000
"""In whole archives, for the readers that damage ends."""
SAMPLE_PAGES = 200
"""That trafilatura reads; its time for all is reckoned from them."""
DRIVER_SHARE = 7
"""Kills of workers for each of the command itself."""
KILL_GAP_S = (0.5, 3.0)
"""Between two kills, at least and at most: a worker needs a second to begin."""
_START = [sys.executable, "-P", "-m", "biengioi", "--sources", "newspapers", "backfill", "warcs", "--json"]
_LEVEL = 6
_CRLF = "\r\n"


def member(data: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def record(kind: str, url: str, at: str, block: bytes, length: int | None = None) -> bytes:
    head = (
        "WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", f"WARC-Date: {at}",
        "WARC-Record-ID: <urn:uuid:11111111-2222-3333-4444-555555555555>",
        f"Content-Type: application/http; msgtype={kind}",
        f"Content-Length: {len(block) if length is None else length}",
    )  # fmt: skip
    return f"{_CRLF.join(head)}{_CRLF}{_CRLF}".encode() + block + b"\r\n\r\n"


def page_block(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK{_CRLF}Content-Type: text/html; charset=utf-8{_CRLF}{_CRLF}"
    return head.encode() + body


DAMAGES: tuple[Callable[[bytes], bytes], ...] = (
    lambda data: data[: len(data) // 2] + bytes(64) + data[len(data) // 2 + 64 :],
    lambda data: data[: len(data) // 2],
    lambda data: data[:-8],
    lambda data: data[:-8] + b"\0\1\2\3" + data[-4:],
    lambda data: bytes(10) + data[10:],
    lambda data: data[: len(data) // 3] + data[len(data) // 3 + 50 :],
    lambda data: member(zlib.decompress(data, 31).replace(b"Content-Length:", b"Content-Lenght:", 1)),
    lambda data: member(zlib.decompress(data, 31).replace(b"Content-Length: ", b"Content-Length: 1", 1)),
)
"""Eight ways in which a member may be spoilt."""


def write_sources(folder: Path) -> None:
    folder.mkdir()
    for number in range(PAPER_COUNT):
        text = f'id = "bao-{number}"\nname = "Báo {number}"\nhomepage = "https://bao-{number}.example"\n'
        (folder / f"bao-{number}.toml").write_text(text)


def write(
    folder: Path, file_count: int, record_count: int, own_share: float, shared: Path, damaged: float
) -> int:
    """Write archives into a new folder; return their size in bytes."""
    page_count = record_count // 2
    own_count = max(1, round(page_count * own_share))
    mirror = Mirror(own_count, min(1.0, page_count * RELEVANT_SHARE / own_count), shared)
    foreign = [mirror.page(number) for number in range(own_count, own_count + 60)]
    random = Random(7)
    every = page_count / own_count
    folder.mkdir()
    size = own = 0
    for file in range(file_count):
        path = folder / f"{file:04}.warc.gz"
        with path.open("wb") as out:
            at = f"2024-{file % 12 + 1:02}-{file // 12 % 28 + 1:02}T00:00:00Z"
            out.write(member(record("warcinfo", "", at, b"software: benchmark\r\n")))
            for page in range(page_count * file // file_count, page_count * (file + 1) // file_count):
                if page >= own * every:
                    url = f"https://bao-{own % PAPER_COUNT}.example/tin/{own}.html"
                    body, own = mirror.page(own), own + 1
                else:
                    url = f"https://site-{page % FOREIGN_COUNT}.example/{page}.html"
                    body = foreign[page % len(foreign)]
                asked = member(record("request", url, at, b"GET / HTTP/1.1\r\nHost: x.example\r\n\r\n"))
                came = member(record("response", url, at, page_block(body)))
                if random.random() < 2 * damaged:
                    came = DAMAGES[page % len(DAMAGES)](came)
                out.write(asked + came)
        size += path.stat().st_size
    return size


def rate(read: Callable[[Path], int], paths: list[Path]) -> float:
    began = time.perf_counter()
    count = sum(map(read, paths))
    return count / (time.perf_counter() - began)


def with_fastwarc(path: Path) -> int:
    """Read and unpack every record; damage would end it."""
    from fastwarc.warc import ArchiveIterator

    count = 0
    with path.open("rb") as file:
        for one in ArchiveIterator(file, parse_http=False):
            one.reader.read()
            count += 1
    return count


def with_warcio(path: Path) -> int:
    from warcio.archiveiterator import ArchiveIterator

    with path.open("rb") as file:
        return sum(1 for one in ArchiveIterator(file) if one.raw_stream.read() is not None)


def with_ours(refuse: Callable[[Headers], Decision | None]) -> Callable[[Path], int]:
    def read(path: Path) -> int:
        with ByteFile(path) as file:
            return sum(1 for _ in warc.records(file, 0, file.size, refuse, 1 << 24))

    return read


def pages(paths: list[Path]) -> Iterator[str]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    for path in paths:
        with path.open("rb") as file:
            for one in ArchiveIterator(file, record_types=WarcRecordType.response):
                yield one.reader.read().decode("utf-8", "replace")


def trafilatura_s(paths: list[Path]) -> float:
    """Return what trafilatura takes for a page, in seconds."""
    from trafilatura import extract

    sample = [page for page, _ in zip(pages(paths), range(SAMPLE_PAGES), strict=False)]
    began = time.perf_counter()
    for page in sample:
        extract(page)
    return (time.perf_counter() - began) / len(sample)


def command(folder: Path, workers: int, *more: str) -> Cost:
    """Run a backfill into a new database."""
    _begin_anew(folder, workers)
    return run([*_START, *more], folder)


def _begin_anew(folder: Path, workers: int) -> None:
    for path in folder.glob("biengioi.db*"):
        path.unlink()
    (folder / "biengioi.toml").write_text(f"[extraction]\nworkers = {workers}\n")


def killed(folder: Path, count: int) -> str:
    """Backfill with two workers, killing them and the command; then run it until it has come to its end.

    Returns:
        What was done.
    """
    chance = Random(count)
    workers = drivers = 0
    is_whole = True
    while workers < count:
        if is_whole:  # it was too quick for so many
            _begin_anew(folder, 2)
        with subprocess.Popen(_START, cwd=folder, stdout=subprocess.PIPE, text=True) as driver:
            workers += kill_some(driver, chance, min(DRIVER_SHARE, count - workers), KILL_GAP_S)
            is_whole = driver.poll() is not None
            driver.kill()
        drivers += not is_whole
    report: dict[str, object] = {}
    while report.get("status") != "done":
        report = json.loads(subprocess.run(_START, cwd=folder, stdout=subprocess.PIPE, check=False).stdout)
    return f"{workers} kills of workers, {drivers} of the command"


def on_ray(folder: Path) -> Cost:
    """Run it on a cluster of three nodes, two of which have a processor."""
    from ray.cluster_utils import Cluster

    store = 200 << 20
    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "include_dashboard": False, "object_store_memory": store},
    )
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1, object_store_memory=store)
        os.environ["RAY_ADDRESS"] = cluster.address
        return command(folder, 2, "--engine", "ray")
    finally:
        cluster.shutdown()


def measure(folder: Path, record_count: int, *, is_ray: bool, kill_count: int) -> bool:
    """Print what is compared: readers of archives on whole ones, commands on those with damage.

    Returns:
        Whether all commands left the same.
    """
    clean = sorted((folder / "clean").glob("*.gz"))
    foreign = Decision.rejected(Rejection.FOREIGN_HOST)
    nobody = Owners(())

    def refuse(headers: Headers) -> Decision | None:
        return foreign if nobody.owner(headers.get("warc-target-uri", "")) is None else None

    rates = {"unpacked by FastWARC": rate(with_fastwarc, clean)}
    rates["unpacked by warcio"] = rate(with_warcio, clean)
    rates["unpacked by ours"] = rate(with_ours(lambda _: None), clean)
    rates["of unknown hosts, by ours"] = rate(with_ours(refuse), clean)
    page_s = trafilatura_s(clean)
    rates["FastWARC and trafilatura on every page"] = 1 / (1 / rates["unpacked by FastWARC"] + page_s / 2)
    for name, found in rates.items():
        print(f"  {name:44}{found:9.0f} records a second")
    costs = {"ours, 1 worker": command(folder, 1)}
    wanted = rows(Program(folder))
    costs["ours, 2 workers"] = command(folder, 2)
    left = {"2 workers": rows(Program(folder))}
    if is_ray:
        costs["ours, ray, 2 processors"] = on_ray(folder)
        left["ray"] = rows(Program(folder))
    if kill_count:
        done = killed(folder, kill_count)
        left[done] = rows(Program(folder))
    again = run(_START, folder).report["considered"]
    for name, cost in costs.items():
        rates[name] = record_count / cost.wall_s
        print(
            f"  {name:44}{rates[name]:9.0f} records a second  {cost.wall_s:6.1f} s  CPU {cost.cpu_s:6.1f} s"
            f"  {cost.peak_bytes / 1e6:5.0f} MB  {cost.report['stored']} stored, {cost.report['failed']}"
        )
    two = rates["ours, 2 workers"]
    print(f"  of FastWARC and trafilatura {two / rates['FastWARC and trafilatura on every page']:6.1f}")
    print(f"  of unpacking alone          {two / rates['unpacked by FastWARC']:6.2f}")
    print(f"  two workers of one          {two / rates['ours, 1 worker']:6.2f}")
    if is_ray:
        print(f"  ray of local                {rates['ours, ray, 2 processors'] / two:6.2f}")
    for name, kept in left.items():
        print(f"  {name}: {'the same rows' if kept == wanted else 'OTHER ROWS'} as one worker leaves")
    print(f"  a second backfill considered {again} records")
    return again == 0 and all(kept == wanted for kept in left.values())


def main() -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="./run bench backfill")
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--own", type=float, default=OWN_SHARE, help="share of pages of papers watched")
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--kills", type=int, default=0, help="how often a worker is killed")
    parser.add_argument("--short", action="store_true", help="3 files, 2,000 records")
    chosen = parser.parse_args()
    try:
        import fastwarc  # noqa: F401 - what it is compared with
    except ImportError:
        print('run: this needs one more library: .venv/bin/python -m pip install "fastwarc>=0.15"')
        return 2
    files, count = (3, 2000) if chosen.short else (chosen.files, chosen.records)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    shared = Path(os.environ.get("BIENGIOI_SHARED", "../shared"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sources(folder / "newspapers")
        write(folder / "clean", 1, min(count, CLEAN_RECORDS), chosen.own, shared, 0.0)
        size = write(folder / "warcs", files, count, chosen.own, shared, DAMAGED_SHARE)
        print(f"{files} files, {count} records, {size / 1e6:.0f} MB, {chosen.own:.0%} of the pages watched")
        return 0 if measure(folder, count, is_ray=chosen.ray, kill_count=chosen.kills) else 1


if __name__ == "__main__":
    sys.exit(main())
