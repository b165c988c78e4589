"""What the doctor says of a configuration, without a PBX to ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ringcard.app.config import from_mapping
from ringcard.app.doctor import Finding, Verdict, examine


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
