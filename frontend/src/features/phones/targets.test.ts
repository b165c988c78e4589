import { describe, expect, test } from 'vitest';

import type { Device } from '../../api/types';
import { targetOf, targetsOf } from './targets';

function device(name: string | null, number: string): Device {
  return {
    device: number,
    pbx: 'office',
    state: 'idle',
    since: null,
    source: '',
    employee: name === null ? null : { employee_id: name, name },
    forwarded_to: null,
  };
}

const targets = targetsOf(
  [
    device('Anna', '101'),
    device('Boris', '102'),
    device('Vera', '103'),
    device('Vera', '104'),
    device(null, '105'),
  ],
  '101',
);

describe('whom a phone is forwarded to', () => {
  test('colleagues are offered, and not the phone itself', () => {
    expect(targets.map(({ label }) => label)).toEqual(['Boris · 102', 'Vera · 103', 'Vera · 104']);
  });

  test.each([
    ['Boris · 102', '102'],
    ['boris', '102'],
    ['+7 495 123-45-67', '+7 495 123-45-67'],
    [' 105 ', '105'],
    // Of two phones of one name nobody chooses but who typed it.
    ['Vera', 'Vera'],
  ])('%s is %s', (typed, to) => {
    expect(targetOf(typed, targets)).toBe(to);
  });
});
