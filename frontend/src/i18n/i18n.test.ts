// The words themselves may be written anew: what counts here is which of them is taken.
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { wordsIn, type Words } from '.';

describe('the words', () => {
  let en: Words;
  let ru: Words;
  beforeAll(async () => {
    [en, ru] = await Promise.all([wordsIn('en'), wordsIn('ru')]);
  });

  it('take the plural of their language', () => {
    expect([1, 2, 5, 21, 112].map((count) => ru('orders.earlier', { count }))).toEqual([
      'Раньше был 1 заказ',
      'Раньше было 2 заказа',
      'Раньше было 5 заказов',
      'Раньше был 21 заказ',
      'Раньше было 112 заказов',
    ]);
    expect([0, 1, 2].map((count) => en('orders.earlier', { count }))).toEqual([
      '0 earlier orders',
      '1 earlier order',
      '2 earlier orders',
    ]);
  });

  it('group numbers and leave text as it is', () => {
    expect(en('people.more', { count: 12345 })).toContain('12,345');
    expect(ru('people.more', { count: 12345 })).toContain('12\u00a0345');
    expect(en('orders.number', { number: '12345' })).toBe('№ 12345');
    expect(en('dial.call', { number: '{{number}} $& <b>' })).toBe('Call {{number}} $& <b>');
  });

  it('say on the console what nobody has written, once', () => {
    const complain = vi.spyOn(console, 'error').mockReturnValue();
    const missing = 'desk.not_written' as Parameters<Words>[0];
    expect(en(missing)).toBe('desk.not_written');
    en(missing);
    expect(complain).toHaveBeenCalledTimes(1);
  });
});
