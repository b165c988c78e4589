"""What can be asked of an Asterisk, as actions. Pure: what a device, a number or a name may look like is checked
here.

Names and numbers come from people and become parts of dial strings, where `/`, `&` and `,` mean something: whatever
is not plainly a device or a number is refused, and nothing is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.numbers import parse_devices
from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.connector import NO_DATA, ServiceRefused

_DEVICE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_PUNCTUATION = re.compile(r"[\s()\-.]")
_NUMBER = re.compile(r"\+?[0-9*#]{1,40}")
_VARIABLE = re.compile(r"_{0,2}[A-Za-z0-9_.\-]{1,100}")
_LINE_ENDS = re.compile(r"[\x00\r\n]")
_HEADER = re.compile(r"[A-Za-z0-9\-]{1,40}")
MOST_HEADERS = 9
CALLER_ID = "RINGCARD_CALLER_ID"
"""The company's number to show, for the dialplan that dials out."""
DATA = "RINGCARD_DATA_"
_NAME_FORBIDS = re.compile(r'[\x00-\x1f\x7f"<>]')


def originate(
    settings: AsteriskSettings,
    call_id: CallId,
    channel_id: str,
    device: DeviceId,
    number: str,
    caller_id: str | None,
    interface: str | None = None,
    *,
    auto_answer: bool = False,
    data: Mapping[str, str] = NO_DATA,
) -> dict[str, str | list[str]]:
    """MakeCall as an `Originate`: ring `device`, then let it dial `number` in its own context.

    `channel_id` becomes the unique id of the device's channel, by which its first event is already recognised. What
    the phone shows while it rings is the number about to be dialled (or `caller_id`), as a name; its *number* is the
    device's own, so that the dialplan sees who calls, and no trunk is ever given the customer's number as the caller.

    `interface` is what the PBX calls the device (`SIP/101`), if it ever told; `settings.dial` goes before it.

    Raises `ServiceRefused` for a device or number that cannot be dialled.
    """
    channel = interface_of(settings, device, interface)
    dialled = _PUNCTUATION.sub("", number)
    if not _NUMBER.fullmatch(dialled):
        raise ServiceRefused(f"{number[:80]!r} is no number that can be dialled")
    shown = caller_id if caller_id is not None else dialled
    if _NAME_FORBIDS.search(shown):
        raise ServiceRefused(
            "the name to show on the phone has a line break, a quotation mark or an angle bracket in it"
        )
    variables = [f"RINGCARD_CALL={call_id}"]
    if caller_id is not None and _NUMBER.fullmatch(_PUNCTUATION.sub("", caller_id)):
        variables.append(f"__{CALLER_ID}={_PUNCTUATION.sub('', caller_id)}")
    if auto_answer:
        variables += answering_headers(settings, device, channel)
    variables += [variable(f"__{DATA}{key}", value) for key, value in data.items()]
    return {
        "Channel": channel,
        "Context": settings.context,
        "Exten": dialled,
        "Priority": "1",
        "CallerID": f'"{shown}" <{device}>',
        "Timeout": str(round(settings.ring_timeout_s * 1000)),
        "Variable": variables,
        "ChannelId": channel_id,
        "Async": "true",
    }


def interface_of(settings: AsteriskSettings, device: DeviceId, interface: str | None) -> str:
    """What to dial for a device. Raises `ServiceRefused` for one that cannot be dialled."""
    if not _DEVICE.fullmatch(device):
        raise ServiceRefused(f"{device!r} is no name of a device that can be dialled")
    return (settings.dial or interface or "PJSIP/{device}").replace("{device}", device)


def variable(name: str, value: str) -> str:
    """A channel variable as `Originate` takes it: commas would part it from the next, a quotation mark end it.

    Raises `ServiceRefused` for a name or value that cannot be sent.
    """
    if not _VARIABLE.fullmatch(name) or _LINE_ENDS.search(value):
        raise ServiceRefused(f"{name[:80]!r} cannot be given to a call: keys are letters, digits, '.', '_' and '-'")
    return _quoted(name, value)


def _quoted(name: str, value: str) -> str:
    return f'{name}="' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def answering_headers(settings: AsteriskSettings, device: DeviceId, channel: str) -> list[str]:
    """The variables by which this phone is asked to pick up by itself.

    They are written to the phone's own channel before it is called, so one that is a function sets a header of the
    INVITE. (`PreDialGoSub` of Originate is ignored by 22.10.)
    """
    chosen = settings.auto_answer
    for devices, headers in settings.auto_answer_of.items():
        if device in parse_devices(devices):
            chosen = headers
    told = []
    for number, header in enumerate(chosen[:MOST_HEADERS]):
        name, _, value = (part.strip() for part in header.partition(":"))
        if not _HEADER.fullmatch(name) or _LINE_ENDS.search(value):
            raise ServiceRefused(f"{header[:80]!r} in auto_answer is no header")
        if channel.startswith("SIP/"):
            told.append(_quoted(f"SIPADDHEADER5{number}", f"{name}: {value}"))
        else:
            told.append(_quoted(f"PJSIP_HEADER(add,{name})", value))
    return told


def hangup(channel: str | None, call_id: CallId, device: DeviceId) -> dict[str, str]:
    """ClearConnection as a `Hangup` of the channel by name. Raises `ServiceRefused` if the device has none in the
    call."""
    if not channel:
        raise ServiceRefused(f"device {device} is not in call {call_id}")
    # A name that begins with a slash would be taken for a regular expression (manager.c, `ast_manager_hangup_helper`).
    return {"Channel": channel.lstrip("/")}
