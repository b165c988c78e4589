/**
 * Which of this browser's tabs acts for all: it alone opens pages, rings and notifies; the others only show.
 *
 * The lock is the browser's own (Web Locks), so when the tab that holds it closes or crashes, another has it at once.
 * Without a secure context there are no locks, and no notifications either; then the tab in sight acts.
 */
import { useEffect, useSyncExternalStore } from 'react';

let leading = false;
const watchers = new Set<() => void>();

function tell(next: boolean): void {
  if (leading === next) return;
  leading = next;
  for (const watcher of watchers) watcher();
}

/** Stand for the lead until the returned function is called. */
function stand(employeeId: string): () => void {
  // Absent where the context is not secure, whatever the types say.
  const locks = navigator.locks as LockManager | null | undefined;
  if (!locks) {
    const look = (): void => tell(document.visibilityState === 'visible');
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      tell(false);
    };
  }
  const over = new AbortController();
  let release = (): void => undefined;
  void locks
    .request(`ringcard.leader.${employeeId}`, { signal: over.signal }, () => {
      tell(true);
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    })
    .catch(() => undefined); // given up before it was our turn
  return () => {
    over.abort();
    release();
    tell(false);
  };
}

export function useLeader(employeeId: string): boolean {
  useEffect(() => stand(employeeId), [employeeId]);
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => leading,
  );
}
