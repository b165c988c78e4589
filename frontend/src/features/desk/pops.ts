import { useMemo } from 'react';

import type { Pop } from '../../api/types';
import { popsInOrder } from '../../live/state';
import { useLive } from '../../live/store';

/** The employee's pops in the order in which they are drawn. */
export function usePops(): Pop[] {
  const pops = useLive((state) => state.pops);
  const hidden = useLive((state) => state.hidden);
  const linked = useLive((state) => state.linked);
  return useMemo(() => popsInOrder({ pops, hidden, linked }), [pops, hidden, linked]);
}
