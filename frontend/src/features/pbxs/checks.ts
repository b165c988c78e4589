/** What an examination found, as the pages use it. */
import type { PbxExamination } from '../../api/types';

export interface DevicesFound {
  devices: string[];
  names: Record<string, string>;
  ranges: string;
}

/** A setting or a fact as text: they come as whatever JSON has. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

export function devicesFound(examination: PbxExamination): DevicesFound {
  const facts = examination.checks.find(({ name }) => name === 'devices')?.facts ?? {};
  return {
    devices: Array.isArray(facts.devices) ? (facts.devices as string[]) : [],
    names: (facts.names ?? {}) as Record<string, string>,
    ranges: textOf(facts.ranges),
  };
}

/** Whether it can be connected: nothing that every call needs is wrong. */
export const isUsable = (examination: PbxExamination): boolean =>
  examination.checks.some(({ name, verdict }) => name === 'login' && verdict === 'fine') &&
  examination.checks.every(({ verdict }) => verdict !== 'wrong');
