import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { Refused } from '../api/http';
import type { ErrorId, Language } from '../api/types';
import { withWords, wordsIn, type Words } from '../i18n';
import { errorWords } from './errors';

/** The server's own list, which a test of the server holds equal to what it answers. */
const DOCUMENT = readFileSync(resolve(process.cwd(), '../docs/reference/errors.md'), 'utf8');
const IDS = [...new Set([...DOCUMENT.matchAll(/^\| `(\w+)` \| \d{3} \|/gm)].map((row) => row[1] as ErrorId))];
const REASONS = [...DOCUMENT.matchAll(/^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$/gm)].flatMap((row) =>
  [...(row[2] ?? '').matchAll(/\w+/g)].map((reason) => [row[1] as ErrorId, reason[0]] as const),
);
const ENGLISH = 'Only the server said this.';
const LANGUAGES: Language[] = ['en', 'ru'];
const said = {} as Record<Language, Words>;

beforeAll(async () => {
  await withWords('settings', Promise.resolve());
  for (const language of LANGUAGES) said[language] = await wordsIn(language);
});

function told(language: Language, errorId: ErrorId, reason?: string): string {
  const errors = reason ? [{ field: 'reason', message: reason }] : [];
  return errorWords(said[language], new Refused({ status: 400, error_id: errorId, detail: ENGLISH, errors }));
}

describe.each(LANGUAGES)('in %s', (language) => {
  it('every refusal of the server has words of the screen', () => {
    expect(IDS.length).toBeGreaterThan(70);
    const silent = IDS.filter((id) => id !== 'settings_invalid' && told(language, id).includes(ENGLISH));
    expect(silent).toEqual([]);
  });

  it('every reason has words of its own', () => {
    expect(REASONS.length).toBeGreaterThan(20);
    const silent = REASONS.filter(([id, reason]) => {
      const words = told(language, id, reason);
      return words === told(language, id) || words.includes(ENGLISH) || words.includes('errors.');
    });
    expect(silent).toEqual([]);
  });
});

describe('a setting that cannot be taken', () => {
  const refused = (errors: Record<string, string>): Refused =>
    new Refused({
      status: 400,
      error_id: 'settings_invalid',
      detail: ENGLISH,
      errors: Object.entries(errors).map(([field, message]) => ({ field, message })),
    });

  it('is told by its name and the reason, in both languages', () => {
    const tooLarge = refused({ port: ENGLISH, reason: 'too_large', value: '65535' });
    expect(errorWords(said.ru, tooLarge)).toBe('Порт: не больше 65535.');
    expect(errorWords(said.en, tooLarge)).toBe('Port: at most 65535.');
  });

  it('is called as the configuration file calls it if the screen has no name for it', () => {
    const missing = refused({ ring_timeout_s: ENGLISH, reason: 'not_positive', value: '0' });
    expect(errorWords(said.ru, missing)).toBe('ring_timeout_s: должно быть больше 0.');
  });

  it('is told in the server’s words only where it gives no reason', () => {
    expect(errorWords(said.ru, refused({ port: ENGLISH }))).toBe(
      `Порт: такое значение не подходит. Ответ сервера: ${ENGLISH}`,
    );
  });
});

it('an error of a later server says what it says', () => {
  expect(told('ru', 'brand_new' as ErrorId)).toContain(ENGLISH);
});
