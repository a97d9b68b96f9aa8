"""Pictures of the pages, to look at: ``python -m benchmarks.screenshots [FOLDER]``.

Every main page at three widths, light and dark, of a collection of invented stories; needs the
Chromium that the tests use.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.db.web.conftest import BROWSER_FLAGS, serving
from tests.db.web.library import build

WIDTHS = (390, 820, 1440)
STORY_COUNT = 500


def main(folder: Path) -> int:
    executable = shutil.which("chromium")
    if executable is None:
        sys.exit("There is no chromium here; install it first.")
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        world = build(Path(scratch), STORY_COUNT)
        revised = world.rows("SELECT article_id FROM revisions LIMIT 1")[0]["article_id"]
        pages = {
            "home": "/vi/",
            "home-english": "/en/",
            "list": "/vi/articles?country=LA",
            "search": "/vi/articles?q=hoi+dam",
            "article": f"/vi/articles/{revised}",
            "changes": f"/en/articles/{revised}/changes?a=1",
            "sources": "/vi/sources",
            "source": "/en/sources/bao-song-thia",
            "runs": "/vi/runs",
            "run": "/en/runs/4",
            "error": "/vi/articles/0",
        }
        with serving(world.path) as address:
            browser = playwright.chromium.launch(executable_path=executable, args=list(BROWSER_FLAGS))
            for scheme in ("light", "dark"):
                for width in WIDTHS:
                    context = browser.new_context(viewport={"width": width, "height": 900})
                    page = context.new_page()
                    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                    for name, path in pages.items():
                        page.goto(f"{address}{path}", wait_until="networkidle")
                        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
                    context.close()
            browser.close()
    count = len([path for path in folder.iterdir() if re.search(r"-\d+-(?:light|dark)\.png$", path.name)])
    print(f"{count} pictures are in {folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:2]) if sys.argv[1:] else Path("screenshots")))
