"""What can be asked of an Asterisk, as actions. Pure: what a device, a number or a name may look like is checked
here.

Names and numbers come from people and become parts of dial strings, where `/`, `&` and `,` mean something: whatever
is not plainly a device or a number is refused, and nothing is sent.
"""

from __future__ import annotations

import re

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.connector import ServiceRefused

_DEVICE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_PUNCTUATION = re.compile(r"[\s()\-.]")
_NUMBER = re.compile(r"\+?[0-9*#]{1,40}")
_NAME_FORBIDS = re.compile(r'[\x00-\x1f\x7f"<>]')


def originate(
    settings: AsteriskSettings,
    call_id: CallId,
    channel_id: str,
    device: DeviceId,
    number: str,
    caller_id: str | None,
    interface: str | None = None,
) -> dict[str, str]:
    """MakeCall as an `Originate`: ring `device`, then let it dial `number` in its own context.

    `channel_id` becomes the unique id of the device's channel, by which its first event is already recognised. What
    the phone shows while it rings is the number about to be dialled (or `caller_id`), as a name; its *number* is the
    device's own, so that the dialplan sees who calls, and no trunk is ever given the customer's number as the caller.

    `interface` is what the PBX calls the device (`SIP/101`), if it ever told; `settings.dial` goes before it.

    Raises `ServiceRefused` for a device or number that cannot be dialled.
    """
    if not _DEVICE.fullmatch(device):
        raise ServiceRefused(f"{device!r} is no name of a device that can be dialled")
    dialled = _PUNCTUATION.sub("", number)
    if not _NUMBER.fullmatch(dialled):
        raise ServiceRefused(f"{number[:80]!r} is no number that can be dialled")
    shown = caller_id if caller_id is not None else dialled
    if _NAME_FORBIDS.search(shown):
        raise ServiceRefused(
            "the name to show on the phone has a line break, a quotation mark or an angle bracket in it"
        )
    return {
        "Channel": (settings.dial or interface or "PJSIP/{device}").replace("{device}", device),
        "Context": settings.context,
        "Exten": dialled,
        "Priority": "1",
        "CallerID": f'"{shown}" <{device}>',
        "Timeout": str(round(settings.ring_timeout_s * 1000)),
        "Variable": f"RINGCARD_CALL={call_id}",
        "ChannelId": channel_id,
        "Async": "true",
    }


def hangup(channel: str | None, call_id: CallId, device: DeviceId) -> dict[str, str]:
    """ClearConnection as a `Hangup` of the channel by name. Raises `ServiceRefused` if the device has none in the
    call."""
    if not channel:
        raise ServiceRefused(f"device {device} is not in call {call_id}")
    # A name that begins with a slash would be taken for a regular expression (manager.c, `ast_manager_hangup_helper`).
    return {"Channel": channel.lstrip("/")}
