"""Where the dialplan asks us: the FastAGI server, which can be moved while everything else goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ringcard.app.config import Agi
from ringcard.pbx.asterisk.fastagi import FastAgi
from ringcard.unfit import Unfit
from ringcard.web.server import bind


class DialplanDoor:
    """Open after `replace` with a port, until `close`. `make` gives the server of some settings."""

    def __init__(self, make: Callable[[Agi], FastAgi]) -> None:
        self._make = make
        self._now: Agi | None = None
        self._open: tuple[FastAgi, asyncio.Server] | None = None

    @property
    def port(self) -> int | None:
        """Where it listens; None if nobody does."""
        return None if self._open is None else int(self._open[1].sockets[0].getsockname()[1])

    def check(self, agi: Agi) -> None:
        """Raises `ValueError` if nobody could listen there."""
        if agi.port is None or (self._now is not None and (agi.host, agi.port) == (self._now.host, self._now.port)):
            return
        try:
            bind(agi.host, agi.port).close()
        except OSError as error:
            problem = f"{agi.host}:{agi.port} cannot be listened on: {error.strerror or error}"
            raise Unfit(problem, "cannot_listen", f"{agi.host}:{agi.port}", field="port") from error

    async def replace(self, agi: Agi) -> None:
        """Listen as these settings say; dialogues under way end. Raises `OSError`, then nobody listens."""
        self.close()
        self._now = agi
        if agi.port is not None:
            server = self._make(agi)
            self._open = (server, await server.listen(agi.host, agi.port))

    def close(self) -> None:
        """Listen no more."""
        if self._open is not None:
            server, listening = self._open
            self._open = None
            server.stop(listening)
