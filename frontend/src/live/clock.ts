/** One clock for the whole tab: it ticks once a second while anybody looks at it. */
import { useSyncExternalStore } from 'react';

const MINUTE_MS = 60_000;

let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function tick(): void {
  nowMs = Date.now();
  for (const watcher of watchers) watcher();
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  nowMs = Date.now();
  timer ??= setInterval(tick, 1000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Now to the second, in ms. */
export function useSecond(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}

/** Now to the minute, in ms: for telling today from yesterday. */
export function useMinute(): number {
  return useSyncExternalStore(subscribe, () => nowMs - (nowMs % MINUTE_MS));
}
