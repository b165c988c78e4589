import { describe, expect, test } from 'vitest';

import type { SettingsSection } from '../../api/types';
import { problemOf, rulesOf, valuesOf, type Rules } from './rules';

const KEPT: SettingsSection = {
  name: 'dialling',
  version: 1,
  values: {
    caller_ids: ['+74951234567'],
    blocked: ['+7809'],
    premium: [],
    quiet_from: 21,
    quiet_to: 9,
    do_not_call_field: 'do_not_call',
    voicemail: '*{device}',
    twins: { '301': '+79031234567' },
    queues: { sales: '600' },
  },
  defaults: {},
  fixed: [],
  secrets: [],
  editable: true,
};

const t = (word: string, values?: Record<string, string | number>): string =>
  [word, ...Object.values(values ?? {})].join(' ');
const problem = (change: Partial<Rules>): string | null => problemOf(t, { ...rulesOf(KEPT), ...change });

describe('the rules of dialling on a form', () => {
  test('are saved as they were, where nothing was typed', () => {
    expect(valuesOf(rulesOf(KEPT))).toEqual(KEPT.values);
    expect(problem({})).toBeNull();
  });

  test('numbers may be typed as people write them, and empty lines are left out', () => {
    const saved = valuesOf({
      ...rulesOf(KEPT),
      blocked: ['+7 (809)'],
      twins: [
        { one: ' 302 ', other: '+7 903 123-45-67' },
        { one: '', other: '' },
      ],
    });
    expect(saved).toMatchObject({ blocked: ['+7809'], twins: { '302': '+79031234567' } });
  });

  test.each<[Partial<Rules>, string]>([
    [{ blocked: ['call me'] }, 'dial_rules.wrong_number call me'],
    [{ twins: [{ one: '301', other: 'mobile' }] }, 'dial_rules.wrong_number mobile'],
    [{ queues: [{ one: 'sales', other: '' }] }, 'dial_rules.wrong_half'],
    [{ queues: [{ one: 'sales', other: 'six' }] }, 'dial_rules.wrong_extension six'],
    [
      {
        queues: [
          { one: 'sales', other: '600' },
          { one: 'sales ', other: '601' },
        ],
      },
      'dial_rules.wrong_twice sales',
    ],
    [{ voicemail: 'Mailbox' }, 'dial_rules.wrong_voicemail'],
    [{ quiet_from: 25 }, 'dial_rules.wrong_hours'],
  ])('what cannot be meant is said before it is saved: %o', (change, says) => {
    expect(problem(change)).toBe(says);
  });
});
