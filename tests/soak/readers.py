"""People who read the web pages, and how they fare.

``python -m tests.soak.readers PORT PER_SECOND SECONDS DB`` prints it as one JSON document.
"""

from __future__ import annotations

import http.client
import json
import random
import sqlite3
import statistics
import sys
import threading
import time
from collections import defaultdict
from contextlib import closing, suppress
from urllib.parse import quote

THREADS = 8
PATIENCE_S = 30.0
STARTS_WITHIN_S = 30.0
PAGES = {
    "home": "/vi/",
    "list": "/vi/articles",
    "search": "/en/articles?q=hội+đàm+biên+giới",
    "timeline": "/en/timeline",
    "events": "/vi/events",
    "sources": "/en/sources",
    "runs": "/en/runs",
}
"""What is read beside articles, which are six in ten of all."""
ARTICLES = 0.6


class Readers:
    def __init__(self, port: int, db: str) -> None:
        self._port, self._db = port, db
        self._ids: list[int] = []
        self.took_s: dict[str, list[float]] = defaultdict(list)
        self.errors: dict[str, int] = defaultdict(int)

    def wait(self) -> None:
        """Wait until the pages are there."""
        until = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < until:
            with suppress(OSError):
                http.client.HTTPConnection("127.0.0.1", self._port, timeout=5).request("GET", "/")
                return
            time.sleep(0.2)

    def learn(self) -> None:
        """See which articles there are."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self._db}?mode=ro", uri=True)) as conn:
            self._ids = [row[0] for row in conn.execute("SELECT id FROM articles")]

    def read(self, number: int, every_s: float, until: float) -> None:
        """Read one page after another, each at its time."""
        chance, connection = random.Random(number), None
        due = time.monotonic() + every_s * chance.random()
        while (now := time.monotonic()) < until:
            time.sleep(max(0.0, due - now))
            due = max(due, now) + every_s  # who had to wait does not read the faster for it
            if self._ids and chance.random() < ARTICLES:
                page, path = "article", f"/vi/articles/{chance.choice(self._ids)}"
            else:
                page, path = chance.choice(list(PAGES.items()))
            began = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection(
                    "127.0.0.1", self._port, timeout=PATIENCE_S
                )
                connection.request("GET", quote(path, safe="/?=&+"))
                response = connection.getresponse()
                response.read()
                self.errors[page] += response.status != http.HTTPStatus.OK
            except (OSError, http.client.HTTPException):
                self.errors[page] += 1
                connection = None
                continue
            self.took_s[page].append(time.monotonic() - began)


def main(port: int, per_s: float, length_s: float, db: str) -> None:
    readers = Readers(port, db)
    readers.wait()
    until = time.monotonic() + length_s
    threads = [
        threading.Thread(target=readers.read, args=(number, THREADS / per_s, until))
        for number in range(THREADS)
    ]
    for one in threads:
        one.start()
    while time.monotonic() < until:
        readers.learn()
        time.sleep(5)
    for one in threads:
        one.join()
    print(
        json.dumps(
            {
                page: {
                    "count": len(took),
                    "errors": readers.errors[page],
                    "p50_ms": round(1000 * statistics.median(took), 1),
                    "p95_ms": round(1000 * sorted(took)[int(0.95 * (len(took) - 1))], 1),
                    "most_ms": round(1000 * max(took), 1),
                }
                for page, took in sorted(readers.took_s.items())
                if took
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
