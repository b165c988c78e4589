"""Passwords: argon2id, never on the event loop, as much work for a login that does not exist (ADR 0004)."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ringcard.people.model import PeopleError

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024
AT_ONCE = 2
"""Each verification takes 64 MB for its time: a flood of sign-ins must not take the machine's memory."""


class PasswordUnfit(PeopleError):
    """A new password is too short, too long, or the login itself."""

    error_id = "password_unfit"


def check_new_password(password: str, login: str) -> None:
    """Refuse passwords that are guessed first. Raises `PasswordUnfit`.

    Length is what counts; rules about kinds of characters make passwords worse (NIST SP 800-63B §5.1.1.2).
    """
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordUnfit(f"the password needs at least {SHORTEST_PASSWORD} characters")
    if len(password) > LONGEST_PASSWORD:
        raise PasswordUnfit(f"the password may have at most {LONGEST_PASSWORD} characters")
    if password.casefold() == login.casefold() or len(set(password)) == 1:
        raise PasswordUnfit("the password is guessed at once: choose another")


class Passwords:
    """Hashes and verifies. `hasher` has argon2's cost; the default is RFC 9106's second recommendation."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None

    async def hashed(self, password: str) -> str:
        """What is kept of a password."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the one; with None (no such login, or no password) always False, after equal work."""
        if self._nobody is None:
            self._nobody = await self.hashed(secrets.token_urlsafe())
        async with self._turn:
            fits = await asyncio.to_thread(self._fits, password_hash or self._nobody, password[: LONGEST_PASSWORD + 1])
        return fits and password_hash is not None

    def outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with another cost than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
