/** From what the server shows on a desk to what an application is told. Pure. */
import type { Contact as Card, Pop } from '../../src/api/types';
import type { components } from '../../src/client/schema';
import type { Call, Contact, Events, Preview, Request } from './types';

export type SaidRequest = components['schemas']['ServiceRequest'];
export type SaidPreview = components['schemas']['DialPreview'];

/** What newer servers say besides (docs/reference/live-channel.md). */
interface Handover {
  handover_id: string;
  note: string | null;
  outcome: string;
  read_at: string | null;
}
type AnyPop = Pop & { handovers?: Handover[] };

export function contactOf(card: Card): Contact {
  return {
    contactId: card.contact_id,
    name: card.name,
    organisation: card.organisation,
    position: card.position,
    vip: card.vip,
    phones: card.phones.map(({ number, presented, label }) => ({ number, presented, label })),
    orders: card.orders.map(({ number, date, status, total, currency }) => ({
      number,
      date,
      status,
      total,
      currency,
    })),
  };
}

export function callOf(pop: Pop): Call {
  const outbound = pop.direction === 'outbound';
  const { number, presented, name } = outbound ? pop.called : pop.caller;
  const handover = (pop as AnyPop).handovers?.at(-1);
  return {
    popId: pop.pop_id,
    callId: pop.call_id,
    conversationId: pop.conversation_id,
    device: pop.device,
    state: pop.state,
    revision: pop.revision,
    direction: pop.direction,
    party: { number, presented, name },
    called: { number: pop.called.number, presented: pop.called.presented, name: pop.called.name },
    queue: pop.queue,
    startedAt: pop.started_at,
    answeredAt: pop.answered_at,
    endedAt: pop.ended_at,
    contact: pop.contact ? contactOf(pop.contact) : null,
    place: pop.number_place,
    mark: pop.mark,
    transferredBy: pop.transferred_by ? (pop.transferred_by.name ?? pop.transferred_by.device) : null,
    handoverNote: handover?.note || null,
  };
}

export function requestOf(said: SaidRequest): Request {
  const { request_id, call_id, service, state, reason, detail } = said;
  return { requestId: request_id, callId: call_id, service, state, reason, detail };
}

export function previewOf(said: SaidPreview): Preview {
  const { number, kind, contact, colleague, place, device, caller_ids, warnings, allowed } = said;
  return {
    number,
    kind,
    who: contact?.name ?? colleague?.name ?? null,
    place,
    device,
    callerIds: caller_ids,
    warnings: warnings.map(({ code, local_time }) => ({ code, localTime: local_time ?? null })),
    allowed,
  };
}

export type CallEvent = Exclude<keyof Events, 'state' | 'request'>;

const over = (pop: Pop): boolean =>
  pop.state === 'answered_elsewhere' || pop.state === 'missed' || pop.state === 'ended';
/** A device that dials is `active` from the first moment; somebody talks once it was answered. */
const talks = (pop: Pop): boolean =>
  (pop.state === 'active' || pop.state === 'held') && pop.answered_at !== null;

function handed(pop: AnyPop): string {
  if (pop.handovers)
    return pop.handovers.map((each) => `${each.handover_id} ${each.outcome} ${each.read_at ?? ''}`).join();
  return pop.transferred_by?.device ?? '';
}

/**
 * What happened between two looks at a desk, in the order in which it is told. What was seen over before it began is not
 * told. What is gone was `removed`, by a frame that says so, or vanished between two snapshots (the server was started
 * again): then it has ended, as far as anybody can know.
 */
export function eventsBetween(
  before: Record<string, Pop>,
  after: Record<string, Pop>,
  removed = false,
): { event: CallEvent; call: Call }[] {
  const events: { event: CallEvent; call: Call }[] = [];
  for (const [popId, pop] of Object.entries(after)) {
    const was = before[popId];
    if (was === pop || (was && was.revision >= pop.revision)) continue;
    const call = callOf(pop);
    const tell = (event: CallEvent): void => void events.push({ event, call });
    if (pop.state === 'ringing' && was?.state !== 'ringing') tell('ring');
    const begins = !was || over(was);
    if (begins && pop.state === 'active' && !talks(pop)) tell('dial');
    if (handed(pop) !== '' && handed(pop) !== (was ? handed(was) : '')) tell('handover');
    if (talks(pop) && !(was && talks(was))) tell('answer');
    if (over(pop) && was && !over(was)) tell('end');
    tell('change');
  }
  for (const [popId, pop] of Object.entries(before))
    if (!(popId in after) && !over(pop))
      events.push(
        removed
          ? { event: 'hide', call: callOf(pop) }
          : { event: 'end', call: { ...callOf(pop), state: 'ended' } },
      );
  return events;
}
