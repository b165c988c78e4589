import { describe, expect, it } from 'vitest';

import { bareNumber, formatPhone, looksDialable } from './phone';
import { dayOf, formatAway, formatDuration, formatMoney, formatSpan, localDate } from './time';

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

describe('numbers', () => {
  it('are grouped as their country does', () => {
    expect(plain(formatPhone('+74959195557'))).toBe('+7 495 919 55 57');
    expect(plain(formatPhone('+442071838750'))).toBe('+44 20 7183 8750');
  });

  it('that are not E.164 stay as they came', () => {
    expect(formatPhone('101')).toBe('101');
    expect(formatPhone('<b>anonymous</b>')).toBe('<b>anonymous</b>');
    expect(formatPhone('+')).toBe('+');
  });

  it('can be dialled in any spelling', () => {
    expect(['+7 (495) 919-55-57', '101', '*97', '8.495.919.55.57'].every(looksDialable)).toBe(true);
    expect(['Anna', '1', '', '12 apples'].some(looksDialable)).toBe(false);
    expect(bareNumber('+7 (495) 919-55-57')).toBe('+74959195557');
  });
});

describe('durations', () => {
  it.each([
    [600, '10 min', '10 мин'],
    [90, '1 min 30 sec', '1 мин 30 с'],
    [45, '45 sec', '45 с'],
  ])('of %d s in a setting', (seconds, english, russian) => {
    expect(plain(formatSpan('en', seconds))).toBe(english);
    expect(plain(formatSpan('ru', seconds))).toBe(russian);
  });

  it.each([
    [0, '0:00'],
    [192.9, '3:12'],
    [3729, '1:02:09'],
    [-4, '0:00'],
  ])('%s s is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});

describe('days', () => {
  const now = new Date(2026, 10, 20, 0, 30).getTime();
  it('are told by the calendar, not by hours', () => {
    expect(dayOf('en', new Date(2026, 10, 19, 23, 50).getTime(), now)).toEqual({ day: 'yesterday' });
    expect(dayOf('en', new Date(2026, 10, 20, 0, 10).getTime(), now)).toEqual({ day: 'today' });
  });
  it('of other years say the year', () => {
    expect(dayOf('en', localDate('2025-03-01'), now)).toEqual({ day: 'date', text: '1 Mar 2025' });
    expect(dayOf('ru', localDate('2026-11-02'), now)).toMatchObject({ day: 'date', text: '2 нояб.' });
  });
  it('without a time do not move with the zone', () => {
    expect(new Date(localDate('2026-11-19')).getDate()).toBe(19);
  });
});

describe('money', () => {
  it('has the currency of the order and kopecks only if there are any', () => {
    expect(plain(formatMoney('ru', '84300', 'RUB'))).toBe('84 300 ₽');
    expect(plain(formatMoney('en', '84300.50', 'EUR'))).toBe('€84,300.50');
  });
  it('of an unknown currency is written as it is', () => {
    expect(plain(formatMoney('en', '10', 'points'))).toBe('10 points');
    expect(formatMoney('en', 'a lot', null)).toBe('a lot');
  });
});

describe('how far away', () => {
  it.each([
    [-20_000, 'now', 'сейчас'],
    [-5 * 60_000, '5 minutes ago', '5 минут назад'],
    [60_000, 'in 1 minute', 'через 1 минуту'],
    [-3 * 3_600_000, '3 hours ago', '3 часа назад'],
    [-86_400_000, 'yesterday', 'вчера'],
    [40 * 86_400_000, 'next month', 'в следующем месяце'],
  ])('%s ms is %s', (ms, english, russian) => {
    expect(plain(formatAway('en', ms))).toBe(english);
    expect(plain(formatAway('ru', ms))).toBe(russian);
  });
});
