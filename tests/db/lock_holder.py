"""Another process that holds a lock; it loads nothing but SQLite, so that starting it costs little."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def holding(path: Path, seconds: float = 60, *, everything: bool = False) -> Iterator[None]:
    """Have the write lock held for so long, or until the block ends.

    Args:
        everything: keep readers out, too, as a tool in exclusive mode does.
    """
    command = [sys.executable, "-I", __file__, str(path), str(seconds), "everything" if everything else ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"held\n"
            yield
        finally:
            process.kill()


def hold(path: str, seconds: str, mode: str) -> None:
    conn = sqlite3.connect(path, isolation_level=None)
    if mode:
        conn.execute("PRAGMA locking_mode = EXCLUSIVE")
    conn.execute("BEGIN IMMEDIATE")
    sys.stdout.write("held\n")
    sys.stdout.flush()
    time.sleep(float(seconds))
    conn.execute("ROLLBACK")
    conn.close()


if __name__ == "__main__":
    hold(*sys.argv[1:])
