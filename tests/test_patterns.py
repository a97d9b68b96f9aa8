"""Regular expressions that meet foreign text are linear: a hostile megabyte costs each seconds at most.

The patterns are tried in child processes, because one that is not linear cannot be stopped otherwise.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys

from tests.conftest import ROOT
from tests.hostile_patterns import PACKAGES, Found, worst

MADE_IN_FUNCTIONS = {
    "crawler/declaration.py": 1,  # checks what files declare
    "crawler/source_lint.py": 1,  # the same
    "spiders/discovery/article_links.py": 1,  # the same: all declared patterns are tried
    "spiders/discovery/article_shape.py": 1,  # learned ones: `LEARNED` has a form of each
    "spiders/discovery/pager.py": 1,
    "crawler/extraction/boilerplate.py": 2,
    "crawler/extraction/byline.py": 2,
    "crawler/extraction/headline.py": 1,
    "crawler/extraction/wording.py": 1,
    "crawler/reach/origins.py": 6,
    "crawler/topic/names.py": 1,
}
"""Where functions compile patterns of data; `hostile_patterns` knows how to get at each."""


def test_no_pattern_takes_long_for_a_hostile_megabyte() -> None:
    argv = [sys.executable, "-m", "tests.hostile_patterns"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    *slow, last = (json.loads(line) for line in done.stdout.splitlines())
    assert slow == []
    assert last["count"] > 400
    assert last["without_texts"] == [], "what is hostile to each is read off its own parts"


def test_a_quadratic_pattern_is_found_and_a_linear_one_is_not() -> None:
    import re

    quadratic = [r"<[^>]*>", r"\s*,\s*"]
    for pattern in quadratic:
        assert worst(Found("x", re.compile(pattern), ("search",)))[0] > 2, pattern
    for pattern in (r"<[^<>]*>", r",\s{0,20}", r"[a-z]{1,20}\d"):
        assert worst(Found("x", re.compile(pattern), ("search",)))[0] < 2, pattern


def test_patterns_that_functions_compile_are_known() -> None:
    found: dict[str, int] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
            calls = {
                node
                for function in functions
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile"
            }
            if calls:
                found[str(path.relative_to(ROOT))] = len(calls)
    assert found == MADE_IN_FUNCTIONS
