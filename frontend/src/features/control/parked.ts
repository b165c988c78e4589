/** Where a call of ours waits that was parked from here. */
import type { Pop } from '../../api/types';
import type { LiveState } from '../../live/state';
import { useLive } from '../../live/store';

/** What one dials to fetch it; `''` if the phone system does not say it, null if the call is not parked (any more). */
export function slotOf(
  state: Pick<LiveState, 'calls' | 'services'>,
  pop: Pick<Pop, 'call_id' | 'state'>,
): string | null {
  if (pop.state !== 'ended') return null;
  const call = state.calls[pop.call_id];
  // Over, or somebody has fetched it, or it came back and rings.
  if (!call || call.devices.some((each) => each.left_at === null)) return null;
  const asked = Object.values(state.services).findLast(
    (each) => each.call_id === pop.call_id && each.service === 'ParkCall' && each.state === 'done',
  );
  return asked ? (asked.slot ?? '') : null;
}

export function useSlot(pop: Pick<Pop, 'call_id' | 'state'>): string | null {
  return useLive((state) => slotOf(state, pop));
}
