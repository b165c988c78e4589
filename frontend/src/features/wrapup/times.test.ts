import { describe, expect, it } from 'vitest';

import { timesFrom } from './times';

const two = (value: number): string => String(value).padStart(2, '0');
const local = (at: Date): string =>
  `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;

const said = (...now: [number, number, number, number, number]): string[] =>
  timesFrom(new Date(...now).getTime()).map((each) => `${each.when} ${local(each.at)}`);

describe('when to call back', () => {
  it('is an hour from now, this afternoon, tomorrow morning, or Monday', () => {
    expect(said(2026, 10, 18, 11, 5)).toEqual([
      'in_an_hour 2026-11-18T12:05',
      'this_afternoon 2026-11-18T16:00',
      'tomorrow 2026-11-19T10:00',
      'monday 2026-11-23T10:00',
    ]);
  });

  it('is no afternoon that is over, and on Sunday tomorrow is Monday', () => {
    expect(said(2026, 10, 22, 15, 40)).toEqual(['in_an_hour 2026-11-22T16:40', 'tomorrow 2026-11-23T10:00']);
  });

  it('on Monday is the next Monday', () => {
    expect(said(2026, 10, 23, 17, 0).at(-1)).toBe('monday 2026-11-30T10:00');
  });
});
