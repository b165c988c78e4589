import { describe, expect, it } from 'vitest';

import { fieldOf, readDay, readWhen, writtenDay, writtenWhen } from './when';

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
    ['5.12 15.30', at(2026, 11, 5, 15, 30)],
    ['5-12-27', at(2027, 11, 5, 9, 0)],
    ['5 12 2027 15:00', at(2027, 11, 5, 15, 0)],
    ['27.11', at(2027, 10, 27, 9, 0)],
    ['28.11 12:01', at(2026, 10, 28, 12, 1)],
  ])('%s is read', (text, wanted) => {
    expect(read(text)).toBe(wanted);
  });

  it.each([
    '',
    'tomorrow',
    '31.02.2027',
    '1.13.2026',
    '1.12.2026 25:00',
    '1.12.2026 9',
    '12',
    '5.12 15',
    '5/12 26',
  ])('%j is not', (text) => {
    expect(read(text)).toBe('not read');
  });

  it('is written in the language of the screen, and read again', () => {
    const when = new Date(2026, 11, 1, 9, 5);
    expect(writtenWhen(when, 'ru')).toBe('вт 01.12.2026 09:05');
    expect(writtenWhen(when, 'en')).toBe('Tue 01/12/2026 09:05');
    for (const language of ['ru', 'en'] as const)
      expect(read(writtenWhen(when, language))).toBe(when.toString());
  });
});

describe('a day', () => {
  it.each([
    ['31.12.2026', '2026-12-31'],
    [' 1/2/2026 ', '2026-02-01'],
    ['2026-12-31', '2026-12-31'],
    ['1.12.26', '2026-12-01'],
    ['1-12-46', '2046-12-01'],
    ['1.12.85', '1985-12-01'],
    ['29.02.2028', '2028-02-29'],
    ['01.01.0900', '0900-01-01'],
  ])('%j is read', (text, wanted) => {
    expect(readDay(text, NOW)).toBe(wanted);
  });

  it.each([
    '',
    ' ',
    '31.12',
    '29.02.2027',
    '31.13.2026',
    '00.00.0000',
    '31.12.2026 09:00',
    '31122026',
    '1.1.202',
    'завтра',
  ])('%j is not', (text) => {
    expect(readDay(text, NOW)).toBeNull();
  });

  it('is written in the language of the screen, and read again', () => {
    expect(writtenDay('2026-02-01', 'ru')).toBe('01.02.2026');
    expect(writtenDay('2026-02-01', 'en')).toBe('01/02/2026');
    for (const language of ['ru', 'en'] as const)
      expect(readDay(writtenDay('1985-12-01', language), NOW)).toBe('1985-12-01');
  });

  it('goes into the field of the browser with its time', () => {
    expect(fieldOf(new Date(2026, 1, 3, 9, 5))).toBe('2026-02-03T09:05');
  });
});
