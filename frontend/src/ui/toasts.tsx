/** One line at the bottom that says what was done; it goes by itself, and a reader hears it politely. */
import { useSyncExternalStore } from 'react';

import { useWords } from '../i18n';
import styles from './ui.module.css';

interface Toast {
  id: number;
  text: string;
}

const STAYS_MS = 7000;
let toasts: Toast[] = [];
let lastId = 0;
const watchers = new Set<() => void>();

function change(next: Toast[]): void {
  toasts = next;
  for (const watcher of watchers) watcher();
}

export function toast(text: string): void {
  lastId += 1;
  const id = lastId;
  change([...toasts.slice(-2), { id, text }]);
  setTimeout(() => change(toasts.filter((each) => each.id !== id)), STAYS_MS);
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
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {shown.map((each) => (
        <div key={each.id} className={styles.toast}>
          <span>{each.text}</span>
          <button type="button" onClick={() => change(toasts.filter((other) => other !== each))}>
            {t('common.close')}
          </button>
        </div>
      ))}
    </div>
  );
}
