"""What the service starts in place of the program: ``python -m tests.scheduler.stand_in BEHAVIOUR …``.

For faults that a real crawl cannot show, and for thousands of ticks that would take real crawls too
long. The rest of the command line is the program's.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


def command(behaviour: str, db: Path) -> list[str]:
    """The command by which the service starts one of the behaviours below."""
    return [sys.executable, str(ROOT / "tests" / "scheduler" / "stand_in.py"), behaviour, "--db", str(db)]


def main(behaviour: str, arguments: list[str]) -> None:
    if behaviour in ("crawl", "cut"):
        crawl(Path(arguments[1]), arguments, is_cut=behaviour == "cut")
    elif behaviour == "garbage":
        sys.stdout.write("{ not a report" * 1000)
    elif behaviour == "flood":
        while True:
            sys.stdout.write("x" * 65536)
    elif behaviour == "silent":
        pass
    elif behaviour == "fails":
        sys.stderr.write("Traceback\nbiengioi: it went wrong.\n")
        sys.exit(1)
    elif behaviour == "refused":
        sys.stderr.write("biengioi: biengioi.db is damaged; restore a backup.\n")
        sys.exit(2)
    elif behaviour == "out-of-memory":
        os.kill(os.getpid(), signal.SIGKILL)
    elif behaviour == "swells":
        kept = bytearray(400 * 1024 * 1024)
        kept[::4096] = b"x" * len(kept[::4096])
        time.sleep(100)
    elif behaviour == "hangs":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            time.sleep(100)
        time.sleep(100)
    elif behaviour == "sleeps":
        time.sleep(100)
    elif behaviour == "stops":
        signal.signal(signal.SIGTERM, lambda *_: (sys.stdout.write("{}"), sys.exit(1)))  # type: ignore[func-returns-value]
        time.sleep(100)


def crawl(db: Path, arguments: list[str], *, is_cut: bool) -> None:
    """A run that finds nothing new, or ends too soon, recorded as a real one is."""
    sys.path.insert(0, str(ROOT))
    from datetime import UTC, datetime

    from crawler.report import SourceStatus
    from crawler.source import Source
    from db.crawl.runs import close_source, finish_run, start_run
    from db.file.connection import write_transaction
    from db.file.opening import open_database

    def now() -> Any:
        return datetime.now(UTC)

    ids = arguments[arguments.index("--json") + 1 :]
    conn = open_database(db)
    sources = [Source(id_, id_, f"http://{id_}.example") for id_ in ids]
    run = start_run(conn, "schedule", sources, now)
    with write_transaction(conn):
        for id_ in ids if not is_cut else ():
            close_source(conn, run.run_id, id_, SourceStatus.DONE, "", "2026-11-21T02:00:00Z")
    finish_run(conn, run.run_id, now)
    sys.stdout.write("{}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
