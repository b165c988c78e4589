/** How far a dialled call is, from what the server says of it. Pure. */
import type { CallRecord, DeviceState, Pop } from '../../api/types';
import type { Ask } from '../control/asked';

export type Step = 'sending' | 'own_phone' | 'calling' | 'talking' | 'failed' | 'over';

/** Whether it is still one's own phone that rings: the card is up before that is answered. */
export function ownPhoneRings(
  device: string | null,
  call: Pick<CallRecord, 'devices'> | undefined,
  state: DeviceState | undefined,
): boolean {
  const stint = call?.devices.findLast((each) => each.device === device);
  return stint ? stint.answered_at === null && stint.left_at === null : state === 'ringing';
}

export function stepOf(ask: Ask, pop: Pop | undefined, ownRings = false): Step {
  if (ask.state === 'failed') return 'failed';
  if (ask.state === 'sending') return 'sending';
  if (pop?.state === 'ended') return 'over';
  if (pop?.answered_at) return 'talking';
  if (ask.state === 'done' && !pop) return 'over';
  if (ownRings) return 'own_phone';
  if (pop && (pop.state === 'active' || pop.state === 'held')) return 'calling';
  return 'own_phone';
}
