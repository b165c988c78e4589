import type { Hindrance } from '../../api/types';
import { useLive } from '../../live/store';

/** Why a phone system cannot do something to a call that is not one's own, whatever the call; null if it can. */
export function useCannot(
  pbx: string,
  service: 'DirectedPickupCall' | 'SingleStepConferenceCall',
): Hindrance | null {
  return useLive((live) => live.links[pbx]?.cannot[service] ?? null);
}
