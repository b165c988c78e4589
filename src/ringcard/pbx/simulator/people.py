"""Who is on the phones all day: customers who call, employees who answer, talk, hold, ask and hand over.

Everything they do comes from the switch's seeded chance and the virtual clock: a day can be played again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ringcard.pbx.simulator.channels import Channel, ChannelState
from ringcard.pbx.simulator.company import Company
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.switch import Observer


@dataclass(frozen=True, slots=True)
class Habits:
    """How people behave. Pairs are from–to in seconds; shares are of one."""

    answer_after_s: tuple[float, float] = (2.0, 9.0)
    talk_s: tuple[float, float] = (10.0, 180.0)
    patience_s: tuple[float, float] = (15.0, 45.0)
    """How long a caller lets it ring before giving up."""
    answer_share: float = 0.9
    """How often somebody who is called picks up at all."""
    reject_share: float = 0.03
    hold_share: float = 0.15
    blind_share: float = 0.06
    attended_share: float = 0.06
    feature_code_share: float = 0.04
    park_share: float = 0.02


class People(Observer):
    """Plays everybody. What somebody is about to do is dropped if their call is over by then."""

    def __init__(self, pbx: Pbx, habits: Habits | None = None) -> None:
        self.pbx = pbx
        self.habits = habits or Habits()
        self._chance = pbx.switch.random
        self.answers_at: dict[str, float] = {}
        """Phones whose next answer comes after just that long."""
        pbx.switch.observers.append(self)

    # ----------------------------------------------------------- what happens

    def state_changed(self, channel: Channel) -> None:
        """Somebody's phone rings: they make up their mind."""
        if channel.state is ChannelState.RINGING and channel.endpoint is not None and channel.outgoing:
            self._hears_ringing(channel)

    def bridged(self, channel: Channel) -> None:
        """A caller got through: the talk begins, and one of the two has something in mind."""
        bridge = channel.bridge
        if bridge is None or bridge.kind != "basic" or len(bridge.channels) != 2 or channel.pair is not None:
            return
        employee = next((c for c in bridge.channels if c.device is not None), None)
        talker = employee or channel
        if "talks" not in talker.variables:
            talker.variables["talks"] = "1"
            self._begins_to_talk(talker)

    # ---------------------------------------------------------------- deciding

    def _hears_ringing(self, channel: Channel) -> None:
        habits, roll = self.habits, self._chance.random()
        set_s = self.answers_at.pop(channel.device or "", None)
        if set_s is not None:
            self._later(channel, set_s, lambda: self._answers(channel))
        elif roll < habits.reject_share:
            self._later(channel, self._between((1.0, 4.0)), lambda: self._rejects(channel))
        elif roll < habits.reject_share + habits.answer_share:
            self._later(channel, self._between(habits.answer_after_s), lambda: self._answers(channel))

    def _answers(self, channel: Channel) -> None:
        if channel.state is not ChannelState.RINGING or self._busy_talking(channel):
            return
        self.pbx.answer(channel)

    def _busy_talking(self, channel: Channel) -> bool:
        endpoint = channel.endpoint
        return (
            endpoint is not None
            and not endpoint.is_trunk
            and any(other.state is ChannelState.UP and not other.holding for other in endpoint.channels)
        )

    def _rejects(self, channel: Channel) -> None:
        if channel.state is ChannelState.RINGING:
            self.pbx.reject(channel, busy=self._chance.random() < 0.5)

    def _begins_to_talk(self, talker: Channel) -> None:
        habits, talk_s = self.habits, self._between(self.habits.talk_s)
        roll = self._chance.random()
        shares = (
            (habits.hold_share, self._holds_a_while),
            (habits.blind_share, self._hands_over),
            (habits.attended_share, self._asks_and_hands_over),
            (habits.feature_code_share, self._hands_over_by_keys),
            (habits.park_share, self._parks),
        )
        for share, act in shares:
            if roll < share and talker.device is not None:
                self._later(talker, talk_s * 0.3, lambda act=act: act(talker))  # type: ignore[misc]
                break
            roll -= share
        self._later(talker, talk_s, lambda: self._hangs_up(talker))

    def _hangs_up(self, talker: Channel) -> None:
        bridge = talker.bridge
        other = bridge.other(talker) if bridge is not None else None
        if talker.holding:
            self.pbx.transfers.retrieve(talker)
            self._later(talker, 2.0, lambda: self._hangs_up(talker))
        else:
            self.pbx.switch.party_hangs_up(other if other is not None and self._chance.random() < 0.6 else talker)

    # ------------------------------------------------------------ in the talk

    def _holds_a_while(self, talker: Channel) -> None:
        if talker.bridge is not None and self.pbx.transfers.hold(talker):
            self._later(talker, self._between((3.0, 20.0)), lambda: self._back(talker))

    def _back(self, talker: Channel) -> None:
        self.pbx.transfers.retrieve(talker)

    def _colleague(self, talker: Channel) -> str | None:
        free = [
            employee.device
            for employee in self.pbx.company.employees
            if not self.pbx.switch.endpoints[employee.device].channels and employee.device != talker.device
        ]
        return self._chance.choice(free) if free else None

    def _hands_over(self, talker: Channel) -> None:
        colleague = self._colleague(talker)
        if colleague is not None and talker.bridge is not None:
            self.pbx.transfers.blind(talker, colleague)

    def _hands_over_by_keys(self, talker: Channel) -> None:
        colleague = self._colleague(talker)
        if colleague is None or talker.bridge is None:
            return
        taken_s = self.pbx.transfers.press(talker, "*2" + colleague)
        self._later(talker, taken_s + 12.0, lambda: self.pbx.switch.party_hangs_up(talker))

    def _parks(self, talker: Channel) -> None:
        bridge = talker.bridge
        customer = bridge.other(talker) if bridge is not None else None
        if customer is None:
            return
        self.pbx.transfers.blind(talker, "700")
        colleague = self._colleague(talker)
        if colleague is not None:
            self._later(customer, 4.0, lambda: self._fetches(customer, colleague))

    def _fetches(self, customer: Channel, colleague: str) -> None:
        space = next((n for n, p in self.pbx.dialplan.parking.spaces.items() if p.channel is customer), None)
        if space is None:
            return
        channel = self.pbx.dialplan.call_from(self.pbx.switch.endpoints[colleague], str(space))
        if channel is not None:
            self._later(channel, self._between(self.habits.talk_s), lambda: self._hangs_up(channel))

    def _asks_and_hands_over(self, talker: Channel) -> None:
        colleague = self._colleague(talker)
        if colleague is None or talker.endpoint is None or not self.pbx.transfers.hold(talker):
            return
        second = self.pbx.dialplan.call_from(talker.endpoint, colleague)
        if second is None:
            return
        second.variables["talks"] = "1"  # what comes of it is decided here, not as of any other talk
        self._later(talker, self._between((10.0, 16.0)), lambda: self._decides(talker, second))

    def _decides(self, talker: Channel, second: Channel) -> None:
        if not second.gone and second.state is ChannelState.UP and self._chance.random() < 0.7:
            self.pbx.transfers.attended(talker, second)
            return
        if not second.gone:
            self.pbx.switch.party_hangs_up(second)
        self._later(talker, 1.0, lambda: self._back(talker))

    # ---------------------------------------------------------------- calling

    def calls_in(self, number: str, name: str | None, did: str, patience_s: float | None = None) -> Channel | None:
        """A customer calls a number of the company, and gives up in the end if nobody comes."""
        trunk = self.pbx.switch.endpoints["trunk"]
        channel = self.pbx.dialplan.call_from(trunk, did, (number, name or ""))
        if channel is None:
            return None
        if did == self.pbx.company.ivr_did:
            digit = self._chance.choice(("1", "2", "103", ""))
            self._later(channel, 3.0, lambda: self._presses(channel, digit))
        waits_s = patience_s if patience_s is not None else self._between(self.habits.patience_s)
        self._later(channel, waits_s, lambda: self._loses_patience(channel))
        return channel

    def _presses(self, channel: Channel, digits: str) -> None:
        if digits:
            self.pbx.transfers.press(channel, digits)

    def _loses_patience(self, channel: Channel) -> None:
        if channel.bridge is None:
            self.pbx.switch.party_hangs_up(channel)
        elif channel.bridge.kind == "parking":
            self._later(channel, 20.0, lambda: self._loses_patience(channel))

    def dials_out(self, device: str, number: str) -> None:
        """An employee calls a number, outside or inside."""
        endpoint = self.pbx.switch.endpoints[device]
        if endpoint.channels:
            return
        channel = self.pbx.dialplan.call_from(endpoint, number)
        if channel is not None:
            self._later(channel, self._between(self.habits.patience_s), lambda: self._loses_patience(channel))

    def _between(self, bounds: tuple[float, float]) -> float:
        return self._chance.uniform(*bounds)

    def _later(self, channel: Channel, delay_s: float, act: Callable[[], object]) -> None:
        def unless_over() -> None:
            if not channel.gone:
                act()

        self.pbx.timeline.after(delay_s, unless_over)


def national(number: str) -> str:
    """How an employee dials an E.164 number: 8 and ten digits at home, as it is abroad."""
    return "8" + number[2:] if number.startswith("+7") and len(number) == 12 else number


def customers_of(company: Company) -> list[tuple[str, str | None]]:
    """Numbers and names as the network shows them: most callers come without a name."""
    return [(customer.number, None) for customer in company.customers] or [("+74959195557", None)]
