"""The quality gate: our extraction against the hand-made gold, field by field, with floors.

usage: python -m benchmarks.extraction_quality
The gold is shared material that is never committed: the folder named by BIENGIOI_SHARED, else
``../shared`` beside the repository. Without it nothing is measured and the exit status is 2.
The floors are in ``extraction_quality.toml``: a change that lowers one must edit that file. Pages of other
countries (``elsewhere``) show whether the general rules are general: there trafilatura, read in the
same run, is a floor as well.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.extraction_adapter import article, generic, plain_trafilatura

ROOT = Path(__file__).resolve().parent.parent
FLOORS = Path(__file__).with_suffix(".toml")
FLAGGED = {"gallery", "forum", "tiny-body"}
RECENT = re.compile(r"/(202[2-6]|dau-bung)")

Row = dict[str, Any]
Figures = dict[str, float]


def shared_folder() -> Path | None:
    """Return the folder of shared material, None where it is absent."""
    folder = Path(os.environ.get("BIENGIOI_SHARED", ROOT.parent / "shared"))
    return folder if (folder / "corpus" / "gold").is_dir() else None


def score(shared: Path, extractor: Callable[..., Any]) -> list[Row]:
    """Return the scorer's row of every gold page."""
    scorer = _scorer(shared / "corpus" / "score_extraction.py")
    scorer.get = lambda _name: extractor
    gold, html = shared / "corpus" / "gold", shared / "corpus" / "html"
    rows: list[Row] = scorer.run(str(gold), str(html), "ours")
    return rows


def _scorer(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score_extraction", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(rows: list[Row]) -> Figures:
    """Return what the floors are about, in pages but for the two means."""
    texts = [row["f1"] for row in rows]
    return {
        "pages": len(rows),
        "text_f1_mean": round(sum(texts) / len(texts), 4),
        "text_f1_min": round(min(texts), 4),
        "lead_missing": sum(bool(row["lead_missing"]) for row in rows),
        "title_wrong": sum(not row["title_ok"] for row in rows),
        "published_wrong": sum(not row["dt_ok"] for row in rows),
        "author_right": sum(row["author_ok"] for row in rows),
        "author_wrong": sum(row["author_spurious"] for row in rows),
        "related_leak": sum(bool(row["related_leak"] or row["link_leak"]) for row in rows),
        "byline_leak": sum(bool(row["byline_leak"]) for row in rows),
        "caption_leak": sum(bool(row["caption_leak"]) for row in rows),
    }


def elsewhere(shared: Path) -> Figures:
    """Return how well the public benchmark's pages are read, ours and by how much more than trafilatura's."""
    scorer = _scorer(shared / "corpus" / "score_elsewhere.py")
    ours, theirs = (scorer.measure(extractor)[2] for extractor in (article, plain_trafilatura))
    return {"text_f1": round(ours, 4), "above_trafilatura": round(ours - theirs, 4)}


def measure(shared: Path) -> dict[str, Figures]:
    """Return the figures of the recent and of the unflagged pages, with families and without."""
    found: dict[str, Figures] = {}
    for name, extractor in (("families", article), ("generic", generic)):
        rows = score(shared, extractor)
        found[f"recent_{name}"] = figures([row for row in rows if RECENT.search(row["file"])])
        found[f"unflagged_{name}"] = figures([row for row in rows if not FLAGGED & set(row["flags"])])
    return found


def broken(found: Mapping[str, Figures]) -> list[str]:
    """Return a sentence for every figure that is worse than its floor."""
    floors = tomllib.loads(FLOORS.read_text(encoding="utf-8"))
    problems = []
    for group, figures_found in found.items():
        for name, floor in floors[group].items():
            value = figures_found[name]
            if (name in HIGHER_IS_BETTER and value < floor) or (
                name not in HIGHER_IS_BETTER and value > floor
            ):
                problems.append(f"{group}: {name} is {value}, the floor is {floor}.")
    return problems


HIGHER_IS_BETTER = frozenset(
    {"pages", "text_f1_mean", "text_f1_min", "author_right", "text_f1", "above_trafilatura"}
)


def main() -> int:
    """Print the table of pages and the figures; 1 if a floor is broken, 2 without the corpus."""
    shared = shared_folder()
    if shared is None:
        print("CORPUS GATES SKIPPED: no shared material here")
        return 2
    print(_scorer(shared / "corpus" / "score_extraction.py").table(score(shared, article)))
    found = measure(shared) | {"elsewhere": elsewhere(shared)}
    for group, values in found.items():
        print(f"\n{group}: " + ", ".join(f"{name} {value:g}" for name, value in values.items()))
    problems = broken(found)
    print("\n" + ("\n".join(problems) or "Every floor holds."))
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
