"""Signing in at a real phone: it dials `*22`, its digits reach us as DTMF through Asterisk, and calls are another's.

The whole of ringcard is up, with the lab's Asterisk as its PBX; phone 105 is nobody's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lab.system import Lab
from test_caller_name_lab import tell_asterisk
from web_site import Site, site

from ringcard.people.codes import MISSES_PER_DEVICE

pytestmark = pytest.mark.lab

PHONE = "105"
CODE = "4711"


@asynccontextmanager
async def the_office(lab: Lab, folder: Path) -> AsyncIterator[Site]:
    """Anna has a code, and the dialplan knows where to ask."""
    address = lab.ami
    pbx = {
        "name": "lab",
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "secret": address.secret,
        "devices": "101-110",
    }
    async with site(folder, pbx=[pbx], agi={"port": 0, "allow": ["127.0.0.0/8"]}) as here:
        anna = await here.up.people.with_login("anna")
        await here.up.people.change(
            anna.employee_id, anna.version, name="Anna", role="employee", devices=["101"], language=None,
            sign_in_code=CODE, disabled=False,
        )  # fmt: skip
        assert here.up.door.port is not None
        await tell_asterisk(lab, here.up.door.port)
        yield here


async def dials(lab: Lab, number: str, typed: str | None = None) -> None:
    """The phone dials, somebody types when it is answered, and Asterisk hangs up when all is said."""
    phone = lab.phone(PHONE)
    await phone.dials(number)
    if typed is not None:
        await phone.talks()
        await phone.presses(typed)
    await phone.is_idle()
    await lab.is_quiet()


async def sits_there(here: Site) -> list[str]:
    return [str(each.employee_id) for each in await here.up.rooms.seats.signed_in() if each.device == PHONE]


async def actions(here: Site) -> list[str]:
    return [entry.action for entry in (await here.up.rooms.audit.page()).items if entry.object_id == PHONE][::-1]


async def test_a_code_typed_at_the_phone_makes_its_calls_anothers(each_lab: Lab, tmp_path: Path) -> None:
    async with the_office(each_lab, tmp_path) as here:
        anna = await here.up.people.with_login("anna")
        await dials(each_lab, "*22", f"{CODE}#")
        assert await sits_there(here) == [anna.employee_id]

        # Her screen shows the call that rings there, though the phone is not hers.
        async with here.browser("anna") as browser, browser.live() as live:
            caller, phone = each_lab.caller("+74959195557"), each_lab.phone(PHONE)
            await caller.dials(f"4951110{PHONE}")
            await phone.rings()
            async with asyncio.timeout(10):
                pop = (await live.until("pop", device=PHONE))["pop"]
            assert pop["caller"]["number"] == "+74959195557"
            await caller.hangs_up()
            await each_lab.is_quiet()

        await dials(each_lab, "*23")
        assert await sits_there(here) == []
        assert await actions(here) == ["device.signed_in", "device.signed_out"]


async def test_a_code_dialled_at_once_and_wrong_ones_until_the_phone_is_locked(each_lab: Lab, tmp_path: Path) -> None:
    async with the_office(each_lab, tmp_path) as here:
        anna = await here.up.people.with_login("anna")
        await dials(each_lab, f"*22{CODE}")
        assert await sits_there(here) == [anna.employee_id]
        await dials(each_lab, "*23")

        missed = 0
        while missed < MISSES_PER_DEVICE:
            phone = each_lab.phone(PHONE)
            await phone.dials("*229999")
            await phone.talks()
            missed += 1
            async with asyncio.timeout(10):
                while len(await actions(here)) < 2 + missed:
                    await asyncio.sleep(0.05)
            await phone.hangs_up()
            await each_lab.is_quiet()
        assert (await actions(here))[2:] == ["device.code_refused"] * MISSES_PER_DEVICE
        await dials(each_lab, f"*22{CODE}")
        assert await sits_there(here) == []
