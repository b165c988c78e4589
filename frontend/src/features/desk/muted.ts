/**
 * Calls whose ring was silenced (M): only this browser's sound, the phone rings on. Told to its other tabs, because the
 * one that rings need not be the one in which the key is pressed.
 */
import { useSyncExternalStore } from 'react';

let muted: ReadonlySet<string> = new Set();
const watchers = new Set<() => void>();
const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('ringcard.muted');

function take(next: ReadonlySet<string>): void {
  muted = next;
  for (const watcher of watchers) watcher();
}

tabs?.addEventListener('message', (event: MessageEvent<string[]>) => take(new Set(event.data)));

/** These calls, and none that were before them. */
export function mute(popIds: readonly string[]): void {
  take(new Set(popIds));
  tabs?.postMessage(popIds);
}

export function useMuted(): ReadonlySet<string> {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => muted,
  );
}
