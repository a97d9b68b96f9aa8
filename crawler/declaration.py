"""TOML tables into frozen dataclasses, with errors that name the file, the key and the cure.

Every file a person writes (source, family, topic, configuration) is read here, so a misspelt key
is the same sentence everywhere and never a silent default.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
import types
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, field, fields, is_dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from crawler.bounded import MAX_DECLARATION_BYTES, read_file
from crawler.errors import DeclarationError, UsageError

T = TypeVar("T")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of the TOML file at `path`.

    Raises:
        DeclarationError: the file cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(read_file(path, MAX_DECLARATION_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise DeclarationError(path, "", f"cannot be read ({error.strerror})") from error
    except UsageError as error:
        raise DeclarationError(path, "", f"is larger than {MAX_DECLARATION_BYTES >> 20} MiB") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DeclarationError(path, "", f"is not valid TOML ({error})") from error


def secret(default: T) -> T:
    """Return a dataclass field whose value is never shown: not by `repr`, not in an error."""
    value: T = field(default=default, repr=False, metadata={"secret": True})
    return value


def is_secret(one: Field[Any]) -> bool:
    """Whether a dataclass field was declared as `secret`."""
    return bool(one.metadata.get("secret"))


def seconds(default: float) -> float:
    """Return a dataclass field of seconds that files give as a duration: `timeout_s` as ``timeout = "30s"``.

    The older spelling, ``timeout_s = 30.0``, is read as well.
    """
    value: float = field(default=default, metadata={"duration": True})
    return value


def is_duration(one: Field[Any]) -> bool:
    """Whether a dataclass field was declared as `seconds`."""
    return bool(one.metadata.get("duration"))


def key_of(one: Field[Any]) -> str:
    """Return the key under which a file has the value of a dataclass field."""
    return one.name.removesuffix("_s") if is_duration(one) else one.name


def declare(cls: type[T], table: Mapping[str, Any], path: Path | None, key: str = "") -> T:
    """Return the dataclass `cls` made from a TOML table.

    Nested dataclasses are sub-tables, ``tuple[X, ...]`` and ``frozenset[X]`` are arrays, `timedelta` and
    what was declared as `seconds` are written "30m".

    Args:
        cls: a frozen dataclass whose field names are the keys, as `key_of` says.
        table: what `read_toml` gave.
        path: the file, for the error's text.
        key: the dotted key of `table` within the file.

    Raises:
        DeclarationError: an unknown key, a missing key, or a value of another type.
    """
    known = {key_of(one): one for one in fields(cls) if one.init}  # type: ignore[arg-type]
    older = {one.name: name for name, one in known.items() if one.name != name}
    for name in table:
        if older.get(name) in table:
            problem = f"is the older spelling of {older[name]}, which stands there too; keep that one"
            raise DeclarationError(path, dotted(key, name), problem)
        if name not in known and name not in older:
            raise DeclarationError(path, dotted(key, name), unknown("key", name, known))
    hints = _hints(cls)  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, one in known.items():
        if one.name in table or name in table:
            try:
                values[one.name] = _value_of(one, hints[one.name], table, path, key)
            except DeclarationError:
                if is_secret(one):
                    problem = "is of the wrong type (its value is not shown)"
                    raise DeclarationError(path, dotted(key, name), problem) from None
                raise
        elif one.default is MISSING and one.default_factory is MISSING:
            raise DeclarationError(path, dotted(key, name), "is missing, and nothing works without it")
    try:
        return cls(**values)
    except ValueError as error:
        raise DeclarationError(path, key, str(error)) from error


def _value_of(one: Field[Any], hint: Any, table: Mapping[str, Any], path: Path | None, key: str) -> Any:
    name = key_of(one)
    if name == one.name:
        return convert(hint, table[name], path, dotted(key, name))
    if name in table:
        return parse_duration(table[name], path, dotted(key, name)).total_seconds()
    value: float = convert(hint, table[one.name], path, dotted(key, one.name))
    try:
        timedelta(seconds=value)
    except (OverflowError, ValueError) as error:
        raise DeclarationError(path, dotted(key, one.name), f"cannot be counted: {value!r}") from error
    return value


def declare_file(cls: type[T], path: Path, name_key: str) -> T:
    """Return the dataclass that the TOML file at `path` declares under its own name.

    Args:
        name_key: the key that must hold the file's name without its ending.

    Raises:
        DeclarationError: the file is unreadable, misnamed, or a key is unknown, missing or wrong.
    """
    declared = declare(cls, read_toml(path), path)
    name = getattr(declared, name_key)
    if name != path.stem:
        raise DeclarationError(path, name_key, f"is {name!r}, but the file is named {path.stem!r}")
    return declared


def check_pattern(key: str, pattern: str | None) -> None:
    """Raise ValueError, as `declare` expects it, if `pattern` is given and no regular expression."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise ValueError(f"{key} is not a regular expression ({error})") from error


def convert(hint: Any, value: Any, path: Path | None, key: str) -> Any:
    """Return a TOML `value` as the type `hint` names, or raise DeclarationError."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        hint = next(option for option in get_args(hint) if option is not type(None))
        return convert(hint, value, path, key)
    if origin in (tuple, frozenset):
        if not isinstance(value, list):
            raise DeclarationError(path, key, f"must be an array, not {value!r}")
        inner = get_args(hint)[0]
        return origin(convert(inner, one, path, f"{key}[{n}]") for n, one in enumerate(value))
    if origin in (dict, Mapping):
        if not isinstance(value, dict):
            raise DeclarationError(path, key, f"must be a table, not {value!r}")
        inner = get_args(hint)[1]
        return {name: convert(inner, one, path, dotted(key, name)) for name, one in value.items()}
    if is_dataclass(hint):
        if not isinstance(value, dict):
            raise DeclarationError(path, key, f"must be a table, not {value!r}")
        return declare(hint, value, path, key)  # type: ignore[arg-type]
    if hint is timedelta:
        return parse_duration(value, path, key)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        options = [str(option) for option in hint]
        if value not in options:
            raise DeclarationError(path, key, unknown("value", str(value), options))
        return hint(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise DeclarationError(path, key, f"must be {_TYPE_NAMES.get(hint, hint.__name__)}, not {value!r}")
    return value


_TYPE_NAMES = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path",
}


def parse_duration(value: object, path: Path | None, key: str) -> timedelta:
    """Return the duration that a text like "90s", "30m", "2h", "1d" or "1w" names."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise DeclarationError(path, key, f'must be a duration like "30m", "2h" or "7d", not {value!r}')
    try:
        return timedelta(**{_UNITS[match[2]]: float(match[1])})
    except OverflowError as error:
        raise DeclarationError(path, key, f"is longer than can be counted: {value!r}") from error


def written(value: object) -> str:
    """Return a value as a file has it: text and durations in quotes, arrays in brackets."""
    match value:
        case bool():
            return str(value).lower()
        case timedelta():
            return f'"{_duration(value)}"'
        case str():
            return json.dumps(value, ensure_ascii=False)
        case tuple() | list() | frozenset():
            return f"[{', '.join(map(written, value))}]"
        case _:
            return str(value)


def _duration(value: timedelta) -> str:
    seconds = value.total_seconds()
    for unit, length in (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and not seconds % length and (unit != "w" or seconds > 4 * length):
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:f}".rstrip("0").rstrip(".") + "s"


def unknown(what: str, name: str, options: Any) -> str:
    """Return the problem "unknown `what`", with the nearest of `options` as a suggestion."""
    near = difflib.get_close_matches(name, [str(option) for option in options], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(map(str, options))}"
    return f"unknown {what} {name!r}; {hint}"


def dotted(*parts: str) -> str:
    """Return the dotted key of nested tables."""
    return ".".join(part for part in parts if part)


@cache
def _hints(cls: Hashable) -> dict[str, Any]:
    return get_type_hints(cls)
