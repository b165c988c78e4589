import { expect, test } from 'vitest';

import { aDevice } from '../../live/samples';
import { forwardedTo } from './forwarded';

const boris = aDevice({ device: '102', employee: { employee_id: 'e2', name: 'Boris' } });
const all = (to: string | null) => {
  const anna = aDevice({ device: '101', state: 'forwarded', forwarded_to: to });
  return [{ 'office/101': anna, 'office/102': boris }, anna] as const;
};

test('a colleague is named with the phone', () => {
  expect(forwardedTo(...all('102'))).toBe('Boris (102)');
});

test('whatever else it is stands as the phone system says it', () => {
  expect(forwardedTo(...all('+7 *** ***-43-21'))).toBe('+7 *** ***-43-21');
  expect(forwardedTo(...all('600'))).toBe('600');
});

test('nothing is said where nobody knows it, or it is not so', () => {
  expect(forwardedTo(...all(null))).toBeNull();
  expect(forwardedTo({}, boris)).toBeNull();
  expect(forwardedTo({}, { ...boris, state: 'busy', forwarded_to: '101' })).toBeNull();
  expect(forwardedTo({}, undefined)).toBeNull();
});
