"""The built front end, served from memory: it is small, it never changes while we run, and no path can leave it.

Vite puts a hash into the name of every file under `assets/`, so these may be kept for ever; `index.html` is asked
for again every time. Any other path that has no file is a page of the front end's own router.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from ringcard.web.problems import Refusal, problem_body

FOR_EVER = b"public, max-age=31536000, immutable"
ASK_AGAIN = b"no-cache"

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_COMPRESSED = (".js", ".mjs", ".css", ".html", ".svg", ".json", ".webmanifest")
SMALLEST_COMPRESSED = 256
"""Bytes; a smaller file is hardly smaller for it."""

NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>ringcard</title></head>
<body><h1>ringcard is running, but its front end was not built</h1>
<p>The API works under <code>/api/v1</code>. To have the screens too, with Node 20 or newer:</p>
<pre>make web</pre>
<p>then start ringcard again. A release from PyPI carries the built front end; this one was installed from source with
<code>RINGCARD_SKIP_WEB=1</code>, or without the build.</p></body></html>
"""


@dataclass(slots=True)
class _File:
    body: bytes
    shrinks: bool
    content_type: bytes
    cache_control: bytes
    etag: bytes
    _gzipped: bytes | None = None

    async def gzipped(self) -> bytes:
        """Compressed when it is first asked for, in a thread: all of them take a second of a start."""
        if self._gzipped is None:
            self._gzipped = await asyncio.to_thread(gzip.compress, self.body, 9, mtime=0)
        return self._gzipped


class FrontEnd:
    """An ASGI application with the files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path, path.relative_to(folder).as_posix())
            for path in (sorted(folder.rglob("*")) if folder.is_dir() else ())
            if path.is_file()
        }
        self._index = self._files.get("index.html")

    @property
    def built(self) -> bool:
        """Whether there is a front end to serve."""
        return self._index is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await send({"type": "websocket.close", "code": 4404, "reason": "there is nothing at this address"})
            return
        path = scope["path"].lstrip("/")
        if scope["method"] not in ("GET", "HEAD"):
            await _refuse(
                send, Refusal("method_not_allowed", "Pages can only be read.", headers={"Allow": "GET, HEAD"})
            )
        elif self._index is None:
            page = _File(NOT_BUILT.encode(), False, b"text/html; charset=utf-8", b"no-store", b'"not-built"')
            await _answer(scope, send, page, 503)
        elif path in self._files:
            await _answer(scope, send, self._files[path], 200)
        elif path.startswith("assets/"):
            await _refuse(send, Refusal("not_found", "There is no such file; the page may be of an older release."))
        else:
            await _answer(scope, send, self._index, 200)


def _read(path: Path, name: str) -> _File:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind == "image/svg+xml":
        kind += "; charset=utf-8"
    return _File(
        body=body,
        shrinks=path.suffix in _COMPRESSED and len(body) > SMALLEST_COMPRESSED,
        content_type=kind.encode(),
        cache_control=FOR_EVER if name.startswith("assets/") else ASK_AGAIN,
        etag=f'"{hashlib.sha256(body).hexdigest()[:20]}"'.encode(),
    )


async def _answer(scope: HTTPScope, send: Send, file: _File, status: int) -> None:
    headers = dict(scope["headers"])
    body, extra = file.body, []
    unchanged = status == 200 and headers.get(b"if-none-match") == file.etag
    if file.shrinks:
        extra.append((b"vary", b"accept-encoding"))
        if b"gzip" in headers.get(b"accept-encoding", b""):
            body = body if unchanged else await file.gzipped()
            extra.append((b"content-encoding", b"gzip"))
    if unchanged:
        status, body = 304, b""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", file.content_type),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", file.cache_control),
                (b"etag", file.etag),
                *extra,
            ],
        }
    )
    is_head = scope["method"] == "HEAD"
    await send({"type": "http.response.body", "body": b"" if is_head else body, "more_body": False})


async def _refuse(send: Send, refusal: Refusal) -> None:
    body = problem_body(refusal)
    await send(
        {
            "type": "http.response.start",
            "status": refusal.kind.status,
            "headers": [
                (b"content-type", b"application/problem+json"),
                (b"content-length", str(len(body)).encode()),
                *((name.lower().encode(), value.encode()) for name, value in refusal.headers.items()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


class Hardened:
    """Adds the headers that tell a browser what it must not do, to every answer of the application within."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        is_api = scope["path"].startswith("/api/")
        hardening = _hardening_of(scope["path"])

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                headers.extend(hardening)
                if is_api and not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, sending)


_HARDENING = (
    # Styles: the component library sets style attributes and adds style elements. Scripts: only our own files.
    (
        b"content-security-policy",
        (
            b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
            b" font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self';"
            b" base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), camera=(), payment=(), usb=()"),
)
"""Source: CSP level 3, OWASP Secure Headers."""

_FOR_OTHER_SITES = (
    *(header for header in _HARDENING if header[0] != b"cross-origin-resource-policy"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
)
"""Files that pages of other sites load: the same for everybody, without anything of anybody."""

_OPENED_BY_OTHERS = (
    *(header for header in _HARDENING if header[0] != b"cross-origin-opener-policy"),
    (b"cross-origin-opener-policy", b"unsafe-none"),
)
"""The window that asks before it dials hears from the page that opened it. No page of the desk does."""


def _hardening_of(path: str) -> tuple[tuple[bytes, bytes], ...]:
    if path == "/embed.js" or path.startswith("/sdk/"):
        return _FOR_OTHER_SITES
    return _OPENED_BY_OTHERS if path == "/embed/dial.html" else _HARDENING
