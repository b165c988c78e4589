import type { Device } from '../../api/types';

const NEEDS_LOOKING: Record<Device['state'], number> = {
  ringing: 0,
  busy: 0,
  held: 0,
  idle: 0,
  do_not_disturb: 1,
  forwarded: 1,
  unreachable: 2,
  unknown: 2,
};

/** People by name, then phones without a person; what cannot be reached goes last. */
export function inOrder(devices: Device[]): Device[] {
  return [...devices].sort(
    (a, b) =>
      Number(a.employee === null) - Number(b.employee === null) ||
      NEEDS_LOOKING[a.state] - NEEDS_LOOKING[b.state] ||
      (a.employee?.name ?? '').localeCompare(b.employee?.name ?? '') ||
      a.device.localeCompare(b.device, undefined, { numeric: true }),
  );
}

export function matches(device: Device, text: string): boolean {
  const words = text.trim().toLowerCase();
  return !words || `${device.device} ${device.employee?.name ?? ''}`.toLowerCase().includes(words);
}
