"""The documentation against the program: a fact that is added, changed or removed must be in both."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from pyarrow import parquet

from biengioi.cli import cli
from crawler.article import Article
from crawler.config import PATHS_IN_ENVIRONMENT, load_config
from crawler.extraction import extract_article
from crawler.families import use_families
from crawler.families.own import lint_families, load_own_family
from crawler.page import Page
from crawler.source import load_source
from crawler.source_lint import lint
from crawler.text.normalize import content_hash
from crawler.topic.gazetteer import BUILT_IN as BUILT_IN_PLACES
from crawler.topic.gazetteer import Gazetteer
from crawler.topic.topic import BUILT_IN as BUILT_IN_TOPIC
from crawler.topic.topic import Topic
from db.collection import Collection
from db.file.connection import write_transaction
from db.file.opening import open_database
from db.schema import SCHEMA_VERSION
from docs.reference_of import LAYOUTS, REFERENCE, commands
from tests.test_imports import FLOORS, MAY_IMPORT

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DESIGN = ROOT / "docs" / "design.md"
VIETNAMESE = ROOT / "README.vi.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_INDENTED = re.compile(r"^    +(\S.*)$", re.MULTILINE)
_CALL = re.compile(r"(?:\w+=\S+ )?((?:\./run|biengioi)(?: .+)?)")
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|toml|md))")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its code blocks, in which ``#`` begins a comment."""
    return _FENCE.sub("", read(page))


def section(page: Path, title: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    text = prose(page)
    headings = [(found.end(), len(found[1]), found[2]) for found in _HEADING.finditer(text)]
    for number, (start, level, name) in enumerate(headings):
        if name == title:
            ends = (end for end, depth, _ in headings[number + 1 :] if depth <= level)
            return text[start : next(ends, None)]
    pytest.fail(f"{name_of(page)} has no heading {title!r}")


def table(page: Path, title: str) -> dict[str, tuple[str, ...]]:
    """The rows of a section's tables: the code in the first cell → the other cells."""
    rows: dict[str, tuple[str, ...]] = {}
    for line in section(page, title).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else [""]
        if code := _CODE.fullmatch(cells[0]):
            assert code[1] not in rows, f"{name_of(page)}: {code[1]} is twice under {title!r}"
            rows[code[1]] = tuple(cells[1:])
    return rows


# --- promises ------------------------------------------------------------------------------------

_TEST = re.compile(r"def (test_\w+)\(")


def test_every_promise_names_a_test_that_there_is() -> None:
    paths = list((ROOT / "tests").rglob("*.py"))
    known = {path.name for path in paths} | {name for path in paths for name in _TEST.findall(read(path))}
    named = {code for page in PAGES for code in _CODE.findall(read(page)) if code.startswith("test_")}
    assert len(named) > 80
    assert named - known == set()


# --- the command line ---------------------------------------------------------------------------


COMMANDS = dict(commands(cli))


def options_of(command: click.Command) -> set[str]:
    return {
        name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in (*parameter.opts, *parameter.secondary_opts)
    }


# --- what is stored ------------------------------------------------------------------------------


def test_every_environment_variable_is_documented() -> None:
    assert set(table(REFERENCE, "Environment variables")) >= PATHS_IN_ENVIRONMENT


def test_the_changelog_names_the_schema_version() -> None:
    newest = re.search(r"^Database schema: (\d+)$", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert int(newest[1]) == SCHEMA_VERSION


# --- what a reader may copy ---------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    page: str
    info: str
    text: str


BLOCKS = [
    Block(name_of(page), found[1].strip(), found[2])
    for page in PAGES
    for found in _FENCE.finditer(read(page))
]
TOML = [block for block in BLOCKS if block.info.split()[:1] == ["toml"]]
_LEAST_SOURCE = 'id = "baobiengioi"\nname = "Báo Biên Giới"\nhomepage = "https://baobiengioi.example"\n'


@pytest.mark.parametrize("block", TOML, ids=lambda block: f"{block.page}: {block.text[:30]!r}")
def test_every_toml_block_loads_as_what_it_claims(block: Block, tmp_path: Path) -> None:
    """The words behind ``toml`` say what a block is; a part is read with what it is a part of."""
    values = tomllib.loads(block.text)
    match block.info.split()[1:]:
        case ["config"]:
            path = tmp_path / "biengioi.toml"
            path.write_text(block.text, encoding="utf-8")
            load_config(path, {})
        case ["source"]:
            path = tmp_path / f"{values['id']}.toml"
            path.write_text(block.text, encoding="utf-8")
            source = load_source(path)
            assert lint({source.id: source}) == []
        case ["family"]:
            path = tmp_path / f"{values['name']}.toml"
            path.write_text(block.text, encoding="utf-8")
            family = load_own_family(path)
            assert lint_families({family.name: family}, ()) == []
        case ["topic"]:
            path = tmp_path / "topic.toml"
            path.write_text(block.text, encoding="utf-8")
            Topic.load(path)
        case ["source", "part"]:
            path = tmp_path / "baobiengioi.toml"
            path.write_text(f"{_LEAST_SOURCE}{block.text}", encoding="utf-8")
            source = load_source(path)
            assert lint({source.id: source}) == []
        case ["topic", "part"]:
            built_in = tomllib.loads(read(BUILT_IN_TOPIC))
            assert {name: built_in[name] | values[name] for name in values} == {
                name: built_in[name] for name in values
            }
        case ["places"]:
            for path in BUILT_IN_PLACES.glob("*.toml"):
                (tmp_path / path.name).symlink_to(path)
            (tmp_path / "of_this_page.toml").write_text(block.text, encoding="utf-8")
            assert {one["id"] for one in values["place"]} <= Gazetteer.load(tmp_path).places.keys()
        case claim:
            pytest.fail(f"say what this is a block of, not {claim}")


def test_no_toml_stands_outside_of_a_block_that_says_what_it_is() -> None:
    """Indented lines are commands; a table or key among them would be read by nobody."""
    said = [(name_of(page), line) for page in PAGES for line in _INDENTED.findall(prose(page))]
    assert [one for one in said if re.match(r"\[[\w.]+\]$|[\w.]+ = [\"\[{\d]", one[1])] == []


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A folder with the files that the pages speak of."""
    text = "Hai tỉnh bàn việc thông quan hàng hóa.\nCửa khẩu mở cửa cả chủ nhật."
    with closing(open_database(tmp_path / "biengioi.db", create=True)) as conn:
        conn.execute("INSERT INTO sources (id, name) VALUES ('bao-thu', 'Báo Thử')")
        conn.execute(
            "INSERT INTO articles (source_id, title, text, published_at, published_precision, fetched_at,"
            " language, content_hash, topic_grade, places) VALUES ('bao-thu', 'Thông quan', ?, '2026-11-20',"
            " 'day', '2026-11-21T02:00:00Z', 'vi', ?, 'core', '[\"tra-linh-gate\"]')",
            (text, content_hash(text)),
        )
        with write_transaction(conn):  # which indexes what is new
            pass
    with Collection.open(tmp_path / "biengioi.db") as collection:
        collection.export("parquet", tmp_path / "articles.parquet")
    return tmp_path


SQL = [
    statement
    for block in BLOCKS
    if block.info == "sql" and block.page == name_of(REFERENCE)
    for statement in block.text.split(";")
    if statement.strip()
]


@pytest.mark.parametrize("statement", SQL, ids=lambda text: text.split("FROM")[1][:20])
def test_every_question_in_sql_that_is_shown_has_an_answer(filled: Path, statement: str) -> None:
    """What is asked of Parquet is asked of a table with its columns; the SQL of both programs is the same."""
    rows = parquet.read_table(filled / "articles.parquet").select(["published_day", "topic_grade"])
    with closing(sqlite3.connect(filled / "biengioi.db")) as conn:
        conn.execute("CREATE TEMP TABLE 'articles.parquet' (published_day, topic_grade)")
        values = ((str(row["published_day"]), row["topic_grade"]) for row in rows.to_pylist())
        conn.executemany("INSERT INTO temp.'articles.parquet' VALUES (?, ?)", values)
        assert len(conn.execute(statement).fetchall()) == 1


def test_every_call_of_sqlite_utils_that_is_shown_answers(filled: Path) -> None:
    calls = re.findall(r"^sqlite-utils (.*)$", "\n".join(block.text for block in BLOCKS), re.MULTILINE)
    assert len(calls) > 1
    for call in calls:
        done = subprocess.run(
            [sys.executable, "-m", "sqlite_utils", *shlex.split(call)],
            cwd=filled, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "Thông quan" in done.stdout.encode().decode("unicode_escape") or "Thông quan" in done.stdout


def test_what_pandas_is_shown_to_do_works(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    monkeypatch.chdir(filled)
    (block,) = [block for block in BLOCKS if block.info == "python" and "pandas" in block.text]
    names: dict[str, Any] = {}
    exec(block.text, names)
    assert (names["by_week"].sum(), len(names["latest"])) == (1, 1)


def test_the_layout_that_is_shown_reads_the_page_that_is_shown(tmp_path: Path) -> None:
    html, family, article = (
        next(block.text for block in BLOCKS if (block.page, block.info) == (name_of(LAYOUTS), info))
        for info in ("html", "toml family", "json")
    )
    path = tmp_path / "baobiengioi.toml"
    path.write_text(family, encoding="utf-8")
    url = "https://baobiengioi.example/hai-xa-ket-nghia-123456.html"
    page = Page(url, url, html.encode(), datetime(2026, 11, 21, tzinfo=UTC))
    use_families({"baobiengioi": load_own_family(path)})
    try:
        read_page = extract_article(page)
    finally:
        use_families({})
    assert isinstance(read_page, Article)
    told = json.loads(article)
    assert {name: json.loads(json.dumps(getattr(read_page, name))) for name in told} == told
    assert "san mặt đường" not in read_page.text
    assert "Chợ phiên" not in read_page.text
    assert read_page.published is not None
    assert read_page.published.at == "2026-11-20T01:15:00Z"


def command_lines() -> Iterator[tuple[str, str]]:
    """Every call of the program that a page shows, in a block or within a sentence."""
    for page in PAGES:
        fenced = [line for block in BLOCKS if block.page == name_of(page) for line in block.text.splitlines()]
        for line in (*fenced, *_INDENTED.findall(prose(page)), *_CODE.findall(prose(page))):
            for call in re.split(r" (?:&&|\|\|?|#) |;", line):
                if found := _CALL.fullmatch(re.sub(r" 2?>.*", "", call).strip()):
                    yield name_of(page), found[1]


def test_both_readmes_show_the_same() -> None:
    """Commands, files and links; the words around them are another language's."""
    shown = {
        page: [line for name, line in command_lines() if name == name_of(page)]
        for page in (README, VIETNAMESE)
    }
    assert len(shown[README]) > 30
    assert shown[README] == shown[VIETNAMESE]
    links = {page: set(_LINK.findall(prose(page))) - {name_of(README), name_of(VIETNAMESE)} for page in shown}
    assert links[README] == links[VIETNAMESE]
    levels = [[found[1] for found in _HEADING.finditer(prose(page))] for page in shown]
    assert levels[0] == levels[1]


def test_the_citation_and_the_changelog_name_the_version() -> None:
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]
    assert f"\nversion: {version}\n" in read(ROOT / "CITATION.cff")
    newest = re.search(r"^## \[(.+?)\]", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version


def test_the_site_is_built_without_a_warning_and_fetches_nothing(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config as load_site

    build(load_site(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path), strict=True))  # raises at a warning
    for page in tmp_path.glob("*.html"):
        parts = re.findall(r"<(?:script|link|img|iframe)\b[^>]*", page.read_text("utf-8"))
        assert [part for part in parts if re.search(r"""(?:src|href)=["']?(?:https?:)?//""", part)] == []
    assert 'src="home.png"' in (tmp_path / "index.html").read_text("utf-8")
    assert (tmp_path / "repository/crawler/topic/border_cooperation.toml").is_file()


def tasks_of_run() -> set[str]:
    return {"help", *re.findall(r"^task_([\w-]+)\(\)", read(ROOT / "run"), re.MULTILINE)}


@pytest.mark.parametrize(("page", "line"), sorted(set(command_lines())))
def test_every_command_line_shown_exists(page: str, line: str) -> None:
    program, *words = shlex.split(line)
    takes_value = {
        name
        for one in cli.params
        if isinstance(one, click.Option) and not one.is_flag and not one.count
        for name in one.opts
    }
    while words and words[0].startswith("-"):
        assert words[0] in options_of(cli) | {"-h", "--help"}
        del words[: 2 if words[0] in takes_value else 1]
    if not words or words[0] in {"COMMAND", "…"}:
        return
    if program == "./run" and words[0] in tasks_of_run():
        return
    command: click.Command = cli
    while isinstance(command, click.Group):
        if command is not cli and not words:
            return  # the group as such
        if command.invoke_without_command and words[0].startswith("-"):
            break  # the same, with options
        context = click.Context(command)
        assert words[0] in command.list_commands(context), f"{page}: {line}"
        found = command.get_command(context, words.pop(0))
        assert found is not None
        command = found
    unknown = {word for word in words if re.match(r"--?[a-z]", word)} - options_of(command) - {"-h", "--help"}
    assert not unknown, f"{page}: {line}"


def test_the_readme_names_what_ci_runs() -> None:
    script = re.sub(r"#.*", "", read(ROOT / ".ci" / "run"))
    called = {one.strip() for one in re.findall(r"\./run [^&|\n]+", script)}
    assert {"./run lint", "./run test", "./run package"} < called
    assert {line for line in called if line not in read(README)} == set()


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    titles = (found[2].lower() for found in _HEADING.finditer(prose(page)))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_leads_nowhere(page: Path) -> None:
    for link in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)}: {link}"
        assert not anchor or anchor in anchors(target), f"{name_of(page)}: {link}"


def test_every_path_that_the_design_names_exists() -> None:
    """A path from the root, or a file's bare name; ``ID`` stands for any id."""
    named = {code for code in _CODE.findall(prose(DESIGN)) if _PATH.fullmatch(code)}
    assert len(named) > 80
    files = {path.name for package in MAY_IMPORT for path in (ROOT / package).rglob("*.*")}
    wrong = {name for name in named if not any(ROOT.glob(name.replace("ID.", "*."))) and name not in files}
    assert wrong == set()


def test_the_design_tells_the_rooms_and_their_floors() -> None:
    told = {name: cells[0] for name, cells in table(DESIGN, "The house").items() if name.startswith("db/")}
    rooms = {f"db/{room}/": str(number) for number, floor in enumerate(FLOORS, 1) for room in floor}
    assert {name: cell for name, cell in told.items() if cell.isdigit()} == rooms
