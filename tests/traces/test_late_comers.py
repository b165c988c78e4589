"""What late-comers heard, where the model once went wrong. How the lists' order plays in: `test_listing_order`."""

from __future__ import annotations

from recordings import HERE, LAB_DEVICES, translator

from ringcard.calls.causes import Outcome, TransferKind
from ringcard.pbx.asterisk.replay import play, read, records


def test_a_consultation_is_known_although_its_phone_is_dialled_before_the_pair_is_in_its_bridge() -> None:
    """101 pressed `*2` before we came; Asterisk 16 tells DialBegin of 103 ahead of where the Local pair stands."""
    stream = list(read(HERE / "attached" / "asked-before-the-bridge-16" / "ami.raw"))
    (record,) = records(play(translator(LAB_DEVICES), [stream]))
    (side,) = record.consultations
    assert (side.by, side.to, side.outcome) == ("101", "103", Outcome.ANSWERED)
    (transfer,) = record.transfers
    assert (transfer.kind, transfer.by, transfer.to, transfer.completed) == (TransferKind.ATTENDED, "101", "103", True)
    assert [(row.device, row.ringing_at) for row in record.devices] == [("101", None), ("103", None)]
