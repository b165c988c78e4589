/** What a call looks like on the card: words, not fields. Pure. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

import type { Call } from '../../sdk/src/types';
import type { Shown } from './messages';
import { words } from './words';

export type When = 'on_ring' | 'on_answer' | 'quiet';

export function grouped(number: string): string {
  return parsePhoneNumberFromString(number)?.formatInternational() ?? number;
}

function orderOf(call: Call): string {
  const order = call.contact?.orders.at(0);
  if (!order) return '';
  return words('order', [order.number, order.status, order.date].filter(Boolean).join(' · '));
}

function handoverOf(call: Call): string {
  if (call.transferredBy === null) return '';
  return call.handoverNote === null
    ? words('handed_by', call.transferredBy)
    : words('handed_with', call.transferredBy, call.handoverNote);
}

export function shownOf(call: Call): Shown | null {
  if (call.state !== 'ringing' && call.state !== 'active' && call.state !== 'held') return null;
  const { contact, party } = call;
  const number = party.number ? grouped(party.number) : (party.presented ?? '');
  const title = contact?.name ?? party.name ?? (number || words('withheld'));
  return {
    popId: call.popId,
    revision: call.revision,
    state: call.state,
    talks: call.answeredAt !== null,
    outbound: call.direction === 'outbound',
    title,
    number: title === number ? '' : number,
    below: [contact?.organisation, call.place, call.queue && words('queue', call.queue)]
      .filter(Boolean)
      .join(' · '),
    vip: contact?.vip ?? false,
    handover: handoverOf(call),
    order: orderOf(call),
  };
}

/** As the employee chose on the desk: with the ring, when they talk, or not at all. */
export function wanted(calls: Shown[], when: When): Shown[] {
  if (when === 'quiet') return [];
  return calls.filter((call) => when === 'on_ring' || call.talks || call.outbound);
}
