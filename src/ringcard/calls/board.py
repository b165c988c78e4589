"""All calls that live now, by id: the state that the desk, the live channel and the API read."""

from __future__ import annotations

from ringcard.calls.call import Call
from ringcard.calls.events import CallEvent, Originated
from ringcard.calls.identifiers import CallId


class Board:
    """Calls folded from events as they come. A call leaves the board when it is over and nothing of it goes on."""

    def __init__(self) -> None:
        self.calls: dict[CallId, Call] = {}

    def apply(self, event: CallEvent) -> Call | None:
        """Take `event` in; the call it belongs to, as it is now, or None if the board has no such call.

        The call of the event that settles it is still returned, although it has left the board.
        """
        call = self.calls.get(event.call_id)
        if isinstance(event, Originated) and call is None:
            call = self.calls[event.call_id] = Call(event)
            return call
        if call is None:
            return None
        call.apply(event)
        if call.settled:
            del self.calls[event.call_id]
        return call
