"""The channels for alerts: a command, a mail server, and whatever apprise knows.

Each hands one message over or says in a few words why not. Those words are stored and shown, so they
hold no address, no password and nothing that a server said.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import signal
import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from crawler.alert_config import Alerts, Mail, MailSecurity
from crawler.config import ENVIRONMENT_PREFIX
from crawler.errors import NotDelivered
from crawler.finding import Severity
from scheduler.message import Notification, Notifier


def channels(alerts: Alerts) -> list[Notifier]:
    """Return the channels that the configuration names."""
    return list(_channels(alerts))


def _channels(alerts: Alerts) -> Iterator[Notifier]:
    if alerts.command:
        yield CommandChannel(alerts.command, alerts.timeout_s)
    if alerts.smtp.host:
        yield MailChannel(alerts.smtp, alerts.timeout_s)
    for number, url in enumerate(alerts.urls, start=1):
        yield AppriseChannel(_name(url, number), url, alerts.timeout_s)


def _name(url: str, number: int) -> str:
    scheme = url.partition("://")[0].lower()
    return f"{scheme if scheme.isalnum() else 'url'}-{number}"


@dataclass(frozen=True, slots=True)
class CommandChannel:
    """Starts a program for each message: the text on its standard input, facts in its environment.

    There is no shell between, so nothing in a message is ever a word of a command line.
    """

    command: tuple[str, ...]
    timeout_s: float

    @property
    def name(self) -> str:
        """What the channel is called."""
        return "command"

    def send(self, notification: Notification) -> None:
        """Run the command; anything but exit status 0 in time means that it did not take the message."""
        environment = {
            # Our own settings hold the passwords of the other channels.
            **{name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)},
            "ALERT_KEY": notification.key,
            "ALERT_SUBJECT": notification.subject,
            "ALERT_SEVERITY": notification.severity.value,
            **{f"ALERT_{name}": value for name, value in notification.facts.items()},
        }
        try:
            child = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise NotDelivered(f"the command could not be started ({error.strerror})") from None
        try:
            child.communicate(notification.text.encode(), timeout=self.timeout_s)
        except subprocess.TimeoutExpired:
            raise NotDelivered(f"the command did not end within {self.timeout_s:g} s") from None
        finally:
            _end_group(child)
        if child.returncode:
            raise NotDelivered(f"the command ended with status {child.returncode}")


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the command, with what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


@dataclass(frozen=True, slots=True)
class MailChannel:
    """Sends each message by SMTP, over TLS unless the configuration says otherwise."""

    mail: Mail
    timeout_s: float

    @property
    def name(self) -> str:
        """What the channel is called."""
        return "mail"

    def send(self, notification: Notification) -> None:
        """Hand the message to the mail server; TLS is never quietly done without."""
        message = self._message(notification)
        try:
            with self._connect() as server:
                if self.mail.user:
                    server.login(self.mail.user, self.mail.password)
                refused = server.send_message(message)
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(
                f"the mail server refused ({type(error).__name__} {error.smtp_code})"
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(f"the mail server could not be used ({type(error).__name__})") from None
        if refused:
            raise NotDelivered(f"the mail server refused {len(refused)} of {len(self.mail.to)} addresses")

    def _connect(self) -> smtplib.SMTP:
        mail, context = self.mail, ssl.create_default_context()
        if mail.security is MailSecurity.TLS:
            return smtplib.SMTP_SSL(mail.host, mail.port, timeout=self.timeout_s, context=context)
        server = smtplib.SMTP(mail.host, mail.port, timeout=self.timeout_s)
        try:
            if mail.security is MailSecurity.STARTTLS:
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, notification: Notification) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = notification.subject
        message["From"] = self.mail.sender
        message["To"] = ", ".join(self.mail.to)
        message["Date"] = format_datetime(datetime.now(UTC))
        # The same message sent twice, after a kill, is one message to a mail program.
        message["Message-ID"] = (
            f"<{hashlib.sha256(notification.key.encode()).hexdigest()[:32]}@biengioi.invalid>"
        )
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office answers
        message.set_content(notification.text)
        message.add_alternative(notification.html, subtype="html")
        return message


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """Sends each message to one address of apprise, which knows most chat services."""

    name: str
    url: str
    timeout_s: float

    def send(self, notification: Notification) -> None:
        """Hand the message to the service; apprise itself only says whether it worked."""
        try:
            import apprise
        except ImportError:
            raise NotDelivered(
                "alerts.urls needs the extra `alerts`: pip install 'biengioi[alerts]'"
            ) from None
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it logs addresses
        asset = apprise.AppriseAsset(service_timeout=self.timeout_s, storage_mode="memory")
        service = apprise.Apprise(asset=asset)
        if not service.add(self.url):
            raise NotDelivered(f"the address {self.name} is none that apprise knows")
        kind = {Severity.ERROR: "failure", Severity.WARNING: "warning"}.get(notification.severity, "info")
        is_taken = service.notify(
            body=notification.chat, title=notification.subject, notify_type=kind, body_format="text"
        )
        if not is_taken:
            host = urlsplit(self.url).scheme
            raise NotDelivered(f"the service behind the {host} address did not take the message")
