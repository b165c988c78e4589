"""The demo as a stranger runs it, and the doctor: separate processes, a simulated PBX, real AMI."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
from web_site import Browser

from ringcard.app.config import from_mapping
from ringcard.app.demo import demo_config, simulated_office
from ringcard.app.doctor import Finding, Verdict, examine

RINGCARD = (sys.executable, "-c", "from ringcard.cli import main; main()")


@contextlib.asynccontextmanager
async def demo(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *RINGCARD,
        "demo",
        "--store",
        str(folder),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "BROWSER": "none"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await asyncio.wait_for(process.communicate(), 20)


async def test_it_prints_its_address_and_within_a_minute_the_employee_has_had_three_calls(tmp_path: Path) -> None:
    async with demo(tmp_path, "--port", "0") as process:
        assert process.stdout is not None
        said = ""
        async with asyncio.timeout(120):
            while "Ctrl-C" not in said:
                said += (await process.stdout.readline()).decode()
        printed = time.monotonic()
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert address is not None
        assert all(login in said for login in ("employee", "supervisor", "admin"))
        assert re.search(r"password\s+demo", said)
        async with httpx.AsyncClient(base_url=address[0], trust_env=False) as http:
            browser = Browser(address[0], http)
            me = await browser.sign_in("employee", "demo")
            assert me["devices"] == ["101"]
            pops: dict[str, dict[str, object]] = {}
            # The minute that was promised begins when the address is printed.
            async with asyncio.timeout(60 - (time.monotonic() - printed)), browser.live() as live:
                live.patience_s = 60
                pops |= {pop["call_id"]: pop for pop in live.first["pops"]}  # the first may ring while we sign in
                while len(pops) < 3:
                    pop = (await live.until("pop"))["pop"]
                    pops.setdefault(pop["call_id"], pop)
            marks = [pop["mark"] for pop in pops.values()]
            first = next(iter(pops.values()))
            history = (await browser.get("/calls", limit=50)).json()["items"]
    assert marks[0] == "vip"
    assert "unknown" in marks
    contact = first["contact"]
    assert isinstance(contact, dict)
    assert contact["orders"]
    assert contact["notes"]
    assert len(history) >= 3
    assert process.returncode == 0


async def test_a_port_that_is_taken_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with demo(tmp_path, "--port", port) as process:
            _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert f"port {port} of 127.0.0.1 is taken" in errors.decode()
    assert "Traceback" not in errors.decode()


class TestDoctor:
    async def found(self, config: object) -> dict[str, Finding]:
        from ringcard.app.config import Config

        assert isinstance(config, Config)
        found: dict[str, Finding] = {}
        async for finding in examine(config):
            kept = found.get(finding.about.split()[0])
            # Of the many about a PBX the worst, and of what is fine the version.
            if kept is None or finding.verdict is Verdict.WRONG or "22.10" in finding.text:
                found[finding.about.split()[0]] = finding
        return found

    async def test_a_good_installation_is_fine(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        async with simulated_office() as office:
            found = await self.found(demo_config(office, tmp_path, 0))
        assert found["pbx"].verdict is Verdict.FINE, found["pbx"].text
        assert "22.10" in found["pbx"].text
        assert found["database"].verdict is found["ledger"].verdict is found["contacts"].verdict is Verdict.FINE
        assert "ringcard people add" in found["people"].text

    async def test_a_wrong_secret_is_said(self, tmp_path: Path) -> None:
        async with simulated_office() as office:
            config = demo_config(office, tmp_path, 0)
            config.pbx[0].settings["secret"] = "wrong"
            found = await self.found(config)
        assert found["pbx"].verdict is Verdict.WRONG
        assert "secret" in found["pbx"].text

    async def test_one_trouble_does_not_hide_the_others(self, tmp_path: Path) -> None:
        (tmp_path / "ringcard.db").write_bytes(b"this is no database" * 100)
        found = await self.found(
            from_mapping(
                {
                    "store": {"directory": str(tmp_path)},
                    "contacts": {"sources": ["own", "nowhere"]},
                    "pbx": [{"name": "office", "type": "mitel"}],
                },
                {},
            )
        )
        assert found["database"].verdict is Verdict.WRONG
        assert "nowhere" in found["contacts"].text
        assert "mitel" in found["pbx"].text
