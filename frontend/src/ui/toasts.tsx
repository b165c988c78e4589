/**
 * One line at the bottom that says what was done, and takes it back if that is possible; a reader hears it politely.
 *
 * Nobody is asked “are you sure”: what was done can be undone for as long as the line stays. It waits while the pointer
 * or the focus is on it, and Ctrl-Z (outside of a field) takes the last one back too.
 */
import { useSyncExternalStore } from 'react';

import { errorWords } from '../app/errors';
import { keyShortcuts, useKeys } from '../app/keys';
import { useWords, type Words } from '../i18n';
import styles from './ui.module.css';

/** May answer a promise: what it refuses is said. */
export type Undo = () => unknown;

interface Toast {
  id: number;
  text: string;
  undo: Undo | null;
}

const STAYS_MS = 7000;
/** Whoever has to decide something gets longer. */
const STAYS_WITH_UNDO_MS = 15_000;
let toasts: Toast[] = [];
let lastId = 0;
let paused = false;
const timers = new Map<number, ReturnType<typeof setTimeout>>();
const watchers = new Set<() => void>();

function change(next: Toast[]): void {
  toasts = next;
  for (const watcher of watchers) watcher();
}

function drop(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  change(toasts.filter((each) => each.id !== id));
}

function start(each: Toast): void {
  clearTimeout(timers.get(each.id));
  timers.set(
    each.id,
    setTimeout(() => drop(each.id), each.undo ? STAYS_WITH_UNDO_MS : STAYS_MS),
  );
}

function pause(next: boolean): void {
  if (paused === next) return;
  paused = next;
  for (const each of toasts)
    if (paused) clearTimeout(timers.get(each.id));
    else start(each);
}

/** `undo` takes back what was done; if it is refused, that is said in a line of its own. */
export function toast(text: string, undo: Undo | null = null): void {
  lastId += 1;
  const each = { id: lastId, text, undo };
  for (const old of toasts.slice(0, -2)) drop(old.id);
  change([...toasts, each]);
  if (!paused) start(each);
}

/** A button that had the focus goes with its line, and no browser says that the focus has left it. */
function putAway(id: number): void {
  drop(id);
  pause(false);
}

async function takeBack(each: Toast, t: Words): Promise<void> {
  putAway(each.id);
  try {
    await each.undo?.();
  } catch (error) {
    toast(errorWords(t, error));
  }
}

export function Toasts() {
  const { t } = useWords();
  const shown = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => toasts,
  );
  const last = shown.findLast((each) => each.undo);
  useKeys(last ? { undo: () => void takeBack(last, t) } : {});
  return (
    <div
      className={styles.toasts}
      role="status"
      aria-live="polite"
      onPointerEnter={() => pause(true)}
      onPointerLeave={() => pause(false)}
      onFocus={() => pause(true)}
      onBlur={() => pause(false)}
    >
      {shown.map((each) => (
        <div key={each.id} className={styles.toast}>
          <span>{each.text}</span>
          {each.undo && (
            <button
              type="button"
              aria-keyshortcuts={keyShortcuts('undo')}
              onClick={() => void takeBack(each, t)}
            >
              {t('common.undo')}
            </button>
          )}
          <button type="button" onClick={() => putAway(each.id)}>
            {t('common.close')}
          </button>
        </div>
      ))}
    </div>
  );
}
