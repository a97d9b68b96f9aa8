"""A message to a person, in the two forms that channels want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.finding import Severity


@dataclass(frozen=True, slots=True)
class Notice:
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
