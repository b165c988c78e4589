import { describe, expect, it } from 'vitest';

import { readWhen, writtenWhen } from './when';

const NOW = new Date(2026, 10, 28, 12, 0);
const read = (text: string): string => readWhen(text, NOW)?.toString() ?? 'not read';
const at = (...parts: [number, number, number, number, number]): string => new Date(...parts).toString();

describe('a day and a time', () => {
  it.each([
    ['01.12.2026 09:30', at(2026, 11, 1, 9, 30)],
    ['1/12/26 9:30', at(2026, 11, 1, 9, 30)],
    ['вт 01.12.2026 09:30', at(2026, 11, 1, 9, 30)],
    ['Tue 01/12/2026 09:30', at(2026, 11, 1, 9, 30)],
    ['2030-01-01T09:00', at(2030, 0, 1, 9, 0)],
    ['1.12', at(2026, 11, 1, 9, 0)],
    ['1.12 17:45', at(2026, 11, 1, 17, 45)],
    ['27.11', at(2027, 10, 27, 9, 0)],
    ['28.11 12:01', at(2026, 10, 28, 12, 1)],
  ])('%s is read', (text, wanted) => {
    expect(read(text)).toBe(wanted);
  });

  it.each(['', 'tomorrow', '31.02.2027', '1.13.2026', '1.12.2026 25:00', '1.12.2026 9', '12'])(
    '%j is not',
    (text) => {
      expect(read(text)).toBe('not read');
    },
  );

  it('is written in the language of the screen, and read again', () => {
    const when = new Date(2026, 11, 1, 9, 5);
    expect(writtenWhen(when, 'ru')).toBe('вт 01.12.2026 09:05');
    expect(writtenWhen(when, 'en')).toBe('Tue 01/12/2026 09:05');
    for (const language of ['ru', 'en'] as const)
      expect(read(writtenWhen(when, language))).toBe(when.toString());
  });
});
