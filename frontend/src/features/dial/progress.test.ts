import { describe, expect, it } from 'vitest';

import { aPop } from '../../live/samples';
import type { Ask } from '../control/asked';
import { stepOf } from './progress';

const ask = (state: Ask['state']): Ask => ({
  slot: 's',
  callId: 'c1',
  service: 'MakeCall',
  whom: '',
  state,
  requestId: 'r1',
  reason: null,
  detail: null,
  error: null,
  settledAtMs: null,
});
const out = (over: Parameters<typeof aPop>[0]) => aPop({ direction: 'outbound', ...over });

describe('a dialled call', () => {
  it('rings one’s own phone first, then the other side, then is a talk', () => {
    expect(stepOf(ask('sending'), undefined)).toBe('sending');
    expect(stepOf(ask('accepted'), undefined)).toBe('own_phone');
    expect(stepOf(ask('accepted'), out({ state: 'ringing' }))).toBe('own_phone');
    expect(stepOf(ask('accepted'), out({ state: 'active' }))).toBe('calling');
    expect(stepOf(ask('done'), out({ state: 'active', answered_at: '2026-11-20T09:00:05.000Z' }))).toBe(
      'talking',
    );
  });

  it('that failed says so, whatever the card says', () => {
    expect(stepOf(ask('failed'), out({ state: 'active' }))).toBe('failed');
    expect(stepOf(ask('failed'), undefined)).toBe('failed');
  });

  it('is over when it ended', () => {
    expect(stepOf(ask('done'), out({ state: 'ended', answered_at: '2026-11-20T09:00:05.000Z' }))).toBe(
      'over',
    );
    expect(stepOf(ask('done'), undefined)).toBe('over');
  });
});
