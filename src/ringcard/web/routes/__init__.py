"""One file a resource. A handler checks, asks a room, and writes the answer in its declared shape."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request
from litestar.params import Dependency, Parameter

from ringcard.people.signin import Session
from ringcard.web.history import CallHistory
from ringcard.web.rooms import Rooms

TheRooms = Annotated[Rooms, Dependency(skip_validation=True)]
TheSession = Annotated[Session, Dependency(skip_validation=True)]
TheHistory = Annotated[CallHistory, Dependency(skip_validation=True)]
AnyRequest = Request[Any, Any, Any]

MOST_LISTED = 200

Limit = Annotated[int, Parameter(ge=1, le=MOST_LISTED, description="How many at most.")]
Before = Annotated[str | None, Parameter(max_length=300, description="`next` of the page before.")]
