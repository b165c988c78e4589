/** The section `[wrap_up]` as it is checked before it is saved. Pure. */
import type { Words } from '../../i18n';
import { twice } from '../settings/pairs';

export interface Outcome {
  outcome: string;
  label: string;
  teams: string[];
}

export function problemOf(t: Words, outcomes: readonly Outcome[]): string | null {
  if (outcomes.some(({ label }) => !label.trim() || label.length > 100)) return t('outcomes.wrong_label');
  const wrong = outcomes.find(({ outcome }) => !/^[a-z][a-z0-9_]{0,39}$/.test(outcome));
  if (wrong) return t('outcomes.wrong_key', { text: wrong.outcome });
  const again = twice(outcomes.map(({ outcome }) => outcome));
  return again === undefined ? null : t('outcomes.wrong_twice', { text: again });
}
