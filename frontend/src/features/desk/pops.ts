import { useMemo } from 'react';

import type { Pop } from '../../api/types';
import { popsInOrder } from '../../live/state';
import { useLive } from '../../live/store';

/** The employee's pops in the order in which they are drawn. */
export function usePops(): Pop[] {
  const pops = useLive((state) => state.pops);
  const hidden = useLive((state) => state.hidden);
  const linked = useLive((state) => state.linked);
  const when = useLive((state) => state.preferences.pop_when);
  return useMemo(() => {
    const inOrder = popsInOrder({ pops, hidden, linked });
    // Who wants cards on answer has the ringing phone itself; what was missed is shown like for everybody.
    return when === 'on_answer' ? inOrder.filter((pop) => pop.state !== 'ringing') : inOrder;
  }, [pops, hidden, linked, when]);
}
