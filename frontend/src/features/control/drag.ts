/** A call dragged onto a colleague: the other way to what T does by keyboard. */
import { useSyncExternalStore, type DragEvent } from 'react';

import type { HandoverTarget, Pop } from '../../api/types';
import { openSheet } from './sheet';
import { controlOf } from './words';

let dragged: Pop | null = null;
const watchers = new Set<() => void>();

function set(next: Pop | null): void {
  dragged = next;
  for (const watcher of watchers) watcher();
}

/** Whether the call can be handed over now at all. */
export function canHandOver(pop: Pop): boolean {
  const control =
    pop.state === 'ringing'
      ? controlOf(pop.controls, 'DeflectCall')
      : controlOf(pop.controls, 'ConsultationCall', 'SingleStepTransferCall');
  return control?.hindrance === null;
}

/** For the element that is the call. */
export function dragOf(pop: Pop): {
  draggable?: true;
  onDragStart?: (event: DragEvent) => void;
  onDragEnd?: () => void;
} {
  if (!canHandOver(pop)) return {};
  return {
    draggable: true,
    onDragStart: (event) => {
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', pop.call_id);
      set(pop);
    },
    onDragEnd: () => set(null),
  };
}

/** The call that is being dragged. */
export function useDragged(): Pop | null {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => dragged,
  );
}

/** Dropped on a colleague: the sheet opens with them chosen, to say what it is about. */
export function dropOn(target: HandoverTarget, name: string): void {
  if (dragged) openSheet({ kind: 'hand_over', pop: dragged, to: { target, name } });
  set(null);
}
