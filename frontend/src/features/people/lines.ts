/** The lines of the panel: departments and the phones in them. Pure. */
import type { Device, DeviceState, Presence } from '../../api/types';
import type { Roster, Seat } from './roster';

export type Line =
  { kind: 'team'; team: string | null; count: number } | { kind: 'phone'; seat: Seat; device: string };

export function lineKey(line: Line): string {
  return line.kind === 'team' ? `team ${line.team ?? ''}` : line.device;
}

export function seatMatches(seat: Seat, text: string): boolean {
  const words = text.trim().toLowerCase();
  return (
    !words || `${seat.name ?? ''} ${seat.team ?? ''} ${seat.phones.join(' ')}`.toLowerCase().includes(words)
  );
}

/** Who is not signed in anywhere counts as that; a phone that nobody sits at has no state of its own. */
export function presenceOf(seat: Seat, presence: Record<string, Presence>): Presence['state'] | null {
  return seat.employeeId === null ? null : (presence[seat.employeeId]?.state ?? null);
}

/** `devices` and `presence` are needed only to ask for those in one state. Without any department there are no headings. */
export function linesOf(
  roster: Roster,
  text: string,
  only: DeviceState | null,
  devices: Record<string, Device> | null,
  onlyWho: Presence['state'] | null = null,
  presence: Record<string, Presence> | null = null,
): Line[] {
  const teams = new Map<string | null, (Line & { kind: 'phone' })[]>();
  for (const seat of roster) {
    if (!seatMatches(seat, text)) continue;
    if (onlyWho && presenceOf(seat, presence ?? {}) !== onlyWho) continue;
    for (const device of seat.devices) {
      if (only && devices?.[device]?.state !== only) continue;
      const lines = teams.get(seat.team);
      const line = { kind: 'phone', seat, device } as const;
      if (lines) lines.push(line);
      else teams.set(seat.team, [line]);
    }
  }
  const named = [...teams].sort(
    ([a], [b]) => Number(a === null) - Number(b === null) || (a ?? '').localeCompare(b ?? ''),
  );
  if (named.every(([team]) => team === null)) return named.flatMap(([, lines]) => lines);
  return named.flatMap(([team, lines]): Line[] => [{ kind: 'team', team, count: lines.length }, ...lines]);
}
