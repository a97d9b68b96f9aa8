"""The log as JSON: one object per line with the same keys, no secret and nothing that a page says."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from biengioi import logs
from biengioi.logs import JsonLines
from biengioi.mistake import message_of, sentence_of, trace_of, without_secrets
from crawler.errors import StorageError
from tests.biengioi.program import Program
from tests.biengioi.test_revisit import PARAGRAPHS, TITLE, publish
from tests.mockserver import Answer, Site

KEYS = {"time", "level", "logger", "message", "run", "source", "error"}
FAST = {"BIENGIOI_SCHEDULE_TICK_S": "0.2", "BIENGIOI_SCHEDULE_MIN_FREE_MB": "1"}
SECRET = "mat-khau-rat-dai"


def objects(stderr: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in stderr.split("\n") if line]
    assert all(set(one) == KEYS for one in found)
    return found


def line(message: str, **more: Any) -> dict[str, Any]:
    record = logging.LogRecord("scheduler.service", logging.WARNING, "", 0, message, None, None)
    record.__dict__.update(more)
    (found,) = objects(JsonLines().format(record))
    return found


def raised(error: Exception) -> Exception:
    try:
        text = "Đoạn văn của bài báo"
        raise error
    except Exception as one:  # noqa: BLE001
        assert text
        return one


@pytest.mark.parametrize("message", ["a\nb", 'say "x"', "Cửa khẩu \u2028 \x1b[31m", "\udcff", "%s", ""])
def test_a_record_is_one_line_whatever_it_says(message: str) -> None:
    told = line(message, source="bao-a", run=7)
    assert (told["message"], told["source"], told["run"]) == (message, "bao-a", 7)
    assert (told["level"], told["logger"], told["error"]) == ("warning", "scheduler.service", None)
    assert abs((datetime.fromisoformat(told["time"]) - datetime.now(UTC)).total_seconds()) < 60


def test_an_error_is_told_by_its_place_and_not_by_what_a_page_says() -> None:
    error = raised(ValueError("Bí thư Tỉnh ủy hội đàm"))
    told = line("It failed", exc_info=(type(error), error, error.__traceback__))["error"]
    assert told["type"] == "ValueError"
    assert told["at"].startswith("biengioi/test_logs.py:")
    assert "22 characters" in told["message"]
    assert "Bí thư" not in json.dumps(told, ensure_ascii=False)


SAYS = {
    "of code": (TypeError("x() got an unexpected keyword argument 'y'"), "unexpected keyword argument 'y'"),
    "of the system": (OSError(28, "No space left on device"), "No space left"),
    "ours": (StorageError("biengioi.db is damaged; restore a backup."), "restore a backup"),
}
HIDES = [
    KeyError("Đoạn văn"), ValueError("Doan van cua bai bao"), AssertionError({"title": "Doan van"}),
    RuntimeError("Doan van"), UnicodeEncodeError("ascii", "Doan van", 0, 1, "Đoạn"), Exception("Doan van"),
    TypeError("not 'Đoạn văn'"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "said"), SAYS.values(), ids=SAYS)
def test_what_is_said_of_code_and_files_is_told(error: Exception, said: str) -> None:
    assert said in sentence_of(raised(error))


@pytest.mark.parametrize("error", HIDES, ids=lambda error: type(error).__name__)
def test_what_may_quote_a_page_is_left_out(error: Exception) -> None:
    for told in (message_of(error), sentence_of(raised(error)), trace_of(raised(error))):
        assert "Doan" not in told
        assert "Đoạn" not in told


def test_a_chain_of_causes_is_told_from_its_beginning_and_has_an_end() -> None:
    first: Exception = raised(KeyError("a"))
    for _ in range(40):
        second = RuntimeError("b")
        second.__cause__ = first
        first = raised(second)
    trace = trace_of(first)
    assert trace.count("which led to:") == 4
    assert trace.rstrip().endswith("may quote a page)")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://an:mat@mail.example/x", "https://********@mail.example/x"),
        ("discord://12345/token of a channel", "******** of a channel"),
        ("https://mail.example/@an", "https://mail.example/@an"),
        ("ab and abcd", "ab and ********"),
    ],
)
def test_secrets_are_masked_wherever_they_stand(text: str, wanted: str) -> None:
    assert without_secrets(text, ["discord://12345/token", "ab", "abcd", ""]) == wanted


def test_a_crawl_writes_json_alone_and_no_text_of_a_page(program: Program) -> None:
    with Site() as site:
        publish(site, program, [])
        site.routes["/chinh-tri/hong-post123457.html"] = Answer(status=500)
        run = program.run(
            "--log-format", "json", "-vv", "crawl", "--json", "bao",
            BIENGIOI_WEB_PASSWORD=SECRET, BIENGIOI_CONTACT=f"an:{SECRET}@x.example",
        )  # fmt: skip
    assert (run.status, run.json["stored"]) == (0, 1)
    told = objects(run.stderr)
    assert {one["run"] for one in told} == {1}
    (closed,) = (one for one in told if "1 stored" in one["message"])
    assert (closed["source"], closed["run"], closed["level"], closed["logger"]) == (
        "bao",
        1,
        "info",
        "biengioi",
    )
    assert any(one["level"] == "debug" and one["source"] == "bao" for one in told)
    assert SECRET not in run.stderr
    assert not [words for words in (TITLE, *PARAGRAPHS) if words[:20] in run.stderr]


def test_a_service_passes_on_what_its_crawls_say(program: Program) -> None:
    (program.folder / "biengioi.toml").write_text('[log]\nformat = "json"\n', encoding="utf-8")
    with Site() as site:
        publish(site, program, [])
        run = program.run("schedule", "--once", **FAST)
    assert run.status == 0, run.stderr
    told = objects(run.stderr)
    of_child = [one for one in told if one["logger"] == "biengioi" and one["source"] == "bao"]
    of_service = [one for one in told if one["logger"] == "scheduler.service" and one["source"] == "bao"]
    assert [one["run"] for one in (*of_child, *of_service)] == [1, 1]
    assert any("no `contact`" in one["message"] or one["level"] == "info" for one in told)


def test_a_mistake_on_the_command_line_is_json_too(program: Program) -> None:
    run = program.run("--log-format", "json", "show", "1")
    assert run.status == 2
    (told,) = objects(run.stderr)
    assert "There is no database" in told["message"]


def test_the_end_of_the_log_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    told = logs._Told()
    monkeypatch.setattr(logs, "_TOLD", told)
    end = logs._End()
    for number in range(1000):
        end.handle(logging.LogRecord("db", logging.INFO, "", 0, f"{number} {'x' * 5000}", None, None))
    assert len(logs.last_lines()) == 200
    assert sum(map(len, logs.last_lines())) < 500_000
    assert logs.last_lines()[-1].startswith("20")
    assert sys.stderr is not None
