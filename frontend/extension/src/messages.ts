/**
 * What the parts say to each other. A page of a web site can say nothing: `runtime.sendMessage` is not open to pages
 * (there is no `externally_connectable`), and the content script listens to no `postMessage`. What comes from a content
 * script is checked all the same, because it runs inside of a page's process.
 */

/** A call as the card over a page shows it. */
export interface Shown {
  popId: string;
  revision: number;
  state: 'ringing' | 'active' | 'held';
  /** Somebody talks already. */
  talks: boolean;
  outbound: boolean;
  title: string;
  number: string;
  below: string;
  vip: boolean;
  /** By whom it was handed over and what they wrote. */
  handover: string;
  order: string;
}

export type FromPage =
  | { kind: 'hello' }
  | { kind: 'dial'; number: string }
  | { kind: 'open'; popId: string }
  | { kind: 'hide'; popId: string }
  | { kind: 'shown'; popId: string; revision: number; at: number };

export interface Welcome {
  on: boolean;
  country: string;
  calls: Shown[];
}

export type ToPage =
  | { kind: 'calls'; calls: Shown[] }
  | { kind: 'site'; on: boolean }
  | { kind: 'numbers' }
  | { kind: 'told'; text: string; failed: boolean };

/** What our own pages ask: options, the toolbar's window, the window that asks before it dials. */
export type FromOwn =
  | { kind: 'status' }
  | { kind: 'connect'; server: string; token: string }
  | { kind: 'disconnect' }
  | { kind: 'country'; country: string }
  | { kind: 'sites' }
  | { kind: 'site'; host: string; how: SiteChoice | null }
  | { kind: 'asked'; id: string }
  | { kind: 'call'; id: string; remember: boolean }
  | { kind: 'dial'; number: string };

/** `ask` is what holds where nothing was said. */
export type SiteChoice = 'ask' | 'trusted' | 'off';

export interface Status {
  server: string | null;
  state: 'none' | 'connecting' | 'up' | 'lost' | 'signed_out' | 'failed';
  name: string | null;
  device: string | null;
  /** Of what the token does not allow. */
  lacks: string[];
  problem: string | null;
  country: string;
  calls: Shown[];
}

/** What is said of a number before it is dialled. */
export interface Look {
  who: string;
  warnings: string[];
  allowed: boolean;
}

export interface Answer {
  ok: boolean;
  text: string;
}

/** What can be dialled: digits with what people put between them, no letters, no more than any number has. */
export function dialable(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > 40) return null;
  const bare = text.replace(/[\s().\-\u00a0\u2010-\u2015\u202f/]/g, '');
  return /^\+?[0-9*#]{2,20}$/.test(bare) ? bare : null;
}

const text = (value: unknown, most = 200): value is string =>
  typeof value === 'string' && value.length <= most;
const count = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A message of a content script; null if it is none. */
export function fromPage(said: unknown): FromPage | null {
  if (typeof said !== 'object' || said === null) return null;
  const { kind, number, popId, revision, at } = said as Record<string, unknown>;
  switch (kind) {
    case 'hello':
      return { kind };
    case 'dial': {
      const bare = dialable(number);
      return bare === null ? null : { kind, number: bare };
    }
    case 'open':
    case 'hide':
      return text(popId) ? { kind, popId } : null;
    case 'shown':
      return text(popId) && count(revision) && count(at) ? { kind, popId, revision, at } : null;
    default:
      return null;
  }
}
