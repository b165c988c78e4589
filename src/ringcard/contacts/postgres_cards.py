"""Cards out of PostgreSQL: one prepared query, one round trip, on connections of our own.

Not through SQLAlchemy's engine: its pool is for those who write and page, and a call must not queue behind them (ADR
0003). What goes wrong with a connection costs the question that met it, never the next one: the connection is dropped,
and a new one is opened. A server that says nothing is given up after `ANSWER_S`; who asks waits less long than that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterable
from typing import Any, LiteralString, TypeAlias

import psycopg

from ringcard.contacts.cards import COLUMNS, MOST_MATCHES, MOST_NOTES, MOST_ORDERS, Row, head_of, order_of
from ringcard.contacts.model import Contact, ContactId, Email, Manager, Note, Phone
from ringcard.contacts.rows import tail_of
from ringcard.storage import DatabaseUnreachable, translated
from ringcard.storage.engine import adapted, libpq_url, shown
from ringcard.storage.schema import from_ms

MOST_CONNECTIONS = 4
"""A look-up takes a third of a millisecond: four of them at once are ten thousand calls a second."""

ANSWER_S = 2.0

Link: TypeAlias = psycopg.AsyncConnection[Row]

_LISTS = f"""
(SELECT json_agg(json_build_array(p.number, p.presented, p.label) ORDER BY p.place)
   FROM contact_phones p WHERE p.contact_id = c.contact_id),
(SELECT json_agg(json_build_array(m.email, m.label) ORDER BY m.place)
   FROM contact_emails m WHERE m.contact_id = c.contact_id),
(SELECT json_agg(json_build_array(d.employee_id, de.name) ORDER BY d.place)
   FROM contact_deputies d JOIN employees de ON de.employee_id = d.employee_id WHERE d.contact_id = c.contact_id),
(SELECT json_agg(json_build_array(o.number, o.date, o.status, o.total, o.currency, o.items)
                 ORDER BY o.date DESC NULLS LAST, o.number COLLATE "C" DESC)
   FROM (SELECT * FROM contact_orders o WHERE o.contact_id = c.contact_id
         ORDER BY o.date DESC NULLS LAST, o.number COLLATE "C" DESC LIMIT {MOST_ORDERS}) o),
(SELECT json_agg(json_build_array(n.note_id, n.text, n.author, n.at, n.call_id)
                 ORDER BY n.at DESC, n.note_id COLLATE "C" DESC)
   FROM (SELECT * FROM contact_notes n WHERE n.contact_id = c.contact_id
         ORDER BY n.at DESC, n.note_id COLLATE "C" DESC LIMIT {MOST_NOTES}) n)
"""  # noqa: S608  nothing here comes from outside

_BY_PHONE = f"""
SELECT {COLUMNS}, {_LISTS}
FROM (SELECT DISTINCT contact_id FROM contact_phones WHERE {{phone}} = %s) f JOIN contacts c USING (contact_id)
LEFT JOIN employees e ON e.employee_id = c.manager_id
ORDER BY c.kind = 'person' DESC, greatest(coalesce(c.talked_at, 0), c.updated_at) DESC, c.contact_id COLLATE "C"
LIMIT {MOST_MATCHES}
"""  # noqa: S608

_BY_NUMBER: LiteralString = _BY_PHONE.format(phone="number")
_BY_TAIL: LiteralString = _BY_PHONE.format(phone="tail")

_BY_IDS: LiteralString = f"""
SELECT {COLUMNS}, {_LISTS}
FROM contacts c LEFT JOIN employees e ON e.employee_id = c.manager_id
WHERE c.contact_id = ANY(%s)
"""  # noqa: S608


class PostgresCardReader:
    """`CardReader` on a PostgreSQL server. It connects when it is first asked; close it."""

    def __init__(self, url: str, *, answer_s: float = ANSWER_S) -> None:
        self._url = url
        self._answer_s = answer_s
        self._idle: list[Link] = []
        self._turns = asyncio.Semaphore(MOST_CONNECTIONS)
        self._closed = False

    async def with_number(self, number: str) -> list[Contact]:
        """See `CardReader`."""
        return list(map(_card, await self._asked(_BY_NUMBER, number)))

    async def resembling(self, number: str) -> list[Contact]:
        """See `CardReader`."""
        tail = tail_of(number)
        return [] if tail is None else list(map(_card, await self._asked(_BY_TAIL, tail)))

    async def with_ids(self, contact_ids: Iterable[ContactId]) -> list[Contact]:
        """See `CardReader`."""
        ids = list(contact_ids)
        found = {card.contact_id: card for card in map(_card, await self._asked(_BY_IDS, ids))}
        return [found[contact_id] for contact_id in ids if contact_id in found]

    async def close(self) -> None:
        """See `CardReader`. What is under way ends by itself."""
        self._closed = True
        self._drop_idle()

    async def _asked(self, query: LiteralString, parameter: Any) -> list[Row]:
        with translated(self._url):
            try:
                async with asyncio.timeout(self._answer_s), self._turns:
                    while self._idle:
                        link = self._idle.pop()
                        try:
                            return await self._answer(link, query, parameter)
                        except psycopg.OperationalError:
                            if not link.closed:
                                raise
                            # The server was restarted since: the others that waited are as dead, a new one is not.
                            self._drop_idle()
                    return await self._answer(await self._opened(), query, parameter)
            except TimeoutError as error:
                raise DatabaseUnreachable(
                    f"the database {shown(self._url)} did not answer within {self._answer_s:g} s: its server is busy"
                    " or hangs; it is asked again for the next call"
                ) from error

    async def _answer(self, link: Link, query: LiteralString, parameter: Any) -> list[Row]:
        """The rows. The link is kept if it came to a good end, else it is cut.

        In a task of its own: psycopg answers a cancellation by asking the server to stop the query, and waits for
        that. A server that hangs does not even do that. So nothing is cancelled here; the link is hung up.
        """
        work = asyncio.ensure_future(_rows(link, query, parameter))
        try:
            await asyncio.wait([work])
        finally:
            if not work.done():
                _hang_up(link)
                work.add_done_callback(lambda ended: _end(link, ended))
            elif work.exception() is not None or self._closed:
                link.pgconn.finish()
            else:
                self._idle.append(link)
        return work.result()

    async def _opened(self) -> Link:
        link = await psycopg.AsyncConnection.connect(libpq_url(self._url), autocommit=True)
        adapted(link)
        # A look at the plan of every number would take longer than the query itself.
        await link.execute("SET plan_cache_mode = force_generic_plan; SET default_transaction_read_only = on")
        return link

    def _drop_idle(self) -> None:
        for link in self._idle:
            link.pgconn.finish()
        self._idle.clear()


async def _rows(link: Link, query: LiteralString, parameter: Any) -> list[Row]:
    cursor = await link.execute(query, (parameter,), prepare=True)
    return await cursor.fetchall()


def _hang_up(link: Link) -> None:
    """End the link from our side, without a word to a server that may not listen: who reads from it reads its end."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(link.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)


def _end(link: Link, ended: asyncio.Future[list[Row]]) -> None:
    link.pgconn.finish()
    if not ended.cancelled():
        ended.exception()  # that the link was cut is known


def _card(row: Row) -> Contact:
    phones, emails, deputies, orders, notes = row[-5:]
    return head_of(
        row,
        phones=tuple(Phone(*phone) for phone in phones or ()),
        emails=tuple(Email(*email) for email in emails or ()),
        deputies=tuple(Manager(*deputy) for deputy in deputies or ()),
        orders=tuple(map(order_of, orders or ())),
        notes=tuple(
            Note(note_id, text, author, from_ms(at), call_id) for note_id, text, author, at, call_id in notes or ()
        ),
    )
