"""The table of places is made once, in a process of its own, and kept beside the store."""

from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from ringcard.app.places import places


async def test_it_is_made_once_and_mapped_from_then_on(tmp_path: Path) -> None:
    older = tmp_path / "places-en-8.0.0-1-little.bin"
    older.write_bytes(b"of an older release")
    table = await places(tmp_path, "en")
    assert table is not None
    assert table.place("+74959195557") == "Moscow"
    (path,) = tmp_path.iterdir()
    made_at = path.stat().st_mtime_ns
    again = await places(tmp_path, "en")
    assert again is not None
    assert again.place("+442079460958") == "London"
    assert path.stat().st_mtime_ns == made_at
    path.write_bytes(path.read_bytes()[:1_000])
    mended = await places(tmp_path, "en")
    assert mended is not None, "a broken file is made anew"
    assert mended.place("+74959195557") == "Moscow"


async def test_a_folder_that_is_not_there_costs_the_places_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that logged before in this process would go on as it was configured then.
    monkeypatch.setattr("ringcard.app.places.log", structlog.get_logger("ringcard.app.places"))
    with capture_logs() as logs:
        assert await places(tmp_path / "missing", "en") is None
    (entry,) = logs
    assert entry["event"] == "app.no_places"
    assert "No such folder" in entry["problem"]
