"""Names of channels of every kind, and whose they are."""

from __future__ import annotations

import pytest

from ringcard.numbers import parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames, Kind

NAMES = DeviceNames(parse_devices("101-106"), {"3": "103", "101-web": "101"})


@pytest.mark.parametrize(
    ("name", "kind", "device"),
    [
        ("PJSIP/101-0000002a", Kind.DEVICE, "101"),
        ("SIP/102-00000001", Kind.DEVICE, "102"),
        ("IAX2/104-5531", Kind.DEVICE, "104"),
        ("PJSIP/101-web-0000002a", Kind.DEVICE, "101"),
        ("DAHDI/3-1", Kind.DEVICE, "103"),
        ("DAHDI/i1/74951110000-2", Kind.OUTSIDER, None),
        ("PJSIP/trunk-0000002a", Kind.OUTSIDER, None),
        ("PJSIP/my-sip-trunk-0000002a", Kind.OUTSIDER, None),
        ("Local/103@internal-00000002;1", Kind.LOCAL, None),
        ("PJSIP/101-0000002a<ZOMBIE>", Kind.INTERNAL, None),
        ("AsyncGoto/PJSIP/101-0000002a", Kind.INTERNAL, None),
        ("PJSIP/101-0000002a<MASQ>", Kind.DEVICE, "101"),
        ("ConfBridgeRecorder/conf-900-uid-1;2", Kind.INTERNAL, None),
        ("", Kind.INTERNAL, None),
        ("nonsense", Kind.INTERNAL, None),
    ],
)
def test_a_channels_name_tells_who_is_behind_it(name: str, kind: Kind, device: str | None) -> None:
    parsed = NAMES.parse(name)
    assert (parsed.kind, parsed.device) == (kind, device)


def test_the_halves_of_a_local_pair_share_a_name() -> None:
    one, two = NAMES.parse("Local/103@internal-00000002;1"), NAMES.parse("Local/103@internal-00000002;2")
    assert one.pair == two.pair != ""
    assert (one.half, two.half) == (1, 2)
    assert one.resource == "103@internal"


def test_without_a_list_of_devices_two_to_five_digits_are_one() -> None:
    names = DeviceNames()
    assert [names.device(text) for text in ("1", "10", "12345", "123456", "trunk", "١٠١")] == [
        None, "10", "12345", None, None, None,
    ]  # fmt: skip


def test_an_interface_of_a_queue_is_a_device() -> None:
    assert [NAMES.interface(text) for text in ("PJSIP/101", "Local/102@agents/n", "PJSIP/trunk", "101")] == [
        "101", "102", None, None,
    ]  # fmt: skip
