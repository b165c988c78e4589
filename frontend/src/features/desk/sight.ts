/**
 * Whose card is in sight. On a narrow screen a card can be scrolled away; then, and only then, the sheet at the bottom
 * says that it rings.
 */
import { useEffect, useState, useSyncExternalStore } from 'react';

let inSight: string | null = null;
const watchers = new Set<() => void>();

function tell(popId: string | null): void {
  if (inSight === popId) return;
  inSight = popId;
  for (const watcher of watchers) watcher();
}

/** Give the returned function to the `ref` of what must be seen of the pop's card. */
export function useSight(popId: string): (element: HTMLElement | null) => void {
  const [element, setElement] = useState<HTMLElement | null>(null);
  useEffect(() => {
    if (!element) return;
    const observer = new IntersectionObserver((seen) => {
      tell(seen.at(-1)?.isIntersecting ? popId : null);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      tell(null);
    };
  }, [element, popId]);
  return setElement;
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function useCardInSight(): string | null {
  return useSyncExternalStore(subscribe, () => inSight);
}
