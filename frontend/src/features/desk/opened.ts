/** Which pages of other systems were opened or blocked, in all tabs alike: a page opens once a call. */
import { useSyncExternalStore } from 'react';

import type { Opening, Pop } from '../../api/types';

const KEY = 'ringcard.opened';
const KEPT = 200;
type State = 'opened' | 'blocked';

const watchers = new Set<() => void>();
let held: Record<string, State> = read();

function read(): Record<string, State> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, State>;
  } catch {
    return {};
  }
}

export function nameOf(pop: Pop, opening: Opening): string {
  return `${pop.pop_id} ${opening.when} ${opening.rule}`;
}

function note(key: string, state: State): void {
  const others = Object.entries(read()).filter(([each]) => each !== key);
  held = Object.fromEntries<State>([...others, [key, state] as const].slice(-KEPT));
  try {
    localStorage.setItem(KEY, JSON.stringify(held));
  } catch {
    // Forbidden or full: this tab remembers, which is enough while it leads.
  }
  for (const watcher of watchers) watcher();
}

/** Whether it is time for this page, by itself. */
export function isDue(pop: Pop, opening: Opening): boolean {
  if (opening.when === 'button') return false;
  if (opening.when === 'ring') return pop.state === 'ringing';
  return pop.state === 'active' && pop.answered_at !== null;
}

/**
 * Opens the page in a tab of its own, which cannot reach back to the desk. Blocked is what the browser allows only at
 * a click: then the card says so and has a button.
 */
export function openPage(pop: Pop, opening: Opening): void {
  const key = nameOf(pop, opening);
  const tab = window.open('about:blank', '_blank');
  if (!tab) {
    note(key, 'blocked');
    return;
  }
  note(key, 'opened');
  tab.opener = null;
  tab.location.replace(opening.url);
}

export function openDue(pops: Pop[]): void {
  held = read();
  for (const pop of pops)
    for (const opening of pop.openings)
      if (isDue(pop, opening) && !(nameOf(pop, opening) in held)) openPage(pop, opening);
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  const heard = ({ key: changed }: StorageEvent): void => {
    if (changed !== KEY) return;
    held = read();
    watcher();
  };
  window.addEventListener('storage', heard);
  return () => {
    watchers.delete(watcher);
    window.removeEventListener('storage', heard);
  };
}

export function useBlocked(pop: Pop): Opening[] {
  const state = useSyncExternalStore(subscribe, () => held);
  return pop.openings.filter((opening) => state[nameOf(pop, opening)] === 'blocked');
}
