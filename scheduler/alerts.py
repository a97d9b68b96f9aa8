"""Who is told what now: findings, new articles, the daily digest, each once per channel.

What was told is in the database, so nothing depends on this process living on. A message is written
down after its channel took it: a kill between the two repeats it, with the same key.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from crawler.alert_config import Alerts, Watch
from crawler.article import LOCAL_ZONE, Precision, Published, parse_instant
from crawler.errors import NotDelivered
from crawler.source import IMPORT
from db.articles.query import ArticleFilter
from db.events.query import reported_count
from db.file.connection import Connection
from db.service import notifications
from db.service.findings import open_findings
from db.service.notifications import DIGEST, Entry, Told
from scheduler.digest import digest_message, findings_message, watch_message
from scheduler.message import Message, Notifier

logger = logging.getLogger(__name__)

_FURTHER_THAN_ANY_PAUSE = timedelta(days=1)
_STEP = 200
"""So many new articles without a match are not looked at again."""


def deliver(conn: Connection, channels: Sequence[Notifier], alerts: Alerts, now: datetime) -> None:
    """Tell every channel what it has not been told; one that fails is left alone for a while.

    What a failing channel missed is told when it works again, as it is then.
    """
    states = notifications.channel_states(conn)
    for channel in channels:
        state = states.get(channel.name)
        pause = state.next_try_at - now if state and state.next_try_at else timedelta()
        if timedelta() < pause < _FURTHER_THAN_ANY_PAUSE:  # beyond it, the clock was set back
            continue
        try:
            for message, entries in _due(conn, channel.name, alerts, now):
                channel.send(message.render())
                notifications.note_told(conn, channel.name, entries, now)
        except NotDelivered as error:
            logger.warning("alerts: %s: %s", channel.name, error)
            notifications.note_failed(conn, channel.name, str(error), now)


def _due(
    conn: Connection, channel: str, alerts: Alerts, now: datetime
) -> Iterator[tuple[Message, list[Entry]]]:
    yield from _due_findings(conn, channel, alerts, now)
    for watch in alerts.watch:
        yield from _due_articles(conn, channel, watch, alerts, now)
    yield from _due_digest(conn, channel, alerts, now)


def _due_findings(
    conn: Connection, channel: str, alerts: Alerts, now: datetime
) -> Iterator[tuple[Message, list[Entry]]]:
    """Yield one message about all findings that the channel should hear of now."""
    chosen: dict[str, list[Told]] = {
        notifications.OPENED: [],
        notifications.REMINDER: [],
        notifications.RESOLVED: [],
    }
    for told in notifications.told_findings(conn, channel, now):
        event = event_now(told, alerts, now)
        if event:
            chosen[event].append(told)
    entries = [
        Entry(f"finding {told.finding.id}", event) for event, tolds in chosen.items() for told in tolds
    ]
    if entries:
        opened, ongoing, resolved = ([told.finding for told in tolds] for tolds in chosen.values())
        counts = [told.reminder_count for told in chosen[notifications.REMINDER]]
        key = f"{channel} {[(one.about, one.event) for one in entries]} {counts}"
        yield findings_message(opened, ongoing, resolved, key), entries


def event_now(told: Told, alerts: Alerts, now: datetime) -> str | None:
    """Return what a channel must be told of a finding now; None for nothing."""
    finding = told.finding
    if finding.resolved_at:
        return (
            notifications.RESOLVED if told.event in (notifications.OPENED, notifications.REMINDER) else None
        )
    if finding.severity.rank < alerts.min_severity.rank:
        return None
    if told.event is None:
        return notifications.OPENED if now - parse_instant(finding.opened_at) >= alerts.min_age else None
    is_time = told.at is not None and now - told.at >= alerts.remind_every
    return notifications.REMINDER if is_time else None


def _due_articles(
    conn: Connection, channel: str, watch: Watch, alerts: Alerts, now: datetime
) -> Iterator[tuple[Message, list[Entry]]]:
    """Yield the message about a watch's new articles; a new watch begins with what comes from now on."""
    about = f"watch {watch.name}"
    newest = notifications.newest_article(conn)
    last = notifications.last_told(conn, channel, about)
    if last is None:
        notifications.note_started(conn, channel, Entry(about, notifications.STARTED, newest), now)
        return
    wanted = ArticleFilter(
        source=watch.source, country=watch.country, place=watch.place, field=watch.field, grade=watch.grade
    )
    articles = _news(conn, wanted, watch.query, last[1], newest, alerts, now)
    if articles:
        key = f"{channel} {about} {last[1]} {newest}"
        yield watch_message(watch, articles, key), [Entry(about, notifications.ARTICLES, newest)]
    elif newest - last[1] >= _STEP:
        notifications.move_on(conn, channel, about, newest)


def _due_digest(
    conn: Connection, channel: str, alerts: Alerts, now: datetime
) -> Iterator[tuple[Message, list[Entry]]]:
    """Yield the digest that is due, one for all days that were missed; the first covers a day."""
    at = alerts.digest_time
    if at is None:
        return
    newest = notifications.newest_article(conn)
    last = notifications.last_told(conn, channel, DIGEST)
    if last is None:
        first = notifications.newest_article(conn, now - timedelta(days=1))
        notifications.note_started(conn, channel, Entry(DIGEST, notifications.STARTED, first), now)
        return
    local = now.astimezone(LOCAL_ZONE)
    due_at = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if due_at > local:
        due_at -= timedelta(days=1)
    if last[0] < due_at:
        articles = _news(conn, ArticleFilter(), "", last[1], newest, alerts, now)
        findings = [one for one in open_findings(conn) if one.severity.rank >= alerts.min_severity.rank]
        key = f"{channel} digest {due_at.date()}"
        yield (
            digest_message(
                due_at.date(), articles, findings, key, reported_count(conn, (one["id"] for one in articles))
            ),
            [Entry(DIGEST, notifications.ARTICLES, newest)],
        )


def _news(
    conn: Connection,
    wanted: ArticleFilter,
    query: str,
    after_id: int,
    up_to_id: int,
    alerts: Alerts,
    now: datetime,
) -> list[dict[str, Any]]:
    """Return what came in since, newest publication first, without back issues and imported texts."""
    first_day = (now - alerts.max_article_age).astimezone(LOCAL_ZONE).date()
    found = notifications.new_articles(conn, wanted, query, after_id, up_to_id)
    news = [one for one in found if one["source_id"] != IMPORT and not _is_older(one, first_day)]
    return sorted(news, key=lambda one: (one["published_at"] or one["fetched_at"], one["id"]), reverse=True)


def _is_older(article: dict[str, Any], first_day: date) -> bool:
    if not article["published_at"]:
        return False
    published = Published(article["published_at"], Precision(article["published_precision"]))
    return published.latest_local_day < first_day


def failing_channels(conn: Connection, channels: Sequence[Notifier]) -> list[notifications.Channel]:
    """Return those of the channels in use that do not take messages."""
    states = notifications.channel_states(conn)
    return [states[one.name] for one in channels if one.name in states and states[one.name].failure_count]
