"""Every state of every employee as a fact in the ledger: reports are made of it later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from ringcard.calls.record import moment
from ringcard.desk.presence.views import PresenceView
from ringcard.ledger import Ledger, LedgerError

log = structlog.get_logger(__name__)

KIND = "employee_state"


class LedgerStates:
    """A ledger that takes nothing costs the fact, not the state."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock

    def state_changed(self, view: PresenceView) -> None:
        body = {
            "state": view.state.value,
            "reason": view.reason,
            "since": moment(view.since),
            "until": moment(view.until),
            "source": view.source.value,
            "devices": list(view.devices),
        }
        try:
            self._ledger.append_fact(KIND, self._clock(), f"employee:{view.employee_id}", body)
        except LedgerError as error:
            log.warning("desk.state_lost", action="state_lost", problem=str(error))
