"""One owner for each state: who says SQL about it, and that nobody reaches behind another's door."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_imports import ROOT, modules

SCHEMA = ROOT / "db" / "schema"

WRITES_PAGE_STATE = re.compile(
    r"UPDATE pages SET (?:(?!WHERE).)*\bstate =|INTO pages \([^)]*\bstate\b|REPLACE INTO pages", re.DOTALL
)
WRITES_DUPLICATE_OF = re.compile(
    r"UPDATE articles SET (?:(?!WHERE).)*\bduplicate_of =|INTO articles \([^)]*\bduplicate_of\b", re.DOTALL
)
NAMES_RUN_PARTS = re.compile(r"\brun_sources\b")

OWNERS = {
    "pages.state": (WRITES_PAGE_STATE, "frontier"),
    "articles.duplicate_of": (WRITES_DUPLICATE_OF, "near_duplicates"),
    "run_sources": (NAMES_RUN_PARTS, "run_parts"),
}


def statements(source: str) -> Iterator[str]:
    """Every string of a module that is not a docstring, what is put into it left out."""
    tree = ast.parse(source)
    inner = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    described = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inner | described:
            yield node.value


def speakers(pattern: re.Pattern[str]) -> set[str]:
    """The modules that say SQL of this kind; the tables themselves are described in db/schema/."""
    return {
        path.stem
        for path in modules()
        if not path.is_relative_to(SCHEMA)
        and any(pattern.search(text) for text in statements(path.read_text(encoding="utf-8")))
    }


@pytest.mark.parametrize("state", OWNERS)
def test_each_state_has_one_owner(state: str) -> None:
    pattern, owner = OWNERS[state]
    assert speakers(pattern) == {owner}


@pytest.mark.parametrize(
    ("statement", "is_a_write"),
    [
        ("UPDATE pages SET title = ?, state = 'done' WHERE url = ?", True),
        ("INSERT INTO pages (url, state) VALUES (?, ?)", True),
        ("UPDATE pages SET etag = ? WHERE url = ? AND state = 'done'", False),
        ("SELECT 1 FROM pages WHERE state = 'pending'", False),
    ],
)
def test_the_rule_tells_writing_from_asking(statement: str, is_a_write: bool) -> None:
    source = f"conn.execute({statement!r})\nconn.execute(f{statement!r})"
    assert [bool(WRITES_PAGE_STATE.search(text)) for text in statements(source)] == [is_a_write] * 2


def private_uses(path: Path) -> list[str]:
    """What a module uses of another one of ours although its name begins with an underscore."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    packages = {one.name for one in ROOT.iterdir() if (one / "__init__.py").exists()}
    imports = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in packages
    ]
    named = {alias.asname or alias.name for node in imports for alias in node.names}
    found = [alias.name for node in imports for alias in node.names if alias.name.startswith("_")]
    found += [
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in named
        and node.value.id.islower()
        and re.match("_[a-z]", node.attr)
    ]
    return found


def test_no_module_uses_what_is_private_to_another() -> None:
    assert {str(path.relative_to(ROOT)): uses for path in modules() if (uses := private_uses(path))} == {}
