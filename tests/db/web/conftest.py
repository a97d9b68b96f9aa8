"""A collection, a server that shows it, a browser that looks at it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.db.web.library import build
from tests.db.world import World

BROWSER_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def serving(database: Path, *arguments: str, **environment: str) -> Iterator[str]:
    """Run `biengioi serve` on a free port and yield its address."""
    argv = [sys.executable, "-P", "-m", "biengioi", "--db", str(database), "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        argv,
        cwd=database.parent,
        env={"PATH": "/usr/bin:/bin", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if found := re.search(r"http://[^/ ]+", line):
                yield found[0]
                return
        pytest.fail("".join(lines))
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def site(library: World) -> Iterator[str]:
    """The address of a server of the library."""
    with serving(library.path) as address:
        yield address


@pytest.fixture
def client(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")  # while it is open, its event loop has the whole thread
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("there is no chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(BROWSER_FLAGS))
        yield browser
        browser.close()
