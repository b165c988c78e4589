/** Why they probably call, as far as the call itself and its history tell. */
import type { CallSummary, Contact, Note, Pop } from '../../api/types';
import { formatPhone } from '../../format/phone';
import type { Words } from '../../i18n';
import { partyNumber } from '../calls/words';

/** Where the call comes from, in one line: handed over by whom, else the queue. */
export function routeWords(t: Words, pop: Pop): string | null {
  if (pop.transferred_by)
    return t('desk.transferred_by', { name: pop.transferred_by.name ?? pop.transferred_by.device });
  if (pop.consulted_by)
    return t('desk.consulted_by', { name: pop.consulted_by.name ?? pop.consulted_by.device });
  return pop.queue ? t('desk.from_queue', { queue: pop.queue }) : null;
}

/** What the customer dialled, where that says something: not on our own calls nor between colleagues. */
export function dialledWords(pop: Pop): string | null {
  if (pop.direction !== 'inbound') return null;
  const number = partyNumber(pop.called);
  return number ? (pop.called.name ?? formatPhone(number)) : null;
}

/** The last time somebody of ours talked with this number. */
export function lastTalk(pop: Pop): CallSummary | null {
  return (
    pop.last_calls?.find((call) => call.call_id !== pop.call_id && call.disposition === 'answered') ?? null
  );
}

/** Calls of today that we did not answer, newest first, if nobody has talked with them since. */
export function missedToday(pop: Pop, nowMs: number): CallSummary[] {
  const today = new Date(nowMs).toDateString();
  const missed: CallSummary[] = [];
  for (const call of pop.last_calls ?? []) {
    if (call.call_id === pop.call_id) continue;
    if (call.disposition === 'answered' || new Date(call.started_at).toDateString() !== today) break;
    if (call.direction === 'inbound') missed.push(call);
  }
  return missed;
}

/** A note that a colleague wrote on this very call, before handing it over. */
export function noteOnThisCall(pop: Pop, contact: Contact | null, myName: string): Note | null {
  return (
    contact?.notes.find(
      (note) =>
        (note.call_id === pop.call_id || note.call_id === pop.conversation_id) && note.author !== myName,
    ) ?? null
  );
}

/** The order to talk about first: the latest by date; those without one go last. */
export function newestFirst<Item extends { date: string | null }>(items: Item[]): Item[] {
  return [...items].sort((a, b) => (b.date ?? '').localeCompare(a.date ?? ''));
}

/** Who it is in one or two words, where there is no card to say it; while it is looked for, nothing is claimed. */
export function markWords(t: Words, pop: Pop): string {
  if (pop.mark === 'unknown' && pop.sources.some((source) => source.status === 'pending'))
    return t('desk.looking_up');
  if (pop.choice === 'open') return t('desk.mark.several');
  return t(`desk.mark.${pop.mark}`);
}
