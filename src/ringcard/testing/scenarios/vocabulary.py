"""The words in which a scenario is told: phones, the company's telephone system, and nothing of how they work.

The lab (a real Asterisk with SIP phones) and the simulator both implement these, so that one scenario, written
once, runs on either and must come out as the same call records.

The company: phones `101` to `110`, the outside world behind one trunk, direct numbers 4951110101 to 4951110110,
ring group 4951110600 (101, 102, 103), queue `sales` 4951110500 (101 and 102 ring together), menu 4951110800,
parking 700 with slots 701 to 720, conference 900, feature codes `*2` (attended transfer), `#1` (blind transfer),
`*8` (group pickup) and `**101` (directed pickup); the rest is in docs/howto/run-the-lab.md.
"""

from __future__ import annotations

from typing import Protocol


class Phone(Protocol):
    """A desk phone of the company, or an outside party's.

    Verbs that wait (`rings`, `talks`, `is_idle`) raise `TimeoutError` when it does not come about in reasonable time.
    The *current* call is the one last dialled, answered or retrieved that still lives.
    """

    @property
    def name(self) -> str:
        """The device's name (`101`), or the outside party's number."""

    async def dials(self, number: str) -> None:
        """Start a call; a second one while the first is held is a second line."""

    async def rings(self) -> None:
        """Wait until a call rings here."""

    async def answers(self) -> None:
        """Pick up the ringing call."""

    async def rejects(self, *, busy: bool = False) -> None:
        """Refuse the ringing call: SIP 603, or 486 when `busy`."""

    async def refuses_calls(self, refuses: bool = True) -> None:
        """From now on every new call gets 486 at once, without ringing (do not disturb); `False` ends that."""

    async def obeys(self, obeys: bool = True) -> None:
        """From now on it lets itself be told to talk and hold, and picks up by itself if asked to; `False` ends that.

        It says so: `Allow-Events: talk, hold`.
        """

    async def picks_up(self) -> None:
        """Wait until it has answered, by whomever it was told to."""

    async def has_held(self, held: bool = True) -> None:
        """Wait until it holds its call, or holds it no more."""

    async def forwards_to(self, number: str) -> None:
        """Send the ringing call elsewhere: SIP 302."""

    async def talks(self) -> None:
        """Wait until the current call is answered and its media is up."""

    async def hangs_up(self) -> None:
        """End the current call; one that is only dialled is cancelled."""

    async def holds(self) -> None:
        """Press hold in the current call."""

    async def retrieves(self) -> None:
        """Go back to the held call, which becomes the current one."""

    async def transfers_to(self, number: str) -> None:
        """Blind transfer of the current call: SIP REFER."""

    async def completes_transfer(self) -> None:
        """Join the held call and the current one and leave: SIP REFER with Replaces.

        The current call may still ring at the other side.
        """

    async def presses(self, digits: str) -> None:
        """Keys pressed in the current call, sent as DTMF."""

    async def is_idle(self) -> None:
        """Wait until there is no call here."""

    async def unregisters(self) -> None:
        """Sign off from the telephone system."""

    async def registers(self) -> None:
        """Sign on again, after `unregisters` or `loses_power`."""

    async def loses_power(self) -> None:
        """Vanish without a word; the telephone system finds out by itself. Returns once it has."""


class Ami(Protocol):
    """Where the manager interface is heard and who may read and write everything there."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def user(self) -> str: ...

    @property
    def secret(self) -> str: ...


class PhoneSystem(Protocol):
    """The company's telephone system with everything that is plugged into it."""

    @property
    def ami(self) -> Ami: ...

    @property
    def technology(self) -> str:
        """How device names become channel names: `PJSIP`, or `SIP` with chan_sip."""

    def phone(self, name: str) -> Phone:
        """The desk phone of that name, registered and idle unless the scenario did something to it."""

    def caller(self, number: str | None = "+74959195557", name: str | None = None, *, withheld: bool = False) -> Phone:
        """Somebody outside who calls in over the trunk.

        `number` is sent as it is written. None: no caller ID at all (`anonymous`). `withheld`: the number goes to the
        telephone system only, in P-Asserted-Identity with `Privacy: id`, and must not be shown.
        """

    def outsider(self, number: str) -> Phone:
        """Who is reached when the company dials `number`."""

    async def passes(self, seconds: float) -> None:
        """Let time pass: real on the lab, virtual on the simulator."""

    def now(self) -> float:
        """The clock of this system, in epoch seconds."""
