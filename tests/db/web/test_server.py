"""What the server lets in and sends out, whatever the page."""

from __future__ import annotations

import base64
import hashlib
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import db.web
from crawler.declaration import read_toml
from db.schema import search
from db.web.described import INTERNAL, described_tables
from tests.db.web.conftest import serving
from tests.db.world import World

PAGES = (
    "/vi/", "/en/", "/vi/articles", "/en/articles/1", "/vi/sources", "/en/runs", "/en/runs/1", "/vi/events",
    "/en/threads", "/vi/timeline?q=bi%C3%AAn", "/en/top", "/vi/watches", "/en/edits", "/vi/places/cao-bang",
)  # fmt: skip
CONSOLE = ("/data", "/data/articles", "/data/articles/1", "/data?sql=select+1")
ERRORS = (
    "/vi/nothing",
    "/vi/articles/999999",
    "/en/articles?since=yesterday",
    "/data/nothing",
    "/%00",
    "/en/%FF",
)


def policy(answer: httpx.Response) -> dict[str, list[str]]:
    directives = answer.headers["content-security-policy"].split(";")
    return {name: values for name, *values in (one.split() for one in directives)}


@pytest.mark.parametrize("path", [*PAGES, *CONSOLE])
def test_pages_are_found(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, *CONSOLE, *ERRORS, "/", "/vi/articles.csv", "/static/style.css"])
def test_every_answer_carries_the_headers(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code < 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    assert "server" not in answer.headers
    rules = policy(answer)
    assert rules["default-src"] == ["'none'"]
    assert rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]
    assert "'unsafe-inline'" not in rules["script-src"]


@pytest.mark.parametrize("path", [*PAGES, "/vi/nothing"])
def test_our_pages_have_nothing_inline(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert policy(answer)["script-src"] == ["'self'"]
    assert "'unsafe-inline'" not in policy(answer)["style-src"]
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:", answer.text)


@pytest.mark.parametrize("path", CONSOLE)
def test_the_inline_scripts_of_datasette_are_named_by_their_hashes(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    scripts = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    assert scripts
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy(answer)["script-src"]


@pytest.mark.parametrize("path", [*CONSOLE, "/data/nothing"])
def test_no_page_says_which_version_it_is(client: httpx.Client, path: str) -> None:
    assert not re.search(r"0\.65|3\.11\.\d", client.get(path).text)


@pytest.mark.parametrize(
    "path",
    [
        "/-/versions",
        "/-/plugins.json",
        "/-/settings",
        "/-/databases.json",
        "/-/permissions",
        "/-/messages",
        "/-/auth-token?token=x",
        "/-/threads",
        "/-/logout",
        "/_internal",
        "/_memory",
        "/data.db",
        "/-/actor.json",
    ],
)
def test_what_datasette_says_of_itself_is_not_there(client: httpx.Client, path: str, library: World) -> None:
    answer = client.get(path)
    assert answer.status_code in (403, 404)
    assert str(library.path) not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/vi/", "/data", "/-/messages", "/data/articles/1"])
def test_only_reading_is_allowed(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path, content=b"a=1" * 1000)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_head_has_no_body(client: httpx.Client) -> None:
    answer = client.head("/vi/")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "sql",
    [
        "delete from articles",
        "insert into sources (id, name) values ('x', 'x')",
        "drop table articles",
        "pragma journal_mode = delete",
        "attach 'elsewhere.db' as x",
        "vacuum into 'elsewhere.db'",
        "with a as (select 1) delete from articles",
        "select load_extension('x')",
        "select writefile('elsewhere', 1)",
        "explain delete from articles",
    ],
)
def test_no_request_writes(client: httpx.Client, library: World, sql: str) -> None:
    def state() -> tuple[bytes, list[dict[str, object]]]:
        return library.path.read_bytes(), library.rows("SELECT count(*) FROM articles")

    before = state()
    answer = client.get("/data.json", params={"sql": sql})
    assert answer.status_code in (200, 400)
    for path in PAGES:
        client.get(path)
    assert state() == before


def test_a_question_that_takes_too_long_is_given_up(client: httpx.Client) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    answer = client.get("/data.json", params={"sql": endless})
    assert answer.status_code == 400
    assert answer.elapsed.total_seconds() < 6
    assert client.get("/vi/").status_code == 200


def test_the_console_gives_no_more_rows_than_it_may(client: httpx.Client) -> None:
    many = "with recursive n(i) as (select 1 union all select i + 1 from n limit 5000) select i from n"
    rows = client.get("/data.json", params={"sql": many, "_shape": "array"}).json()
    assert len(rows) == 1000


def test_the_console_says_what_tables_and_columns_hold(client: httpx.Client) -> None:
    page = client.get("/data").text
    assert "one cleaned text, once" in page
    assert "the newest 100 articles" in page
    about = re.search(
        r'<dl class="column-descriptions">.*?</dl>', client.get("/data/articles").text, re.DOTALL
    )
    assert about
    assert re.search(r"<dt>published_day</dt>\s*<dd>its day in Viet Nam", about[0])
    assert "where an offsite_redirect led" in client.get("/data/seeds").text  # a column that was added later


def test_what_people_see_in_the_console_is_described_and_nothing_else_is_shown(library: World) -> None:
    with library.connection() as conn:
        told = described_tables(conn)
        shadows = tuple(f"{name}_" for name in search.TABLES)
        for row in conn.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall():
            if row["name"] in INTERNAL or row["name"].startswith(shadows):
                continue
            columns = [one["name"] for one in conn.execute(f"PRAGMA table_xinfo({row['name']})")]
            assert list(told[row["name"]]["columns"]) == columns
            assert told[row["name"]]["description"]


@pytest.mark.parametrize("question", ["", "?_show_hidden=1"])
def test_tables_that_only_make_lookups_quick_are_hidden(client: httpx.Client, question: str) -> None:
    shown = set(re.findall(r'<h3><a href="/data/(\w+)"', client.get(f"/data{question}").text))
    assert {"articles", "latest", "runs"} <= shown
    internal = {"near_keys", "near_sketches", "search_queue", "search_words", "articles_in_letters"}
    assert shown & internal == (internal if question else set())


def test_the_console_stands_below_our_navigation(client: httpx.Client) -> None:
    ours = re.search(r'<nav class="pages".*?</nav>', client.get("/en/").text, re.DOTALL)
    assert ours
    addresses = set(re.findall(r'href="(/en/[^"]*)"', ours[0]))
    assert len(addresses) > 3
    for path in CONSOLE:
        page = client.get(path, headers={"accept-language": "en"}).text
        assert addresses <= set(re.findall(r'href="([^"]+)"', page)), path
        style = re.search(r'href="(/static/console.css[^"]*)"', page)
        assert style
        assert "prefers-color-scheme: dark" in client.get(style[1]).text


@pytest.mark.parametrize("word", ["khẩu", "KHẨU"])
def test_words_of_articles_are_found_in_the_console(client: httpx.Client, word: str) -> None:
    answer = client.get("/data/articles.json", params={"_search": word, "_shape": "array", "_size": "max"})
    assert answer.json()
    assert all("khẩu" in f"{row['title']} {row['text']}".lower() for row in answer.json())
    none = client.get("/data/articles.json", params={"_search": "zzzz", "_shape": "array"})
    assert none.json() == []


def test_our_functions_work_in_the_console(client: httpx.Client) -> None:
    answer = client.get("/data/articles.json", params={"_shape": "array", "_size": "1", "id__exact": "1"})
    assert [row["id"] for row in answer.json()] == [1]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8001", "127.0.0.1.evil.example", "", "[::2]:80", "a@localhost"]
)
def test_without_a_password_only_the_names_of_this_machine_are_answered(
    client: httpx.Client, host: str
) -> None:
    """Else a foreign page could read everything under a name that it points to 127.0.0.1."""
    answer = client.get("/vi/", headers={"host": host})
    assert answer.status_code in (400, 421)
    assert "biên giới" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:80"])
def test_this_machine_is_answered_by_its_names(client: httpx.Client, host: str) -> None:
    assert client.get("/vi/", headers={"host": host}).status_code == 200


def test_a_password_is_asked_for_on_every_address(library: World, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("đường dây nóng\n", encoding="utf-8")
    with (
        serving(library.path, "--password-file", str(tmp_path / "word")) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        for path in (
            "/",
            "/vi/",
            "/data.json?sql=select+1",
            "/static/style.css",
            "/nothing",
            "/vi/articles.csv",
        ):
            answer = client.get(path)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Basic ")
            assert "biên" not in answer.text
        for wrong in (("a", "sai"), ("đường dây nóng", ""), ("a", "đường dây nóng ")):
            credentials = base64.b64encode(":".join(wrong).encode()).decode()
            assert client.get("/vi/", headers={"authorization": f"Basic {credentials}"}).status_code == 401
        assert client.get("/vi/", headers={"authorization": "Basic ???"}).status_code == 401
        credentials = base64.b64encode("ai cũng được:đường dây nóng".encode()).decode()
        answer = client.get("/vi/", headers={"authorization": f"Basic {credentials}", "host": "any.example"})
        assert answer.status_code == 200
        assert "no-store" in answer.headers["cache-control"]


def run(database: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-P", "-m", "biengioi", "--db", str(database), "serve", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30, cwd=database.parent, check=False)


def test_another_host_needs_a_password(library: World) -> None:
    done = run(library.path, "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 2
    assert "password" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_good_order(library: World, number: signal.Signals) -> None:
    argv = [sys.executable, "-P", "-m", "biengioi", "--db", str(library.path), "serve", "--port", "0"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=15)
    assert (process.returncode, stderr) == (0, "")


def test_the_files_of_others_are_what_they_were() -> None:
    vendor = Path(db.web.__file__).parent / "static" / "vendor"
    declared = read_toml(vendor / "ORIGIN.toml")["file"]
    for one in declared:
        assert hashlib.sha256((vendor / one["name"]).read_bytes()).hexdigest() == one["sha256"]
        assert one["version"] in one["name"]
        assert "Permission to use, copy, modify" in (vendor / one["licence"]).read_text(encoding="utf-8")
    assert {path.name for path in vendor.glob("*.js")} == {one["name"] for one in declared}


def test_a_port_that_is_taken_is_a_sentence(library: World, site: str) -> None:
    done = run(library.path, "--port", site.rpartition(":")[2])
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    done = run(tmp_path / "none.db", "--port", "0")
    assert done.returncode == 2
    assert "biengioi crawl" in done.stderr


def test_a_file_name_that_looks_like_an_address_is_a_name(library: World, tmp_path: Path) -> None:
    path = tmp_path / "a?mode=rw&b#c%20.db"
    with sqlite3.connect(library.path) as source, sqlite3.connect(path) as target:
        source.backup(target)
    with serving(path) as address:
        assert httpx.get(f"{address}/vi/", trust_env=False).status_code == 200


def test_static_files_may_be_kept_and_pages_may_not(client: httpx.Client) -> None:
    page = client.get("/vi/")
    assert page.headers["cache-control"] == "no-cache"
    for link in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
        answer = client.get(link)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_nothing_outside_the_static_folder_is_served(client: httpx.Client) -> None:
    for path in ("/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py", "/static/"):
        answer = client.get(path)
        assert answer.status_code in (302, 403, 404)
        assert "immutable" not in answer.headers.get("cache-control", "")
