"""Signing in and staying signed in: server-side sessions, of which only a hash is kept.

A session lives until it was not used for `idle_s`, at the latest `absolute_s` after sign-in, or until its employee is
disabled or gets a new password.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.people.attempts import AttemptLimiter
from ringcard.people.model import Employee, PeopleError
from ringcard.people.passwords import Passwords
from ringcard.people.permissions import Permission
from ringcard.people.store import Clock, EmployeeStore, folded_login, utc_now
from ringcard.people.tables import employees, sessions
from ringcard.storage import reading, writing

IDLE_S = 12 * 3600.0
ABSOLUTE_S = 7 * 24 * 3600.0
SEEN_EVERY_S = 60.0
STILL_AT_ONCE = 200
"""Of so many sessions at a time is asked whether they still hold."""

ATTEMPTS_WINDOW_S = 300.0
ATTEMPTS_PER_LOGIN = 5
ATTEMPTS_PER_ADDRESS = 30
"""An office behind one address signs in at nine o'clock together."""

log = structlog.get_logger(__name__)


class SignInRefused(PeopleError):
    """The login or the password is wrong; which of them is not told."""

    error_id = "sign_in_refused"


class TooManyAttempts(PeopleError):
    """Too many attempts to sign in; `retry_after_s` says when the next may be made."""

    error_id = "too_many_attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many attempts to sign in: try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session just made: `token` goes into the cookie and is nowhere kept."""

    employee: Employee
    token: str
    csrf_token: str


@dataclass(frozen=True, slots=True)
class Session:
    """Who makes a request: found by the cookie of a browser, or by a program's token (`token_id`, `scopes`).

    `session_id` names it where the cookie or token must not be seen; it opens nothing.
    """

    employee: Employee
    csrf_token: str
    session_id: str
    token_id: str | None = None
    scopes: frozenset[Permission] | None = None
    """What a token allows at most; None for a browser."""

    def csrf_matches(self, presented: str | None) -> bool:
        """Whether a request carries this session's CSRF token; takes the same time either way."""
        return presented is not None and hmac.compare_digest(
            presented.encode(errors="replace"), self.csrf_token.encode()
        )


class SignIn:
    """Signs employees in and recognises them. `clock` is the time of day, `timer` counts seconds for the rate limit.

    Every method raises `StorageError` if the database fails.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        people: EmployeeStore,
        passwords: Passwords,
        *,
        clock: Clock = utc_now,
        timer: Callable[[], float] = time.monotonic,
        idle_s: float = IDLE_S,
        absolute_s: float = ABSOLUTE_S,
    ) -> None:
        self._engine = engine
        self._people = people
        self._passwords = passwords
        self._clock = clock
        self._timer = timer
        self._idle = timedelta(seconds=idle_s)
        self._absolute = timedelta(seconds=absolute_s)
        self._by_login = AttemptLimiter(ATTEMPTS_PER_LOGIN, ATTEMPTS_WINDOW_S)
        self._by_address = AttemptLimiter(ATTEMPTS_PER_ADDRESS, ATTEMPTS_WINDOW_S)

    async def sign_in(self, login: str, password: str, address: str) -> SignedIn:
        """Check the password and open a session. `address` is where the request comes from.

        Raises `SignInRefused`, `TooManyAttempts`.
        """
        return await self._open(await self.prove(login, password, address))

    async def prove(self, login: str, password: str, address: str) -> str:
        """Check the password, as at signing in, without opening a session. Returns whose it is.

        Raises `SignInRefused`, `TooManyAttempts`.
        """
        login, address = folded_login(login)[:200], network_of(address)
        now_s = self._timer()
        wait_s = max(self._by_login.retry_after_s(login, now_s), self._by_address.retry_after_s(address, now_s))
        if wait_s:
            raise TooManyAttempts(wait_s)
        self._by_login.note(login, now_s)
        self._by_address.note(address, now_s)
        held = await self._password_of(login)
        employee_id, password_hash = held or (None, None)
        if not await self._passwords.verify(password_hash, password) or employee_id is None or password_hash is None:
            log.info("people.sign_in_refused", action="sign_in_refused", login=login[:64], address=address)
            raise SignInRefused("the login or the password is wrong")
        self._by_login.forgive(login)
        self._by_address.forgive(address)
        if self._passwords.outdated(password_hash):
            await self._keep_hash(employee_id, await self._passwords.hashed(password))
        return employee_id

    async def session(self, token: str) -> Session | None:
        """Whose session this token opens, None if it opens none (any more)."""
        token_hash = _hash_of(token)
        now = self._clock()
        async with reading(self._engine) as connection:
            row = (
                await connection.execute(
                    select(sessions, employees.c.disabled)
                    .join_from(sessions, employees)
                    .where(sessions.c.token_hash == token_hash)
                )
            ).first()
        if row is None or row.disabled or now - row.seen_at > self._idle or now - row.created_at > self._absolute:
            return None
        if now - row.seen_at >= timedelta(seconds=SEEN_EVERY_S):
            async with writing(self._engine) as connection:
                await connection.execute(
                    update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now)
                )
        return Session(await self._people.get(row.employee_id), row.csrf_token, session_id_of(token))

    async def still(self, tokens: Collection[str]) -> dict[str, tuple[str, str]]:
        """Which of these tokens still open a session: whose it is, and its CSRF token. They count as used now.

        One question for all of them: thousands of open screens ask again and again. A disabled employee's are left out.
        """
        now = self._clock()
        hashes = {_hash_of(token): token for token in tokens}
        held: dict[str, tuple[str, str]] = {}
        for start in range(0, len(hashes), STILL_AT_ONCE):
            some = list(hashes)[start : start + STILL_AT_ONCE]
            async with reading(self._engine) as connection:
                rows = await connection.execute(
                    select(sessions)
                    .join_from(sessions, employees)
                    .where(sessions.c.token_hash.in_(some), employees.c.disabled.is_(False))
                )
                holding = [
                    row for row in rows if now - row.seen_at <= self._idle and now - row.created_at <= self._absolute
                ]
            held |= {hashes[row.token_hash]: (row.employee_id, row.csrf_token) for row in holding}
            due = [row.token_hash for row in holding if now - row.seen_at >= timedelta(seconds=SEEN_EVERY_S)]
            if due:
                async with writing(self._engine) as connection:
                    await connection.execute(update(sessions).where(sessions.c.token_hash.in_(due)).values(seen_at=now))
        return held

    async def sign_out(self, token: str) -> None:
        """End this session; that there is none is no error."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == _hash_of(token)))

    async def forget_expired(self) -> int:
        """Delete the sessions that open nothing any more; returns how many. Call it now and then."""
        now = self._clock()
        async with writing(self._engine) as connection:
            gone = await connection.execute(
                delete(sessions).where(
                    or_(sessions.c.seen_at < now - self._idle, sessions.c.created_at < now - self._absolute)
                )
            )
        return gone.rowcount

    async def _password_of(self, login: str) -> tuple[str, str | None] | None:
        async with reading(self._engine) as connection:
            row = (
                await connection.execute(
                    select(employees.c.employee_id, employees.c.password_hash).where(
                        employees.c.login == login, employees.c.disabled.is_(False)
                    )
                )
            ).first()
        return None if row is None else (row.employee_id, row.password_hash)

    async def _keep_hash(self, employee_id: str, password_hash: str) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(
                update(employees).where(employees.c.employee_id == employee_id).values(password_hash=password_hash)
            )

    async def _open(self, employee_id: str) -> SignedIn:
        token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        now = self._clock()
        async with writing(self._engine) as connection:
            await connection.execute(
                insert(sessions).values(
                    token_hash=_hash_of(token),
                    employee_id=employee_id,
                    csrf_token=csrf_token,
                    created_at=now,
                    seen_at=now,
                )
            )
        return SignedIn(await self._people.get(employee_id), token, csrf_token)


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the /64, for every customer of a provider has as many as he likes in one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:200]
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)


def session_id_of(token: str) -> str:
    """What the session that `token` opens is called where the token must not be seen."""
    return _hash_of(token)[:16]


def _hash_of(token: str) -> str:
    # A fast hash is right here: the token has 256 random bits, there is nothing to guess.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
