"""Canonical URLs and politeness keys (RFC 3986; the traps of Vietnamese sites)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from crawler.identity.address_words import load_address_words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_FRONT_LABELS = ("www.", "m.", "amp.", "mobile.")
_TOKEN = re.compile(r"(?=[a-z,_-]{0,64}\d)(?=[\d,_-]{0,64}[a-z])[a-z0-9,_-]{16,128}", re.IGNORECASE)
"""What a machine made up: letters and digits mixed, and many."""
_COOKIELESS = re.compile(r"(?<=/)\((?:[A-Z]\([\w-]{1,200}\)){1,5}\)/", re.IGNORECASE)
"""The first folder of ASP.NET without cookies: ``/(S(lit3py55t21z5v55vlm25s55))/``."""
_VIEW = re.compile(r"amp(?:=(?:1|true|yes)?)?|mobile=(?:1|true|yes)|(?:outputtype|view)=amp", re.IGNORECASE)
"""Parameters that show the same page for small screens."""
_VIEW_IN_PATH = re.compile(r"(?<=\.html)(?:&(?:mobile=yes|amp=1|=1))+$")
"""The same where a CMS writes them without a question mark; ``&amp=1`` reads ``&=1`` once unescaped."""
_PART_START = re.compile(r"(?=[;/])")
_DIGITS = "0123456789"
MAX_URL_CHARS = 2000
"""Longer addresses are traps, not articles."""
_LONGEST_RAW = 4 * MAX_URL_CHARS
"""Characters of an address as it is written, from which it is not looked at."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"(?P<scheme>https?):(?P<slashes>/*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_IN_PLACE = re.compile(r"https?://[^/]|/[^/]|[\w.-]+(?:[/?#]|$)")
"""Addresses that need no mending: absolute, of the host, or of the folder."""
_HOST_FIRST = re.compile(r"(?:[\w-]{1,63}\.){1,10}[a-z]{2,24}(?::\d{1,5})?/", re.IGNORECASE)
_BLANKS = "".join(map(chr, range(0x21)))
"""C0 controls and the space, which may stand around an address (URL standard §4.4)."""
_NO_HOST = re.compile(r"[^a-z0-9._:-]")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_ESCAPED_TWICE = "amp;"
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def politeness_key(host: str) -> str:
    """Return the paper that a host name belongs to: without ``www.``, ``m.``, ``amp.``, ``mobile.``.

    One key is one pace and one lease, however many front doors a paper has.
    """
    key = host.lower().rstrip(".")
    for label in _FRONT_LABELS:
        if key.startswith(label) and key.count(".") >= 2:
            return key.removeprefix(label)
    return key


def is_mirror(host: str, of: str) -> bool:
    """Whether `host` is where the makers of the paper `of` try things out, as ``beta.``.

    Args:
        of: the paper's politeness key.
    """
    label, _, rest = politeness_key(host).partition(".")
    return rest == of and label in load_address_words().mirrors


def is_copy(url: str) -> bool:
    """Whether `url` says that it is another view of a story: for printing, saving, mailing, or AMP.

    What its own address is can only be told from its content.

    Args:
        url: canonical; views that are mere parameters are gone from it.
    """
    parts = urlsplit(url)
    segments = parts.path.lower().split("/")
    name = segments[-1].rpartition(".")[0] or segments[-1]
    words = load_address_words()
    return (
        not words.copy_segments.isdisjoint(segments)
        or segments[-1].endswith((".amp", ".amp.html", ".print"))
        or name.rstrip(_DIGITS).rstrip("-_") in words.copy_names
        or (bool(parts.query) and any(map(_shows_copy, parts.query.lower().split("&"))))
    )


def _shows_copy(part: str) -> bool:
    words = load_address_words()
    key, _, value = part.partition("=")
    is_flag = key in words.copy_flags and value in words.copy_flag_values
    return is_flag or (key in words.copy_keys and value in words.copy_values)


def canonical_url(url: str, base: str | None = None) -> str | None:
    """Return the one spelling of `url` that the frontier keeps, or None if it is not one to fetch.

    Lower-case scheme and host, no default port, no fragment, no parameters for tracking, sessions or
    small screens, unreserved characters unescaped and the rest escaped in upper case (RFC 3986
    §6.2.2), dot segments removed. Backslashes and a wrong number of slashes are read as browsers do
    (URL standard §4.4).
    The path keeps its case and the query keeps its order: on some sites both are identity.
    ``http``, ``https`` and ``www.`` stay apart; that two of them are one story shows in the content.

    Args:
        url: absolute, or relative to `base`.

    Returns:
        None for what is not http(s), has a user name, a broken host or half a character (a lone
        surrogate), or is over `MAX_URL_CHARS`.
    """
    url = url.strip().strip(_BLANKS)
    if len(url) > _LONGEST_RAW:
        return None
    try:
        url.encode()
        written = _with_slashes(url, is_relative=base is not None)
        absolute = urljoin(base, written) if base and written else written
        parts = urlsplit(absolute)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    host = _host(parts.hostname)
    if host is None:
        return None
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        netloc = f"{netloc}:{port}"
    path = _COOKIELESS.sub("", _without_session(parts.path))
    path = _VIEW_IN_PATH.sub("", _remove_dot_segments(_normal_escapes(path))) or "/"
    canonical = urlunsplit((parts.scheme, netloc, path, _identifying(parts.query), ""))
    return canonical if len(canonical) <= MAX_URL_CHARS else None


def _host(name: str) -> str | None:
    """Return a host name as it is asked for, in ASCII; None for one that nobody may have."""
    host = name.rstrip(".")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return None
    return None if not host or _NO_HOST.search(host) else host


def _with_slashes(url: str, *, is_relative: bool) -> str:
    """Return an address whose slashes are where they belong, if it can only be meant so.

    Raises:
        ValueError: a backslash beside a user name: programs differ on which host that is.
    """
    if "\\" not in url and _IN_PLACE.match(url):
        return url
    cut = min((place for place in (url.find("?"), url.find("#")) if place >= 0), default=len(url))
    head, tail = url[:cut], url[cut:]
    if "\\" in head:
        if "@" in head:
            raise ValueError("a backslash beside a user name")
        head = head.replace("\\", "/")
    if match := _SCHEME.fullmatch(head):
        is_host_first = bool(_HOST_FIRST.match(match["rest"]))
        if len(match["slashes"]) > 1 or is_host_first or not is_relative:
            head = f"{match['scheme']}://{match['rest']}"
    elif head.startswith("//"):
        head = f"//{head.lstrip('/')}"
    return head + tail


def _normal_escapes(text: str) -> str:
    def fold(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char in _UNRESERVED else match[0].upper()

    quoted = quote(text, safe="/%:@!$&'()*+,;=~-._?")
    return _ESCAPE.sub(fold, re.sub(r"%(?![0-9a-fA-F]{2})", "%25", quoted))


def _remove_dot_segments(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


def _identifying(query: str) -> str:
    """Return the parameters that may tell one page from another, in their order."""
    if not query:
        return ""
    kept = [part for part in query.split("&") if part and not _says_nothing(part)]
    # Browsers and Scrapy escape the apostrophe there (URL standard, special-query percent-encode set).
    return _normal_escapes("&".join(kept)).replace("'", "%27")


def _says_nothing(part: str) -> bool:
    """Whether a parameter names the reader, the session or the screen, and not the page."""
    name, _, value = part.partition("=")
    name = name.lower()
    while name.startswith(_ESCAPED_TWICE):
        name = name.removeprefix(_ESCAPED_TWICE)
    words = load_address_words()
    return (
        name in words.tracking
        or name in words.sessions
        or name.startswith((*words.tracking_prefixes, *words.session_prefixes))
        or bool(_VIEW.fullmatch(part))
        or (name in words.sessions_with_token and bool(_TOKEN.fullmatch(value)))
    )


def _without_session(path: str) -> str:
    """Return a path without the parameters that name a session (``;jsessionid=…``, RFC 3986 §3.3)."""
    if ";" not in path:
        return path
    return "".join(part for part in _PART_START.split(path) if not _is_session(part))


def _is_session(part: str) -> bool:
    name, equals, _ = part.lower().partition("=")
    words = load_address_words()
    is_known = name[1:] in words.sessions_in_path or name[1:].startswith(words.session_prefixes)
    return bool(equals) and name.startswith(";") and is_known


def base_url(tree: HtmlElement, address: str) -> str:
    """Return the address that relative links of a page are relative to (``<base href>``).

    Args:
        tree: the page's root.
        address: where the page was found.
    """
    node = tree.find(".//base[@href]")
    declared = canonical_url(node.get("href") or "", address) if node is not None else None
    return declared or address
