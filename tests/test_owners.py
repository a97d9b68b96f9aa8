"""One owner for each state: who says SQL about it, and that nobody reaches behind another's door."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.test_imports import MAY_IMPORT, modules, room

WRITES_PAGE_STATE = re.compile(
    r"UPDATE pages SET (?:(?!WHERE).)*\bstate =|INTO pages \([^)]*\bstate\b|REPLACE INTO pages", re.DOTALL
)
WRITES_DUPLICATE_OF = re.compile(
    r"UPDATE articles SET (?:(?!WHERE).)*\bduplicate_of =|INTO articles \([^)]*\bduplicate_of\b", re.DOTALL
)
NAMES_RUN_PARTS = re.compile(r"\brun_sources\b")

OWNERS = {
    "pages.state": (WRITES_PAGE_STATE, "db.crawl.frontier"),
    "articles.duplicate_of": (WRITES_DUPLICATE_OF, "db.articles.near_duplicates"),
    "run_sources": (NAMES_RUN_PARTS, "db.crawl.run_parts"),
}


def statements(tree: ast.AST) -> Iterator[str]:
    """Every string of a module that is not a docstring, what is put into it left out."""
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
        name
        for name, tree in modules().items()
        if room(name) != "schema" and any(pattern.search(text) for text in statements(tree))
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
    assert [bool(WRITES_PAGE_STATE.search(text)) for text in statements(ast.parse(source))] == [
        is_a_write
    ] * 2


def private_uses(tree: ast.AST) -> list[str]:
    """What a module uses of another one of ours although its name begins with an underscore."""
    imports = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MAY_IMPORT
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
    assert {name: uses for name, tree in modules().items() if (uses := private_uses(tree))} == {}
