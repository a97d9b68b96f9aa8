"""How long the server takes for each page: ``python -m benchmarks.web [COUNT] [DATABASE]``.

Median and slowest milliseconds over HTTP, while another process keeps articles as a crawl does. The
database is made when it is not there (by benchmarks/search.py); the clock of the pages stands at
the end of its stories.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Queue
from statistics import median
from typing import Any

import httpx

from benchmarks.events import fill_events, invented
from benchmarks.search import _insert, fill
from benchmarks.stories import tell
from crawler.alert_config import Watch
from crawler.config import WebLimits
from crawler.topic.topic import Topic
from db.events.keeping import Found, keep
from db.file.connection import write_transaction
from db.file.opening import open_database
from db.service.watches import add_watch
from db.web.server import serve

NOW = datetime(2025, 12, 31, 5, tzinfo=UTC)
REPEATS = 15
GOALS_MS = {
    "home": (400, ["/vi/"]),
    "article": (80, [f"/vi/articles/{number}" for number in range(1000, 1000 + 37 * REPEATS, 37)]),
    "search, rare": (250, ["/vi/articles?q=cua+khau+tra+linh", "/vi/articles?q=L%C5%A9ng+C%C3%BA"]),
    "search, common": (600, ["/vi/articles?q=c%E1%BB%ADa+kh%E1%BA%A9u", "/vi/articles?q=hop+tac"]),
    "list, all": (600, ["/vi/articles"]),
    "list, one country": (600, ["/vi/articles?country=LA"]),
    "list, one place": (250, ["/vi/articles?place=na-meo-gate", "/vi/articles?place=ta-lung-gate"]),
    "list, one source": (600, ["/vi/articles?source=bao-song-thia"]),
    "list, one week": (250, ["/vi/articles?country=CN&since=2025-06-02&until=2025-06-08"]),
    "timeline": (
        600,
        ["/vi/timeline?q=hop+tac", "/vi/timeline?q=c%E1%BB%ADa+kh%E1%BA%A9u&by=day&normalised=1"],
    ),
    "timeline, rare": (250, ["/vi/timeline?q=cua+khau+tra+linh", "/vi/timeline"]),
    "what stands out": (600, ["/vi/top?q=hop+tac", "/vi/top?country=LA"]),
    "edits": (400, ["/vi/edits"]),
    "sources": (400, ["/vi/sources"]),
    "watches": (600, ["/vi/watches"]),
    "events": (400, ["/vi/events", "/vi/events?page=40"]),
    "events, one place": (400, ["/vi/events?place=lang-son", "/vi/events?place=na-meo-gate"]),
    "events, one country": (400, ["/vi/events?country=LA", "/vi/events?country=CN&kind=meeting"]),
    "events, one month": (400, ["/vi/events?begun=2025-06", "/vi/events?begun=2024-02&country=LA"]),
    "events, words": (400, ["/vi/events?q=cua+khau+tra+linh", "/vi/events?q=hop+tac"]),
    "events, a person": (400, ["/vi/events?person=van+an", "/vi/events?person=Nguy%E1%BB%85n+V%C4%83n+An"]),
    "event": (400, [f"/vi/events/{number}" for number in range(1000, 1000 + 37 * REPEATS, 37)]),
    "place": (400, ["/vi/places/lang-son", "/vi/places/na-meo-gate", "/vi/places/LA"]),
    "pair of provinces": (
        400,
        ["/vi/places/lang-son?beside=quang-tay", "/vi/places/thanh-hoa?beside=hua-phan"],
    ),
    "person": (400, ["/vi/people/Nguy%E1%BB%85n%20V%C4%83n%20An", "/vi/people/an"]),
    "threads": (400, ["/vi/threads", "/vi/threads?page=10"]),
    "thread": (400, [f"/vi/threads/{number}" for number in range(1, 1 + REPEATS)]),
    "feed of events": (400, ["/vi/events.atom?country=KH"]),
    "feed of a search": (400, ["/vi/articles.atom?q=thong+quan"]),
}
"""Page → the median that it may take, and addresses of it."""

WATCHES = (
    *(Watch(words, words) for words in ("cửa khẩu", "hợp tác", "biên giới", "của", "hội đàm", "thông quan")),
    Watch("Lào", "hợp tác", country="LA"),
    Watch("Na Mèo", "biên giới", place="na-meo-gate"),
    Watch("Trung Quốc", country="CN"),
    Watch("Xín Mần", "Xín Mần"),
)


_NEWEST = """
SELECT id, title, text, substr(published_at, 1, 10) AS day, countries, places FROM articles
ORDER BY id DESC LIMIT 5
"""


def show(path: Path, ready: Queue[str]) -> None:
    serve(
        path,
        host="127.0.0.1",
        port=0,
        topic=Topic.load(),
        limits=WebLimits(),
        on_ready=ready.put,
        clock=lambda: NOW,
    )


def keep_writing(path: Path, stop: Event) -> None:
    """Keep five articles and their events every 200 ms: more than the busiest crawl finds."""
    with closing(open_database(path)) as conn:
        for batch in count():
            if stop.wait(0.2):
                return
            with write_transaction(conn):
                for part in range(5):
                    serial = time.time_ns() + batch * 5 + part
                    _insert(conn, tell(str(serial), serial))
                newest = conn.execute(_NEWEST).fetchall()
                keep(conn, [Found(one["id"], (invented(one, serial),), "") for one in newest])


def main(story_count: int = 200_000, database: Path | None = None) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = database or Path(folder) / "web.db"
        if not path.exists():
            fill(path, story_count)
            with closing(open_database(path)) as conn:
                fill_events(conn)
                for watch in WATCHES:
                    add_watch(conn, watch, (), NOW)
        return measure(path)


def measure(path: Path) -> int:
    context = multiprocessing.get_context("spawn")
    ready: Any = context.Queue()
    stop = context.Event()
    server = context.Process(target=show, args=(path, ready), daemon=True)
    writer = context.Process(target=keep_writing, args=(path, stop), daemon=True)
    server.start()
    address = ready.get(timeout=60)
    writer.start()
    slow = 0
    with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
        for name, (goal_ms, paths) in GOALS_MS.items():
            client.get(paths[0])
            times = []
            for number in range(REPEATS):
                begun = time.perf_counter()
                answer = client.get(paths[number % len(paths)])
                times.append(1000 * (time.perf_counter() - begun))
                if answer.status_code != 200:
                    sys.exit(f"{paths[number % len(paths)]}: {answer.status_code}")
            verdict = "" if median(times) <= goal_ms else f"  over {goal_ms}"
            slow += bool(verdict)
            print(f"{name:20} {median(times):6.0f} ms   slowest {max(times):6.0f} ms{verdict}")
    stop.set()
    writer.join()
    server.terminate()
    server.join()
    return int(slow > 0)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(*map(int, arguments[:1]), *map(Path, arguments[1:2])))
