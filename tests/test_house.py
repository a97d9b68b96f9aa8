"""How modules of the house look: none is long, and no number is without a unit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.test_imports import MAY_IMPORT, ROOT

MAX_LINES = 400
UNITS = "S MS DAYS YEAR BYTES KB MB CHARS WORDS DIGITS PAGES ROWS PX COUNT SHARE RATIO"
SAYS_ITS_UNIT = re.compile(rf"_(?:{UNITS.replace(' ', '|')})$|^_?(?:MAX|MIN|MOST|FEWEST|SHOWN|RECENT)_\w+S$")
"""A unit at the end, or a bound on things that are counted: "MAX_TERMS"."""


def test_no_module_is_long() -> None:
    modules = (path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py")))
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules
    }
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def numbers_without_unit(source: str) -> Iterator[tuple[str, int]]:
    """The numeric constants of a module that say their unit neither by name nor in words, and their lines.

    Words are a docstring directly after the constant, or a comment directly before it or behind it.
    """
    lines, body = source.splitlines(), ast.parse(source).body
    for node, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value):
                pass
            case _:
                continue
        if not (name.isupper() and is_number(value)) or SAYS_ITS_UNIT.search(name):
            continue
        is_described = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        is_commented = node.lineno > 1 and lines[node.lineno - 2].startswith("#")
        if not is_described and not is_commented and "#" not in lines[node.lineno - 1]:
            yield name, node.lineno


def is_number(value: ast.expr) -> bool:
    """Whether an expression is a number, or arithmetic with nothing but numbers."""
    match value:
        case ast.Constant(number):
            return isinstance(number, int | float) and not isinstance(number, bool)
        case ast.BinOp(left, _, right):
            return is_number(left) and is_number(right)
        case ast.UnaryOp(_, operand):
            return is_number(operand)
    return False


def test_every_number_says_its_unit() -> None:
    modules = (path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py")))
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {name}: end the name in a unit, or say it in a docstring below"
        for path in modules
        for name, line in numbers_without_unit(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("LONGEST = 60", ["LONGEST"]),
        ("LONGEST: int = 60 * 2", ["LONGEST"]),
        ("A = 1\nB = -2.5\n'''Of both.'''", ["A"]),
        ("LONGEST = 60\n'''Characters.'''", []),
        ("# Characters.\nLONGEST = 60", []),
        ("LONGEST = 60  # characters", []),
        ("LONGEST_CHARS = 60\nMAX_TERMS = 3\n_PAUSE_S = 0.5", []),
        ("IS_ON = True\nNAME = 'x'\nvalue = 3", []),
    ],
)
def test_the_rule_sees_numbers_alone(source: str, wanted: list[str]) -> None:
    assert [name for name, _ in numbers_without_unit(source)] == wanted
