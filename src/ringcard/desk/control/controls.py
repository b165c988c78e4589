"""Which buttons a pop has, by what the call is to its employee: those that make sense, and what hinders them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.desk.pop import ConsultationState, Control, Pop, PopState
from ringcard.pbx.connector import Hindrance, Service

S = Service

MAKE_SENSE: Mapping[PopState, tuple[Service, ...]] = {
    PopState.RINGING: (S.ANSWER_CALL, S.DEFLECT_CALL, S.CLEAR_CONNECTION),
    PopState.ACTIVE: (
        S.HOLD_CALL,
        S.SINGLE_STEP_TRANSFER_CALL,
        S.CONSULTATION_CALL,
        S.PARK_CALL,
        S.GENERATE_DIGITS,
        S.CLEAR_CONNECTION,
    ),
    PopState.HELD: (S.RETRIEVE_CALL, S.SINGLE_STEP_TRANSFER_CALL, S.CONSULTATION_CALL, S.CLEAR_CONNECTION),
}
"""Of a call that is over nothing can be asked."""

ASKING: Mapping[ConsultationState, tuple[Service, ...]] = {
    ConsultationState.DIALLING: (S.RECONNECT_CALL, S.CLEAR_CONNECTION),
    ConsultationState.RINGING: (S.TRANSFER_CALL, S.RECONNECT_CALL, S.CLEAR_CONNECTION),
    ConsultationState.TALKING: (
        S.TRANSFER_CALL,
        S.CONFERENCE_CALL,
        S.ALTERNATE_CALL,
        S.RECONNECT_CALL,
        S.GENERATE_DIGITS,
        S.CLEAR_CONNECTION,
    ),
    ConsultationState.ON_HOLD: (
        S.TRANSFER_CALL,
        S.CONFERENCE_CALL,
        S.ALTERNATE_CALL,
        S.RECONNECT_CALL,
        S.CLEAR_CONNECTION,
    ),
}
"""While a colleague is asked, whatever the customer's own line does."""

HindranceOf = Callable[[Service, CallId, DeviceId], Hindrance | None]


def of(pop: Pop, hindrance: HindranceOf) -> tuple[Control, ...]:
    """The pop's buttons, in the order of the table; `hindrance` asks the connector, at once."""
    if not pop.state.live:
        return ()
    asked = None if pop.state is PopState.RINGING else pop.consultation
    wanted = MAKE_SENSE[pop.state] if asked is None else ASKING[asked.state]
    return tuple(Control(each, hindrance(each, pop.call_id, pop.device)) for each in wanted)
