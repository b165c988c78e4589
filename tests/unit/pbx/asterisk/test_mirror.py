"""The mirror: who is in which bridge, and who hears whom."""

from __future__ import annotations

from ringcard.pbx.asterisk.devices import DeviceNames, Kind
from ringcard.pbx.asterisk.messages import ChannelFacts
from ringcard.pbx.asterisk.mirror import Channel, Mirror, hears


def channel(mirror: Mirror, name: str, uid: str) -> Channel:
    return mirror.create(ChannelFacts(name, uid, uid, 6, "", "", "", ""), 1.0)


def test_one_hears_who_is_in_the_same_bridge_and_nobody_where_there_is_only_music() -> None:
    mirror = Mirror(DeviceNames())
    customer, phone = channel(mirror, "PJSIP/trunk-1", "1"), channel(mirror, "PJSIP/101-2", "2")
    bridge = mirror.bridge("b")
    mirror.enter(customer, bridge)
    mirror.enter(phone, bridge)
    assert hears(phone) == [customer, phone]
    mirror.enter(phone, mirror.bridge("p", "parking"))
    assert hears(phone) == [phone]
    assert hears(customer) == [customer]


def test_one_hears_through_a_local_pair() -> None:
    mirror = Mirror(DeviceNames())
    customer, phone = channel(mirror, "PJSIP/trunk-1", "1"), channel(mirror, "PJSIP/101-2", "2")
    first, second = channel(mirror, "Local/101@in-3;1", "3"), channel(mirror, "Local/101@in-3;2", "4")
    for member, bridge in ((customer, "a"), (first, "a"), (second, "b"), (phone, "b")):
        mirror.enter(member, mirror.bridge(bridge))
    assert {heard.uid for heard in hears(customer)} == {"1", "2", "3", "4"}


def test_a_bridge_that_is_empty_and_a_channel_that_hung_up_are_forgotten() -> None:
    mirror = Mirror(DeviceNames())
    phone = channel(mirror, "PJSIP/101-2", "2")
    mirror.enter(phone, mirror.bridge("b"))
    mirror.remove(phone, 5.0)
    assert (mirror.channels, mirror.bridges, phone.alive) == ({}, {}, False)


def test_a_masquerade_makes_a_channel_another_device() -> None:
    mirror = Mirror(DeviceNames())
    phone = channel(mirror, "PJSIP/101-2", "2")
    mirror.rename(phone, "PJSIP/102-3")
    assert (phone.device, phone.kind) == ("102", Kind.DEVICE)
