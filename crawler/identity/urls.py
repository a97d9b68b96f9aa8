"""Canonical URLs and politeness keys (RFC 3986; the traps of Vietnamese sites)."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

_FRONT_LABELS = ("www.", "m.", "amp.", "mobile.")
_TRACKING = re.compile(
    r"utm_.*|at_(?:medium|campaign|custom\d?|link_.*|ptr_name|format|bbc_team)"
    r"|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_ga|_gl|zarsrc|zalo.*|vnsource|ref_src"
)
_VIEW = re.compile(r"amp(?:=(?:1|true|yes)?)?|mobile=(?:1|true|yes)|(?:outputtype|view)=amp", re.IGNORECASE)
"""Parameters that show the same page for small screens."""
_VIEW_IN_PATH = re.compile(r"(?<=\.html)(?:&(?:mobile=yes|amp=1|=1))+$")
"""The same where a CMS writes them without a question mark; ``&amp=1`` reads ``&=1`` once unescaped."""
_COPIES = frozenset({"print", "in-bai", "inbai", "savefile", "sendmail", "amp"})
_COPY_QUERY = re.compile(
    r"(?:^|&)(?:(?:print|download|pdf|savefile|sendmail)=(?:1|true|yes)|(?:action|view|op)=print)(?:&|$)",
    re.IGNORECASE,
)
MAX_URL_CHARS = 2000
"""Longer addresses are traps, not articles."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
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


def is_copy(url: str) -> bool:
    """Whether `url` says that it is another view of a story: for printing, saving, mailing, or AMP.

    What its own address is can only be told from its content.

    Args:
        url: canonical; views that are mere parameters are gone from it.
    """
    parts = urlsplit(url)
    segments = parts.path.lower().split("/")
    return (
        not _COPIES.isdisjoint(segments)
        or segments[-1].endswith((".amp", ".amp.html", ".print"))
        or bool(_COPY_QUERY.search(parts.query))
    )


def canonical_url(url: str, base: str | None = None) -> str | None:
    """Return the one spelling of `url` that the frontier keeps, or None if it is not one to fetch.

    Lower-case scheme and host, no default port, no fragment, no parameters for tracking or for
    small screens, unreserved characters unescaped and the rest escaped in upper case (RFC 3986
    §6.2.2), dot segments removed.
    The path keeps its case and the query keeps its order: on some sites both are identity.
    ``http``, ``https`` and ``www.`` stay apart; that two of them are one story shows in the content.

    Args:
        url: absolute, or relative to `base`.

    Returns:
        None for what is not http(s), has a user name or a broken host, or is over `MAX_URL_CHARS`.
    """
    try:
        absolute = urljoin(base, url.strip()) if base and url.strip() else url.strip()
        parts = urlsplit(absolute)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    host = parts.hostname.rstrip(".")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return None
    if not host or re.search(r"[^a-z0-9._:-]", host):
        return None
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        netloc = f"{netloc}:{port}"
    path = _VIEW_IN_PATH.sub("", _remove_dot_segments(_normal_escapes(parts.path))) or "/"
    canonical = urlunsplit((parts.scheme, netloc, path, _identifying(parts.query), ""))
    return canonical if len(canonical) <= MAX_URL_CHARS else None


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
    kept = [
        part
        for part in query.split("&")
        if part and not _TRACKING.fullmatch(part.partition("=")[0].lower()) and not _VIEW.fullmatch(part)
    ]
    return _normal_escapes("&".join(kept))
