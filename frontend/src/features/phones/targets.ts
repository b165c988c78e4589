/** Whom a phone can be forwarded to: colleagues by name, or whatever number was typed. Pure. */
import type { Device } from '../../api/types';

export interface Target {
  label: string;
  device: string;
}

/** Everybody's phones but this one, as they are offered. */
export function targetsOf(devices: readonly Device[], own: string): Target[] {
  const found = devices.filter((each) => each.device !== own && each.employee !== null);
  const labels = found.map((each) => ({
    label: `${each.employee?.name ?? ''} · ${each.device}`,
    device: each.device,
  }));
  return [...new Map(labels.map((each) => [each.label, each])).values()].sort((a, b) =>
    a.label.localeCompare(b.label),
  );
}

/** The phone of whoever was chosen, or typed by their whole name; else what was typed. */
export function targetOf(typed: string, targets: readonly Target[]): string {
  const wanted = typed.trim().toLowerCase();
  const chosen = targets.find(({ label }) => label.toLowerCase() === wanted);
  if (chosen) return chosen.device;
  const named = targets.filter(({ label }) => label.toLowerCase().startsWith(`${wanted} · `));
  return named.length === 1 && named[0] ? named[0].device : typed.trim();
}
