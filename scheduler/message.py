"""One message, written once and rendered for mail (text and HTML) and for chat services."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Protocol

from crawler.finding import Severity
from crawler.language import Language, english
from crawler.text.harmless import bare_url, one_line, without_markup

_SUBJECT_CHARS = 150
_BODY_CHARS = 800
_CHAT_CHARS = 3500
# Telegram refuses messages over 4096 characters, and most others cut them.


@dataclass(frozen=True, slots=True)
class Notification:
    """One message, ready to be sent; scraped text in it is harmless already.

    Args:
        key: the same for the same message, so that a receiver can tell a repetition.
        subject: one line.
        text: the message as plain text.
        html: the same as an HTML document, scraped text escaped.
        chat: the same as plain text for chat services, which obey markup and mentions.
        facts: for a command's environment: name in capitals → value on one line.
    """

    key: str
    subject: str
    text: str
    html: str
    chat: str
    severity: Severity = Severity.INFO
    facts: Mapping[str, str] = field(default_factory=dict)


class Notifier(Protocol):
    """A channel through which a person is told something."""

    @property
    def name(self) -> str:
        """What the channel is called in findings and in the database; nothing secret."""
        ...

    def send(self, notification: Notification) -> None:
        """Hand a message over, and return once the channel has taken it.

        Raises:
            NotDelivered: it has not; the text says why, without anything secret.
        """
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is told; every part may be scraped text.

    Args:
        note: when, where, how bad; a few words.
        body: more about it; cut after 800 characters.
    """

    title: str
    url: str | None = None
    note: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Items under a heading, which is empty for none."""

    heading: str
    items: Sequence[Item] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What is told before it is rendered.

    Args:
        key: says what it tells; the same content has the same key.
        closing: the last line.
        language: in which all of this is.
    """

    kind: str
    key: str
    subject: str
    sections: Sequence[Section]
    closing: str = ""
    severity: Severity = Severity.INFO
    facts: Mapping[str, str] = field(default_factory=dict)
    language: Language = field(default_factory=english)

    def render(self) -> Notification:
        """Return the message as channels take it, scraped text made harmless in each form."""
        facts = {"KIND": self.kind, **self.facts}
        return Notification(
            key=f"{self.kind}-{hashlib.sha256(self.key.encode()).hexdigest()[:16]}",
            subject=_cut(one_line(f"biengioi: {self.subject}"), _SUBJECT_CHARS),
            text=self._plain(one_line),
            html=self._html(),
            chat=self._shortened(self._plain(without_markup)),
            severity=self.severity,
            facts={name: one_line(value) for name, value in facts.items()},
        )

    def _plain(self, clean: Callable[[object], str]) -> str:
        return "\n".join([*self._lines(clean), ""])

    def _shortened(self, text: str) -> str:
        if len(text) <= _CHAT_CHARS:
            return text
        whole = text[:_CHAT_CHARS].rpartition("\n- ")[0]
        return f"{whole}\n{self.language('message.shortened')}\n"

    def _lines(self, clean: Callable[[object], str]) -> Iterator[str]:
        yield clean(self.subject)
        for section in self.sections:
            yield ""
            if section.heading:
                yield clean(section.heading).upper()
            for item in section.items:
                note = f" ({clean(item.note)})" if item.note else ""
                yield f"- {clean(item.title)}{note}"
                for line in (_cut(clean(item.body), _BODY_CHARS), bare_url(item.url)):
                    if line:
                        yield f"  {line}"
        if self.closing:
            yield ""
            yield clean(self.closing)

    def _html(self) -> str:
        def clean(text: object) -> str:
            return escape(one_line(text))

        head = f'<!doctype html><html lang="{self.language.code}"><meta charset=utf-8>'
        parts = [f"{head}<title>{clean(self.subject)}</title>"]
        parts.append(f"<p>{clean(self.subject)}</p>")
        for section in self.sections:
            if section.heading:
                parts.append(f"<h3>{clean(section.heading)}</h3>")
            parts.append("<ul>")
            for item in section.items:
                title, url = clean(item.title), bare_url(item.url)
                link = f'<a href="{escape(url)}" rel="noreferrer">{title}</a>' if url else f"<b>{title}</b>"
                note = f" <small>({clean(item.note)})</small>" if item.note else ""
                body = clean(_cut(item.body, _BODY_CHARS))
                parts.append(f"<li>{link}{note}{'<br>' + body if body else ''}</li>")
            parts.append("</ul>")
        if self.closing:
            parts.append(f"<p>{clean(self.closing)}</p>")
        return "\n".join([*parts, ""])


def _cut(text: str, length: int) -> str:
    """Return at most `length` characters of a text, cut between words."""
    return text if len(text) <= length else f"{text[:length].rpartition(' ')[0] or text[:length]} …"
