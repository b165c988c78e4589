"""The whole lab behind the words of the scenarios: an Asterisk, the company's phones, the outside world."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping
from types import TracebackType

from lab import company
from lab.asterisk import AmiAddress, Asterisk, LabError
from lab.phone_process import SoftphoneProcess
from lab.phones import SoftPhone
from ringcard.testing.scenarios import ami

REGISTRATION_PATIENCE_S = 10.0
_TRUNK_LINE = "trunk"


class DeskPhone(SoftPhone):
    """A phone of the company: registers, can be signed off, can lose its power."""

    def __init__(self, lab: Lab, process: SoftphoneProcess, name: str) -> None:
        super().__init__(process, name, key=name, line=name)
        self._lab = lab

    async def unregisters(self) -> None:
        self.process.command("register", name=self.name, on=False)
        await self.process.until(f"{self.name} unregisters", lambda: not self.state.registered)

    async def registers(self) -> None:
        if not self.process.alive:
            self.process = self._lab.start_desk_phones(self.name)
        else:
            self.process.command("register", name=self.name, on=True)
        await self.process.until(f"{self.name} registers", lambda: self.state.registered)
        await self._lab.sees_phone(self.name, reachable=True)

    async def loses_power(self) -> None:
        if self.name != company.QUALIFIED_OFTEN:
            raise LabError(f"only {company.QUALIFIED_OFTEN} has a plug of its own")
        self.process.kill()
        await self._lab.sees_phone(self.name, reachable=False)


class Outsider(SoftPhone):
    """Somebody behind the trunk; there is nothing to register."""

    async def unregisters(self) -> None:
        raise LabError("an outsider does not register")

    async def registers(self) -> None:
        raise LabError("an outsider does not register")

    async def loses_power(self) -> None:
        raise LabError("the trunk has no plug")


class Lab:
    """`ringcard.testing.scenarios.PhoneSystem` on a real Asterisk. Use as a context manager."""

    def __init__(self, series: str) -> None:
        self.asterisk = Asterisk(series)
        self._desk: dict[str, DeskPhone] = {}
        self._processes: list[SoftphoneProcess] = []
        self._trunk: SoftphoneProcess | None = None
        self._callers = itertools.count(1)
        self._rtp_blocks = itertools.count(self.asterisk.ports.rtp_last + 1, 600)

    @property
    def ami(self) -> AmiAddress:
        return self.asterisk.ami

    @property
    def technology(self) -> str:
        return self.asterisk.technology

    @property
    def version(self) -> str:
        return self.asterisk.version

    def start(self) -> None:
        """Asterisk up, every phone registered, the outside world within reach."""
        try:
            # Before Asterisk, which asks at its start whether the trunk is there: if nobody answers then, chan_sip
            # calls nobody outside for ten seconds.
            self._trunk = self._start_process(company.TRUNK_ADDRESS, self.asterisk.ports.trunk)
            self._trunk.command("add", name=_TRUNK_LINE, uri=f"<sip:trunk@{company.TRUNK_ADDRESS}>")
            self.asterisk.start()
            self.plug_phones_in()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Everything down, in the order in which nobody complains."""
        for process in self._processes:
            process.close()
        self._processes.clear()
        self._desk.clear()
        self._trunk = None
        self.asterisk.stop()

    def __enter__(self) -> Lab:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def plug_phones_in(self) -> None:
        """Start the desk phones: the one that can lose power in a process of its own."""
        together = [name for name in company.EMPLOYEES if name != company.QUALIFIED_OFTEN]
        half = len(together) // 2
        for names in (together[:half], together[half:], [company.QUALIFIED_OFTEN]):
            process = self.start_desk_phones(*names)
            self._desk.update({name: DeskPhone(self, process, name) for name in names})
        self._wait_for_registrations()

    def start_desk_phones(self, *names: str) -> SoftphoneProcess:
        """A process with these phones in it, registering."""
        process = self._start_process(company.SERVER_ADDRESS, 0)
        for name in names:
            uri = f'"{company.EMPLOYEES[name]}" <sip:{name}@{company.SERVER_ADDRESS}>'
            process.command("add", name=name, uri=uri, user=name, password=company.SIP_PASSWORD)
        return process

    def phone(self, name: str) -> DeskPhone:
        return self._desk[name]

    def caller(
        self, number: str | None = "+74959195557", name: str | None = None, *, withheld: bool = False
    ) -> Outsider:
        address = company.TRUNK_ADDRESS
        headers: dict[str, str] = {}
        shown = number
        if number is None or withheld:
            uri, shown = '"Anonymous" <sip:anonymous@anonymous.invalid>', "anonymous"
            if number is not None:
                headers = {"P-Asserted-Identity": f"<sip:{number}@{address}>", "Privacy": "id"}
        else:
            display = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '" ' if name else ""
            uri = f"{display}<sip:{number}@{address}>"
        # A state of its own for each: two callers may show the same number, or none.
        key = f"caller-{next(self._callers)}"
        return Outsider(self._trunk_process, shown or "", key=key, line=_TRUNK_LINE, uri=uri, headers=headers)

    def outsider(self, number: str) -> Outsider:
        uri = f"<sip:{number}@{company.TRUNK_ADDRESS}>"
        return Outsider(self._trunk_process, number, key=number, line=_TRUNK_LINE, uri=uri)

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def now(self) -> float:
        return time.time()

    async def is_quiet(self) -> None:
        """Wait until Asterisk has no channel and the phones have no call left."""
        await ami.no_channels(self)
        for process in self._processes:
            if process.alive:
                await process.is_quiet()

    async def sees_phone(self, name: str, *, reachable: bool) -> None:
        """Wait until Asterisk itself knows whether a phone can be reached: its hint is 4, unavailable, if not."""
        async with asyncio.timeout(REGISTRATION_PATIENCE_S * 2), ami.session(self.ami) as opened:
            while True:
                answer: Mapping[str, str] = await opened.act("ExtensionState", Exten=name, Context="internal")
                if (answer.get("Status") != "4") == reachable:
                    return
                await asyncio.sleep(0.1)

    async def end_all_calls(self) -> None:
        """After a scenario that went wrong: every channel is hung up, so that the next begins on a quiet system.

        A phone may hold on to a call that Asterisk knows nothing of any more; it is put down then.
        """
        async with ami.session(self.ami) as opened:
            for channel in await opened.list("CoreShowChannels"):
                try:
                    await opened.act("Hangup", Channel=channel["Channel"])
                except ami.ActionFailed:
                    continue  # gone meanwhile
        try:
            await self.is_quiet()
        except TimeoutError:
            for process in self._processes:
                if process.alive:
                    process.hang_up_all()
            await self.is_quiet()

    async def recovers_from_restart(self) -> None:
        """After Asterisk went away and came back: nobody told the phones, so whoever hears nothing any more hangs up.

        Every phone registers anew; what Asterisk remembers of it is not known to be reachable until then.
        """
        for process in self._processes:
            if process.alive:
                process.hang_up_all()
                await process.is_quiet()
        for phone in self._desk.values():
            await phone.unregisters()
            await phone.registers()

    @property
    def _trunk_process(self) -> SoftphoneProcess:
        if self._trunk is None:
            raise LabError("the lab is not started")
        return self._trunk

    def _start_process(self, address: str, port: int) -> SoftphoneProcess:
        server = f"{company.SERVER_ADDRESS}:{self.asterisk.ports.sip}"
        process = SoftphoneProcess(address, port, server, next(self._rtp_blocks))
        self._processes.append(process)
        return process

    def _wait_for_registrations(self) -> None:
        deadline = time.monotonic() + REGISTRATION_PATIENCE_S
        while missing := [name for name, phone in self._desk.items() if not phone.state.registered]:
            if time.monotonic() > deadline:
                raise LabError(f"phones {', '.join(missing)} do not register with Asterisk {self.asterisk.series}")
            time.sleep(0.02)
