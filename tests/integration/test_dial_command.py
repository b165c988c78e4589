"""`ringcard dial` against a server that runs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from web_site import site

from ringcard.calls.causes import Outcome
from ringcard.calls.events import CallCleared, ConnectionCleared
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.cli import main
from ringcard.pbx.connector import Service
from ringcard.testing.connector import FakeConnector

pytestmark = pytest.mark.asyncio


async def test_it_dials_for_the_tokens_owner_and_says_in_words_what_came_of_it(tmp_path: Path) -> None:
    async with site(tmp_path) as here, here.browser("anna") as anna:
        pbx = FakeConnector()
        here.up.links.connectors[PbxId("office")] = pbx
        made = (await anna.post("/tokens", {"name": "shell", "scopes": ["calls.make"]})).json()

        async def dial(*arguments: str, secret: str = made["secret"]) -> Result:
            environment = {"RINGCARD_SERVER": here.up.address, "RINGCARD_TOKEN": secret}
            runner = CliRunner()
            return await asyncio.to_thread(runner.invoke, main, ["dial", *arguments], env=environment)

        done = await dial("8 (495) 919-55-57")
        assert done.exit_code == 0, done.output
        (asked,) = pbx.asked
        assert done.stdout.strip() == asked.call_id
        assert (asked.service, asked.device, asked.how["number"]) == (Service.MAKE_CALL, "101", "+74959195557")
        here.up.bus.publish([CallCleared(CallId(str(asked.call_id)), datetime.now(UTC), "system")])

        waiting = asyncio.ensure_future(dial("102", "--wait"))
        while len(pbx.asked) < 2:
            await asyncio.sleep(0)
        call, device = CallId(str(pbx.asked[1].call_id)), DeviceId("101")
        here.up.bus.publish([ConnectionCleared(call, datetime.now(UTC), device, Outcome.NO_ANSWER)])
        failed = await waiting
        assert (failed.exit_code, "your phone 101 did not answer" in failed.output) == (1, True)

        for arguments, says in (
            (["Petrov"], "has letters in it"),
            (["+74959195557", "--device", "102"], "is not yours"),
            (["+74959195557", "--server", "ftp://x"], "is no address"),
            (["+74959195557", "--server", "http://127.0.0.1:1"], "does not answer"),
        ):
            refused = await dial(*arguments)
            assert (refused.exit_code != 0, says in refused.output) == (True, True), refused.output
        assert "opens nothing" in (await dial("101", secret="rc_wrong")).output
        assert "a token is needed" in (await dial("101", secret="")).output
