"""Notes that are being typed about calls, one an employee and conversation: a lost browser loses none.

Each is in the database before it is confirmed. When the call is over they become notes of the card (`afterwards`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.desk.control.errors import NoteChangedMeanwhile, NoteTooLong
from ringcard.desk.conversation_memory import ConversationMemory
from ringcard.desk.ports import Staff
from ringcard.desk.wrapup.drafts import LONGEST_DRAFT, NO_DRAFT, Draft, KeptDraft


class Notes:
    """All drafts, in memory: each becomes a note soon after its call, so they are few."""

    def __init__(self, memory: ConversationMemory, clock: Callable[[], datetime]) -> None:
        self._memory = memory
        self._clock = clock
        self._drafts: defaultdict[ConversationId, dict[str, KeptDraft]] = defaultdict(dict)

    async def load(self) -> None:
        """Raises `StorageError`."""
        for kept in await self._memory.drafts():
            self._drafts[kept.conversation_id][kept.employee_id] = kept

    def of(self, conversation_id: ConversationId) -> tuple[tuple[str, Draft], ...]:
        """Everybody's, each with whose it is."""
        kept = self._drafts.get(conversation_id, {})
        return tuple((employee_id, each.draft) for employee_id, each in kept.items())

    def one(self, conversation_id: ConversationId, employee_id: str) -> Draft:
        kept = self._drafts.get(conversation_id, {}).get(employee_id)
        return NO_DRAFT if kept is None else kept.draft

    def at(self, staff: Staff, conversation_id: ConversationId, device: DeviceId) -> str:
        """What those who sit at the device are typing; of several the one it is named after first."""
        people = (each.employee_id for each in staff.employees_at(device))
        texts = (self.one(conversation_id, each).text.strip() for each in people)
        return next(filter(None, texts), "")

    def all(self) -> tuple[KeptDraft, ...]:
        return tuple(each for kept in self._drafts.values() for each in kept.values())

    async def put(
        self, conversation_id: ConversationId, call_id: CallId, employee_id: str, text: str, version: int
    ) -> Draft:
        """The note is now `text`; `version` is the one that was read.

        The same text again changes nothing. Raises `NoteChangedMeanwhile`, `NoteTooLong`, `StorageError`.
        """
        if len(text) > LONGEST_DRAFT:
            raise NoteTooLong(f"a note has at most {LONGEST_DRAFT} characters")
        held = self.one(conversation_id, employee_id)
        if text == held.text and held.version:
            return held
        if version != held.version:
            raise NoteChangedMeanwhile("the note was changed in another tab meanwhile: read it again")
        draft = Draft(text, held.version + 1)
        kept = KeptDraft(conversation_id, employee_id, call_id, draft, self._clock())
        # First in memory: of two tabs that save at once, the second is refused and not overwritten in the database.
        before = self._drafts[conversation_id].get(employee_id)
        self._drafts[conversation_id][employee_id] = kept
        try:
            await self._memory.keep_draft(kept)
        except BaseException:
            if self._drafts.get(conversation_id, {}).get(employee_id) is kept:
                self._restore(conversation_id, employee_id, before)
            raise
        return draft

    async def drop(self, conversation_id: ConversationId, employee_id: str, version: int) -> None:
        """What it said at this version is a note of the card; typed on meanwhile it stays. Raises `StorageError`."""
        await self._memory.drop_draft(conversation_id, employee_id, version)
        if self.one(conversation_id, employee_id).version == version:
            self._restore(conversation_id, employee_id, None)

    def _restore(self, conversation_id: ConversationId, employee_id: str, before: KeptDraft | None) -> None:
        kept = self._drafts.get(conversation_id, {})
        if before is not None:
            kept[employee_id] = before
        else:
            kept.pop(employee_id, None)
            if not kept:
                self._drafts.pop(conversation_id, None)

    def forget(self, conversations: Collection[ConversationId]) -> None:
        """Somebody is erased, whose conversations these were."""
        for conversation_id in conversations:
            self._drafts.pop(conversation_id, None)

    def joined(self, call_id: CallId, conversation_id: ConversationId) -> None:
        """The call belongs to this conversation now, and so do the notes typed in it."""
        for kept in self.all():
            if kept.call_id == call_id and kept.conversation_id != conversation_id:
                self._restore(kept.conversation_id, kept.employee_id, None)
                held = self._drafts[conversation_id].get(kept.employee_id)
                text = "\n".join(filter(None, (held.draft.text if held else "", kept.draft.text)))
                version = kept.draft.version + (held.draft.version if held else 0)
                self._drafts[conversation_id][kept.employee_id] = replace(
                    kept, conversation_id=conversation_id, draft=Draft(text, version)
                )
