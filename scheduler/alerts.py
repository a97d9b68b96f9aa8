"""Who is told what now: findings, new articles, digests of the day and of watches, each once per channel.

What was told is in the database, so nothing depends on this process living on. A message is written
down after its channel took it: a kill between the two repeats it, with the same key.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from crawler.alert_config import Alerts, DigestRhythm
from crawler.article import LOCAL_ZONE, Precision, Published, parse_instant
from crawler.errors import NotDelivered
from crawler.language import Language, english
from crawler.source import IMPORT
from db.articles.query import ArticleFilter
from db.events.query import reported_count
from db.file.connection import Connection
from db.service import notifications
from db.service.findings import open_findings
from db.service.notifications import DIGEST, Entry, Told
from db.service.watches import SavedWatch, alert_of, all_watches, digest_of, filter_of
from scheduler.digest import digest_message, findings_message, watch_digest_message, watch_message
from scheduler.message import Message, Notifier

logger = logging.getLogger(__name__)

_FURTHER_THAN_ANY_PAUSE = timedelta(days=1)
_STEP = 200
"""So many new articles without a match are not looked at again."""


def deliver(
    conn: Connection,
    channels: Sequence[Notifier],
    alerts: Alerts,
    now: datetime,
    language: Language | None = None,
) -> None:
    """Tell every channel what it has not been told; one that fails is left alone for a while.

    What a failing channel missed is told when it works again, as it is then.

    Args:
        language: in which people are told; English where nobody says.
    """
    if not channels:
        return
    states = notifications.channel_states(conn)
    watches = all_watches(conn, alerts.watch)
    for channel in channels:
        state = states.get(channel.name)
        pause = state.next_try_at - now if state and state.next_try_at else timedelta()
        if timedelta() < pause < _FURTHER_THAN_ANY_PAUSE:  # beyond it, the clock was set back
            continue
        desk = _Desk(conn, channel.name, alerts, now, language or english())
        try:
            for message, entries in desk.due(watches):
                channel.send(message.render())
                notifications.note_told(conn, channel.name, entries, now)
        except NotDelivered as error:
            logger.warning("alerts: %s: %s", channel.name, error)
            notifications.note_failed(conn, channel.name, str(error), now)


Due = Iterator[tuple[Message, list[Entry]]]
"""Messages, each with what is written down once its channel took it."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one channel is to be told now."""

    conn: Connection
    channel: str
    alerts: Alerts
    now: datetime
    language: Language

    def due(self, watches: Sequence[SavedWatch]) -> Due:
        """Yield what is due, in the order in which it is told."""
        yield from self._findings()
        for saved in watches:
            if saved.watch.alert:
                yield from self._articles(saved)
        yield from self._digest()
        for saved in watches:
            if saved.watch.digest is not DigestRhythm.NONE:
                yield from self._watch_digest(saved)

    def _findings(self) -> Due:
        """Yield one message about all findings that the channel should hear of now."""
        chosen: dict[str, list[Told]] = {
            notifications.OPENED: [],
            notifications.REMINDER: [],
            notifications.RESOLVED: [],
        }
        for told in notifications.told_findings(self.conn, self.channel, self.now):
            event = event_now(told, self.alerts, self.now)
            if event:
                chosen[event].append(told)
        entries = [
            Entry(f"finding {told.finding.id}", event) for event, tolds in chosen.items() for told in tolds
        ]
        if entries:
            opened, ongoing, resolved = ([told.finding for told in tolds] for tolds in chosen.values())
            counts = [told.reminder_count for told in chosen[notifications.REMINDER]]
            key = f"{self.channel} {[(one.about, one.event) for one in entries]} {counts}"
            yield findings_message(opened, ongoing, resolved, key, self.language), entries

    def _articles(self, saved: SavedWatch) -> Due:
        """Yield the message about a watch's new articles."""
        watch, about = saved.watch, alert_of(saved.watch)
        newest = notifications.newest_article(self.conn)
        last = self._last_told(saved, about)
        articles = self._news(filter_of(watch), watch.query, last[1], newest)
        if articles:
            key = f"{self.channel} {about} {last[1]} {newest}"
            entries = [Entry(about, notifications.ARTICLES, newest)]
            yield watch_message(watch, articles, key, self.language), entries
        elif newest - last[1] >= _STEP:
            notifications.move_on(self.conn, self.channel, about, newest)

    def _digest(self) -> Due:
        """Yield the digest that is due, one for all days that were missed; the first covers a day."""
        at = self.alerts.digest_time
        if at is None:
            return
        newest = notifications.newest_article(self.conn)
        last = notifications.last_told(self.conn, self.channel, DIGEST)
        if last is None:
            self._begin(DIGEST, notifications.newest_article(self.conn, self.now - timedelta(days=1)))
            return
        due_at = last_due(self.now, at, DigestRhythm.DAILY)
        if last[0] < due_at:
            articles = self._news(ArticleFilter(), "", last[1], newest)
            least = self.alerts.min_severity.rank
            findings = [one for one in open_findings(self.conn) if one.severity.rank >= least]
            key = f"{self.channel} digest {due_at.date()}"
            entries = [Entry(DIGEST, notifications.ARTICLES, newest)]
            events = reported_count(self.conn, (one["id"] for one in articles))
            yield digest_message(due_at.date(), articles, findings, key, self.language, events), entries

    def _watch_digest(self, saved: SavedWatch) -> Due:
        """Yield a watch's own digest if it is due and there is something new."""
        watch, about = saved.watch, digest_of(saved.watch)
        newest = notifications.newest_article(self.conn)
        last = self._last_told(saved, about)
        due_at = last_due(self.now, self.alerts.watch_digest_time, watch.digest)
        if last[0] >= due_at:
            return
        articles = self._news(filter_of(watch), watch.query, last[1], newest, since=last[0])
        if not articles:
            self._begin(about, newest)
            return
        key = f"{self.channel} {about} {due_at.date()}"
        entries = [Entry(about, notifications.ARTICLES, newest)]
        yield watch_digest_message(watch, due_at.date(), articles, key, self.language), entries

    def _last_told(self, saved: SavedWatch, about: str) -> tuple[datetime, int]:
        """Return when the channel was told of a watch last, and up to which article.

        A new watch begins when it was added, one of the configuration, or on a new channel, now.
        """
        last = notifications.last_told(self.conn, self.channel, about)
        if last is not None:
            return last
        is_new = notifications.last_look(self.conn, about) is None
        before = saved.created_at if is_new else None
        article_id = notifications.newest_article(self.conn, before)
        self._begin(about, article_id)
        return self.now, article_id

    def _begin(self, about: str, article_id: int) -> None:
        """Write down that nothing up to an article is to be told."""
        entry = Entry(about, notifications.STARTED, article_id)
        notifications.note_started(self.conn, self.channel, entry, self.now)

    def _news(
        self, wanted: ArticleFilter, query: str, after_id: int, up_to_id: int, since: datetime | None = None
    ) -> list[dict[str, Any]]:
        """Return what came in since, newest publication first, without back issues and imported texts.

        Args:
            since: from when on the articles came; None for some minutes ago.
        """
        oldest = min(self.now, since or self.now) - self.alerts.max_article_age
        first_day = oldest.astimezone(LOCAL_ZONE).date()
        found = notifications.new_articles(self.conn, wanted, query, after_id, up_to_id)
        news = [one for one in found if one["source_id"] != IMPORT and not _is_older(one, first_day)]
        return sorted(
            news, key=lambda one: (one["published_at"] or one["fetched_at"], one["id"]), reverse=True
        )


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


def last_due(now: datetime, at: time, rhythm: DigestRhythm) -> datetime:
    """Return when a digest was last due: at a time of day in Viet Nam, of weekly ones on Mondays."""
    local = now.astimezone(LOCAL_ZONE)
    due_at = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if rhythm is DigestRhythm.WEEKLY:
        due_at -= timedelta(days=due_at.weekday())
    if due_at > local:
        due_at -= timedelta(days=7 if rhythm is DigestRhythm.WEEKLY else 1)
    return due_at


def _is_older(article: dict[str, Any], first_day: date) -> bool:
    if not article["published_at"]:
        return False
    published = Published(article["published_at"], Precision(article["published_precision"]))
    return published.latest_local_day < first_day


def failing_channels(conn: Connection, channels: Sequence[Notifier]) -> list[notifications.Channel]:
    """Return those of the channels in use that do not take messages."""
    states = notifications.channel_states(conn)
    return [states[one.name] for one in channels if one.name in states and states[one.name].failure_count]
