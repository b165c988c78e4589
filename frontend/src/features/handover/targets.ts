/** To whom a call can go: people, queues, a number, the voicemail; found by what was typed. Pure. */
import type { HandoverPlaces, HandoverTarget, QueueState } from '../../api/types';
import { Typed } from '../../app/palette/find';
import { fold } from '../../app/palette/letters';
import { bareNumber, looksDialable } from '../../format/phone';
import type { Colleague } from '../people/colleagues';

/** Why a call cannot go there: nobody said how it is dialled. */
export type Blocked = 'queue_unknown' | 'no_mailboxes' | null;

export type Choice =
  | { kind: 'person'; id: string; target: HandoverTarget; dial: string; colleague: Colleague }
  | { kind: 'queue'; id: string; target: HandoverTarget; dial: string; queue: QueueState; blocked: Blocked }
  | { kind: 'number'; id: string; target: HandoverTarget; dial: string; number: string }
  | { kind: 'voicemail'; id: string; target: null; dial: string; blocked: Blocked };

const MOST = 60;
const GONE = new Set(['unreachable', 'unknown']);

export function choicesFor(
  text: string,
  colleagues: readonly Colleague[],
  queues: readonly QueueState[],
  talked: ReadonlyMap<string, string>,
  withVoicemail: boolean,
  /** Null until it is known. */
  places: HandoverPlaces | null = null,
): Choice[] {
  const trimmed = text.trim();
  const typed = trimmed ? new Typed(trimmed) : null;
  const fits = (...texts: (string | null)[]): boolean =>
    typed === null || typed.score([fold(texts.filter(Boolean).join(' '))]) > 0;
  const people = colleagues
    .filter((each) =>
      fits(each.name, each.team, ...each.skills, ...each.devices.map((device) => device.device)),
    )
    .sort(
      (a, b) =>
        (talked.get(b.key) ?? '').localeCompare(talked.get(a.key) ?? '') ||
        Number(GONE.has(a.state)) - Number(GONE.has(b.state)),
    )
    .slice(0, MOST)
    .map((colleague): Choice => {
      const device = colleague.devices[0]?.device ?? '';
      return {
        kind: 'person',
        id: colleague.key,
        target: colleague.employeeId ? { employee_id: colleague.employeeId } : { device },
        dial: device,
        colleague,
      };
    });
  const some = queues
    .filter((each) => fits(each.name, each.queue))
    .map((queue): Choice => ({
      kind: 'queue',
      id: `queue ${queue.pbx}/${queue.queue}`,
      target: { queue: queue.queue },
      dial: queue.queue,
      queue,
      blocked: places && !places.queues.includes(queue.queue) ? 'queue_unknown' : null,
    }));
  const bare = bareNumber(trimmed);
  const isPhone = colleagues.some((each) => each.devices.some((device) => device.device === bare));
  const number: Choice[] =
    looksDialable(trimmed) && !isPhone
      ? [{ kind: 'number', id: 'number', target: { number: bare }, dial: bare, number: bare }]
      : [];
  const voicemail: Choice[] =
    withVoicemail && typed === null
      ? [
          {
            kind: 'voicemail',
            id: 'voicemail',
            target: null,
            dial: 'voicemail',
            blocked: places && !places.voicemail ? 'no_mailboxes' : null,
          },
        ]
      : [];
  const all = [...voicemail, ...people, ...some, ...number];
  // What cannot be had is not in the way of what can.
  return [...all.filter((each) => !blockedOf(each)), ...all.filter(blockedOf)];
}

export function blockedOf(choice: Choice): Blocked {
  return choice.kind === 'queue' || choice.kind === 'voicemail' ? choice.blocked : null;
}
