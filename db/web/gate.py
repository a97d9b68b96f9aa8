"""Who may ask, and what every answer carries: the gate in front of the pages and of Datasette.

Nothing may be written, so only GET and HEAD pass. Without a password only the names of this machine
are answered to, which keeps a foreign page from reading us under a name that it points here
(DNS rebinding); with one, any name is fine.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_WRONG_PASSWORD_PAUSE_S = 0.5
_OURS = re.compile(rb"/(?:(?:vi|en)(?:/|$)|$)")
_HIDDEN = re.compile(rb"/(?:-/(?!static/)|_internal|_memory|:memory:)")
"""Datasette's pages about itself: versions, paths, settings, log-in, debugging."""

_EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-robots-tag": "noindex, nofollow",
}


@dataclass(frozen=True, slots=True)
class Policies:
    """The Content-Security-Policy of each kind of page.

    Args:
        pages: of our own, which have no inline script.
        console: of Datasette's, whose inline scripts are named by their hashes.
    """

    pages: str
    console: str


def policies(console_scripts: tuple[str, ...], chart_style: str) -> Policies:
    """Return both policies.

    Args:
        console_scripts: the hashes of Datasette's inline scripts, as CSP sources.
        chart_style: the hash of the style that the chart library puts into its picture.
    """
    common = (
        "default-src 'none'; img-src 'self' data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
    scripts = f"script-src 'self' {' '.join(console_scripts)}"
    return Policies(
        pages=f"{common}; script-src 'self'; style-src 'self' {chart_style}",
        console=f"{common}; connect-src 'self'; {scripts}; style-src 'self' 'unsafe-inline'",
    )


def gate(app: App, rules: Policies, *, password: str | None) -> App:
    """Return `app` behind the checks of method, host and password, with our headers on its answers.

    Args:
        password: what HTTP Basic must carry, with any user name; None asks for none and answers
            only to the names of the loopback interface.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await app(scope, receive, send)
            return
        path = scope.get("raw_path", scope["path"].encode()).partition(b"?")[0]
        is_static = path.startswith((b"/static/", b"/-/static/"))
        policy = rules.pages if _OURS.match(path) else rules.console
        headers = dict(scope["headers"])

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message.get("headers", []) if pair[0].lower() != b"set-cookie"]
                lasts = is_static and message["status"] == 200
                message = {**message, "headers": [*kept, *_added(kept, policy, lasts=lasts)]}
            await send(message)

        refusal = _refusal(scope["method"], path, headers, password)
        if refusal is None:
            await app(scope, receive, send_with_headers)
            return
        if refusal.status == 401 and b"authorization" in headers:
            await asyncio.sleep(_WRONG_PASSWORD_PAUSE_S)
        await _refuse(send_with_headers, refusal)

    return guarded


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    sentence: str
    headers: Mapping[str, str]


def _refusal(
    method: str, path: bytes, headers: Mapping[bytes, bytes], password: str | None
) -> _Refusal | None:
    if password is None and host_name(headers.get(b"host", b"")) not in LOOPBACK:
        return _Refusal(
            421,
            "This server answers only as localhost; to be reached by another name it needs a password.",
            {},
        )
    if password is not None and not password_matches(headers.get(b"authorization", b""), password):
        challenge = {"www-authenticate": 'Basic realm="biengioi", charset="UTF-8"'}
        return _Refusal(401, "A password is needed; any user name will do.", challenge)
    if method not in ("GET", "HEAD"):
        return _Refusal(405, "Nothing can be written here.", {"allow": "GET, HEAD"})
    if _HIDDEN.match(path):
        return _Refusal(404, "There is no such page.", {})
    return None


def host_name(host: bytes) -> str:
    """Return the name in a Host header, without its port and brackets, in lower case."""
    name = host.decode("latin-1").strip().lower()
    match = re.fullmatch(r"\[([0-9a-f:.]+)\](?::\d*)?|([^:]*)(?::\d*)?", name)
    return (match[1] or match[2] or "") if match else ""


def password_matches(authorization: bytes, password: str) -> bool:
    """Tell, in a time that does not depend on it, whether a Basic header carries `password` (RFC 7617)."""
    scheme, _, credentials = authorization.partition(b" ")
    try:
        given = base64.b64decode(credentials.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        given = b""
    return hmac.compare_digest(given, password.encode()) and scheme.lower() == b"basic"


def _added(headers: list[tuple[bytes, bytes]], policy: str, *, lasts: bool) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    # What is named by its content's hash never changes; a page is asked for anew each time.
    caching = "public, max-age=31536000, immutable" if lasts else "no-cache"
    wanted = {**_EVERYWHERE, "content-security-policy": policy, "cache-control": caching}
    return [(name.encode(), value.encode()) for name, value in wanted.items() if name.encode() not in present]


async def _refuse(send: Send, refusal: _Refusal) -> None:
    body = refusal.sentence.encode() + b"\n"
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(body)),
        "connection": "close",  # the body of a POST is left unread
        **refusal.headers,
    }
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})
