"""Keys: the master key's file, and what a seal holds against."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ringcard.ledger.codec import Draft, unpack_body
from ringcard.ledger.errors import LedgerDamaged, MasterKeyProblem
from ringcard.ledger.vault import KeyRow, MasterKey, Opener, Sealer


class TestMasterKeyFile:
    def test_it_is_created_for_its_owner_only_and_read_again(self, tmp_path: Path) -> None:
        path = tmp_path / "key"
        created = MasterKey.in_file(path, may_create=True)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert MasterKey.in_file(path, may_create=False).fingerprint == created.fingerprint
        assert list(tmp_path.iterdir()) == [path]

    def test_missing_while_there_is_data(self, tmp_path: Path) -> None:
        with pytest.raises(MasterKeyProblem, match="missing: restore the key file"):
            MasterKey.in_file(tmp_path / "key", may_create=False)
        assert list(tmp_path.iterdir()) == []

    def test_readable_by_others(self, tmp_path: Path) -> None:
        path = tmp_path / "key"
        MasterKey.in_file(path, may_create=True)
        path.chmod(0o640)
        with pytest.raises(MasterKeyProblem, match="chmod 600"):
            MasterKey.in_file(path, may_create=True)

    @pytest.mark.parametrize("content", [b"", b"abc", b"zz" * 32, b"ab" * 31, b"\xff" * 64])
    def test_malformed(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "key"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(MasterKeyProblem, match="64 hexadecimal"):
            MasterKey.in_file(path, may_create=True)

    def test_half_a_key_of_an_interrupted_start_is_not_used(self, tmp_path: Path) -> None:
        (tmp_path / "key.new").write_bytes(b"5a5a")
        MasterKey.in_file(tmp_path / "key", may_create=True)
        assert len((tmp_path / "key").read_bytes()) == 65

    def test_unreadable(self, tmp_path: Path) -> None:
        (tmp_path / "key").mkdir()
        with pytest.raises(MasterKeyProblem, match="cannot be read"):
            MasterKey.in_file(tmp_path / "key", may_create=True)


def draft(call_id: str = "c-1") -> Draft:
    opened = {"call_id": call_id}
    return Draft("queued", 1, call_id, opened, {"number:+7903": {"name": "Anna"}}, "number:+7903")


class TestSeals:
    def test_one_person_has_one_key(self) -> None:
        sealer = Sealer(MasterKey.generate(), lambda ref: None)
        assert sealer.seal(draft("a")).customer == sealer.seal(draft("b")).customer
        assert len(sealer.unsaved) == 1

    def test_a_key_of_the_store_is_used_again(self) -> None:
        master = MasterKey.generate()
        first = Sealer(master, lambda ref: None)
        customer = first.seal(draft()).customer
        (row,) = first.unsaved.values()
        known = {row.person_ref: row}
        again = Sealer(master, known.get)
        assert again.seal(draft()).customer == customer
        assert again.unsaved == {}

    def test_two_seals_of_the_same_differ(self) -> None:
        sealer = Sealer(MasterKey.generate(), lambda ref: None)
        assert sealer.seal(draft()).body != sealer.seal(draft()).body

    def test_moved_to_another_call_it_does_not_open(self) -> None:
        master = MasterKey.generate()
        sealer = Sealer(master, lambda ref: None)
        _, _, seals = unpack_body(sealer.seal(draft()).body)
        wrapped = {key_id: row.wrapped for key_id, row in sealer.unsaved.items()}
        opener = Opener(master, lambda wanted: wrapped)
        assert opener.open([({"call_id": "c-1"}, seals)]) == [([{"name": "Anna"}], False)]
        with pytest.raises(LedgerDamaged):
            opener.open([({"call_id": "c-2"}, seals)])

    def test_another_master_key_opens_nothing_and_names_nobody_alike(self) -> None:
        one, other = MasterKey.generate(), MasterKey.generate()
        row = KeyRow(1, b"", one.wrap(1, b"k" * 32))
        assert one.unwrap(1, row.wrapped) == b"k" * 32
        with pytest.raises(LedgerDamaged):
            other.unwrap(1, row.wrapped)
        with pytest.raises(LedgerDamaged):
            one.unwrap(2, row.wrapped)
        assert one.person_ref("number:+7903") != other.person_ref("number:+7903")
