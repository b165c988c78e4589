/**
 * Who sits where, without what they do: the same object until somebody comes or goes, however often states change. What
 * lists people goes by it, and each row asks for its own state, so that a change repaints one row.
 */
import type { Device, Presence } from '../../api/types';
import type { LiveState } from '../../live/state';

export interface Seat {
  /** The employee, or the phone that nobody sits at. */
  key: string;
  employeeId: string | null;
  name: string | null;
  team: string | null;
  /** Keys into the live state's devices. */
  devices: readonly string[];
  /** The phones' own names, in the same order. */
  phones: readonly string[];
}

export type Roster = readonly Seat[];

const collator = new Intl.Collator(undefined, { numeric: true });

/** By name; phones that nobody sits at go last. */
export function makeRoster(devices: Record<string, Device>, presence: Record<string, Presence>): Roster {
  const seats = new Map<string, { first: Device; devices: string[]; phones: string[] }>();
  for (const [key, device] of Object.entries(devices)) {
    const who = device.employee?.employee_id ?? `phone ${key}`;
    const seat = seats.get(who);
    if (seat) {
      seat.devices.push(key);
      seat.phones.push(device.device);
    } else seats.set(who, { first: device, devices: [key], phones: [device.device] });
  }
  return [...seats]
    .map(([key, seat]) => ({
      key,
      employeeId: seat.first.employee?.employee_id ?? null,
      name: seat.first.employee?.name ?? null,
      team: seat.first.employee ? (presence[seat.first.employee.employee_id]?.team ?? null) : null,
      devices: seat.devices,
      phones: seat.phones,
    }))
    .sort(
      (a, b) =>
        Number(a.name === null) - Number(b.name === null) ||
        collator.compare(a.name ?? a.phones[0] ?? '', b.name ?? b.phones[0] ?? ''),
    );
}

/** One line a device and one a person's team: what a roster depends on. */
function sameSeats(
  before: LiveState['devices'],
  now: LiveState['devices'],
  teamsBefore: LiveState['presence'],
  teams: LiveState['presence'],
): boolean {
  if (before === now && teamsBefore === teams) return true;
  const keys = Object.keys(now);
  if (keys.length !== Object.keys(before).length) return false;
  for (const key of keys) {
    const was = before[key];
    const is = now[key];
    if (was === is) continue;
    if (
      was?.employee?.employee_id !== is?.employee?.employee_id ||
      was?.employee?.name !== is?.employee?.name
    )
      return false;
    if (was === undefined) return false;
  }
  if (teamsBefore === teams) return true;
  const people = Object.keys(teams);
  return (
    people.length === Object.keys(teamsBefore).length &&
    people.every((each) => teams[each]?.team === teamsBefore[each]?.team)
  );
}

/** Remembers the last roster. One is enough: there is one live state. */
export function rosterKeeper(): (state: Pick<LiveState, 'devices' | 'presence'>) => Roster {
  let devices: LiveState['devices'] = {};
  let presence: LiveState['presence'] = {};
  let roster: Roster = [];
  return (state) => {
    if (!sameSeats(devices, state.devices, presence, state.presence))
      roster = makeRoster(state.devices, state.presence);
    devices = state.devices;
    presence = state.presence;
    return roster;
  };
}

export const rosterOf = rosterKeeper();
