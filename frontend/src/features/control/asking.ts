/** The asks of this tab, and asking from components. */
import { useMemo, useSyncExternalStore } from 'react';

import { newKey } from '../../api/key';
import { server } from '../../api/server';
import type { Asked, Pop } from '../../api/types';
import { AskedOfCalls, slotOf, type Ask } from './asked';

export { newKey };

const listeners = new Set<(ask: Ask) => void>();

export const asked = new AskedOfCalls(
  {
    newKey,
    nowMs: () => Date.now(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  },
  (ask) => {
    for (const listener of listeners) listener(ask);
  },
);

export function onSettled(listener: (ask: Ask) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function askService(callId: string, what: Asked, whom = ''): void {
  void asked.ask(callId, what.service, whom, (key) => server.askService(callId, what, key), what.mode);
}

/** What rings at a colleague's phone; whose call it is, only the server knows. */
export function pickUp(ringing: string, own: string, whom: string): void {
  const call = `at ${ringing}`;
  void asked.ask(call, 'DirectedPickupCall', whom, (key) => server.pickUp(ringing, own, key));
}

export function useAsks(): readonly Ask[] {
  return useSyncExternalStore(asked.subscribe, asked.all);
}

/** The asks of one call, by service (and mode). */
export function useAsksOf(callId: string): (service: Asked['service'], more?: string) => Ask | undefined {
  const all = useAsks();
  return useMemo(
    () => (service, more) => all.find((each) => each.slot === slotOf(callId, service, more)),
    [all, callId],
  );
}

/** Asks something of a pop's call, at the pop's own device. */
export function askOfPop(pop: Pop, what: Asked, whom = ''): void {
  askService(pop.call_id, { device: pop.device, ...what }, whom);
}
