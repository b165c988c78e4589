/** Phones as people: who sits where, what they do now. Pure. */
import type { CallRecord, Device, DeviceState, Pop, Presence } from '../../api/types';
import type { Roster } from './roster';

export interface Colleague {
  key: string;
  /** Null: a phone that nobody sits at. */
  employeeId: string | null;
  name: string | null;
  team: string | null;
  /** What they are good at. */
  skills: readonly string[];
  devices: Device[];
  /** What is worth knowing of their phones: a talk on one of them goes before another that is free. */
  state: DeviceState;
  presence: Presence | null;
}

const SAYS_MOST: readonly DeviceState[] = [
  'busy',
  'held',
  'ringing',
  'do_not_disturb',
  'idle',
  'forwarded',
  'unreachable',
  'unknown',
];

export function stateOf(devices: readonly Pick<Device, 'state'>[]): DeviceState {
  return SAYS_MOST.find((state) => devices.some((device) => device.state === state)) ?? 'unknown';
}

/** Everybody but whoever sits at `mine`, in the roster's order. */
export function colleaguesOf(
  roster: Roster,
  devices: Record<string, Device>,
  presence: Record<string, Presence>,
  mine: readonly string[],
): Colleague[] {
  return roster.flatMap((seat): Colleague[] => {
    const theirs = seat.devices.flatMap((key) => devices[key] ?? []);
    if (theirs.length === 0 || theirs.some((device) => mine.includes(device.device))) return [];
    const theirPresence = seat.employeeId ? (presence[seat.employeeId] ?? null) : null;
    return [
      {
        key: seat.key,
        employeeId: seat.employeeId,
        name: seat.name,
        team: seat.team,
        skills: theirPresence?.skills ?? [],
        devices: theirs,
        state: stateOf(theirs),
        presence: theirPresence,
      },
    ];
  });
}

/** Who of ours talked with this customer last, by their key, with when. */
export function talkedLast(pop: Pop, colleagues: readonly Colleague[]): Map<string, string> {
  const talked = new Map<string, string>();
  for (const call of pop.last_calls ?? []) {
    if (call.disposition !== 'answered' || call.call_id === pop.call_id) continue;
    const who = colleagues.find(
      (each) =>
        (each.name !== null && each.name === call.employee) ||
        each.devices.some((device) => device.device === call.device),
    );
    if (who && !talked.has(who.key)) talked.set(who.key, call.started_at);
  }
  return talked;
}

const talks = new WeakMap<object, ReadonlyMap<string, string>>();

/** Phone to the call that is talked on it; counted once for each state of the calls, however many rows ask. */
export function talkingAt(calls: Readonly<Record<string, CallRecord>>): ReadonlyMap<string, string> {
  let found = talks.get(calls);
  if (!found) {
    const at = new Map<string, string>();
    for (const call of Object.values(calls))
      if (call.ended_at === null)
        for (const each of call.devices)
          if (each.answered_at !== null && each.left_at === null) at.set(each.device, call.call_id);
    talks.set(calls, (found = at));
  }
  return found;
}
