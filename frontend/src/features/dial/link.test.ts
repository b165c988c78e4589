import { describe, expect, it } from 'vitest';

import { numberOfLink } from './link';

describe('the number in a link', () => {
  it.each([
    ['tel:+7-495-919-55-57', '+7-495-919-55-57'],
    ['tel:+7%20495%20919%2055%2057', '+7 495 919 55 57'],
    ['TEL:84959195557;ext=12', '84959195557'],
    ['tel:112', '112'],
    ['web+callto:+74959195557', '+74959195557'],
    ['callto://+74959195557?from=crm', '+74959195557'],
    ['tel:%E0%A4%A', '%E0%A4%A'],
    ['8 (495) 919-55-57', '8 (495) 919-55-57'],
    ['tel:', ''],
    ['', ''],
    ['tel:FLOWERS', 'FLOWERS'],
  ])('%s is %s', (link, number) => {
    expect(numberOfLink(link)).toBe(number);
  });

  it('is never longer than the server reads', () => {
    expect(numberOfLink(`tel:${'7'.repeat(5000)}`)).toHaveLength(60);
  });
});
