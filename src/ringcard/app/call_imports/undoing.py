"""Taking back the calls that an import brought: from the browser by the service, in a terminal by the command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ringcard.app.call_imports.store import CallImportStore
from ringcard.calls.identifiers import CallId, is_imported
from ringcard.ledger import CallWithdrawn, Ledger
from ringcard.web.old_calls import CallImport

WITHDRAWN_AT_ONCE = 200


async def take_back(
    store: CallImportStore, ledger: Ledger, held: CallImport, told: Callable[[int], None] = lambda count: None
) -> int:
    """Withdraw every call of it that is still there; how many that were, those of a run that was broken off too.

    `told` the same after each batch. Begins again where it was broken off.
    """
    count = held.counts.withdrawn
    told(count)
    while call_ids := await store.brought(held.import_id, WITHDRAWN_AT_ONCE):
        position = 0
        for call_id in call_ids:
            if not is_imported(call_id):
                continue
            if await ledger.call(call_id) is not None:
                position = ledger.append([CallWithdrawn(call_id, datetime.now(UTC))])
                count += 1
            elif await _was_withdrawn(ledger, call_id, held.created_at):
                # By the run that was broken off, after its last batch was written down.
                count += 1
        await ledger.flushed(position)
        await store.taken_back(held.import_id, call_ids, count)
        told(count)
    return count


async def _was_withdrawn(ledger: Ledger, call_id: CallId, since: datetime) -> bool:
    return any(
        isinstance(stored.entry, CallWithdrawn) and stored.entry.at >= since
        for stored in await ledger.events_of(call_id)
    )
