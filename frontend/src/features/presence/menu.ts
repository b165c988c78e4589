/** Whether the menu of one's own state is open: the button, a key and the palette open it. And what it says to the server. */
import { useSyncExternalStore } from 'react';

import { server } from '../../api/server';
import type { Presence } from '../../api/types';
import { errorWords } from '../../app/errors';
import type { Words } from '../../i18n';
import { toast } from '../../ui/toasts';

let opened = false;
const watchers = new Set<() => void>();

export function openPresence(next: boolean): void {
  opened = next;
  for (const watcher of watchers) watcher();
}

export function usePresenceOpened(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => opened,
  );
}

/** Says it to the server; what did not reach the phone system's queues is told. */
export async function choosePresence(
  t: Words,
  state: 'ready' | 'not_ready',
  reason: string | null = null,
): Promise<void> {
  try {
    const told = await server.setPresence({ state, ...(reason === null ? {} : { reason }) });
    if (told.queues === 'later') toast(t('presence.queues_later'));
    if (told.queues === 'refused')
      toast(t('presence.queues_refused', { problem: told.problem ?? t('control.failure.unknown') }));
  } catch (error) {
    toast(errorWords(t, error));
  }
}

/** Where they will be when the call, or the work after it, is over; said only if it is not what follows anyway. */
export function nextWords(t: Words, presence: Presence): string | null {
  const { next } = presence;
  if (!next || next.state === 'ready' || next.state === 'after_call') return null;
  return t('presence.then', { state: next.reason ?? t(`presence.state.${next.state}`) });
}
