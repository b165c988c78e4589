// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { check, checkCatalogues, checkUse } from './i18n-check.mjs';

describe('the words', () => {
  it('are whole in both languages, all used, and nothing is said outside of them', () => {
    expect(check()).toEqual([]);
  });
});

describe('the check itself', () => {
  it('finds a missing plural form', () => {
    const problems = checkCatalogues({
      en: { calls_one: '{{count}} call', calls_other: '{{count}} calls' },
      ru: { calls_one: '{{count}} звонок', calls_many: '{{count}} звонков', calls_other: '{{count}} звонка' },
    });
    expect(problems).toEqual(['ru: calls_few is missing']);
  });

  it('finds a word that was left in English and one that fills in something else', () => {
    const problems = checkCatalogues({
      en: { a: 'Call {{number}}', b: 'Hide' },
      ru: { a: 'Позвонить {{who}}', b: 'Hide' },
    });
    expect(problems).toEqual(['a: en fills in {number}, ru {who}', 'ru: b is not Russian']);
  });

  it('finds text in the source, unknown and unused words, and a value not given', () => {
    const source = `const a = <p title="Hello">Hi {t('greet', { name })} {t('nothing')} {t(\`state.\${x}\`)}</p>;`;
    const problems = checkUse([['a.tsx', source]], {
      greet: '{{name}} {{place}}',
      state: { on: 'on' },
      unused: 'unused',
    });
    expect(problems).toEqual([
      'a.tsx:1: title="Hello" in one language',
      'a.tsx:1: says “Hi” in one language',
      'a.tsx:1: greet lacks {place}',
      'a.tsx:1: there is no nothing',
      'nobody says unused',
    ]);
  });
});
