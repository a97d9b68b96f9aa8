"""The house's walls: who may import whom, and what the quick commands must not load."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.file.opening import open_database

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "biengioi": {"scheduler", "spiders", "db", "crawler"},
    "scheduler": {"db", "crawler"},
    "spiders": {"crawler"},
    "db": {"crawler"},
    "crawler": set(),
}
DOTTED_PATH = re.compile(rf"^({'|'.join(MAY_IMPORT)})(\.[a-z_]\w*)+(:\w+)?$")


def modules() -> list[Path]:
    return [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def named_packages(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every package that a module imports, or names by a dotted path in a string."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            yield (node.module or "").partition(".")[0], node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and is_dotted_path(node.value):
            yield node.value.partition(".")[0], node.lineno


def is_dotted_path(text: str) -> bool:
    """Whether a string names one of our modules ("biengioi.toml" does not)."""
    if not DOTTED_PATH.match(text):
        return False
    package, module = text.split(".")[:2]
    return (ROOT / package / f"{module}.py").exists() or (ROOT / package / module).is_dir()


def violations(source: str, package: str) -> list[tuple[str, int]]:
    allowed = MAY_IMPORT[package] | {package}
    return [
        (name, line)
        for name, line in named_packages(ast.parse(source))
        if name in MAY_IMPORT and name not in allowed
    ]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_only_point_downwards(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    assert violations(path.read_text(encoding="utf-8"), package) == []


def test_the_rule_sees_every_way_of_naming_a_package() -> None:
    source = (
        "import db.runs\nfrom spiders.news import NewsSpider\nx = 'db.articles.keeping'\ny = 'biengioi'\n"
    )
    assert violations(source, "crawler") == [("db", 1), ("spiders", 2), ("db", 3)]


def arrows() -> dict[str, set[str]]:
    """Module → the modules of ours that it imports, anywhere in it."""
    files = {module_name(path): path for path in modules()}
    found: dict[str, set[str]] = {}
    for name, path in files.items():
        named = {
            dotted
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
            for dotted in (f"{node.module}.{alias.name}", node.module)
        }
        found[name] = (named & files.keys()) - {name}
    return found


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def circles(graph: dict[str, set[str]]) -> set[str]:
    """What lies on a circle, or between two: nothing when all arrows go down."""
    left = dict(graph)
    while ends := [
        name
        for name, targets in left.items()
        if not targets & left.keys() or not any(name in others for others in left.values())
    ]:
        for name in ends:
            del left[name]
    return set(left)


def test_no_module_imports_itself_by_a_detour() -> None:
    assert circles(arrows()) == set()


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == {"b", "c"}


WEB = {"datasette", "uvicorn"}
FOREIGN = {
    "crawler": {"scrapy", "twisted", "sqlite3", "sqlite_utils", "requests", "httpx", "click", "rich", *WEB},
    "spiders": {"sqlite3", "sqlite_utils", "click", "rich", "apscheduler", *WEB},
    "scheduler": {"scrapy", "sqlite3", "trafilatura", "click", "rich", *WEB},
    "db": {"scrapy", "twisted", "trafilatura", "lxml", "click", "rich"},
    "biengioi": {"sqlite3", "sqlite_utils", "trafilatura", "lxml", *WEB},
}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_library_is_known_to_one_room(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    names = {name for name, _ in named_packages(ast.parse(path.read_text(encoding="utf-8")))}
    is_web = path.is_relative_to(ROOT / "db" / "web")
    assert names & (FOREIGN[package] | (set() if is_web else WEB)) == set()


HEAVY = (
    "scrapy",
    "twisted",
    "trafilatura",
    "lxml",
    "rich",
    "sqlite_utils",
    "pebble",
    "feedparser",
    "datasette",
)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["list"], ["show", "1"], ["runs"], ["status"], ["config", "show"]]
)
def test_quick_commands_load_no_heavy_library(arguments: list[str], tmp_path: Path) -> None:
    database = tmp_path / "biengioi.db"
    open_database(database, create=True).close()
    program = (
        "import sys; from biengioi.cli import main\n"
        f"sys.argv = ['biengioi', '--db', {str(database)!r}, *{arguments!r}]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"
