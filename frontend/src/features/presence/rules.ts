/** The section `[presence]` as a form has it, and what is wrong with it before it is saved. Pure. */
import type { SettingsSection } from '../../api/types';
import type { Words } from '../../i18n';
import { pairsOf, tableOf, twice, type Pair } from '../settings/pairs';

export interface PresenceRules {
  reasons: { reason: string; teams: string[] }[];
  after_call_s: number;
  /** A line just added has no seconds yet. */
  after_call_of_teams: Pair<number | ''>[];
  after_which: 'outside' | 'queue' | 'all';
  offline_after_s: number;
  when_offline: 'leave' | 'pause';
  memberships: { queue: string; teams: string[]; pbx: string | null }[];
}

const LONGEST_REASON = 80;
const LONGEST_AFTER_CALL_S = 3600;
/** Queues are told these by ringcard itself. */
const OURS = ['After call', 'Offline'];

export function rulesOf(kept: SettingsSection): PresenceRules {
  const values = kept.values as unknown as Omit<PresenceRules, 'after_call_of_teams'> & {
    after_call_of_teams: Record<string, number>;
  };
  return { ...values, after_call_of_teams: pairsOf(values.after_call_of_teams) };
}

export function valuesOf(rules: PresenceRules): Record<string, unknown> {
  return { ...rules, after_call_of_teams: tableOf(rules.after_call_of_teams) };
}

export function problemOf(t: Words, rules: PresenceRules): string | null {
  for (const { reason } of rules.reasons) {
    if (!reason.trim() || reason.length > LONGEST_REASON) return t('presence_rules.wrong_reason');
    if (OURS.includes(reason)) return t('presence_rules.wrong_own', { text: reason });
  }
  const teams = rules.after_call_of_teams;
  if (teams.some(({ one, other }) => !one.trim() !== (other === ''))) return t('presence_rules.wrong_half');
  const again = twice(rules.reasons.map(({ reason }) => reason)) ?? twice(teams.map(({ one }) => one));
  if (again !== undefined) return t('presence_rules.wrong_twice', { text: again });
  const seconds = [rules.after_call_s, ...teams.map(({ other }) => (other === '' ? 0 : other))];
  if (seconds.some((each) => each < 0 || each > LONGEST_AFTER_CALL_S))
    return t('presence_rules.wrong_seconds');
  if (rules.offline_after_s <= 0) return t('presence_rules.wrong_offline');
  if (rules.memberships.some(({ queue }) => !queue.trim())) return t('presence_rules.wrong_queue');
  return null;
}
