/** What an examination found, as the pages use it. */
import type { PbxExamination } from '../../api/types';
import type { Words } from '../../i18n';

export const PERMISSIONS = {
  'read.system': 'read_system',
  'read.call': 'read_call',
  'read.agent': 'read_agent',
  'read.dialplan': 'read_dialplan',
  'write.system': 'write_system',
  'write.call': 'write_call',
  'write.originate': 'write_originate',
  'write.agent': 'write_agent',
} as const;

export const isPermission = (name: string): name is keyof typeof PERMISSIONS => name in PERMISSIONS;

/** `read.call` as manager.conf has it, and what it is for. */
export function permissionWords(t: Words, name: string): string {
  const [kind = '', what = ''] = name.split('.');
  const line = t('checks.permission', { kind, name: what });
  return isPermission(name) ? `${line}. ${t(`checks.lacking.${PERMISSIONS[name]}`)}` : line;
}

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
