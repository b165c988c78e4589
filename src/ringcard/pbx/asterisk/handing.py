"""Transfers whose end is not known yet: what is pending, what was answered.

Source: Asterisk's transfer events say only that a call was sent; who got it shows in who picks up.
"""

from __future__ import annotations

from ringcard.calls.causes import TransferKind
from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.mirror import Channel
from ringcard.pbx.asterisk.tracked import SETTLE_S, OpenTransfer, TrackedCall

UNDER_WAY_S = 3.0
"""How long a PBX may take until it does what it says it has done: to send somebody on to a service."""


def answered_transfers(call: TrackedCall, at_s: float, who: str | None) -> None:
    """Somebody picked up: the transfers that waited for that are done."""
    settle_transfer(call)
    for transfer in tuple(call.open_transfers):
        if who is not None and transfer.transferee is not None and transfer.transferee.device == who:
            continue  # of an internal call: the one who was handed on, not the one to whom
        if transfer.exact:
            if who is not None and transfer.to == who and not transfer.gone_on:
                call.transfer_ends(at_s, transfer, to=who, completed=True)
        elif transfer.kind is TransferKind.PARK:
            if who != transfer.by:  # who parked it may fetch it, or get it back: UnParkedCall or ParkedCallTimeOut says
                call.transfer_ends(at_s, transfer, to=who, completed=True)
        elif who is not None and who == transfer.by:
            call.transfer_ends(at_s, transfer, to=transfer.to, completed=False)
        else:
            call.transfer_ends(at_s, transfer, to=who or transfer.to, completed=True)


def settle_transfer(call: TrackedCall) -> None:
    """What was pending is what it looked like: report that it began."""
    transfer, call.pending = call.pending, None
    if transfer is not None and (transfer.kind is not TransferKind.REDIRECT or transfer.to is not None):
        call.transfer_begins(transfer)


def sent_blind(
    call: TrackedCall,
    by: DeviceId | None,
    to: str,
    at_s: float,
    extension: str,
    transferee: Channel | None,
    service: bool,
) -> None:
    """`by` sends `transferee` on to an extension; what was open of former transfers is over."""
    for open_transfer in tuple(call.open_transfers):
        call.transfer_ends(at_s, open_transfer, to=open_transfer.to, completed=False)
    call.pending = OpenTransfer(
        TransferKind.BLIND,
        by,
        to,
        at_s,
        extension=extension,
        service=service,
        transferee=transferee,
        out_of=transferee.bridge if transferee is not None else None,
    )


def _is_under_way(transfer: OpenTransfer) -> bool:
    """Whether the one who was sent on has not left yet."""
    sent = transfer.transferee
    return sent is not None and sent.alive and sent.bridge is not None and sent.bridge is transfer.out_of


def settle_pending(call: TrackedCall, now_s: float) -> None:
    transfer = call.pending
    if transfer is None or (transfer.kind is TransferKind.REDIRECT and transfer.to is None):
        return  # where a redirect goes may show only when the customer gets somewhere
    if now_s - transfer.at_s < SETTLE_S:
        call.remind(transfer.at_s + SETTLE_S)
        return
    if transfer.service and now_s - transfer.at_s < UNDER_WAY_S and _is_under_way(transfer):
        call.remind(now_s + SETTLE_S)
        return  # to a parking slot perhaps: its ParkedCall says so (22.10, a third of a second later on a busy machine)
    settle_transfer(call)
    if transfer.service:
        call.transfer_ends(now_s, transfer, to=transfer.to, completed=True)
