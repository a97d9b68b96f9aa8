"""What mkdocs must know of this repository: pages outside of docs/, and files that pages link to.

The pages are written for readers of the repository; here their links are led to where the site has the same.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "index.md": "README.md",
    "vi.md": "README.vi.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "security-policy.md": "SECURITY.md",
    "code-of-conduct.md": "CODE_OF_CONDUCT.md",
}
"""Page of the site → where it stands in the repository, of those that are not in docs/."""

_LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(?=[)#])")
_FENCE = re.compile(r"^(```\w+) [\w ]+$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the root, and every file of the repository that a page links to."""
    for uri, name in PAGES.items():
        files.append(File.generated(config, uri, content=(ROOT / name).read_text("utf-8")))
    for page in list(files.documentation_pages()):
        origin = ROOT / PAGES.get(page.src_uri, f"docs/{page.src_uri}")
        for link in _LINK.findall(origin.read_text("utf-8")):
            path = (origin.parent / link).resolve()
            uri = _uri_of(path)
            if path.is_file() and files.get_file_from_path(uri) is None:
                files.append(File.generated(config, uri, content=path.read_bytes()))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Lead the links to where the site has what they name; drop what tests alone read behind a fence."""
    folder = (ROOT / PAGES.get(page.file.src_uri, "docs/x")).parent
    led = _LINK.sub(lambda found: _uri_of((folder / found[1]).resolve()), markdown)
    return _FENCE.sub(r"\1", led)


def _uri_of(path: Path) -> str:
    """Return where a file of the repository is in the site, all of whose pages are side by side."""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    pages = {where: uri for uri, where in PAGES.items()}
    return pages.get(name) or (
        name.removeprefix("docs/") if name.startswith("docs/") else f"repository/{name}"
    )
