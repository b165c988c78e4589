import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { Language } from '../../api/types';
import { withWords, wordsIn, type Words } from '../../i18n';
import { PERMISSIONS, permissionKey } from './api';

const read = (path: string): string => readFileSync(resolve(process.cwd(), path), 'utf8');
const SERVER = [
  ...read('../src/ringcard/people/permissions.py').matchAll(/^ {4}[A-Z_]+ = "(\w+\.\w+)"$/gm),
].map((row) => row[1]);
const SCREEN = [...read('src/app/rights.ts').matchAll(/^ {2}\| '(\w+\.\w+)'/gm)].map((row) => row[1]);
const LANGUAGES: Language[] = ['en', 'ru'];
const said = {} as Record<Language, Words>;

beforeAll(async () => {
  await withWords('settings', Promise.resolve());
  for (const language of LANGUAGES) said[language] = await wordsIn(language);
});

describe('what a role or a token can be allowed', () => {
  it('is everything that the server knows, in the form as well as on the screen', () => {
    expect(SERVER.length).toBeGreaterThan(10);
    expect([...PERMISSIONS].sort()).toEqual([...SERVER].sort());
    expect([...SCREEN].sort()).toEqual([...SERVER].sort());
  });

  it.each(PERMISSIONS)('%s has words in both languages', (each) => {
    for (const language of LANGUAGES)
      expect(said[language](`rights.permission.${permissionKey(each)}`)).not.toContain('rights.');
  });
});
