"""Reading cards from a PostgreSQL server that is stopped, restarted, or hangs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from lab.postgresql import PostgresServer
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.model import ContactDraft, Phone
from ringcard.contacts.postgres_cards import MOST_CONNECTIONS, PostgresCardReader
from ringcard.contacts.source import SourceContext
from ringcard.contacts.sources.own import NearContacts, OwnContacts
from ringcard.contacts.store import ContactStore
from ringcard.numbers import NumberingPlan
from ringcard.storage import DatabaseUnreachable, migrate

NUMBER = "+74959195557"


class Gate:
    """Stands before a server and lets everything through, until it is told to hang."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = (host, port)
        self._open = asyncio.Event()
        self._open.set()
        self.links = 0

    def hang(self) -> None:
        self._open.clear()

    def go_on(self) -> None:
        self._open.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.links += 1
        inner_reader, inner_writer = await asyncio.open_connection(*self._behind)
        await asyncio.gather(self._pass(reader, inner_writer), self._pass(inner_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while block := await reader.read(65_536):
                await self._open.wait()
                writer.write(block)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def gated(url: str) -> AsyncIterator[tuple[Gate, str]]:
    """A gate before the server of `url`, and the URL that leads through it."""
    there = make_url(url)
    gate = Gate(there.host or "127.0.0.1", there.port or 5432)
    server = await asyncio.start_server(gate.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield gate, there.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    finally:
        gate.go_on()
        server.close()


@pytest.fixture
async def known(postgres_store_url: str, open_store: Callable[[str], AsyncEngine]) -> str:
    """The URL of a database that knows `NUMBER`."""
    await write_anna(open_store(postgres_store_url), postgres_store_url)
    return postgres_store_url


async def write_anna(engine: AsyncEngine, url: str) -> None:
    cards = PostgresCardReader(url)
    store = ContactStore(engine, cards, NumberingPlan("RU"))
    await store.create(ContactDraft("Анна", phones=(Phone(None, NUMBER),)))
    await cards.close()


async def names(cards: PostgresCardReader) -> list[str]:
    return [contact.name for contact in await cards.with_number(NUMBER)]


class TestAServerThatHangs:
    async def test_a_question_is_given_up_and_the_next_is_answered(self, known: str) -> None:
        async with gated(known) as (gate, url):
            cards = PostgresCardReader(url, answer_s=0.05)
            gate_was_open = PostgresCardReader(url)
            assert await names(gate_was_open) == ["Анна"]
            gate.hang()
            with pytest.raises(DatabaseUnreachable, match="did not answer"):
                await cards.with_number(NUMBER)
            gate.go_on()
            await gate_was_open.close()
            cards._answer_s = 5
            assert await names(cards) == ["Анна"]
            await cards.close()

    async def test_it_does_not_use_up_the_connections(self, known: str) -> None:
        async with gated(known) as (gate, url):
            cards = PostgresCardReader(url, answer_s=5)
            assert await names(cards) == ["Анна"]
            gate.hang()
            cards._answer_s = 0.05
            many = (cards.with_number(NUMBER) for _ in range(3 * MOST_CONNECTIONS))
            answers = await asyncio.gather(*many, return_exceptions=True)
            assert {type(answer) for answer in answers} == {DatabaseUnreachable}
            gate.go_on()
            cards._answer_s = 5
            assert await names(cards) == ["Анна"]
            await cards.close()

    async def test_who_gives_a_question_up_does_not_wait_for_the_server(self, known: str) -> None:
        async with gated(known) as (gate, url):
            cards = PostgresCardReader(url)
            assert await names(cards) == ["Анна"]
            gate.hang()
            question = asyncio.create_task(cards.with_number(NUMBER))
            for _ in range(5):
                await asyncio.sleep(0)
            question.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(question, 1)
            gate.go_on()
            assert await names(cards) == ["Анна"]
            await cards.close()


class TestAServerThatIsRestarted:
    async def test_a_stopped_server_is_named_and_a_started_one_is_found_again_by_the_first_question(
        self, own_postgres_server: PostgresServer, open_store: Callable[[str], AsyncEngine]
    ) -> None:
        url = own_postgres_server.create("ringcard")
        engine = open_store(url)
        await migrate(engine)
        await write_anna(engine, url)
        await engine.dispose()
        cards = PostgresCardReader(url)
        assert await names(cards) == ["Анна"]
        own_postgres_server.stop()
        with pytest.raises(DatabaseUnreachable):
            await cards.with_number(NUMBER)
        own_postgres_server.start()
        assert await names(cards) == ["Анна"]
        own_postgres_server.stop()
        own_postgres_server.start()
        assert await names(cards) == ["Анна"], "the link that was kept is dead, which costs no question"
        await cards.close()


async def test_connections_are_kept_and_few(known: str) -> None:
    async with gated(known) as (gate, url):
        cards = PostgresCardReader(url)
        await asyncio.gather(*(cards.with_number(NUMBER) for _ in range(50)))
        assert gate.links <= MOST_CONNECTIONS
        await cards.close()


async def test_the_source_on_a_server_is_near_and_the_one_on_sqlite_is_immediate(tmp_path: object) -> None:
    plan = NumberingPlan("RU")
    near = OwnContacts.from_context(SourceContext(plan, "postgresql://nobody@127.0.0.1:1/nowhere"))
    assert isinstance(near, NearContacts)
    assert not hasattr(near, "lookup_now")
    own = OwnContacts.from_context(SourceContext(plan, f"sqlite:///{tmp_path}/ringcard.db"))
    assert isinstance(own, OwnContacts)
    assert not hasattr(own, "first_frame_s")
    await near.close()
    await own.close()
