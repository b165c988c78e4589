/** What the employee chose for this browser: language, theme, density. Kept in local storage, in all tabs alike. */
import type { MantineColorSchemeManager } from '@mantine/core';
import { useSyncExternalStore } from 'react';

import type { Language } from '../api/types';

export type Density = 'compact' | 'roomy';
export type Theme = 'light' | 'dark' | 'auto';

const watchers = new Set<() => void>();

export function readKept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // A browser that forbids storage: choices last as long as the page.
  }
}

export function keep(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Full or forbidden: see above.
  }
}

/** What is typed into cards and notes is kept until it is saved (`ringcard.note.…`, `ringcard.card.…`). */
const DRAFT = /^ringcard\.(note|card)\./;
const OWNER = 'ringcard.drafts_of';

/** Drafts belong to whoever typed them: at a shared computer the next employee must not find them. */
export function keepDraftsOf(employeeId: string): void {
  const before = readKept(OWNER);
  if (before === employeeId) return;
  if (before !== null) forget(DRAFT);
  keep(OWNER, employeeId);
}

function forget(keys: RegExp): void {
  try {
    for (const key of Object.keys(localStorage)) if (keys.test(key)) localStorage.removeItem(key);
  } catch {
    // Forbidden: then nothing was kept either.
  }
}

export function keptLanguage(): Language | null {
  const kept = readKept('ringcard.language');
  return kept === 'ru' || kept === 'en' ? kept : null;
}

export function firstLanguage(): Language {
  return keptLanguage() ?? (navigator.language.startsWith('ru') ? 'ru' : 'en');
}

let density: Density = readKept('ringcard.density') === 'roomy' ? 'roomy' : 'compact';

export function setDensity(next: Density): void {
  density = next;
  keep('ringcard.density', next);
  document.documentElement.dataset.density = next;
  for (const watcher of watchers) watcher();
}

export function useDensity(): Density {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => density,
  );
}

const KEY = 'ringcard.theme';

/** Mantine's theme under the key that first-paint.js reads. */
export function themeManager(): MantineColorSchemeManager {
  let heard: ((event: StorageEvent) => void) | undefined;
  return {
    get: (fallback) => {
      const kept = readKept(KEY);
      return kept === 'light' || kept === 'dark' || kept === 'auto' ? kept : fallback;
    },
    set: (value) => keep(KEY, value),
    subscribe: (update) => {
      heard = ({ key, newValue: value }) => {
        if (key === KEY && (value === 'light' || value === 'dark' || value === 'auto')) update(value);
      };
      window.addEventListener('storage', heard);
    },
    unsubscribe: () => {
      if (heard) window.removeEventListener('storage', heard);
    },
    clear: () => keep(KEY, null),
  };
}
