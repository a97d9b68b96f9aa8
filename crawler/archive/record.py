"""What an archive holds: records, each with its address and time, and bytes that may be a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crawler.decision import Decision

Headers = Mapping[str, str]
"""A record's own headers, their names in lower case."""

Refuse = Callable[[Headers], Decision | None]
"""Says of a record by its headers alone why its block need not be read; None where it is wanted."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an archive.

    Args:
        offset: where it begins, or where the gzip member begins that holds it, in bytes.
        headers: empty where they could not be read.
        block: what follows them; empty where `refusal` says why it was not read.
    """

    offset: int
    headers: Headers
    block: bytes = b""
    refusal: Decision | None = None
