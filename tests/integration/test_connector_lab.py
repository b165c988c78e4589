"""The connector on a real Asterisk: 22 with PJSIP and 16 with chan_sip.

Over 400 lines: one running Asterisk, asked everything.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from lab.asterisk import AmiAddress, Asterisk
from lab.system import Lab

from ringcard.calls.causes import Outcome
from ringcard.calls.events import (
    CallCleared,
    CallInformation,
    Delivered,
    Established,
    GapNoted,
    Originated,
    Party,
    PbxEvent,
    RecordingStarted,
)
from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.filters import EVENT_CLASSES, broadcast, filters
from ringcard.pbx.asterisk.login import log_in
from ringcard.pbx.asterisk.messages import WANTED_VARIABLES
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message, Oversized
from ringcard.pbx.asterisk.replay import play, read, records
from ringcard.pbx.asterisk.session import SteadyClock
from ringcard.pbx.asterisk.settings import AsteriskSettings, Timing, Tls, Trunk
from ringcard.pbx.asterisk.translate import Translator
from ringcard.pbx.asterisk.wire import Wire, connect
from ringcard.pbx.connector import LinkState, LinkStatus, ServiceRefused
from ringcard.testing.recorder import record
from ringcard.testing.scenarios import ami

pytestmark = pytest.mark.lab

PHONE = DeviceId("101")


def settings_of(address: AmiAddress, **changes: Any) -> AsteriskSettings:
    timing = {"booted_s": 1.0, "probe_s": 1.0, "backoff_first_s": 0.2, **changes.pop("timing", {})}
    values: dict[str, Any] = {
        "pbx": "lab",
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "secret": address.secret,
        "devices": "101-110",
        "context": "internal",
    }
    return AsteriskSettings(**{**values, **changes}, timing=Timing(**timing))


class Running:
    """A connector at work, and what it said."""

    def __init__(self, settings: AsteriskSettings) -> None:
        self.events: list[PbxEvent] = []
        self.statuses: asyncio.Queue[LinkStatus] = asyncio.Queue()
        self.late_s = 0.0
        """How much later it is for the connector than it is."""
        steady = SteadyClock()
        self.connector = AsteriskConnector(
            settings, on_status=self.statuses.put_nowait, clock=lambda: steady() + self.late_s
        )
        self._came = asyncio.Event()

    def take(self, events: Any) -> None:
        self.events.extend(events)
        self._came.set()

    async def status(self) -> LinkStatus:
        async with asyncio.timeout(20):
            return await self.statuses.get()

    async def until(self, holds: Callable[[list[PbxEvent]], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds(self.events):
                self._came.clear()
                await self._came.wait()

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def sees(self, kind: type, times: int = 1) -> Any:
        await self.until(lambda _: len(self.of(kind)) >= times)
        return self.of(kind)[times - 1]


@contextlib.asynccontextmanager
async def connected(settings: AsteriskSettings) -> AsyncIterator[Running]:
    running = Running(settings)
    task = asyncio.create_task(running.connector.run(running.take))
    try:
        yield running
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


async def test_it_logs_in_and_knows_the_version(each_lab: Lab) -> None:
    async with connected(settings_of(each_lab.ami)) as pbx:
        status = await pbx.status()
    assert (status.state, status.problem) == (LinkState.UP, None)
    assert status.pbx_version is not None
    assert status.pbx_version.startswith("22." if each_lab.technology == "PJSIP" else "16.")


async def test_it_logs_in_over_tls(each_lab: Lab) -> None:
    server = each_lab.asterisk
    tls = Tls(ca_file=str(server.certificate))
    async with connected(settings_of(each_lab.ami, port=server.ports.ami_tls, tls=tls)) as pbx:
        assert (await pbx.status()).state is LinkState.UP
    async with connected(settings_of(each_lab.ami, port=server.ports.ami_tls, tls=Tls())) as pbx:
        assert "not trusted" in ((await pbx.status()).problem or "")


async def test_a_wrong_secret_and_an_unknown_account_are_refused_with_what_to_check(each_lab: Lab) -> None:
    for changes in ({"secret": "wrong"}, {"user": "nobody"}):
        async with connected(settings_of(each_lab.ami, **changes)) as pbx:
            status = await pbx.status()
        assert status.state is LinkState.REFUSED
        assert "Authentication failed" in (status.problem or "")


@pytest.mark.parametrize(
    ("account", "state", "lacking"),
    [
        ("deaf", LinkState.REFUSED, ["read = system", "read = call"]),
        ("no-call", LinkState.REFUSED, ["read = call"]),
        ("mute", LinkState.UP, ["write = system", "write = call", "write = agent", "write = originate"]),
        ("no-originate", LinkState.UP, ["write = originate"]),
    ],
)
async def test_a_missing_permission_is_named(each_lab: Lab, account: str, state: LinkState, lacking: list[str]) -> None:
    async with connected(settings_of(each_lab.asterisk.ami_as(account))) as pbx:
        status = await pbx.status()
    assert status.state is state
    problem = status.problem or ""
    said = [f"{kind} = {name}" for kind in ("read", "write") for name in ("system", "call", "agent", "originate")]
    assert [text for text in said if f"{text} (" in problem] == lacking


async def test_an_account_that_is_deaf_to_queues_is_found_out_when_somebody_waits() -> None:
    """An Asterisk of its own, for an account of its own."""
    server = Asterisk("22")
    await asyncio.to_thread(server.start)
    try:
        with (server.directory / "etc" / "manager.conf").open("a") as configuration:
            configuration.write(
                "\n[no-agent]\nsecret=x\nread=system,call,dialplan\nwrite=system,call,originate,agent\n"
            )
        async with ami.session(server.ami) as opened:
            await opened.act("Reload", Module="manager")
            settings = settings_of(server.ami, user="no-agent", secret="x", timing={"ping_every_s": 0.2})
            async with connected(settings) as pbx:
                assert (await pbx.status()).problem is None
                pbx.late_s = 60.0
                wait = {"Application": "Wait", "Data": "20", "Async": "true"}
                await opened.act("Originate", Channel="Local/500@internal", **wait)
                assert "lacks read = agent (" in ((await pbx.status()).problem or "")
    finally:
        await asyncio.to_thread(server.stop)


async def test_after_a_reload_an_account_that_lacked_something_logs_in_anew(each_lab: Lab) -> None:
    async with connected(settings_of(each_lab.asterisk.ami_as("no-originate"))) as pbx:
        assert (await pbx.status()).state is LinkState.UP
        await ami.act(each_lab, "Reload", Module="manager")
        down = await pbx.status()
        assert "logging in again" in (down.problem or "")
        assert (await pbx.status()).state is LinkState.UP


class Ear:
    """A bare connection: what came, and how many bytes of it."""

    def __init__(self) -> None:
        self.events: list[Message] = []
        self.bytes = 0

    def hear(self, messages: Sequence[Message | Oversized]) -> None:
        self.events += [message for message in messages if isinstance(message, Message) and message.name]

    def tap(self, data: bytes) -> None:
        self.bytes += len(data)

    @contextlib.asynccontextmanager
    async def listening(self, address: AmiAddress, *, filtered: bool) -> AsyncIterator[Ear]:
        settings = settings_of(address)
        wire = await connect(settings, lambda: Wire(AmiProtocol(), self.hear, self.tap))
        try:
            login = await log_in(wire, settings)
            if filtered:
                for headers in filters(login.major):
                    assert (await wire.ask("Filter", headers, within_s=5)).succeeded, headers
            mask = EVENT_CLASSES if filtered else "on"
            await wire.ask("Events", {"EventMask": mask}, within_s=5)
            self.bytes, self.events = 0, []
            yield self
        finally:
            await wire.close()


async def an_answered_call(lab: Lab) -> None:
    caller = lab.caller("+74959195557")
    await caller.dials("4951110101")
    await lab.phone("101").rings()
    await lab.phone("101").answers()
    await caller.talks()
    await caller.hangs_up()
    await lab.is_quiet()


async def test_the_filters_leave_out_what_we_do_not_read_and_nothing_else(each_lab: Lab) -> None:
    all_of_it, filtered = Ear(), Ear()
    async with (
        all_of_it.listening(each_lab.ami, filtered=False),
        filtered.listening(each_lab.ami, filtered=True),
    ):
        await an_answered_call(each_lab)
        await _settled(lambda: len(all_of_it.events))
    wanted = Counter(
        event.name
        for event in all_of_it.events
        if event.name in broadcast()
        or (event.name == "VarSet" and event.get("Variable").lstrip("_").startswith((*WANTED_VARIABLES, "RINGCARD_")))
    )
    assert Counter(event.name for event in filtered.events) == wanted
    assert wanted["Newchannel"] == 2
    print(
        f"\nAsterisk {each_lab.version}: {len(all_of_it.events)} events, {all_of_it.bytes} bytes; filtered"
        f" {len(filtered.events)} events, {filtered.bytes} bytes"
    )
    assert filtered.bytes < all_of_it.bytes / 2


async def _settled(size: Callable[[], int]) -> None:
    before = -1
    while size() != before:
        before = size()
        await asyncio.sleep(0.2)


async def test_an_answered_call_is_heard(each_lab: Lab) -> None:
    async with connected(settings_of(each_lab.ami, ask_presentation=True)) as pbx:
        await pbx.status()
        await an_answered_call(each_lab)
        await pbx.sees(CallCleared)
        originated = pbx.of(Originated)
        assert [event.caller.number for event in originated] == ["+74959195557"]
        assert [event.device for event in pbx.of(Delivered)] == [PHONE]
        assert any(event.device == PHONE for event in pbx.of(Established))


async def test_a_recording_is_reported_with_its_file(each_lab: Lab) -> None:
    async with connected(settings_of(each_lab.ami, timing={"ping_every_s": 0.2})) as pbx:
        await pbx.status()
        caller = each_lab.caller("+74959195557")
        await caller.dials("4951112101")
        await each_lab.phone("101").rings()
        await each_lab.phone("101").answers()
        await caller.talks()
        started = await pbx.sees(RecordingStarted)
        assert started.file.endswith(".wav")
        await asyncio.sleep(0.5)
        assert pbx.connector.status.problem is None, "the variable comes before the event that proves it missing"
        await caller.hangs_up()
        await pbx.sees(CallCleared)
    await each_lab.is_quiet()


async def test_a_number_that_its_owner_withholds_is_taken_back_when_the_channel_is_asked(each_lab: Lab) -> None:
    """The trunk asserts it to us, Asterisk puts it into its events unmarked; only `CALLERID(pres)` says that it is
    withheld."""
    caller = each_lab.caller("+74951112233", withheld=True)
    async with connected(settings_of(each_lab.ami, ask_presentation=True)) as pbx:
        await pbx.status()
        await caller.dials("4951110101")
        await each_lab.phone("101").rings()
        await pbx.until(lambda _: any(event.caller == Party() for event in pbx.of(CallInformation)))
        await caller.hangs_up()
        await pbx.sees(CallCleared)
        told = [
            event.caller.number
            for event in pbx.events
            if isinstance(event, Originated | CallInformation)
            if event.caller
        ]
        assert told[-1] is None
    await each_lab.is_quiet()


async def test_a_trunks_own_field_says_who_calls(each_lab: Lab) -> None:
    """Some operators send the customer's number in a header, and their own as the caller ID. The header with a number
    of its own that the lab's trunk sends is `To`."""
    header = "SIP_HEADER(To)" if each_lab.technology == "SIP" else "PJSIP_HEADER(read,To)"
    for field, number in (("CALLERID(name)", "+78125556677"), (header, "+74951110101")):
        settings = settings_of(each_lab.ami, trunks=(Trunk("trunk", caller_id=field),))
        async with connected(settings) as pbx:
            await pbx.status()
            caller = each_lab.caller("+74959195557", name="8 (812) 555-66-77")
            await caller.dials("4951110101")
            await each_lab.phone("101").rings()
            told = await pbx.sees(CallInformation)
            assert told.caller is not None
            assert told.caller.number == number
            await caller.hangs_up()
            await pbx.sees(CallCleared)
        await each_lab.is_quiet()


async def test_a_call_that_was_up_before_we_came_is_seen(each_lab: Lab) -> None:
    caller = each_lab.caller("+74959195557")
    await caller.dials("4951110102")
    await each_lab.phone("102").rings()
    await each_lab.phone("102").answers()
    await caller.talks()
    async with connected(settings_of(each_lab.ami)) as pbx:
        await pbx.status()
        originated = await pbx.sees(Originated)
        assert originated.caller.number == "+74959195557"
        await pbx.sees(GapNoted)
        await caller.hangs_up()
        cleared = await pbx.sees(CallCleared)
        assert cleared.call_id == originated.call_id
    await each_lab.is_quiet()


class Scissors:
    """A wire between us and the PBX that can be cut."""

    def __init__(self, to: AmiAddress) -> None:
        self.to = to
        self.port = 0
        self.cuts = False
        self.was_cut = asyncio.Event()

    @contextlib.asynccontextmanager
    async def between(self) -> AsyncIterator[Scissors]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _carry(self, ours: asyncio.StreamReader, to_us: asyncio.StreamWriter) -> None:
        theirs, to_them = await asyncio.open_connection(self.to.host, self.to.port)

        async def there() -> None:
            while data := await ours.read(65536):
                to_them.write(data)

        async def back() -> None:
            while data := await theirs.read(65536):
                if self.cuts and b"Event: " in data:
                    self.cuts = False
                    to_us.write(data[: data.index(b"Event: ") + 10])
                    self.was_cut.set()
                    return
                to_us.write(data)

        carrying = [asyncio.create_task(there()), asyncio.create_task(back())]
        try:
            await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in carrying:
                task.cancel()
            for writer in (to_us, to_them):
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()


async def test_a_call_outlives_a_connection_cut_in_the_middle_of_a_message(each_lab: Lab) -> None:
    caller, phone = each_lab.caller("+74959195557"), each_lab.phone("101")
    async with (
        Scissors(each_lab.ami).between() as scissors,
        connected(settings_of(each_lab.ami, port=scissors.port)) as pbx,
    ):
        assert (await pbx.status()).state is LinkState.UP
        await caller.dials("4951110101")
        await phone.rings()
        await pbx.sees(Delivered)
        scissors.cuts = True
        await phone.answers()
        await scissors.was_cut.wait()
        assert (await pbx.status()).state is LinkState.DOWN
        assert (await pbx.status()).state is LinkState.UP
        gap = await pbx.sees(GapNoted)
        established = await pbx.sees(Established)
        await caller.hangs_up()
        cleared = await pbx.sees(CallCleared)
        assert {event.call_id for event in pbx.of(Originated)} == {gap.call_id} == {established.call_id}
        assert cleared.call_id == gap.call_id
    await each_lab.is_quiet()


async def test_make_call_rings_the_phone_first_and_clear_connection_ends_it(each_lab: Lab) -> None:
    phone = each_lab.phone("101")
    async with connected(settings_of(each_lab.ami)) as pbx:
        await pbx.status()
        call_id = await pbx.connector.make_call(PHONE, "103")
        await phone.rings()
        await phone.answers()
        await each_lab.phone("103").rings()
        await each_lab.phone("103").answers()
        await phone.talks()
        await pbx.until(lambda _: {event.call_id for event in pbx.of(Originated)} == {call_id})
        await pbx.connector.clear_connection(call_id, PHONE)
        await phone.is_idle()
        cleared = await pbx.sees(CallCleared)
        assert cleared.call_id == call_id
        with pytest.raises(ServiceRefused, match="not in call"):
            await pbx.connector.clear_connection(call_id, PHONE)
    await each_lab.is_quiet()


async def test_a_refusal_to_originate_is_told_in_asterisks_words(lab22: Lab) -> None:
    async with connected(settings_of(lab22.asterisk.ami_as("no-originate"))) as pbx:
        await pbx.status()
        with pytest.raises(ServiceRefused, match="Permission denied"):
            await pbx.connector.make_call(PHONE, "103")


async def test_a_restart_of_asterisk_is_survived() -> None:
    """An Asterisk of its own: the other tests' phones need not register again."""
    server = Asterisk("22")
    await asyncio.to_thread(server.start)
    try:
        async with connected(settings_of(server.ami)) as pbx:
            assert (await pbx.status()).state is LinkState.UP
            await asyncio.to_thread(server.restart)
            assert (await pbx.status()).state is LinkState.DOWN
            status = await pbx.status()
            while status.state is not LinkState.UP:
                status = await pbx.status()
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_recording_of_a_call_replays_to_its_record(each_lab: Lab, tmp_path: Path) -> None:
    stop, begun = asyncio.Event(), asyncio.Event()
    recording = asyncio.create_task(
        record(settings_of(each_lab.ami), tmp_path, "ami", stop=stop, began=lambda _: begun.set())
    )
    await begun.wait()
    await an_answered_call(each_lab)
    stop.set()
    await recording
    raw = (tmp_path / "ami.raw").read_bytes()
    assert each_lab.ami.secret.encode() not in raw
    assert b"Privilege: security" not in raw
    devices = parse_devices("101-110")
    translator = Translator(PbxId("lab"), DeviceNames(devices), NumberingPlan("RU", internal=devices))
    [replayed] = records(play(translator, [read(tmp_path / "ami.raw")]))
    assert replayed.caller.number == "+74959195557"
    assert [(row.device, row.outcome) for row in replayed.devices] == [(PHONE, Outcome.ANSWERED)]
    assert replayed.complete
