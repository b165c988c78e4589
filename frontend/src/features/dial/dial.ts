/**
 * Dialling by click, the same from everywhere: the number is looked at first (night there, do not call, blocked); if
 * nothing speaks against it the employee's own phone rings at once, else it is asked about. What becomes of it is told by
 * `DialProgress`, a failure always.
 */
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';

import { server } from '../../api/server';
import type { Dialled, DialledFrom, DialPreview, Me } from '../../api/types';
import { keep, readKept } from '../../app/preferences';
import { useMay } from '../../app/rights';
import { useSession } from '../../app/session';
import { asked } from '../control/asking';

export interface Wish {
  /** As it was typed or stands on the card; only shown where `by` names whom to dial. */
  number: string;
  by?: Dialled | undefined;
  missedId?: string | undefined;
}

export interface Run extends Wish {
  device: string | null;
}

interface Dialling {
  /** Something speaks against it: asked about before it is dialled. */
  question: { wish: Wish; preview: DialPreview } | null;
  /** What is being dialled, by the slot of its ask. */
  runs: Readonly<Record<string, Run>>;
  callerId: string | null;
  device: string | null;
}

const DEVICE = 'ringcard.dial_device';
const CALLER_ID = 'ringcard.caller_id';
const LOOK_AT_MOST_MS = 1500;
const PREVIEW_FRESH_MS = 15_000;

let dialling: Dialling = {
  question: null,
  runs: {},
  device: readKept(DEVICE),
  callerId: readKept(CALLER_ID),
};
const watchers = new Set<() => void>();

function set(over: Partial<Dialling>): void {
  dialling = { ...dialling, ...over };
  for (const watcher of watchers) watcher();
}

export function useDialling(): Dialling {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => dialling,
  );
}

export function chooseDevice(device: string): void {
  keep(DEVICE, device);
  set({ device });
}

export function chooseCallerId(callerId: string | null): void {
  keep(CALLER_ID, callerId);
  set({ callerId });
}

export const forgetQuestion = (): void => set({ question: null });

/** From which of one's phones: the one chosen last, if one still sits there. */
export function ownDevice(me: Pick<Me, 'devices'>, chosen: string | null = dialling.device): string | null {
  return chosen !== null && me.devices.includes(chosen) ? chosen : (me.devices[0] ?? null);
}

export function previewOf(number: string, device: string | null) {
  return {
    queryKey: ['dial', number, device],
    queryFn: ({ signal }: { signal: AbortSignal }) => server.dialPreview(number, device, signal),
    staleTime: PREVIEW_FRESH_MS,
    retry: false,
  };
}

async function look(queries: QueryClient, wish: Wish, device: string | null): Promise<DialPreview | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), LOOK_AT_MOST_MS));
  // What cannot be looked at is dialled all the same: the server has the last word.
  return Promise.race([queries.query(previewOf(wish.number, device)).catch(() => null), late]);
}

/** Nobody is kept from an emergency number, nor asked whether they are sure. */
export function isQuestionable(preview: DialPreview | null): preview is DialPreview {
  if (!preview || preview.kind === 'emergency') return false;
  return !preview.allowed || preview.warnings.length > 0;
}

export function place(wish: Wish, me: Me, preview: DialPreview | null): void {
  const device = ownDevice(me);
  const callerId =
    preview && dialling.callerId && preview.caller_ids.includes(dialling.callerId) ? dialling.callerId : null;
  const from: DialledFrom = {
    ...(device ? { device } : {}),
    ...(callerId ? { caller_id: callerId } : {}),
    ...(wish.missedId ? { missed_id: wish.missedId } : {}),
  };
  const whom: Dialled = me.numbers_masked && wish.by ? wish.by : { number: wish.number };
  const call = `dial ${wish.number}`;
  set({ question: null, runs: { ...dialling.runs, [`${call} MakeCall`]: { ...wish, device } } });
  void asked.ask(call, 'MakeCall', wish.number, (key) => server.makeCall(whom, from, key));
}

export function useCanDial(): boolean {
  const { me } = useSession();
  const may = useMay();
  return me.devices.length > 0 && may('calls.make');
}

/** Dials; `by` names whom to dial where the number is masked: then `number` is only what is shown. */
export function useDial(): (number: string, by?: Dialled, missedId?: string) => void {
  const queries = useQueryClient();
  const { me } = useSession();
  return useCallback(
    (number, by, missedId) => {
      const wish: Wish = { number, by, missedId };
      if (me.numbers_masked && by) {
        place(wish, me, null);
        return;
      }
      void look(queries, wish, ownDevice(me)).then((preview) => {
        if (isQuestionable(preview)) set({ question: { wish, preview } });
        else place(wish, me, preview);
      });
    },
    [queries, me],
  );
}

/** Looks at a number before it is clicked, so that the click dials at once. */
export function usePrefetch(number: string): () => void {
  const queries = useQueryClient();
  const { me } = useSession();
  return () => {
    if (me.numbers_masked) return;
    void queries.query(previewOf(number, ownDevice(me))).catch(() => undefined);
  };
}
