import type { CallRecord } from '../../api/types';

/** The history as the server paged it with what the live channel told since; of one call the live word wins. */
export function mergeCalls(live: CallRecord[], paged: CallRecord[]): CallRecord[] {
  const calls = new Map<string, CallRecord>();
  for (const call of [...paged, ...live]) calls.set(call.call_id, call);
  return [...calls.values()].sort(
    (a, b) => b.started_at.localeCompare(a.started_at) || b.call_id.localeCompare(a.call_id),
  );
}

/**
 * Live calls that belong on the pages loaded so far: those newer than the oldest loaded, or all if the end is loaded.
 * An older one comes with its own page, and would otherwise stand below a hole.
 */
export function withinPages(live: CallRecord[], paged: CallRecord[], atEnd: boolean): CallRecord[] {
  const oldest = paged.at(-1);
  if (atEnd || !oldest) return live;
  return live.filter((call) => call.started_at >= oldest.started_at);
}

export function tookPart(call: CallRecord, device: string): boolean {
  return (
    call.caller.device === device ||
    call.called.device === device ||
    call.devices.some((stint) => stint.device === device)
  );
}
