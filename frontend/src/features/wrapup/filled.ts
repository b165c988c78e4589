/** What is filled in after a call and not saved yet: it outlives another card that opens in between, in this tab. */
import { useState } from 'react';

import { useLive } from '../../live/store';
import { filled } from '../desk/drafts';

export interface Filled {
  outcome: string | null;
  /** When to call back. */
  due: Date | null;
  /** What is written there and cannot be read. */
  unread: string;
  order: string | null;
}

const NOTHING: Filled = { outcome: null, due: null, unread: '', order: null };
const KEPT = 20;

export function useFilled(callId: string) {
  const [form, setForm] = useState(() => (filled.get(callId) as Filled | undefined) ?? NOTHING);
  const pops = useLive((state) => state.pops);
  const change = (part: Partial<Filled>): void => {
    const next = { ...form, ...part };
    setForm(next);
    filled.delete(callId);
    // Of calls that have no card any more nobody asks again.
    const there = new Set(Object.values(pops).map((pop) => pop.call_id));
    const gone = [...filled.keys()].filter((each) => !there.has(each));
    for (const each of gone) filled.delete(each);
    for (const each of [...filled.keys()].slice(0, -(KEPT - 1))) filled.delete(each);
    filled.set(callId, next);
  };
  return { form, change, forget: () => filled.delete(callId) };
}
