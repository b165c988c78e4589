import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { Language } from '../../api/types';
import { withWords, wordsIn, type Words } from '../../i18n';
import { adviceOf } from './advice';

interface Schema {
  enum?: string[];
}
const { components } = JSON.parse(readFileSync(resolve(process.cwd(), 'openapi.json'), 'utf8')) as {
  components: { schemas: Record<string, Schema> };
};
const CAUSES = components.schemas.LinkCause?.enum ?? [];
const LANGUAGES: Language[] = ['en', 'ru'];
const words = {} as Record<Language, Words>;

beforeAll(async () => {
  await withWords('setup', Promise.resolve());
  for (const language of LANGUAGES) words[language] = await wordsIn(language);
});

describe.each(LANGUAGES)('in %s', (language) => {
  it('every cause that the server names has advice of its own', () => {
    expect(CAUSES.length).toBeGreaterThan(15);
    const said = CAUSES.map((cause) => adviceOf(words[language], 'down', cause, ['192.0.2.1']).says);
    const byState = adviceOf(words[language], 'down', null).says;
    expect(said.filter((each) => each === byState || /^(checks|pbxs)\.|\{\{/.test(each))).toEqual([]);
    expect(new Set(said).size).toBe(said.length);
  });
});

it('what the account lacks is named line by line, with what it is for', () => {
  const { lacks, then } = adviceOf(words.ru, 'up', 'permission_missing', ['read.call', 'write.originate']);
  expect(lacks).toEqual([
    'read = call. Без этого не видно ни одного звонка.',
    expect.stringContaining('write = originate. '),
  ]);
  expect(then).toContain('manager reload');
});

it('the address that is not let in is named', () => {
  expect(adviceOf(words.en, 'refused', 'denied', ['192.0.2.7']).says).toContain('permit lets 192.0.2.7 in');
});

it('a cause of a newer server is helped by the state', () => {
  expect(adviceOf(words.en, 'down', 'brand_new').says).toBe(adviceOf(words.en, 'down', null).says);
});
