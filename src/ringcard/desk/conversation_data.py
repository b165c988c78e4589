"""The call data of conversations that go on or were a while ago, kept in the database and told to the desk."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import structlog

from ringcard.calls.identifiers import ConversationId
from ringcard.desk.call_data import BY_PBX, NO_DATA, CallData, CallDataError
from ringcard.desk.conversation_memory import ConversationMemory
from ringcard.desk.unwritten import Unwritten

KEPT = timedelta(days=2)
MOST_CONVERSATIONS = 20_000

log = structlog.get_logger(__name__)


class ConversationData:
    """By conversation; of older ones the database knows."""

    def __init__(self, memory: ConversationMemory, clock: Callable[[], datetime]) -> None:
        self._memory = memory
        self._clock = clock
        self._held: OrderedDict[ConversationId, CallData] = OrderedDict()
        self.unwritten: Unwritten[ConversationId, CallData] = Unwritten("call_data", self._write)

    async def load(self) -> None:
        """Of the last days. Raises `StorageError`."""
        self._held.update(await self._memory.data_since(self._clock() - KEPT))

    def at_once(self, conversation_id: ConversationId) -> CallData:
        """As far as memory has it: that of every call that goes on now."""
        return self._held.get(conversation_id, NO_DATA)

    async def of(self, conversation_id: ConversationId) -> CallData:
        """Raises `StorageError`."""
        held = self._held.get(conversation_id)
        if held is None:
            held = await self._memory.data_of(conversation_id) or NO_DATA
        return held

    async def change(
        self,
        conversation_id: ConversationId,
        put: Mapping[str, str],
        remove: Collection[str],
        *,
        by: str,
        version: int | None,
    ) -> CallData:
        """Set and remove keys, and keep it. Raises `CallDataError`s, `StorageError`."""
        before = await self.of(conversation_id)
        # No `await` from here to the assignment: of two who change at once the second is told.
        before = self._held.get(conversation_id, before)
        after = before.change(put, remove, by=by, at=self._clock(), version=version)
        if after is before:
            return before
        self._hold(conversation_id, after)
        try:
            await self._memory.keep_data(conversation_id, after)
        except BaseException:
            if self._held.get(conversation_id) is after:
                self._hold(conversation_id, before)
            raise
        return after

    def set_by_pbx(self, conversation_id: ConversationId, key: str, value: str, at: datetime) -> bool:
        """The dialplan set it. Whether anything changed; what cannot be kept is logged, not raised."""
        before = self.at_once(conversation_id)
        try:
            after = before.change({key: value}, by=BY_PBX, at=at)
        except CallDataError as error:
            log.warning("desk.call_data_refused", action="call_data_refused", key=key[:80], problem=str(error))
            return False
        if after is before:
            return False
        self._hold(conversation_id, after)
        self.unwritten.put(conversation_id, after)
        return True

    def joined(self, before: ConversationId, conversation_id: ConversationId) -> None:
        """Two conversations turned out to be one: what the older one says counts."""
        if before == conversation_id or before not in self._held:
            return
        own, other = self.at_once(conversation_id), self._held[before]
        items = dict(other.items) | dict(own.items)
        merged = CallData(max(own.version, other.version) + 1, tuple(sorted(items.items(), key=lambda item: item[0])))
        self._hold(conversation_id, merged)
        self.unwritten.put(conversation_id, merged)

    def forget(self, conversations: Collection[ConversationId]) -> None:
        """Somebody is erased, whose conversations these were."""
        for conversation_id in conversations:
            self._held.pop(conversation_id, None)
            self.unwritten.drop(conversation_id)

    def _hold(self, conversation_id: ConversationId, data: CallData) -> None:
        self._held[conversation_id] = data
        while len(self._held) > MOST_CONVERSATIONS:
            self._held.popitem(last=False)

    async def _write(self, changed: Mapping[ConversationId, CallData]) -> None:
        for conversation_id, data in changed.items():
            await self._memory.keep_data(conversation_id, data)
