"""Pictures of the pages, to look at: ``python -m benchmarks.screenshots [FOLDER]``.

Every main page at three widths, light and dark, of a collection of invented stories, of the same after its
service was killed, and of an empty one; needs the Chromium that the tests use.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from crawler.alert_config import Watch
from crawler.article import format_instant
from db.crawl.leases import Owner
from db.file.connection import write_transaction
from tests.db.web.conftest import BROWSER_FLAGS, serving
from tests.db.web.library import build
from tests.db.web.told_events import add_articles
from tests.db.world import World

WIDTHS = (360, 820, 1280)
STORY_COUNT = 500


def main(folder: Path) -> int:
    executable = shutil.which("chromium")
    if executable is None:
        sys.exit("There is no chromium here; install it first.")
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        world = build(Path(scratch), STORY_COUNT)
        with world.collection() as collection:
            collection.add_watch(Watch("hội đàm", "hội đàm", country="LA"))
        with world.connection() as conn:
            add_articles(conn)
        revised = world.rows("SELECT article_id FROM revisions LIMIT 1")[0]["article_id"]
        rejected = world.rows("SELECT url FROM decisions WHERE kind = 'rejected' LIMIT 1")[0]["url"]
        pages = {
            "home": "/vi/",
            "home-english": "/en/",
            "list": "/vi/articles?country=LA",
            "search": "/vi/articles?q=hoi+dam",
            "article": f"/vi/articles/{revised}",
            "changes": f"/en/articles/{revised}/changes?a=1",
            "events": "/vi/events",
            "events-month": "/en/events?begun=2026-05",
            "event": "/vi/events/1",
            "place": "/vi/places/tra-linh-gate",
            "pair": "/en/places/cao-bang?beside=quang-tay",
            "person": "/vi/people/Hoàng Văn Thử",
            "threads": "/en/threads",
            "thread": "/vi/threads/1",
            "watches": "/vi/watches",
            "watch": "/en/watches/hoi-dam",
            "sources": "/vi/sources",
            "source": "/en/sources/bao-song-thia",
            "runs": "/vi/runs",
            "run": "/en/runs/4",
            "outcome": "/vi/runs/4/pages?kind=rejected",
            "explain": f"/en/explain?url={rejected}",
            "mistake": "/vi/articles?since=31/12/2026",
            "question": "/data?sql=selec",
            "error": "/vi/articles/0",
        }
        Path(scratch, "empty").mkdir()
        empty = World(Path(scratch, "empty"))
        browser = playwright.chromium.launch(executable_path=executable, args=list(BROWSER_FLAGS))
        _shoot(browser, world.path, pages, folder)
        _kill_service(world)
        _shoot(
            browser,
            world.path,
            {f"dead-{name}": pages[name] for name in ("home", "sources", "source")},
            folder,
        )
        _shoot(
            browser, empty.path, {f"empty-{name}": pages[name] for name in ("home", "list", "runs")}, folder
        )
        browser.close()
    count = len([path for path in folder.iterdir() if re.search(r"-\d+-(?:light|dark)\.png$", path.name)])
    print(f"{count} pictures are in {folder}.")
    return 0


def _shoot(browser: Browser, database: Path, pages: Mapping[str, str], folder: Path) -> None:
    with serving(database) as address:
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                context = browser.new_context(viewport={"width": width, "height": 900})
                page = context.new_page()
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                for name, path in pages.items():
                    page.goto(f"{address}{path}", wait_until="networkidle")
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
                context.close()


def _kill_service(world: World) -> None:
    """Leave what a service leaves that was killed three hours ago."""
    owner = Owner.this_process()
    at = format_instant(datetime.now(UTC) - timedelta(hours=3))
    with world.connection() as conn, write_transaction(conn):
        conn.execute(
            "INSERT INTO service VALUES (1, 'service', ?, ?, 'another', '0.1.0', ?, ?, 5.0, NULL, ?)",
            (owner.host, owner.pid, at, at, at),
        )
        conn.execute("UPDATE source_schedule SET next_fetch_at = ?", (at,))


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:2]) if sys.argv[1:] else Path("screenshots")))
