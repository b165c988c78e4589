/** Which sheet is open over the desk: to hand over, to deflect, to press digits. One at a time; each is loaded when asked for. */
import { useSyncExternalStore } from 'react';

import type { HandoverTarget, Pop } from '../../api/types';

export interface SheetWanted {
  kind: 'hand_over' | 'deflect' | 'keypad';
  pop: Pop;
  /** Whom it was dragged onto. */
  to?: { target: HandoverTarget; name: string };
}

let wanted: SheetWanted | null = null;
const watchers = new Set<() => void>();

function set(next: SheetWanted | null): void {
  wanted = next;
  for (const watcher of watchers) watcher();
}

export const openSheet = (next: SheetWanted): void => set(next);
export const closeSheet = (): void => set(null);

export function useSheet(): SheetWanted | null {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => wanted,
  );
}
