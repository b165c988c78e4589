/** The one live channel of this tab and the state it feeds; React reads it through `useLive`. */
import { useLayoutEffect, useRef, useSyncExternalStore } from 'react';

import type { Contact, Pop } from '../api/types';
import { LiveChannel, type ConnectionState, type Outside, type Socket } from './channel';
import { useSecond } from './clock';
import { NOTHING, reduce, type LiveAction, type LiveState } from './state';
import { paintedAt, ShownLog } from './shown';

let state: LiveState = NOTHING;
let connection: ConnectionState = { state: 'connecting', attempt: 0 };
let channel: LiveChannel | null = null;
let shown = new ShownLog();
const watchers = new Set<() => void>();

function tell(): void {
  for (const watcher of watchers) watcher();
}

function dispatch(action: LiveAction): void {
  const next = reduce(state, action);
  if (next === state) return;
  state = next;
  tell();
  if (state.resync) channel?.restart();
}

const outside: Outside = {
  open: (url) => new WebSocket(url) as unknown as Socket,
  nowMs: () => Date.now(),
  random: () => Math.random(),
  later: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

function retryNow(): void {
  if (document.visibilityState === 'visible') channel?.retryNow();
}

export const live = {
  start(): void {
    if (channel) return;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    channel = new LiveChannel(
      `${scheme}://${location.host}/api/v1/live`,
      {
        frame: (frame) => dispatch({ type: 'frame', frame, receivedAtMs: Date.now() }),
        connection: (next) => {
          connection = next;
          tell();
        },
        position: () =>
          state.epoch !== null && !state.resync ? { epoch: state.epoch, seq: state.seq } : null,
      },
      outside,
    );
    channel.start();
    window.addEventListener('online', retryNow);
    document.addEventListener('visibilitychange', retryNow);
  },

  stop(): void {
    channel?.stop();
    channel = null;
    window.removeEventListener('online', retryNow);
    document.removeEventListener('visibilitychange', retryNow);
    shown = new ShownLog();
    // Whoever was thrown out is told so at the door.
    if (connection.state !== 'signed_out') connection = { state: 'connecting', attempt: 0 };
    dispatch({ type: 'forget' });
  },

  retryNow: () => channel?.retryNow(),

  /** Puts the pop aside here and in the employee's other tabs. The phone rings on. */
  hide(popId: string): void {
    dispatch({ type: 'hide', popId });
    channel?.send({ type: 'hide', pop_id: popId });
  },

  /** The card just made for this pop, so that it shows before the server's next revision brings it. */
  link: (popId: string, contact: Contact) => dispatch({ type: 'link', popId, contact }),
};

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Selects from the live state; the selector must return the same object for the same state. */
export function useLive<Part>(select: (state: LiveState) => Part): Part {
  return useSyncExternalStore(subscribe, () => select(state));
}

export function useConnection(): ConnectionState {
  return useSyncExternalStore(subscribe, () => connection);
}

/**
 * The server's clock, once a second, in ms. It stands still while the connection is lost: a timer that ran on would
 * claim that the call still rings.
 */
export function useServerNow(): number {
  const offset = useLive((each) => each.clockOffsetMs);
  const now = useConnection();
  const second = useSecond();
  const lost = now.state === 'lost' || now.state === 'too_many';
  return (lost ? (now.heardAtMs ?? second) : second) + offset;
}

/**
 * Tells the server when this pop was on the screen: after the commit, two animation frames on, so after the browser
 * painted it. A tab in the background gets no animation frames and so, rightly, never says it showed anything.
 */
export function useShown(pop: Pop): void {
  const current = useRef(pop);
  useLayoutEffect(() => {
    current.current = pop;
  });
  useLayoutEffect(() => {
    const painted = current.current;
    if (!shown.wants(painted)) return;
    // Not cancelled by the next revision: this one was painted all the same.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (!shown.wants(painted)) return;
        const said = channel?.send({
          type: 'shown',
          pop_id: painted.pop_id,
          revision: painted.revision,
          painted_at: paintedAt(Date.now(), state.clockOffsetMs),
        });
        if (said) shown.note(painted);
      }),
    );
  }, [pop.pop_id, pop.revision]);
}
