"""A web site that is not ringcard's: pages of another origin, on a port of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from office import Server

NATIONAL = "84957654321"
"""As the lab's trunk knows `office.OTHER_CUSTOMER`."""


def lets_in_and_dials(server: Server, *origins: str) -> None:
    """Write into its configuration which sites' pages it lets in, and how the lab's dialplan wants to be dialled."""
    file = server.folder / "ringcard.toml"
    listed = ", ".join(f'"{origin}"' for origin in origins)
    text = file.read_text().replace("[server]", f"[server]\nallowed_origins = [{listed}]")
    text = text.replace("[company]", '[company]\ndial = "national"')
    file.write_text(text + 'context = "internal"\n')


class ForeignSite:
    """Serves `pages` by path, and nothing else."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = site.pages.get(self.path.partition("?")[0])
                body = (page or "there is no such page").encode()
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def foreign_site() -> Iterator[ForeignSite]:
    site = ForeignSite()
    thread = threading.Thread(target=site.serve, name="foreign-site", daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.close()
        thread.join(5)
