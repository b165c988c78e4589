"""The source that docs/howto/write-a-contact-source.md shows is a source: it passes the contract, over real HTTP."""

import asyncio
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ringcard.contacts.source import ContactSource, SourceContext, SourceMisconfigured
from ringcard.numbers import NumberingPlan
from ringcard.testing.contacts import ContactSourceContract

GUIDE = Path(__file__).parents[3] / "docs/howto/write-a-contact-source.md"
PEOPLE = {"+74959195557": [{"id": "1", "name": "Anna", "changed": "2026-11-23T12:00:00+03:00"}]}


def guide_class() -> Any:
    (code, *_) = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(GUIDE), "exec"), names)
    return SimpleNamespace(**names).AcmeContacts


def context(**settings: str) -> SourceContext:
    return SourceContext(NumberingPlan("RU"), "sqlite:///unused.db", settings)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A CRM that knows one person, as much HTTP as the guide's source needs."""
    try:
        while request := await reader.readline():
            while (await reader.readline()).strip():
                pass
            (number,) = parse_qs(urlsplit(request.split()[1].decode()).query)["phone"]
            body = json.dumps(PEOPLE.get(number, [])).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


class TestTheGuidesSource(ContactSourceContract):
    known_number = "+74959195557"
    known_name = "Anna"
    unknown_number = "+74950000000"

    async def open_source(self, folder: Path) -> ContactSource:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        class WithServer(guide_class()):  # type: ignore[misc]
            async def close(self) -> None:
                await super().close()
                server.close()
                await server.wait_closed()

        source: ContactSource = WithServer.from_context(context(url=f"http://127.0.0.1:{port}"))
        return source

    async def open_broken_source(self, folder: Path) -> ContactSource:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        source: ContactSource = guide_class().from_context(context(url=f"http://127.0.0.1:{port}"))
        return source

    def test_without_its_setting_it_says_which(self) -> None:
        with pytest.raises(SourceMisconfigured, match="set `url`"):
            guide_class().from_context(context())
