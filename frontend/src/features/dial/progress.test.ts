import { describe, expect, it } from 'vitest';

import { aCall, aPop } from '../../live/samples';
import type { Ask } from '../control/asked';
import { ownPhoneRings, stepOf } from './progress';

const ask = (state: Ask['state']): Ask => ({
  slot: 's',
  callId: 'c1',
  service: 'MakeCall',
  whom: '',
  state,
  requestId: 'r1',
  reason: null,
  detail: null,
  slotOfParked: null,
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

  it('still rings at one’s own phone while the card is up already', () => {
    const stint = {
      device: '101',
      ringing_at: '2026-11-20T09:00:01.000Z',
      answered_at: null,
      left_at: null,
      outcome: null,
      talk_s: 0,
      hold_s: 0,
    };
    const call = aCall({ devices: [stint] });
    expect(ownPhoneRings('101', call, 'busy')).toBe(true);
    expect(stepOf(ask('accepted'), out({ state: 'active' }), true)).toBe('own_phone');
    const picked = aCall({ devices: [{ ...stint, answered_at: '2026-11-20T09:00:03.000Z' }] });
    expect(ownPhoneRings('101', picked, 'ringing')).toBe(false);
    expect(ownPhoneRings('101', aCall(), 'ringing')).toBe(true);
    expect(ownPhoneRings('101', undefined, undefined)).toBe(false);
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
