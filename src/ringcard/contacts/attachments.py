"""Files of a card: what was sent once is kept once, under its own hash, beside the database."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.changes import Author
from ringcard.contacts.model import ContactInvalid, ContactsError, typed
from ringcard.contacts.store import utc_now
from ringcard.contacts.tables import contact_attachments, contact_changes
from ringcard.storage import DatabaseFull, DatabaseUnreachable, reading, writing
from ringcard.storage.schema import new_id

LARGEST = 20_000_000
MOST = 200
SETTLED_S = 60.0

_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")


class NoSuchAttachment(ContactsError):
    """There is no such file on the card."""

    error_id = "no_such_attachment"


class AttachmentTooLarge(ContactsError):
    """The file is larger than a card's file may be."""

    error_id = "attachment_too_large"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a card."""

    attachment_id: str
    contact_id: str
    name: str
    media_type: str
    size: int
    sha256: str
    author: str | None
    at: datetime


class Attachments:
    """The files of cards, in `folder`. Every method raises `StorageError` if the database or the disk fails."""

    def __init__(self, engine: AsyncEngine, folder: Path, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._folder = folder
        self._clock = clock

    async def of(self, contact_id: str) -> list[Attachment]:
        """The files of a card, newest first."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(
                select(contact_attachments)
                .where(contact_attachments.c.contact_id == contact_id)
                .order_by(contact_attachments.c.attachment_id.desc())
                .limit(MOST)
            )
            return [Attachment(**row) for row in rows.mappings()]

    async def add(
        self, contact_id: str, name: str, media_type: str, content: AsyncIterator[bytes], *, by: Author | None
    ) -> Attachment:
        """Keep a file. The card must be there. Raises `AttachmentTooLarge`, `ContactInvalid`."""
        name = Path(typed(name).replace("\\", "/")).name.strip()[:300]
        if not name:
            raise ContactInvalid("name", "a file needs a name")
        if not _MEDIA_TYPE.fullmatch(media_type):
            media_type = "application/octet-stream"
        sha256, size = await self._kept(content)
        now = self._clock()
        kept = Attachment(new_id(now), contact_id, name, media_type, size, sha256, by.name if by else None, now)
        async with writing(self._engine) as connection:
            values = {field: getattr(kept, field) for field in Attachment.__slots__}
            await connection.execute(insert(contact_attachments).values(values))
        return kept

    async def get(self, contact_id: str, attachment_id: str) -> tuple[Attachment, Path]:
        """A file and where its bytes lie. Raises `NoSuchAttachment`."""
        async with reading(self._engine) as connection:
            row = (
                (
                    await connection.execute(
                        select(contact_attachments).where(
                            contact_attachments.c.contact_id == contact_id,
                            contact_attachments.c.attachment_id == attachment_id,
                        )
                    )
                )
                .mappings()
                .one_or_none()
            )
        if row is None:
            raise NoSuchAttachment("there is no such file on this card")
        found = Attachment(**row)
        path = self._path(found.sha256)
        if not path.exists():
            raise NoSuchAttachment(f"the file {found.name} is missing on the server's disk: restore {self._folder}")
        return found, path

    async def remove(self, contact_id: str, attachment_id: str) -> Attachment:
        """Take a file off the card. Its bytes stay, so that it can be put back. Raises `NoSuchAttachment`."""
        found, _ = await self.get(contact_id, attachment_id)
        async with writing(self._engine) as connection:
            await connection.execute(
                delete(contact_attachments).where(contact_attachments.c.attachment_id == attachment_id)
            )
        return found

    async def forget(self, hashes: Collection[str]) -> int:
        """Delete the bytes of these files, and of all that were taken off a card, unless a card has them.

        Returns how many of them were there. What came in the last minute may be about to get its card, and is left.
        """
        there = await asyncio.to_thread(lambda: {path.name: path for path in self._folder.glob("??/*")})
        async with reading(self._engine) as connection:
            needed = set((await connection.execute(select(contact_attachments.c.sha256).distinct())).scalars())
            kept = select(contact_changes.c.before).where(contact_changes.c.before.contains('"sha256"'))
            for before in (await connection.execute(kept)).scalars():
                needed |= set(_SHA256.findall(before))

        def unlinked() -> int:
            gone = 0
            for name, path in there.items():
                if name not in needed and (name in hashes or time.time() - path.stat().st_mtime > SETTLED_S):
                    path.unlink(missing_ok=True)
                    gone += name in hashes
            return gone

        try:
            return await asyncio.to_thread(unlinked)
        except OSError as error:
            raise DatabaseUnreachable(f"{self._folder} cannot be written: {error.strerror}") from error

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    async def _kept(self, content: AsyncIterator[bytes]) -> tuple[str, int]:
        """Write the bytes down, whole or not at all."""
        digest, size = hashlib.sha256(), 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".coming-")
        except OSError as error:
            raise DatabaseUnreachable(f"the folder {self._folder} cannot be written: {error.strerror}") from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                async for piece in content:
                    size += len(piece)
                    if size > LARGEST:
                        raise AttachmentTooLarge(f"a file may have at most {LARGEST // 1_000_000} MB")
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            path = self._path(digest.hexdigest())
            path.parent.mkdir(exist_ok=True, mode=0o700)
            os.replace(name, path)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DatabaseFull(f"there is no room left in {self._folder}: make some, then send it again") from error
            raise DatabaseUnreachable(f"{self._folder} cannot be written: {error.strerror}") from error
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        return digest.hexdigest(), size
