/** How far a dialled call is, from what the server says of it. Pure. */
import type { Pop } from '../../api/types';
import type { Ask } from '../control/asked';

export type Step = 'sending' | 'own_phone' | 'calling' | 'talking' | 'failed' | 'over';

export function stepOf(ask: Ask, pop: Pop | undefined): Step {
  if (ask.state === 'failed') return 'failed';
  if (ask.state === 'sending') return 'sending';
  if (pop?.state === 'ended') return 'over';
  if (pop?.answered_at) return 'talking';
  if (ask.state === 'done' && !pop) return 'over';
  if (pop && (pop.state === 'active' || pop.state === 'held')) return 'calling';
  return 'own_phone';
}
