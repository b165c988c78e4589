"""The lines that a few services need in the dialplan, and how they get there.

A held caller has to hear music somewhere, and who was handed on has to come back if nobody takes the call: that is the
PBX's work, so that it is done also when we are not there. The lines are in contexts of their own and call nothing
but the company's own dialplan. Where they are missing, and our account may, we add them at the moment they are needed
(AMI `DialplanExtensionAdd`): a `dialplan reload` takes them away again, so that is looked at every time. Where it may
not, an administrator writes them down once (`as_configuration`; docs/howto/call-control.md).

Source: Asterisk 22.10 and 16.28, pbx_config and `manager_dialplan_extension_add`; all of it was tried on both.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ringcard.pbx.asterisk.places import HOLD, RETRIEVE, WAIT

CONTEXT = "ringcard"
TRANSFER_CONTEXT = "ringcard-transfer"
"""Where a single-step transfer goes: to the extension, and back to `RINGCARD_BACK` if nobody takes it."""
PLUS_CONTEXT = "ringcard-plus"
"""Where a consultation goes whose number begins with a plus, which is no key."""
OVER = "over"
"""Where a phone goes that held somebody who hung up."""
MARKER = "v3"
"""An extension that is there if an administrator has written this version of the lines down."""
PEER, HOLDS, HELD, BACK = "RINGCARD_PEER", "RINGCARD_HOLDS", "RINGCARD_HELD", "RINGCARD_BACK"


@dataclass(frozen=True, slots=True)
class Line:
    """One priority of one extension."""

    context: str
    extension: str
    priority: int
    application: str
    data: str


def marker(company: str, *, hold_s: int, ring_s: int) -> str:
    """An extension that is there if we have added the lines as these settings want them."""
    told = "\n".join(map(repr, lines(company, hold_s=hold_s, ring_s=ring_s)))
    return f"{MARKER}-{zlib.crc32(told.encode()):08x}"


def lines(company: str, *, hold_s: int, ring_s: int) -> Iterator[Line]:
    """The dialplan, without a marker. `company` is the context in which its devices dial; a hold ends by itself after
    `hold_s`, a transfer's target rings for `ring_s`.
    """
    put_down = f"ChannelRedirect(${{{PEER}}},{CONTEXT},{OVER},1)"
    steps = {
        (CONTEXT, _pattern(HOLD)): [
            f"Set({HELD}=1)",
            f"MusicOnHold(,{hold_s})",
            # Held too long: back to who held, whose line is still up, or whose phone rings as for any call.
            f"Set({HELD}=)",
            f"ChannelRedirect(${{{PEER}}},{CONTEXT},{RETRIEVE}${{EXTEN:{len(HOLD)}}},1)",
            'ExecIf($["${CHANNELREDIRECT_STATUS}"="SUCCESS"]?Wait(5))',
            f"Goto({company},${{EXTEN:{len(HOLD)}}},1)",
        ],
        (CONTEXT, _pattern(WAIT)): [f"Wait({hold_s + 30})", "Hangup()"],
        (CONTEXT, _pattern(RETRIEVE)): [
            f"Set(RINGCARD_OTHER=${{{HOLDS}}})",
            f"Set({HOLDS}=)",
            # Or the numbers that the phone keys in after `*2` and `#1` would be looked for here.
            f'ExecIf($["${{TRANSFER_CONTEXT}}"=""]?Set(TRANSFER_CONTEXT={company}))',
            # `x`: the other side must not go on in its own extension, which would ring this phone again.
            "Bridge(${RINGCARD_OTHER},tTx)",
            "Hangup()",
        ],
        (CONTEXT, "h"): [
            # Who holds hangs up: the held side comes back and rings there. Also when nobody of ours listens any more.
            f'ExecIf($["${{IMPORT(${{{HOLDS}}},{HELD})}}"="1"]?ChannelRedirect(${{{HOLDS}}},{company},${{{BACK}}},1))',
            # The held side hangs up: so does the phone that waits for it, as after any call.
            f'ExecIf($["${{{HELD}}}${{IMPORT(${{{PEER}}},{HOLDS})}}"="1${{CHANNEL}}"]?{put_down})',
        ],
        (CONTEXT, OVER): ["Hangup()"],
        (TRANSFER_CONTEXT, "_[0-9*#+]!"): [
            f"Dial(Local/${{EXTEN}}@{company}/n,{ring_s},tT)",
            'GotoIf($["${DIALSTATUS}"="ANSWER"]?4)',
            f"Goto({company},${{{BACK}}},1)",
            "Hangup()",
        ],
        (PLUS_CONTEXT, "_X."): [f"Goto({company},+${{EXTEN}},1)"],
    }
    for (context, extension), applications in steps.items():
        for priority, text in enumerate(applications, 1):
            application, _, data = text.removesuffix(")").partition("(")
            yield Line(context, extension, priority, application, data)


def _pattern(begins: str) -> str:
    """What matches every extension that begins so. In a pattern N, X and Z stand for digits, in small letters too."""
    return "_" + "".join(f"[{letter}]" if letter in "nxz" else letter for letter in begins) + "."


def marked(name: str) -> Line:
    """The marker as a line: it comes last, for where it is, all the others are."""
    return Line(CONTEXT, name, 1, "NoOp", "")


def as_configuration(company: str, *, hold_s: int, ring_s: int) -> str:
    """The same as text for extensions.conf."""
    text, context, extension = "", "", ""
    written = [*lines(company, hold_s=hold_s, ring_s=ring_s), marked(MARKER)]
    for line in sorted(written, key=lambda line: line.context):
        if line.context != context:
            text += f"{'' if not text else chr(10)}[{line.context}]\n"
        first = (line.context, line.extension) != (context, extension)
        start = f"exten => {line.extension},1" if first else " same => n"
        text += f"{start},{line.application}({line.data})\n"
        context, extension = line.context, line.extension
    return text


def exists(context: str, extension: str) -> str:
    """What to read (`Getvar`) to learn whether an extension exists: `1` or `0`."""
    return f"DIALPLAN_EXISTS({context},{extension},1)"
