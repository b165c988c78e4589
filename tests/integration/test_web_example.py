"""The example client does what its page says, as the separate program that it is."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from web_site import PASSWORD, site

CLIENT = Path(__file__).parents[2] / "examples" / "live_client.py"


async def test_it_follows_the_calls_and_resumes_after_a_break(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        client = await asyncio.create_subprocess_exec(
            sys.executable, str(CLIENT), here.up.address, "anna", PASSWORD, stdout=asyncio.subprocess.PIPE
        )
        assert client.stdout is not None
        lines = client.stdout

        async def line() -> str:
            return (await asyncio.wait_for(lines.readline(), 20)).decode().rstrip()

        try:
            assert await line() == "snapshot at 0"
            call = here.calls.starts()
            here.calls.rings(call, "101")
            assert (await line()).split() == ["ringing", "+74959195557", "→", "101:", "unknown"]
            here.up.rooms.feed.drop_all()
            assert (await line()).startswith("resumed at ")
            here.calls.ends(call, "101")
            assert (await line()).startswith("missed")
        finally:
            client.terminate()
            await client.wait()
