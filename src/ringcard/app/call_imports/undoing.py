"""Taking back the calls that an import brought: from the browser by the service, in a terminal by the command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ringcard.app.call_imports.store import CallImportStore
from ringcard.calls.identifiers import is_imported
from ringcard.ledger import CallWithdrawn, Ledger

WITHDRAWN_AT_ONCE = 200


async def take_back(
    store: CallImportStore, ledger: Ledger, import_id: int, told: Callable[[int], None] = lambda count: None
) -> None:
    """Withdraw every call of it that is still there; `told` of each batch how many went. Begins again where it was
    broken off."""
    while call_ids := await store.brought(import_id, WITHDRAWN_AT_ONCE):
        position = withdrawn = 0
        for call_id in call_ids:
            if is_imported(call_id) and await ledger.call(call_id) is not None:
                position = ledger.append([CallWithdrawn(call_id, datetime.now(UTC))])
                withdrawn += 1
        await ledger.flushed(position)
        await store.taken_back(call_ids)
        told(withdrawn)
