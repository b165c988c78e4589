import { describe, expect, test } from 'vitest';

import type { SettingsSection } from '../../api/types';
import { problemOf, rulesOf, valuesOf, type PresenceRules } from './rules';

const KEPT: SettingsSection = {
  name: 'presence',
  version: 1,
  values: {
    reasons: [{ reason: 'Lunch', teams: [] }],
    after_call_s: 10,
    after_call_of_teams: { Sales: 30 },
    after_which: 'outside',
    offline_after_s: 30,
    when_offline: 'leave',
    memberships: [{ queue: 'sales', teams: ['Sales'], pbx: null }],
  },
  defaults: {},
  fixed: [],
  secrets: [],
  editable: true,
};

const t = (word: string, values?: Record<string, string | number>): string =>
  [word, ...Object.values(values ?? {})].join(' ');
const problem = (change: Partial<PresenceRules>): string | null =>
  problemOf(t, { ...rulesOf(KEPT), ...change });

describe('the rules of presence on a form', () => {
  test('are saved as they were, where nothing was typed', () => {
    expect(valuesOf(rulesOf(KEPT))).toEqual(KEPT.values);
    expect(problem({})).toBeNull();
  });

  test('an empty line of a team is left out', () => {
    const teams: PresenceRules['after_call_of_teams'] = [{ one: '', other: '' }];
    expect(problem({ after_call_of_teams: teams })).toBeNull();
    expect(valuesOf({ ...rulesOf(KEPT), after_call_of_teams: teams })).toMatchObject({
      after_call_of_teams: {},
    });
  });

  test.each<[Partial<PresenceRules>, string]>([
    [{ reasons: [{ reason: ' ', teams: [] }] }, 'presence_rules.wrong_reason'],
    [{ reasons: [{ reason: 'Offline', teams: [] }] }, 'presence_rules.wrong_own Offline'],
    [{ after_call_of_teams: [{ one: 'Sales', other: '' }] }, 'presence_rules.wrong_half'],
    [{ after_call_of_teams: [{ one: 'Sales', other: 3601 }] }, 'presence_rules.wrong_seconds'],
    [{ after_call_s: -1 }, 'presence_rules.wrong_seconds'],
    [{ offline_after_s: 0 }, 'presence_rules.wrong_offline'],
    [{ memberships: [{ queue: '', teams: [], pbx: null }] }, 'presence_rules.wrong_queue'],
  ])('what cannot be meant is said before it is saved: %o', (change, says) => {
    expect(problem(change)).toBe(says);
  });
});
