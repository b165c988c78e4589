"""Keys that mean nothing where they are pressed."""

from __future__ import annotations

from ringcard.pbx.simulator.channels import ChannelState
from ringcard.pbx.simulator.pbx import Pbx


def test_who_consults_cannot_park_whom_it_asks() -> None:
    """Asterisk has no other features during an attended transfer than the transfer's own (bridge_basic.c)."""
    pbx = Pbx()
    pbx.dialplan.call_from(pbx.switch.endpoints["trunk"], "4951110101", ("+74959195557", ""))
    pbx.timeline.advance_to(pbx.timeline.now_s + 1.0)
    [alices] = pbx.switch.endpoints["101"].channels
    pbx.answer(alices)
    pbx.timeline.advance_to(pbx.timeline.now_s + 1.0)
    for keys in ("*2102", "#72"):
        pbx.timeline.advance_to(pbx.timeline.now_s + pbx.transfers.press(alices, keys) + 1.0)
    assert pbx.transfers.is_transferring(alices)
    assert pbx.dialplan.parking.spaces == {}
    assert [c.state for c in pbx.switch.endpoints["102"].channels] == [ChannelState.RINGING]
