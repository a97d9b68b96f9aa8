"""A source as plain values, and as the text of a source file: the way back from `load_source`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from crawler.source import Source

_UNITS = (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60))


def as_table(source: Source) -> dict[str, Any]:
    """Return the keys of a source file that are not at their defaults, in the order of the file."""
    table = _table(source)
    return {key: value for key, value in table.items() if not isinstance(value, dict | list)} | table


def as_toml(source: Source, comment: str = "") -> str:
    """Return the text of a source file that declares `source`.

    Args:
        comment: the first line, without its sign.
    """
    table = as_table(source)
    lines = [f"# {comment}"] if comment else []
    lines += [f"{key} = {_written(value)}" for key, value in table.items() if not _is_nested(value)]
    for seed in table.get("seeds", []):
        lines += ["", "[[seeds]]", *(f"{key} = {_written(value)}" for key, value in seed.items())]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{name} = {_written(one)}" for name, one in value.items())]
    return "\n".join(lines) + "\n"


def _table(declared: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in dataclasses.fields(declared):
        value = getattr(declared, one.name)
        if one.init and value != one.default:
            found[one.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return _table(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, timedelta):
        return _duration(value)
    return value.value if isinstance(value, StrEnum) else value


def _duration(value: timedelta) -> str:
    seconds = value.total_seconds()
    unit, size = next((one for one in _UNITS if seconds % one[1] == 0), ("s", 1))
    return f"{seconds / size:g}{unit}"


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and isinstance(value[0], dict)
    )


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, str):  # the escapes of a TOML basic string are those of JSON, but for one
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)
