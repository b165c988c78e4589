"""What the doctor says of a configuration, without a PBX to ask."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ringcard.app.config import from_mapping
from ringcard.app.doctor import Finding, Verdict, examine


async def about_the_store(url: str, folder: Path) -> dict[str, Finding]:
    """The findings about database, people and ledger, by the first word of what they are about."""
    config = from_mapping({"store": {"directory": str(folder), "url": url}}, {})
    found: dict[str, Finding] = {}
    async for finding in examine(config):
        found.setdefault(finding.about.split()[0], finding)
    return found


async def test_a_database_is_named_with_its_version_and_how_quick_it_is(store_url: str, tmp_path: Path) -> None:
    found = await about_the_store(store_url, tmp_path)
    shown = (
        r"(SQLite 3|PostgreSQL 1)[\d.]+, whole, [\d.]+ MB; answers in [\d.]+ ms, writes in [\d.]+ ms; all .* \d+ ms$"
    )
    assert re.match(shown, found["database"].text)
    assert found["ledger"].text.startswith("opens in ")


async def test_a_server_that_may_lose_data_in_a_power_cut_is_minded(postgres_store_url: str, tmp_path: Path) -> None:
    """The lab's own is such a one."""
    config = from_mapping({"store": {"directory": str(tmp_path), "url": postgres_store_url}}, {})
    minded = [finding.text async for finding in examine(config) if finding.verdict is Verdict.MIND]
    assert "fsync is off in the server: a power cut can damage the database; switch it on" in minded


async def test_a_server_that_is_not_there_is_told_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    found = await about_the_store("postgresql://anna:hunter2@127.0.0.1:1/ringcard", tmp_path)
    assert found["database"].verdict is Verdict.WRONG
    assert "check that its server runs" in found["database"].text
    assert not any("hunter2" in finding.text + finding.about for finding in found.values())
    assert found["pbx"].verdict is Verdict.MIND


async def about_sharing(folder: Path, *pbxs: dict[str, Any], devices: str = "101-199") -> list[Finding]:
    """The findings about two PBXs at once. Their connectors are of a kind that is not installed: nobody is called."""
    numbered = [{"name": f"pbx{place}", "type": "not-installed", **pbx} for place, pbx in enumerate(pbxs, 1)]
    config = from_mapping(
        {"store": {"directory": str(folder / "data")}, "company": {"devices": devices}, "pbx": numbered}, {}
    )
    return [finding async for finding in examine(config) if "," in finding.about]


async def test_two_pbxs_with_the_same_devices_are_minded(tmp_path: Path) -> None:
    (finding,) = await about_sharing(tmp_path, {}, {"devices": "150-250"})
    assert (finding.about, finding.verdict) == ("pbx pbx1, pbx2", Verdict.MIND)
    assert "150 (50 in all)" in finding.text
    assert "aliases" in finding.text


async def test_without_a_list_every_short_number_is_a_device_of_both(tmp_path: Path) -> None:
    assert len(await about_sharing(tmp_path, {}, {}, devices="")) == 1


@pytest.mark.parametrize(
    "second",
    [
        pytest.param({"devices": "201-299"}, id="others"),
        pytest.param({"devices": "1101-1102", "aliases": {"101": "1101", "102": "1102"}}, id="renamed"),
        pytest.param({"devices": "101,1101", "aliases": {"101": "1101"}}, id="renamed, the old name still listed"),
        pytest.param({"devices": "9-1"}, id="a list that cannot be read"),
    ],
)
async def test_pbxs_that_share_nothing_are_fine(tmp_path: Path, second: dict[str, Any]) -> None:
    assert await about_sharing(tmp_path, {}, second) == []


async def test_one_pbx_shares_with_nobody(tmp_path: Path) -> None:
    assert await about_sharing(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("region", "devices", "shadowed"),
    [("RU", "101-199", "101, 102, 103, 112:"), ("RU", "201-299", None), ("US", "9XX", "911:"), ("RU", "", None)],
)
async def test_extensions_that_are_emergency_numbers_are_minded(
    tmp_path: Path, region: str, devices: str, shadowed: str | None
) -> None:
    config = from_mapping(
        {"store": {"directory": str(tmp_path / "data")}, "company": {"region": region, "devices": devices}}, {}
    )
    told = [(finding.verdict, finding.text) async for finding in examine(config) if finding.about == "numbers"]
    if shadowed is None:
        assert told == []
    else:
        ((verdict, text),) = told
        assert verdict is Verdict.MIND
        assert text.startswith(shadowed)
