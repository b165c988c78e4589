/** The section `[dialling]` as a form has it: tables as lines, prefixes as people type them. Pure. */
import type { SettingsSection } from '../../api/types';
import type { Words } from '../../i18n';
import { pairsOf, tableOf, twice, type Pair } from '../settings/pairs';

export interface Rules {
  caller_ids: string[];
  blocked: string[];
  premium: string[];
  quiet_from: number;
  quiet_to: number;
  do_not_call_field: string;
  voicemail: string;
  twins: Pair[];
  queues: Pair[];
}

const PREFIX = /^\+?[0-9]{1,15}$/;
const EXTENSION = /^[0-9*#]{1,20}$/;
const MAILBOX = /^[0-9*#{}a-z]{1,40}$/;

export function rulesOf(kept: SettingsSection): Rules {
  const values = kept.values as unknown as Omit<Rules, 'twins' | 'queues'> & {
    twins: Record<string, string>;
    queues: Record<string, string>;
  };
  return { ...values, twins: pairsOf(values.twins), queues: pairsOf(values.queues) };
}

/** `+7 (809)` is typed, `+7809` is meant. */
export function bare(number: string): string {
  return number.replace(/[\s()-]/g, '');
}

export function valuesOf(rules: Rules): Record<string, unknown> {
  const numbers = (pairs: Pair[]): Record<string, string> =>
    tableOf(pairs.map(({ one, other }) => ({ one, other: bare(other) })));
  return {
    ...rules,
    caller_ids: rules.caller_ids.map(bare),
    blocked: rules.blocked.map(bare),
    premium: rules.premium.map(bare),
    voicemail: rules.voicemail.trim(),
    twins: numbers(rules.twins),
    queues: numbers(rules.queues),
  };
}

/** Why it cannot be saved like this, as the server would say it. */
export function problemOf(t: Words, rules: Rules): string | null {
  const numbers = [...rules.caller_ids, ...rules.blocked, ...rules.premium];
  const wrong = [...numbers, ...rules.twins.map(({ other }) => other)].find(
    (each) => each !== '' && !PREFIX.test(bare(each)),
  );
  if (wrong !== undefined) return t('dial_rules.wrong_number', { text: wrong });
  const pairs = [...rules.twins, ...rules.queues];
  if (pairs.some(({ one, other }) => !one.trim() !== !bare(other))) return t('dial_rules.wrong_half');
  const extension = rules.queues.find(({ other }) => other !== '' && !EXTENSION.test(bare(other)));
  if (extension) return t('dial_rules.wrong_extension', { text: extension.other });
  for (const table of [rules.twins, rules.queues]) {
    const again = twice(table.map(({ one }) => one));
    if (again !== undefined) return t('dial_rules.wrong_twice', { text: again });
  }
  if (rules.voicemail.trim() && !MAILBOX.test(rules.voicemail.trim())) return t('dial_rules.wrong_voicemail');
  if ([rules.quiet_from, rules.quiet_to].some((hour) => !Number.isInteger(hour) || hour < 0 || hour > 24))
    return t('dial_rules.wrong_hours');
  return null;
}
