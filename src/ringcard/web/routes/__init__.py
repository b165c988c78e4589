"""One file a resource. A handler checks, asks a room, and writes the answer in its declared shape."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from ringcard.people.audit import Actor
from ringcard.people.sight import Sight
from ringcard.people.signin import Session
from ringcard.web.access import Gate
from ringcard.web.history import CallHistory
from ringcard.web.live import LiveChannel
from ringcard.web.rooms import Rooms

TheRooms = NamedDependency[SkipValidation[Rooms]]
TheSession = NamedDependency[SkipValidation[Session]]
TheSight = NamedDependency[SkipValidation[Sight]]
"""What whoever asks sees: handed to everything that reads calls, cards or numbers."""
TheActor = NamedDependency[SkipValidation[Actor]]
"""Who asks, for the audit trail."""
TheHistory = NamedDependency[SkipValidation[CallHistory]]
TheChannel = NamedDependency[SkipValidation[LiveChannel]]
TheGate = NamedDependency[SkipValidation[Gate]]
AnyRequest = Request[Any, Any, Any]

MOST_LISTED = 200

Limit = Annotated[int, QueryParameter(ge=1, le=MOST_LISTED, description="How many at most.")]
Before = Annotated[str | None, QueryParameter(max_length=300, description="`next` of the page before.")]
