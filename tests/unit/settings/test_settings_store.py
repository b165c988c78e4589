"""Settings as they are kept: versions, and secrets that lie sealed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.ledger import MasterKey
from ringcard.settings import SettingsChanged, SettingsStore
from ringcard.storage import migrate, open_engine

SECRET = "correct-horse-battery"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'ringcard.db'}")
    await migrate(engine)
    yield engine
    await engine.dispose()


async def test_what_is_put_is_read_again(engine: AsyncEngine) -> None:
    store = SettingsStore(engine, MasterKey.generate())
    await store.put("company", 0, {"region": "DE"}, by="me")
    row = await store.get("company")
    assert row is not None
    assert (row.version, row.values, row.secrets, row.unreadable) == (1, {"region": "DE"}, {}, False)
    assert await store.get("desk") is None


async def test_who_saves_second_is_told(engine: AsyncEngine) -> None:
    store = SettingsStore(engine, MasterKey.generate())
    first = await store.put("company", 0, {"region": "DE"})
    with pytest.raises(SettingsChanged):
        await store.put("company", 0, {"region": "FR"})
    await store.put("company", first.version, {"region": "FR"})
    with pytest.raises(SettingsChanged):
        await store.put("company", first.version, {"region": "IT"})
    with pytest.raises(SettingsChanged):
        await store.delete("company", first.version)
    row = await store.get("company")
    assert row is not None
    assert row.values == {"region": "FR"}


async def test_a_secret_lies_sealed_in_the_file(engine: AsyncEngine, tmp_path: Path) -> None:
    master = MasterKey.generate()
    await SettingsStore(engine, master).put("pbx:office", 0, {"host": "192.0.2.1"}, {"secret": SECRET})
    row = (await SettingsStore(engine, master).all())["pbx:office"]
    assert row.secrets == {"secret": SECRET}
    assert SECRET not in repr(row)
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"192.0.2.1" in files
    assert SECRET.encode() not in files


async def test_another_master_key_cannot_open_it_and_the_rest_is_there(engine: AsyncEngine) -> None:
    await SettingsStore(engine, MasterKey.generate()).put("pbx:office", 0, {"host": "192.0.2.1"}, {"secret": SECRET})
    row = await SettingsStore(engine, MasterKey.generate()).get("pbx:office")
    assert row is not None
    assert (row.unreadable, row.secrets, row.values) == (True, {}, {"host": "192.0.2.1"})


def test_a_sealed_secret_cannot_stand_for_another() -> None:
    master = MasterKey.generate()
    sealed = master.seal("pbx:office", SECRET)
    assert master.unseal("pbx:office", sealed) == SECRET
    with pytest.raises(ValueError, match="pbx:branch"):
        master.unseal("pbx:branch", sealed)
