"""Which devices an Asterisk knows, out of its lists."""

from __future__ import annotations

import pytest

from ringcard.numbers import parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.inventory import take
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.connector import KnownDevice


def event(name: str, **headers: str) -> Message:
    return Message(name, headers)


LISTS: dict[str, list[Message]] = {
    "PJSIPShowEndpoints": [
        Message("", {"Response": "Success"}),
        event("EndpointList", ObjectName="101"),
        event("EndpointList", ObjectName="102"),
        event("EndpointList", ObjectName="trunk"),
        event("EndpointListComplete"),
    ],
    "SIPpeers": [Message("", {"Response": "Success"}), event("PeerEntry", ObjectName="105", Description="Olga")],
    "ExtensionStateList": [event("ExtensionStatus", Exten="700", Hint="PJSIP/103&Custom:night")],
    "QueueStatus": [
        event("QueueMember", Queue="sales", Name="PJSIP/101", Location="PJSIP/101"),
        event("QueueMember", Queue="sales", Name="Boris", Location="Local/102@agents/n", StateInterface="PJSIP/102"),
        event("QueueMember", Queue="depot", Name="Boris", Location="PJSIP/102"),
    ],
}
DETAILS = {"101": '"Anna Sokolova" <101>', "102": "<unknown>"}


@pytest.mark.parametrize("detailed", [True, False])
async def test_devices_with_the_names_and_queues_that_the_pbx_has_for_them(detailed: bool) -> None:
    asked = []

    async def ask(action: str, headers: dict[str, str]) -> list[Message]:
        asked.append((action, *headers.values()))
        if action == "PJSIPShowEndpoint":
            endpoint = headers["Endpoint"]
            return [event("EndpointDetail", ObjectName=endpoint, Callerid=DETAILS[endpoint])]
        return LISTS[action]

    allowed = frozenset(LISTS) | ({"PJSIPShowEndpoint"} if detailed else set())
    found = await take(ask, allowed, DeviceNames(parse_devices("101-109")))
    assert found == (
        KnownDevice("101", "Anna Sokolova" if detailed else None, "PJSIP", ("sales",)),  # type: ignore[arg-type]
        KnownDevice("102", "Boris", "PJSIP", ("sales", "depot")),  # type: ignore[arg-type]
        KnownDevice("103", None, "PJSIP"),  # type: ignore[arg-type]
        KnownDevice("105", "Olga", "SIP"),  # type: ignore[arg-type]
    )
    assert (("PJSIPShowEndpoint", "102") in asked) is detailed
    assert ("PJSIPShowEndpoint", "trunk") not in asked


async def test_what_the_account_may_not_ask_is_left_out() -> None:
    async def ask(action: str, headers: dict[str, str]) -> list[Message]:
        raise AssertionError(action)

    assert await take(ask, frozenset(), DeviceNames()) == ()
