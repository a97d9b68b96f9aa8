"""Who is told what, through real channels: a program, a mail server, a web server on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import pytest

from crawler.alert_config import Alerts, DigestRhythm, Mail, MailSecurity, Watch
from crawler.article import Article, Precision, Published, format_instant, parse_instant
from crawler.config import Config, load_config
from crawler.errors import DeclarationError, NotDelivered
from crawler.finding import Facts, FindingKind, Found, Severity
from crawler.language import Language, languages
from crawler.sentence import say
from crawler.topic.relevance import Relevance
from crawler.topic.topic import Topic
from db.service.findings import record
from scheduler.alert_channels import AppriseChannel, CommandChannel, MailChannel, channels
from scheduler.alerts import deliver, last_due
from scheduler.evidence import found
from scheduler.message import Item, Message, Notification, Section
from scheduler.oversight import Oversight
from tests.articles import CORE, make_article
from tests.db.world import PAPER, World
from tests.scheduler.sinks import MailServer, WebServer, serving

# 09:00 in Viet Nam; the digest was due two hours ago.
START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SECRET = "hunter2-geheim"
SILENT = Found(None, FindingKind.SILENT, Severity.WARNING, "Nothing new for 9 hours.", "Open it.")
DISK = Found(None, FindingKind.LOW_DISK, Severity.ERROR, "5 MB are free.", "Free space.")


class Room:
    """A database, a clock, and a channel that remembers; `is_broken` makes it refuse."""

    name = "room"

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.world = World(folder)
        self.world.now = START
        self.alerts = Alerts(**{"min_age": timedelta(), "digest_at": "", **settings})
        self.notifications: list[Notification] = []
        self.is_broken = False
        self.language: Language | None = None

    def send(self, notification: Notification) -> None:
        if self.is_broken:
            raise NotDelivered("the door is locked")
        self.notifications.append(notification)

    def deliver(self, **passed: float) -> list[Notification]:
        """What is told after that much time."""
        self.world.pass_time(**passed)
        before = len(self.notifications)
        with self.world.connection() as conn:
            deliver(conn, [self], self.alerts, self.world.now, self.language)
        return self.notifications[before:]

    def find(self, *found: Found) -> None:
        with self.world.connection() as conn:
            record(conn, found, self.world.now)

    def keep(self, *articles: Article, relevance: Relevance = CORE) -> None:
        async def crawl() -> None:
            async with self.world.crawl() as crawl:
                for article in articles:
                    decision = await crawl.keep(article, relevance=relevance)
                    assert decision.article_id

        asyncio.run(crawl())


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def subjects(notifications: list[Notification]) -> list[str]:
    return [one.subject for one in notifications]


# --- findings -----------------------------------------------------------------------------------------


def test_a_finding_is_told_once_reminded_of_and_told_again_when_resolved(room: Room) -> None:
    room.find(SILENT)
    assert subjects(room.deliver()) == ["biengioi: installation: silent"]
    assert room.deliver(hours=1) == []
    assert room.deliver(days=2) == []
    assert "STILL OPEN" in room.deliver(days=1)[0].text
    assert room.deliver(days=1) == []
    room.find()
    (resolved,) = room.deliver()
    assert resolved.subject == "biengioi: installation: silent resolved"
    assert "until 2026-11-25 10:00" in resolved.text
    assert room.deliver(days=9) == []


def test_what_was_right_again_before_its_age_is_never_told(room: Room) -> None:
    room.alerts = replace(room.alerts, min_age=timedelta(hours=2))
    room.find(SILENT)
    assert room.deliver(hours=1) == []
    room.find()
    assert room.deliver(hours=3) == []
    room.find(SILENT)
    assert len(room.deliver(hours=2)) == 1


def test_mild_findings_are_not_told(room: Room) -> None:
    room.find(replace(SILENT, severity=Severity.INFO))
    assert room.deliver(days=1) == []


def test_what_comes_together_is_one_message(room: Room) -> None:
    room.find(SILENT)
    room.deliver()
    room.find(DISK)
    (both,) = room.deliver()
    assert "NEW" in both.text
    assert "RESOLVED" in both.text
    assert both.severity is Severity.ERROR
    assert both.facts["COUNT"] == "1 new, 1 resolved"


def test_a_failing_channel_is_left_alone_for_longer_each_time_and_nothing_is_lost(room: Room) -> None:
    room.find(SILENT)
    room.is_broken = True
    waits = []
    for _ in range(12):
        room.deliver()
        (row,) = room.world.rows("SELECT * FROM alert_channels")
        until = datetime.fromisoformat(row["next_try_at"])
        waits.append((until - room.world.now) / timedelta(minutes=1))
        room.world.now = until - timedelta(seconds=1)
        room.deliver()
        assert room.world.rows("SELECT failure_count FROM alert_channels") == [
            {"failure_count": row["failure_count"]}
        ]
        room.world.now = until
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == 360
    room.find(DISK)
    room.is_broken = False
    (late,) = room.deliver()
    assert "low_disk" in late.text
    assert "silent" not in late.text  # it came and went unseen: there is nothing left to do about it
    (row,) = room.world.rows("SELECT * FROM alert_channels")
    assert (row["failure_count"], row["next_try_at"], row["last_error"]) == (0, None, None)


def test_a_clock_that_was_set_back_does_not_silence_a_channel(room: Room) -> None:
    room.is_broken = True
    room.find(SILENT)
    room.deliver()
    room.is_broken = False
    assert len(room.deliver(days=-30)) == 0  # opened in the future: not old enough
    room.world.now = START - timedelta(days=2)
    room.find(SILENT, DISK)
    assert len(room.deliver()) == 1


# --- articles -----------------------------------------------------------------------------------------


def story(number: int, **changes: Any) -> Article:
    return make_article(number, published=Published("2026-11-20T01:30:00Z", Precision.MINUTE), **changes)


def test_a_watch_tells_new_articles_once_and_begins_with_what_comes(tmp_path: Path) -> None:
    room = Room(tmp_path, watch=(Watch("Trung Quốc", country="CN"), Watch("Lào", country="LA")))
    room.keep(story(1))
    assert room.deliver() == []
    room.keep(story(2), story(3))
    (told,) = room.deliver(hours=1)
    assert told.facts == {"KIND": "watch", "NAME": "Trung Quốc", "COUNT": "2"}
    assert "https://bao-thu.example/tin/2.html" in told.text
    assert "https://bao-thu.example/tin/1.html" not in told.text
    assert room.deliver(hours=1) == []


def test_a_watch_with_a_query_means_its_diacritics(tmp_path: Path) -> None:
    queries = ("chuyến hàng", "chuyen hang", "chuyên hang", '"hàng chuyến"')
    room = Room(tmp_path, watch=tuple(Watch(query, query=query) for query in queries))
    room.deliver()
    room.keep(story(2))
    assert [one.facts["NAME"] for one in room.deliver()] == ["chuyến hàng", "chuyen hang"]


def test_back_issues_imported_texts_and_repetitions_are_no_news(tmp_path: Path) -> None:
    room = Room(tmp_path, watch=(Watch("alles"),))
    room.deliver()
    old = make_article(4, published=Published("2025-03-01", Precision.DAY))
    undated = make_article(5, published=None)
    room.keep(old, undated)
    text = tmp_path / "một.txt"
    text.write_text("Một bài cũ.", encoding="utf-8")
    with room.world.collection() as collection:
        collection.import_paths([text], Topic.load())
    (told,) = room.deliver()
    assert told.facts["COUNT"] == "1"
    assert "/tin/5.html" in told.text


def test_many_articles_without_a_match_are_not_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.alerts._STEP", 3)
    room = Room(tmp_path, watch=(Watch("Lào", country="LA"),))
    room.deliver()
    room.keep(*map(story, range(4)))
    assert room.deliver() == []
    assert room.world.rows("SELECT event, article_id FROM notices") == [{"event": "started", "article_id": 4}]


def test_the_digest_comes_once_a_day_grouped_by_country_and_place(tmp_path: Path) -> None:
    room = Room(tmp_path, digest_at="07:00")
    room.keep(story(1))
    assert room.deliver() == []
    lao = replace(CORE, countries=("LA",), places=("cha-lo-gate",))
    china = replace(CORE, places=("lang-son", "tra-linh-gate"))
    room.keep(story(2), relevance=lao)
    room.keep(story(3), story(4), relevance=china)
    room.find(SILENT)
    digests = [
        notification
        for notification in room.deliver(hours=22, minutes=1)
        if notification.facts["KIND"] == "digest"
    ]
    (digest,) = digests
    assert digest.subject == "biengioi: 2026-11-22: 4 new articles, 1 open finding"
    order = [digest.text.index(word) for word in ("TRUNG QUỐC · LẠNG SƠN", "LÀO", "NEEDS A PERSON")]
    assert order == sorted(order)
    assert make_article(2).lead[:40] in digest.text  # type: ignore[index]
    assert room.deliver(hours=1) == []


def test_after_days_without_the_service_one_digest_covers_them(tmp_path: Path) -> None:
    room = Room(tmp_path, digest_at="07:00")
    room.deliver()
    room.keep(story(1))
    (digest,) = room.deliver(days=5)
    assert digest.facts == {"KIND": "digest", "DAY": "2026-11-26", "COUNT": "1"}
    (empty,) = room.deliver(days=1)
    assert "no new articles" in empty.subject


def test_a_message_that_was_sent_twice_after_a_kill_has_the_same_key(tmp_path: Path) -> None:
    room = Room(tmp_path, watch=(Watch("alles"),))
    room.deliver()
    room.keep(story(1))
    room.find(SILENT)
    first = room.deliver()
    with room.world.connection() as conn:  # as if the process had died before the commit
        conn.execute("DELETE FROM notices WHERE event <> 'started'")
    assert [one.key for one in room.deliver(seconds=5)] == [one.key for one in first]


# --- what messages look like --------------------------------------------------------------------------

NASTY = (
    "Tin\r\nBcc: all@example.org\x1b[31m <script>alert(1)</script> *đậm* [x](javascript:1)"
    " @everyone \u202etxt"
)


def rendered(**changes: Any) -> Notification:
    item = Item(NASTY, "javascript:alert(1)", note=NASTY, body=NASTY)
    values: dict[str, Any] = {
        "kind": "watch",
        "key": "k",
        "subject": NASTY,
        "sections": [Section(NASTY, [item])],
    }
    return Message(**{**values, **changes}).render()


def test_scraped_text_is_harmless_in_every_form() -> None:
    notification = rendered(facts={"NAME": NASTY})
    for form in (
        notification.subject,
        notification.text,
        notification.html,
        notification.chat,
        notification.facts["NAME"],
    ):
        assert not {"\r", "\x1b", "\u202e"} & set(form)
        assert "javascript:alert" not in form
    assert "\n" not in notification.subject + notification.facts["NAME"]
    assert "<script>" not in notification.html
    assert not {"*", "[", "]", "<", ">", "@", "_", "`"} & set(notification.chat)
    assert "Tin  Bcc: all" in notification.text


def test_a_link_cannot_carry_markup() -> None:
    url = 'https://bao.example/a_(b)"><b>*x*'
    notification = rendered(sections=[Section("", [Item("Tin", url)])])
    assert "https://bao.example/a_%28b%29%22%3E%3Cb%3E%2Ax%2A" in notification.chat
    assert "<b>*x" not in notification.html


def test_a_chat_message_is_cut_at_an_item() -> None:
    items = [
        Item(f"Tin {number}", f"https://bao.example/{number}", body="một hai ba " * 20)
        for number in range(90)
    ]
    notification = rendered(subject="Tin", sections=[Section("", items)])
    assert len(notification.chat) < 4000
    assert notification.chat.endswith("(shortened)\n")
    assert "Tin 89" in notification.text


# --- real channels ------------------------------------------------------------------------------------


def notification(**changes: Any) -> Notification:
    return rendered(
        subject="Cửa khẩu Lũng Vài", sections=[Section("", [Item("Tin", "https://bao.example/1")])], **changes
    )


@pytest.fixture
def program(tmp_path: Path) -> tuple[str, ...]:
    """A command that writes down what it is given."""
    script = tmp_path / "kênh.py"
    script.write_text(
        "import json, os, sys\n"
        "facts = {k: v for k, v in os.environ.items() if k.startswith(('ALERT_', 'BIENGIOI_'))}\n"
        "json.dump([sys.argv[1:], sys.stdin.buffer.read().decode(), facts], open(sys.argv[1], 'w'))\n",
        encoding="utf-8",
    )
    return (sys.executable, str(script), str(tmp_path / "told.json"), "$(id); `id`")


def test_a_command_gets_the_message_and_facts_and_no_secrets(
    program: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIENGIOI_ALERTS_SMTP_PASSWORD", SECRET)
    sent = notification(facts={"NAME": "Lũng Vài"})
    CommandChannel(program, 20).send(sent)
    arguments, text, facts = json.loads(Path(program[2]).read_text())
    assert arguments[1] == "$(id); `id`"
    assert text == sent.text
    assert facts["ALERT_NAME"] == "Lũng Vài"
    assert facts["ALERT_KEY"] == sent.key
    assert facts["ALERT_SUBJECT"] == "biengioi: Cửa khẩu Lũng Vài"
    assert not [name for name in facts if name.startswith("BIENGIOI_")]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise SystemExit(3)", "ended with status 3"),
        ("import time; time.sleep(60)", "did not end within 0.5 s"),
        ("import os, time; os.fork() or time.sleep(60); time.sleep(60)", "did not end within 0.5 s"),
    ],
)
def test_a_command_that_fails_or_hangs_is_reported_and_leaves_nothing(code: str, says: str) -> None:
    begun = time.monotonic()
    with pytest.raises(NotDelivered, match=says):
        CommandChannel((sys.executable, "-S", "-c", code), 0.5 if "sleep" in code else 20).send(
            notification()
        )
    assert time.monotonic() - begun < 20


def test_a_command_that_is_not_there_is_reported() -> None:
    with pytest.raises(NotDelivered, match="could not be started"):
        CommandChannel(("/không/có",), 5).send(notification())


def test_a_command_need_not_read_its_input() -> None:
    CommandChannel((sys.executable, "-S", "-c", "pass"), 20).send(
        replace(notification(), text="x" * 1_000_000)
    )


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    with serving(server):
        yield server


def mail(port: int, **changes: Any) -> MailChannel:
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": MailSecurity.NONE,
        "sender": "may@example.org",
        "to": ("nguoi@example.org", "ban@example.org"),
    }
    return MailChannel(Mail(**{**values, **changes}), 5)


def test_a_mail_has_both_forms_and_an_id_that_tells_repetitions(mail_server: MailServer) -> None:
    for _ in range(2):
        mail(mail_server.port, user="may", password=SECRET).send(notification())
    first, again = mail_server.messages
    assert first["Subject"] == "biengioi: Cửa khẩu Lũng Vài"
    assert first["To"] == "nguoi@example.org, ban@example.org"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == again["Message-ID"]
    plain, html = first.get_body(("plain",)), first.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "https://bao.example/1" in plain.get_content()
    assert '<a href="https://bao.example/1"' in html.get_content()


def test_a_subject_cannot_add_a_header(mail_server: MailServer) -> None:
    mail(mail_server.port).send(rendered())
    assert mail_server.messages[0]["Bcc"] is None
    assert "Bcc: all" in mail_server.messages[0]["Subject"]


def test_a_server_that_refuses_is_reported_without_its_words(mail_server: MailServer) -> None:
    mail_server.refuses = True
    with pytest.raises(NotDelivered) as error:
        mail(mail_server.port).send(notification())
    assert "secret words" not in str(error.value)
    with pytest.raises(NotDelivered, match="could not be used"):
        mail(1).send(notification())


def test_without_tls_on_offer_no_password_is_sent(mail_server: MailServer) -> None:
    channel = mail(mail_server.port, security=MailSecurity.STARTTLS, user="may", password=SECRET)
    with pytest.raises(NotDelivered):
        channel.send(notification())
    assert not [command for command in mail_server.commands if command.startswith(("AUTH", "MAIL"))]


def test_apprise_posts_to_a_web_service() -> None:
    server = WebServer()
    with serving(server):
        channel = AppriseChannel("json-1", f"json://127.0.0.1:{server.port}/{SECRET}", 10)
        channel.send(notification())
        assert server.documents[0]["title"] == "biengioi: Cửa khẩu Lũng Vài"
        assert "https://bao.example/1" in server.documents[0]["message"]
        server.status = 500
        with pytest.raises(NotDelivered) as error:
            channel.send(notification())
        assert SECRET not in str(error.value)
    with pytest.raises(NotDelivered, match="none that apprise knows"):
        AppriseChannel("url-1", "không phải địa chỉ", 10).send(notification())


# --- secrets and configuration ------------------------------------------------------------------------

SETTINGS = f"""
[alerts]
urls = ["json://127.0.0.1:1/{SECRET}"]
min_age = "0s"
[alerts.smtp]
host = "127.0.0.1"
port = 1
user = "may"
password = "{SECRET}"
sender = "may@example.org"
to = ["nguoi@example.org"]
[[alerts.watch]]
name = "Trà Lĩnh"
query = "cửa khẩu OR lối mở"
place = "tra-linh-gate"
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "biengioi.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return load_config(path, {"BIENGIOI_ALERTS_COMMAND": "/không/có,--nhanh"})


def test_the_configuration_names_the_channels(config: Config) -> None:
    assert [channel.name for channel in channels(config.alerts)] == ["command", "mail", "json-1"]
    assert config.alerts.command == ("/không/có", "--nhanh")
    assert config.alerts.watch[0].place == "tra-linh-gate"
    assert channels(Alerts()) == []


def test_secrets_are_shown_nowhere(config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not by the configuration, not in the log, findings, messages or database, though all channels fail."""
    caplog.set_level(logging.DEBUG)
    world = World(tmp_path)
    asyncio.run(_crawled(world))
    oversight = Oversight(world.path, config)
    for _ in range(4):
        world.pass_time(hours=7)
        oversight.check({PAPER.id: PAPER}, world.now, problems=["bao.toml: broken."])
    (failed,) = world.rows("SELECT evidence FROM findings WHERE kind = 'alert_failed'")
    assert "command" in failed["evidence"]
    assert "mail" in failed["evidence"]
    assert "json-1" in failed["evidence"]
    assert SECRET not in caplog.text
    assert SECRET not in repr(config)
    assert SECRET not in str(list(config.values()))
    assert ("alerts.smtp.password", "********") in [(key, value) for key, value, _ in config.values()]
    for file in tmp_path.glob("test.db*"):
        assert SECRET.encode() not in file.read_bytes()


async def _crawled(world: World) -> None:
    async with world.crawl():
        pass


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f'[alerts]\nurls = "{SECRET}"', "alerts.urls: is of the wrong type"),
        ("[alerts.smtp]\npassword = 12345", "alerts.smtp.password: is of the wrong type"),
        ('[alerts]\ndigest_at = "7 Uhr"', 'digest_at must be a time like "07:00"'),
        ('[alerts.smtp]\nhost = "mail"\nsender = "may"\nto = ["x y"]', "is not a mail address"),
        ('[[alerts.watch]]\nname = "a"\nplaec = "x"', "alerts.watch[0].plaec: unknown key"),
        ('[[alerts.watch]]\nname = "a"\n[[alerts.watch]]\nname = "a"', "two watches have the same name"),
    ],
)
def test_a_mistake_is_named_without_a_secret(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "biengioi.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as error:
        load_config(path, {})
    assert says in str(error.value)
    assert SECRET not in str(error.value)
    assert "12345" not in str(error.value)


# --- oversight ----------------------------------------------------------------------------------------


def test_oversight_finds_tells_and_resolves(tmp_path: Path, program: tuple[str, ...]) -> None:
    """One look finds a mistake in a file and tells it; a later one tells that it is mended."""
    world = World(tmp_path)
    alerts = Alerts(command=program, min_age=timedelta(), digest_at="")
    oversight = Oversight(world.path, replace(Config(), alerts=alerts))
    opened = oversight.check({}, world.now, problems=["bao.toml: nmae: unknown key."]).opened
    assert [one.kind for one in opened] == [FindingKind.INVALID_SOURCE_FILE]
    told = Path(program[2])
    assert "unknown key" in told.read_text()
    world.pass_time(minutes=1)
    assert oversight.check({}, world.now, problems=["bao.toml: nmae: unknown key."]).opened == ()
    world.pass_time(minutes=1)
    assert len(oversight.check({}, world.now).resolved) == 1
    assert "resolved" in told.read_text()


def test_a_source_is_judged_by_its_crawls_and_no_longer_once_it_is_gone(tmp_path: Path) -> None:
    world = World(tmp_path)
    oversight = Oversight(world.path, Config())
    for _ in range(3):
        asyncio.run(_crawled(world))
        world.pass_time(minutes=30)
    (silent,) = oversight.check({PAPER.id: PAPER}, world.now).opened
    assert (silent.source_id, silent.kind) == (PAPER.id, FindingKind.SILENT)
    assert len(oversight.check({PAPER.id: PAPER}, world.now).continuing) == 1
    again = Oversight(world.path, Config())  # after a restart
    assert len(again.check({PAPER.id: PAPER}, world.now).continuing) == 1
    assert len(again.check({PAPER.id: replace(PAPER, enabled=False)}, world.now).resolved) == 1
    assert format_instant(world.now) in str(world.rows("SELECT resolved_at FROM findings"))


# --- watches of their own, and the language -----------------------------------------------------------


def test_a_watch_that_was_added_is_told_like_one_of_the_configuration(tmp_path: Path) -> None:
    room = Room(tmp_path, watch=(Watch("Trung Quốc", country="CN"),))
    with room.world.collection() as collection:
        collection.add_watch(Watch("hàng", "chuyến hàng"))
        collection.add_watch(Watch("lặng lẽ", country="CN", alert=False))
    room.deliver()
    room.keep(story(2))
    assert [one.facts["NAME"] for one in room.deliver(hours=1)] == ["Trung Quốc", "hàng"]
    with room.world.collection() as collection:
        collection.remove_watch("hàng")
    room.keep(story(3))
    assert [one.facts["NAME"] for one in room.deliver(hours=1)] == ["Trung Quốc"]


def test_a_watch_that_was_added_begins_then_and_not_when_the_service_looks(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.keep(story(1))
    room.world.now += timedelta(hours=1)
    with room.world.collection() as collection:
        collection.add_watch(Watch("hàng", country="CN"))
    room.keep(story(2))
    (told,) = room.deliver(hours=1)
    assert "/tin/2.html" in told.text
    assert "/tin/1.html" not in told.text
    room.name = "another"  # a channel that comes later begins with what comes from then on
    assert room.deliver(hours=1) == []


def test_a_watch_has_a_digest_of_its_own_of_what_is_new(tmp_path: Path) -> None:
    """START is a Saturday, two hours after digests are due; weekly ones come on Mondays."""
    rhythms = (DigestRhythm.DAILY, DigestRhythm.WEEKLY)
    watches = tuple(Watch(one, country="CN", alert=False, digest=one) for one in rhythms)
    room = Room(tmp_path, watch=watches)
    room.keep(story(1))
    assert room.deliver() == []
    room.keep(story(2), story(3))
    (sunday,) = room.deliver(hours=23)
    assert sunday.facts == {"KIND": "watch_digest", "NAME": "daily", "DAY": "2026-11-22", "COUNT": "2"}
    assert sunday.subject == "biengioi: daily, 2026-11-22: 2 new articles"
    assert "/tin/1.html" not in sunday.text
    room.keep(story(4))
    told = {one.facts["NAME"]: one.facts["COUNT"] for one in room.deliver(days=1)}
    assert told == {"daily": "1", "weekly": "3"}
    assert room.deliver(hours=1) == []
    assert room.deliver(days=1) == []  # nothing new is nothing to say
    room.keep(story(5))
    assert room.deliver(hours=1) == []  # and what comes later that day waits
    assert [one.facts["NAME"] for one in room.deliver(days=1)] == ["daily"]


@pytest.mark.parametrize(
    ("now", "rhythm", "due"),
    [
        ("2026-11-22T23:29:00Z", "daily", "2026-11-21T23:30:00Z"),
        ("2026-11-23T23:30:00Z", "daily", "2026-11-23T23:30:00Z"),
        ("2026-11-22T23:29:00Z", "weekly", "2026-11-15T23:30:00Z"),  # Monday, a minute too early
        ("2026-11-22T23:31:00Z", "weekly", "2026-11-22T23:30:00Z"),
        ("2026-11-28T12:00:00Z", "weekly", "2026-11-22T23:30:00Z"),
    ],
)
def test_digests_are_due_at_a_time_in_viet_nam(now: str, rhythm: str, due: str) -> None:
    found = last_due(parse_instant(now), clock_time(6, 30), DigestRhythm(rhythm))
    assert format_instant(found) == due


def test_digests_of_watches_come_without_the_daily_one() -> None:
    assert Alerts(digest_at="").watch_digest_time == clock_time(7)
    assert Alerts(digest_at="05:15").watch_digest_time == clock_time(5, 15)


def test_what_is_told_is_in_the_language_of_the_configuration(tmp_path: Path) -> None:
    room = Room(tmp_path, digest_at="07:00")
    room.language = languages()["vi"]
    room.deliver()
    room.keep(story(2))
    gap = say("evidence.silent", gap=timedelta(hours=9), last=START)
    advice = say("advice.silent", id=PAPER.id, homepage=PAPER.homepage)
    room.find(found(PAPER.id, FindingKind.SILENT, Severity.WARNING, gap, advice), DISK)
    finding, digest = room.deliver(hours=23)
    assert finding.subject == "biengioi: Báo Thử: Im lặng bất thường và 1 mục khác"
    assert "Không có gì mới trong 9 giờ, từ 09:00 21/11/2026 (giờ Việt Nam). Cần làm: Mở" in finding.text
    assert "`biengioi sources check bao-thu`" in finding.text
    assert "5 MB are free." in finding.text  # of a row that has only words
    assert "Báo Thử, 08:30 20/11/2026, bài 1" in digest.text
    assert digest.subject == "biengioi: 22/11/2026: 1 bài mới, 2 vấn đề đang mở"
    assert '<html lang="vi">' in digest.html
    room.find()
    assert "đã hết" in room.deliver()[0].subject


def test_papers_are_called_by_their_names(room: Room) -> None:
    room.keep(story(1))
    advice = say("advice.seed_dead", id=PAPER.id, homepage=PAPER.homepage)
    evidence = say("evidence.seed_redirects", url="https://bao-thu.example/rss")
    room.find(found(PAPER.id, FindingKind.SEED_DEAD, Severity.ERROR, evidence, advice))
    (told,) = room.deliver()
    assert told.subject == "biengioi: Báo Thử: seed_dead"
    assert "biengioi sources check bao-thu" in told.text


def test_a_finding_of_words_that_we_do_not_have_is_told_as_it_was_written_down(room: Room) -> None:
    facts = Facts((say("evidence.of_another_release", n=3),), (say("advice.silent"),))
    room.find(replace(SILENT, facts=facts))
    assert SILENT.evidence in room.deliver()[0].text
    assert Facts.from_json("[]") is None
    assert Facts.from_json('{"evidence": [{"key": "x", "values": {"y": {"z": 1}}}], "advice": []}') is None
