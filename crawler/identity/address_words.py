"""Names in addresses that do not tell one page from another: `address_words.toml`, as types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crawler.declaration import declare, read_toml


@dataclass(frozen=True, slots=True)
class AddressWords:
    """The names that addresses are judged by; the file says what each list is."""

    tracking: frozenset[str]
    tracking_prefixes: tuple[str, ...]
    sessions: frozenset[str]
    session_prefixes: tuple[str, ...]
    sessions_with_token: frozenset[str]
    sessions_in_path: frozenset[str]
    copy_segments: frozenset[str]
    copy_names: frozenset[str]
    copy_flags: frozenset[str]
    copy_flag_values: frozenset[str]
    copy_keys: frozenset[str]
    copy_values: frozenset[str]
    mirrors: frozenset[str]


@cache
def load_address_words() -> AddressWords:
    """Return the built-in names."""
    path = Path(__file__).with_suffix(".toml")
    return declare(AddressWords, read_toml(path), path)
