"""The house's walls: who may import whom, and what the quick commands must not load."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
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
FLOORS = (
    ("schema",),
    ("file",),
    ("crawl",),
    ("articles",),
    ("events", "archive"),
    ("export", "upkeep", "service"),
    ("web",),
)
"""The rooms of db/, lowest first: a room imports from itself and from lower floors, not from a neighbour."""
DOTTED_PATH = re.compile(rf"^({'|'.join(MAY_IMPORT)})(\.[a-z_]\w*)+(:\w+)?$")


@cache
def modules() -> Mapping[str, ast.Module]:
    """Every module of the program by its dotted name; a package's ``__init__`` has the package's."""
    paths = [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]
    return {dotted(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The dotted names that a module imports, or names in a string, and the lines where it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield (name if name in modules() else node.module or ""), node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and is_dotted_path(node.value):
            yield node.value.partition(":")[0], node.lineno


def is_dotted_path(text: str) -> bool:
    """Whether a string names one of our modules ("biengioi.toml" does not)."""
    if not DOTTED_PATH.match(text):
        return False
    package, module = text.split(".")[:2]
    return (ROOT / package / f"{module}.py").exists() or (ROOT / package / module).is_dir()


def upward(source: ast.AST, package: str) -> list[tuple[str, int]]:
    """The imports of one module of `package` that the house forbids."""
    allowed = MAY_IMPORT[package] | {package}
    tops = ((name.partition(".")[0], line) for name, line in imported(source))
    return [(top, line) for top, line in tops if top in MAY_IMPORT and top not in allowed]


def test_imports_only_point_downwards() -> None:
    found = {name: upward(tree, name.partition(".")[0]) for name, tree in modules().items()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_rule_sees_every_way_of_naming_a_package() -> None:
    source = "import db.crawl.runs\nfrom spiders.news import NewsSpider\nx = 'db.articles'\ny = 'biengioi'\n"
    assert upward(ast.parse(source), "crawler") == [("db", 1), ("spiders", 2), ("db", 3)]


def room(name: str) -> str | None:
    """The room of db/ in which a module stands; None for those on top of all rooms, and outside."""
    rooms = {one for floor in FLOORS for one in floor}
    second = name.split(".")[1:2]
    return second[0] if name.startswith("db.") and second and second[0] in rooms else None


def test_the_rooms_of_the_database_stand_on_each_other() -> None:
    floor = {one: number for number, rooms in enumerate(FLOORS) for one in rooms}
    wrong = [
        f"{name}:{line} imports {other}"
        for name, tree in modules().items()
        if (here := room(name))
        for other, line in imported(tree)
        if other.startswith("db.")
        and (there := room(other)) != here
        and (there is None or floor[there] >= floor[here])
    ]
    assert wrong == []


def test_every_module_of_the_database_has_a_room() -> None:
    on_top = {name for name in modules() if name.startswith("db.") and room(name) is None}
    assert on_top == {"db.collection", "db.crawl_store"}


def test_no_circle_of_imports() -> None:
    """Also none that a late import inside a function hides."""
    graph = {
        name: {other for other, _ in imported(tree) if other in modules() and other != name}
        for name, tree in modules().items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))


WEB = {"datasette", "uvicorn"}
FOREIGN = {
    "crawler": {
        "scrapy",
        "twisted",
        "sqlite3",
        "sqlite_utils",
        "requests",
        "httpx",
        "click",
        "rich",
        "ray",
        "mcp",
        *WEB,
    },
    "spiders": {"sqlite3", "sqlite_utils", "click", "rich", "apscheduler", "ray", "mcp", *WEB},
    "scheduler": {"scrapy", "sqlite3", "trafilatura", "click", "rich", "mcp", *WEB},
    "db": {"scrapy", "twisted", "trafilatura", "lxml", "click", "rich", "ray", "mcp"},
    "biengioi": {"sqlite3", "sqlite_utils", "trafilatura", "lxml", "ray", *WEB},
}


def test_each_library_is_known_to_one_room() -> None:
    wrong = {}
    for name, tree in modules().items():
        package = name.partition(".")[0]
        forbidden = FOREIGN[package] | (set() if room(name) == "web" else WEB)
        if found := {other.partition(".")[0] for other, _ in imported(tree)} & forbidden:
            wrong[name] = found
    assert wrong == {}


TOUCHES: dict[str, set[str]] = {
    "socket": {
        "db.crawl.leases",  # this machine's name
        "db.web.server",  # listens, for the web pages alone
        "scheduler.main_loop", "spiders.extractor",  # pairs within the process and to its children
        "spiders.middlewares.address_guard", "spiders.name_servers",
    },
    "smtplib": {"scheduler.alert_channels"},
    "apprise": {"scheduler.alert_channels"},
    "http.server": {"spiders.demo.server"},  # simulated papers on loopback
    "http.client": set(), "urllib.request": set(), "httpx": set(), "requests": set(), "aiohttp": set(),
    "ftplib": set(), "xmlrpc": set(), "socketserver": set(),
}  # fmt: skip
"""Library → the modules that use it; all other requests are Scrapy's, which knows the guard."""


def test_nothing_but_scrapy_asks_anybody_and_every_spider_runs_with_the_guard() -> None:
    """Whoever starts a spider does so with the settings that install the guard."""
    users: dict[str, set[str]] = {library: set() for library in TOUCHES}
    starters = {}
    for name, tree in modules().items():
        named = {other for other, _ in imported(tree)}
        for library in TOUCHES:
            if any(other == library or other.startswith(f"{library}.") for other in named):
                users[library].add(name)
        if "spiders.process" in named:
            starters[name] = "spiders.settings" in named
    assert users == TOUCHES
    assert starters.keys() >= {"biengioi.crawling", "spiders.check"}
    assert set(starters.values()) == {True}


HEAVY = (
    "scrapy",
    "twisted",
    "trafilatura",
    "lxml",
    "selectolax",
    "rich",
    "sqlite_utils",
    "feedparser",
    "datasette",
    "warcio",
    "mcp",
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
