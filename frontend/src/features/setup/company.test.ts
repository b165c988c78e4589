import { describe, expect, test } from 'vitest';

import type { SettingsSection } from '../../api/types';
import { companyValues, languageAtFirst } from './company';

function section(change: Partial<SettingsSection> = {}): SettingsSection {
  return {
    name: 'company',
    version: 0,
    values: { region: 'RU', area_code: null, devices: '', language: 'en', outside_prefix: '9' },
    defaults: {},
    fixed: [],
    secrets: [],
    editable: true,
    ...change,
  };
}

describe('what the step about numbers saves', () => {
  test('what the file sets is left out, also what the step shows', () => {
    const fixed = section({ fixed: ['language', 'region'] });
    const saved = companyValues(fixed, { region: 'DE', area_code: '495', devices: '', language: 'ru' });
    expect(saved).toEqual({ area_code: '495', devices: '', outside_prefix: '9' });
  });

  test('what the step does not show stays as it is', () => {
    expect(companyValues(section(), { area_code: '495' })).toMatchObject({
      area_code: '495',
      outside_prefix: '9',
    });
  });
});

describe('the language of the company', () => {
  test('is that of the screen only while nobody has set the company up', () => {
    expect(languageAtFirst(section(), 'ru')).toBe('ru');
    expect(languageAtFirst(section({ version: 1 }), 'ru')).toBe('en');
  });

  test('is the one of the file where the file says it', () => {
    expect(languageAtFirst(section({ fixed: ['language'] }), 'ru')).toBe('en');
  });
});
