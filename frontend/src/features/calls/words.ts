/** What the screen calls the parties and the outcome of a call; the glossary ties these words to CSTA's. */
import type { CallRecord, CallSummary, Contact, Party, Pop } from '../../api/types';
import { formatPhone } from '../../format/phone';
import { formatDuration } from '../../format/time';
import type { Words } from '../../i18n';

/** Of two sides, the one that is not us; of an internal call the one at another device than `ours`. */
export function otherParty(
  call: Pick<CallRecord, 'direction' | 'caller' | 'called'>,
  ours: string[] = [],
): Party {
  if (call.direction === 'outbound') return call.called;
  if (call.direction === 'inbound') return call.caller;
  return call.caller.device !== null && ours.includes(call.caller.device) ? call.called : call.caller;
}

export function partyNumber(party: Party): string | null {
  return party.number ?? party.device ?? party.presented;
}

export function isWithheld(party: Party): boolean {
  return party.number === null && party.presented === null && party.device === null;
}

export function partyWords(t: Words, party: Party): string {
  if (isWithheld(party)) return t('calls.withheld');
  return party.name ?? formatPhone(partyNumber(party) ?? '');
}

export interface Who {
  /** What is read first: a name, else the number. */
  title: string;
  organisation: string | null;
  number: string | null;
  withheld: boolean;
  isName: boolean;
}

export function whoOf(t: Words, pop: Pop, contact: Contact | null = pop.contact): Who {
  const party = otherParty(pop, [pop.device]);
  const number = partyNumber(party);
  const withheld = pop.mark === 'withheld' || isWithheld(party);
  const name = contact?.name ?? pop.colleague?.name ?? party.name;
  if (name !== null && name !== '')
    return { title: name, organisation: contact?.organisation ?? null, number, withheld, isName: true };
  return {
    title: withheld ? t('calls.withheld') : formatPhone(number ?? ''),
    organisation: null,
    number,
    withheld,
    isName: false,
  };
}

export type OutcomeKind = 'ringing' | 'live' | 'talked' | 'missed' | 'no_answer' | 'other';

export type Ended = Pick<CallSummary, 'direction' | 'disposition'> & {
  ended_at?: string | null;
  answered_at?: string | null;
};

/** What rings at one of ours is a kind of its own: somebody can answer it now. */
export function outcomeKind(call: Ended): OutcomeKind {
  if (call.ended_at === null) return call.answered_at || call.direction === 'outbound' ? 'live' : 'ringing';
  switch (call.disposition) {
    case 'answered':
      return 'talked';
    case 'abandoned':
      return 'missed';
    case 'no_answer':
      return call.direction === 'inbound' ? 'missed' : 'no_answer';
    default:
      return 'other';
  }
}

/** The outcome in one or two words, with the talk's length where there was one. */
export function outcomeWords(t: Words, call: Ended & { talk_s: number }): string {
  const kind = outcomeKind(call);
  if (kind === 'live' || kind === 'ringing')
    return t(call.answered_at ? 'calls.outcome.talking' : 'calls.outcome.ringing');
  if (kind === 'talked') return formatDuration(call.talk_s);
  if (kind === 'missed') return t('calls.outcome.missed');
  return t(`calls.outcome.${call.disposition ?? 'failed'}`);
}

/** Who of ours had it: who talked, else who was rung. */
export function peopleOf(t: Words, call: CallRecord): string {
  const talked = call.devices.filter((stint) => stint.outcome === 'answered');
  const devices = [...new Set((talked.length > 0 ? talked : call.devices).map((stint) => stint.device))];
  const names = devices.map((device) => call.employees[device] ?? device);
  return names.length > 2
    ? t('calls.and_more', { name: names[0] ?? '', count: names.length - 1 })
    : names.join(', ');
}
