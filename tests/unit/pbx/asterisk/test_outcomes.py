"""What became of a phone, cause by cause. Source: ITU-T Q.850, and what 22.10 was seen to send."""

from __future__ import annotations

import pytest

from ringcard.calls.causes import Outcome
from ringcard.pbx.asterisk import outcomes
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.messages import ChannelFacts
from ringcard.pbx.asterisk.mirror import Channel


def leg(cause: int = 0, *, asked: bool = False, status: str = "", forwarded: bool = False) -> Channel:
    """A dialled phone that is gone; `asked`: the phone itself asked for the hang-up."""
    facts = ChannelFacts("PJSIP/101-00000001", "1.1", "1.0", 5, "101", "", "", "s")
    channel = Channel(facts, DeviceNames().parse(facts.name), 0.0)
    channel.cause, channel.dial_status, channel.forwarded = cause, status, forwarded
    channel.hangup_request_s = 1.0 if asked else None
    return channel


@pytest.mark.parametrize(
    ("cause", "asked", "taken", "given_up", "outcome"),
    [
        (17, True, False, False, Outcome.REJECTED),
        (21, True, False, False, Outcome.REJECTED),
        (21, False, False, False, Outcome.REJECTED),  # chan_sip asks for no hang-up
        (21, False, True, False, Outcome.ANSWERED_ELSEWHERE),
        (17, False, False, True, Outcome.CANCELLED),
        (26, False, False, False, Outcome.ANSWERED_ELSEWHERE),
        (26, False, False, True, Outcome.ANSWERED_ELSEWHERE),
        (16, False, True, False, Outcome.ANSWERED_ELSEWHERE),
        (16, False, False, True, Outcome.CANCELLED),
        (16, False, False, False, Outcome.NO_ANSWER),
        (19, True, False, False, Outcome.NO_ANSWER),
        (0, False, False, False, Outcome.NO_ANSWER),
    ],
)
def test_a_phone_that_rang(cause: int, asked: bool, taken: bool, given_up: bool, outcome: Outcome) -> None:
    assert outcomes.of_ringing(leg(cause, asked=asked), taken=taken, given_up=given_up) is outcome


@pytest.mark.parametrize(
    ("cause", "asked", "status", "outcome"),
    [
        (17, True, "", Outcome.BUSY),
        (21, False, "", Outcome.BUSY),
        (0, False, "BUSY", Outcome.BUSY),
        (20, False, "CHANUNAVAIL", Outcome.UNREACHABLE),
        (34, False, "CONGESTION", Outcome.UNREACHABLE),
        (0, False, "INVALIDARGS", Outcome.UNREACHABLE),
        (19, True, "", Outcome.UNREACHABLE),
        (16, False, "CANCEL", None),
    ],
)
def test_a_phone_that_never_rang(cause: int, asked: bool, status: str, outcome: Outcome | None) -> None:
    assert outcomes.of_silent(leg(cause, asked=asked, status=status)) is outcome


@pytest.mark.parametrize(
    ("cause", "asked", "status", "given_up", "outcome"),
    [
        (17, True, "", False, Outcome.BUSY),
        (0, False, "BUSY", True, Outcome.BUSY),
        (21, True, "", False, Outcome.REJECTED),
        (18, True, "", False, Outcome.NO_ANSWER),
        (19, True, "", False, Outcome.NO_ANSWER),
        (1, True, "", False, Outcome.UNREACHABLE),
        (16, False, "", True, Outcome.CANCELLED),
        (34, False, "CONGESTION", False, Outcome.UNREACHABLE),
        (16, False, "NOANSWER", False, Outcome.NO_ANSWER),
    ],
)
def test_an_outsider_who_did_not_answer(cause: int, asked: bool, status: str, given_up: bool, outcome: Outcome) -> None:
    assert outcomes.of_far(leg(cause, asked=asked, status=status), given_up=given_up) is outcome


def test_a_phone_that_sent_the_call_on_is_forwarded_whatever_its_cause() -> None:
    sent_on = leg(21, asked=True, forwarded=True)
    assert outcomes.of_ringing(sent_on, taken=False, given_up=False) is Outcome.FORWARDED
    assert outcomes.of_silent(sent_on) is Outcome.FORWARDED
