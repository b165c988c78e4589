"""Whose number it is, where several cards have it or one only resembles it, as an employee said. For the company."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol


class KeepsChoices(Protocol):
    """Where choices outlive the process."""

    async def choices(self) -> Mapping[str, str]: ...

    async def keep_choice(self, number: str, contact_id: str | None, employee_id: str) -> None: ...

    async def forget_choices(self, numbers: Collection[str]) -> None: ...


class CallerChoices:
    """All choices, in memory: they are made by hand, so there are few, and a ringing phone cannot wait."""

    def __init__(self, memory: KeepsChoices) -> None:
        self._memory = memory
        self._chosen: dict[str, str] = {}

    async def load(self) -> None:
        """Raises `StorageError`."""
        self._chosen = dict(await self._memory.choices())

    def chosen(self, number: str) -> str | None:
        return self._chosen.get(number)

    async def choose(self, number: str, contact_id: str | None, employee_id: str) -> None:
        """This number (E.164) is that contact's, whoever else has it; None takes back what was said.

        Raises `StorageError`.
        """
        await self._memory.keep_choice(number, contact_id, employee_id)
        if contact_id is None:
            self._chosen.pop(number, None)
        else:
            self._chosen[number] = contact_id

    async def forget(self, numbers: Collection[str], contact_ids: Collection[str]) -> None:
        """Forget what was said of these numbers, and of these contacts. Raises `StorageError`."""
        meant = {*numbers, *(number for number, chosen in self._chosen.items() if chosen in contact_ids)}
        await self._memory.forget_choices(meant)
        for number in meant:
            self._chosen.pop(number, None)
