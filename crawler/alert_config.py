"""Who is told what, and how: the tables ``[alerts]`` and ``[health]`` of the configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum

from crawler.declaration import seconds, secret
from crawler.errors import UsageError
from crawler.finding import Severity
from crawler.text.query import parse_query


@dataclass(frozen=True, slots=True)
class HealthLimits:
    """When something is wrong; silence and quality are judged by each source's own past instead.

    Args:
        failures: failed crawls in a row, or crawls in which a seed was dead.
    """

    failures: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.failures <= 100:
            raise ValueError(f"failures must be from 1 to 100, not {self.failures}")


class DigestRhythm(StrEnum):
    """How often a watch has a digest of its own."""

    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"
    """On Mondays."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A saved query: new articles that match it are told.

    Args:
        name: tells its messages apart; a renamed watch begins anew.
        query: as for ``biengioi search``; empty: the filters alone decide.
        country, place, field, grade, source: as the options of ``biengioi list``.
        alert: whether each new article is told at once.
        digest: how often a message of its own tells what is new since the last one.
    """

    name: str
    query: str = ""
    source: str | None = None
    country: str | None = None
    place: str | None = None
    field: str | None = None
    grade: str | None = None
    alert: bool = True
    digest: DigestRhythm = DigestRhythm.NONE

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("a watch needs a name")
        if self.query:
            try:
                parse_query(self.query)
            except UsageError as error:
                raise ValueError(f"the query of the watch {self.name!r} is none: {error}") from None


class MailSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server for alerts; none without `host`.

    Args:
        security: "starttls" (port 587), "tls" from the first byte (port 465), or "none", which sends
            the password unprotected and is for a server on this machine.
        user: empty: no log-in.
        sender: the address that messages come from.
        to: the addresses that they go to.
    """

    host: str = ""
    port: int = 587
    security: MailSecurity = MailSecurity.STARTTLS
    user: str = ""
    password: str = secret("")
    sender: str = ""
    to: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.host:
            return
        if not self.to:
            raise ValueError("smtp.to needs at least one address")
        from email.headerregistry import Address  # costs every command otherwise

        for address in (self.sender, *self.to):
            try:
                Address(addr_spec=address)
            except (ValueError, IndexError):
                raise ValueError(f"{address!r} in smtp is not a mail address") from None


@dataclass(frozen=True, slots=True)
class Alerts:
    """What is told, and through which channels.

    Args:
        command: a program and its arguments; it gets each message on its standard input.
        urls: addresses of apprise (https://github.com/caronc/apprise/wiki), one channel each.
        timeout_s: how long one message may take through one channel.
        min_severity: findings below it are not told.
        min_age: findings are told once they have been open for so long.
        remind_every: and again after so long, until they are resolved.
        digest_at: the local time of the daily digest, "07:00"; empty for none. The digests of watches
            come at that time too, without one at seven.
        max_article_age: articles published earlier are not news: they are not told.
    """

    command: tuple[str, ...] = ()
    urls: tuple[str, ...] = secret(())
    timeout_s: float = seconds(30.0)
    min_severity: Severity = Severity.WARNING
    min_age: timedelta = timedelta(hours=1)
    remind_every: timedelta = timedelta(days=3)
    digest_at: str = "07:00"
    max_article_age: timedelta = timedelta(days=7)
    smtp: Mail = Mail()
    watch: tuple[Watch, ...] = ()

    def __post_init__(self) -> None:
        if self.digest_at and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", self.digest_at):
            raise ValueError(f'digest_at must be a time like "07:00" or empty, not {self.digest_at!r}')
        names = [watch.name for watch in self.watch]
        if len(names) != len(set(names)):
            raise ValueError("two watches have the same name")

    @property
    def digest_time(self) -> time | None:
        """When the daily digest is due, in Viet Nam; None for never."""
        return time.fromisoformat(self.digest_at) if self.digest_at else None

    @property
    def watch_digest_time(self) -> time:
        """When the digests of watches are due, in Viet Nam."""
        return self.digest_time or time(7)
