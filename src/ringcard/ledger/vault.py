"""Keys: one master key in a file, one data key a person, and sealing and opening with them.

A person is named by what `codec` says (`number:+7…`, `device:101`, `call:…`). The store knows a person only by
`person_ref`, an HMAC under a key derived from the master key, and ties it to a random `key_id` and to the data key
wrapped by the master key. Events name nothing but the `key_id`. Deleting that one row therefore makes everything of
the person unreadable, and leaves nothing that ties the person's number to a call, even for who has the master key.

The master key file is created at the first start with mode 0600 and belongs into the backup, but not beside the
backup of the store.

Source: AES-GCM, NIST SP 800-38D; HKDF, RFC 5869.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ringcard.ledger.codec import Draft, Seal, clean, is_person, pack, pack_body, unpack
from ringcard.ledger.errors import LedgerDamaged, MasterKeyProblem

_KEY_BYTES = 32
_NONCE_BYTES = 12
_REF_BYTES = 16
_CACHED_KEYS = 20_000


class MasterKey:
    """The key that wraps every person's key, and what is derived from it."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _KEY_BYTES:
            raise MasterKeyProblem(f"A master key has {_KEY_BYTES} bytes, this one has {len(secret)}.")
        self._wrapping = AESGCM(_derived(secret, b"ringcard ledger: wrap"))
        self._naming = _derived(secret, b"ringcard ledger: person")
        self._sealing = AESGCM(_derived(secret, b"ringcard settings: seal"))
        self.fingerprint = _derived(secret, b"ringcard ledger: fingerprint")[:_REF_BYTES]
        """Kept in the store, so that a ledger opened with another's key is told from erased data."""

    @classmethod
    def generate(cls) -> MasterKey:
        """A key that lives in memory only."""
        return cls(secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def in_file(cls, path: Path, *, may_create: bool) -> MasterKey:
        """Read the key, or create it if `may_create` (the store has no data yet).

        Raises `MasterKeyProblem` if it is missing, malformed, or readable by others.
        """
        try:
            with path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                text = file.read()
        except FileNotFoundError:
            if not may_create:
                raise MasterKeyProblem(
                    f"The ledger has data but its master key {path} is missing: restore the key file from your backup. "
                    "Without it personal data in the ledger cannot be read."
                ) from None
            return cls._created(path)
        except OSError as error:
            raise MasterKeyProblem(f"The master key {path} cannot be read: {error.strerror}.") from error
        if mode & 0o077:
            raise MasterKeyProblem(f"The master key {path} can be read by others: run `chmod 600 {path}`.")
        try:
            return cls(bytes.fromhex(text.decode("ascii").strip()))
        except (ValueError, MasterKeyProblem):
            raise MasterKeyProblem(
                f"The master key {path} is not 64 hexadecimal digits: restore the file from your backup."
            ) from None

    @classmethod
    def _created(cls, path: Path) -> MasterKey:
        secret = secrets.token_bytes(_KEY_BYTES)
        # Written whole under another name first: a crash in between must not leave half a key for a ledger with data.
        draft = path.with_name(path.name + ".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret.hex().encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        return cls(secret)

    def person_ref(self, person: str) -> bytes:
        """How the store names a person: an HMAC, so equality can be searched without plain text."""
        name = person.encode("utf-8", "replace")
        return hmac.new(self._naming, name, hashlib.sha256).digest()[:_REF_BYTES]

    def seal(self, purpose: str, text: str) -> bytes:
        """A secret of the settings as it is stored; `purpose` says of which, so that one cannot stand for another."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, text.encode(), purpose.encode())

    def unseal(self, purpose: str, sealed: bytes) -> str:
        """The reverse of `seal`. Raises `ValueError` if it was not sealed by this master key for this purpose."""
        try:
            return self._sealing.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode()).decode()
        except InvalidTag:
            raise ValueError(f"the secrets of {purpose} were sealed by another master key") from None

    def wrap(self, key_id: int, data_key: bytes) -> bytes:
        """A person's key as it is stored."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, data_key, _context(key_id))

    def unwrap(self, key_id: int, wrapped: bytes) -> bytes:
        """The reverse of `wrap`. Raises `LedgerDamaged` if it was not wrapped by this master key."""
        try:
            return self._wrapping.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], _context(key_id))
        except (InvalidTag, ValueError):
            raise LedgerDamaged(f"The stored key {key_id} cannot be opened with this ledger's master key.") from None


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(secret)


def _context(key_id: int) -> bytes:
    return key_id.to_bytes(8, "big")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A person's key as the store holds it."""

    key_id: int
    person_ref: bytes
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A draft made ready to be stored: its body, and the keys of the persons in it."""

    body: bytes
    call_id: str | None
    persons: tuple[int, ...]
    """The keys of the people in it who have a number."""
    customer: int | None


class Sealer:
    """Seals for the writer; used in the writer's thread only.

    `find` looks a key up in the store by `person_ref`. Keys made here are in `unsaved` until the writer has
    committed them with what they seal.
    """

    def __init__(self, master: MasterKey, find: Callable[[bytes], KeyRow | None]) -> None:
        self._master = master
        self._find = find
        self._keys: OrderedDict[str, tuple[int, AESGCM]] = OrderedDict()
        self.unsaved: dict[int, KeyRow] = {}

    def seal(self, draft: Draft) -> Sealed:
        """Encrypt what is personal in `draft`, each person's part under their key."""
        try:
            return self._seal(draft)
        except UnicodeEncodeError:
            return self._seal(clean(draft))

    def _seal(self, draft: Draft) -> Sealed:
        seals: list[Seal] = []
        customer = None
        persons = []
        bound = _bound_to(draft.open)
        for person, leaves in draft.personal.items():
            key_id, cipher = self._key_of(person)
            if is_person(person):
                persons.append(key_id)
            if person == draft.customer:
                customer = key_id
            nonce = os.urandom(_NONCE_BYTES)
            seals.append((key_id, nonce + cipher.encrypt(nonce, pack(leaves), bound)))
        return Sealed(pack_body(draft, seals), draft.call_id, tuple(persons), customer)

    def _key_of(self, person: str) -> tuple[int, AESGCM]:
        known = self._keys.get(person)
        if known is not None:
            self._keys.move_to_end(person)
            return known
        ref = self._master.person_ref(person)
        row = self._find(ref)
        if row is not None:
            key_id, data_key = row.key_id, self._master.unwrap(row.key_id, row.wrapped)
        else:
            # A random id needs no counter that an erased key could give back.
            key_id, data_key = secrets.randbits(63), secrets.token_bytes(_KEY_BYTES)
            self.unsaved[key_id] = KeyRow(key_id, ref, self._master.wrap(key_id, data_key))
        self._keys[person] = known = (key_id, AESGCM(data_key))
        return known

    def unknown(self, persons: Iterable[str]) -> list[bytes]:
        """The refs of those whose keys have to be asked of the store."""
        return [self._master.person_ref(person) for person in dict.fromkeys(persons) if person not in self._keys]

    def saved(self) -> None:
        """The keys in `unsaved` are in the store now."""
        self.unsaved.clear()
        while len(self._keys) > _CACHED_KEYS:
            self._keys.popitem(last=False)

    def forget(self) -> None:
        """Hold no key in memory any more: some were erased in the store."""
        self._keys.clear()


class Opener:
    """Opens what a `Sealer` sealed. `find` looks keys up by id; nothing is cached, so that erasing is at once."""

    def __init__(self, master: MasterKey, find: Callable[[Iterable[int]], dict[int, bytes]]) -> None:
        self._master = master
        self._find = find

    def open(self, bodies: Iterable[tuple[dict[str, Any], list[Seal]]]) -> list[tuple[list[dict[str, Any]], bool]]:
        """For each `(fields, seals)` what could be opened, and whether something was erased.

        Raises `LedgerDamaged` if a seal was tampered with; a seal whose key is gone is not an error.
        """
        listed = list(bodies)
        wrapped = self._find({key_id for _, seals in listed for key_id, _ in seals})
        keys = {key_id: AESGCM(self._master.unwrap(key_id, each)) for key_id, each in wrapped.items()}
        return [_opened(opened, seals, keys) for opened, seals in listed]


def _opened(opened: dict[str, Any], seals: list[Seal], keys: dict[int, AESGCM]) -> tuple[list[dict[str, Any]], bool]:
    found = []
    erased = False
    for key_id, hidden in seals:
        cipher = keys.get(key_id)
        if cipher is None:
            erased = True
            continue
        try:
            leaves = cipher.decrypt(hidden[:_NONCE_BYTES], hidden[_NONCE_BYTES:], _bound_to(opened))
        except (InvalidTag, ValueError):
            raise LedgerDamaged("A personal field was changed after it was written.") from None
        found.append(unpack(leaves))
    return found, erased


def _bound_to(opened: dict[str, Any]) -> bytes:
    """What a seal is bound to, so that it cannot be moved to another call."""
    return str(opened.get("call_id", "")).encode("utf-8")
