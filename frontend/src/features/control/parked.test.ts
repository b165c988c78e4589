import { describe, expect, it } from 'vitest';

import type { CallRecord, ServiceRequest } from '../../api/types';
import { aCall, aPop } from '../../live/samples';
import { slotOf } from './parked';

function aStint(left_at: string | null): CallRecord['devices'][number] {
  return {
    device: '101',
    ringing_at: '2026-11-20T09:00:00.000Z',
    answered_at: '2026-11-20T09:00:02.000Z',
    left_at,
    outcome: 'answered',
    talk_s: 5,
    hold_s: 0,
  };
}

const parking: ServiceRequest = {
  request_id: 'r1',
  call_id: 'c1',
  service: 'ParkCall',
  device: '101',
  to: null,
  state: 'done',
  reason: null,
  detail: null,
  at: '2026-11-20T09:00:07.000Z',
  settled_at: '2026-11-20T09:00:07.000Z',
  slot: '701',
};
const pop = aPop({ call_id: 'c1', state: 'ended' });
const services = { r1: parking };
const left = aCall({ call_id: 'c1', devices: [aStint('2026-11-20T09:00:07.000Z')] });

describe('a parked call', () => {
  it('waits in its slot as long as it lasts and nobody has it', () => {
    expect(slotOf({ calls: { c1: left }, services }, pop)).toBe('701');
    expect(slotOf({ calls: {}, services }, pop)).toBeNull();
    const fetched = aCall({ call_id: 'c1', devices: [...left.devices, aStint(null)] });
    expect(slotOf({ calls: { c1: fetched }, services }, pop)).toBeNull();
  });

  it('is parked, too, where the phone system does not say at which number', () => {
    expect(slotOf({ calls: { c1: left }, services: { r1: { ...parking, slot: null } } }, pop)).toBe('');
  });

  it('is not one that was only handed on', () => {
    expect(slotOf({ calls: { c1: left }, services: {} }, pop)).toBeNull();
    expect(
      slotOf({ calls: { c1: left }, services: { r1: { ...parking, state: 'failed' } } }, pop),
    ).toBeNull();
  });
});
