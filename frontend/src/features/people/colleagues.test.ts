import { describe, expect, it } from 'vitest';

import type { Device } from '../../api/types';
import { deviceKey } from '../../live/state';
import { aDevice, aPop } from '../../live/samples';
import { colleaguesOf, stateOf, talkedLast, type Colleague } from './colleagues';
import { makeRoster } from './roster';

function people(devices: Device[], mine: string[] = []): Colleague[] {
  const keyed = Object.fromEntries(devices.map((device) => [deviceKey(device), device]));
  return colleaguesOf(makeRoster(keyed, {}), keyed, {}, mine);
}

const boris = { employee_id: 'e2', name: 'Boris' };

describe('colleagues', () => {
  it('are people with their phones, without oneself; nobody’s phones go last', () => {
    const all = people(
      [
        aDevice({ device: '101', employee: { employee_id: 'e1', name: 'Olga' } }),
        aDevice({ device: '105' }),
        aDevice({ device: '102', employee: boris, state: 'idle' }),
        aDevice({ device: '202', employee: boris, state: 'busy' }),
        aDevice({ device: '103', employee: { employee_id: 'e3', name: 'Anna' } }),
      ],
      ['101'],
    );
    expect(all.map((each) => each.name ?? each.key)).toEqual(['Anna', 'Boris', 'phone office/105']);
    expect(all[1]?.state).toBe('busy');
  });

  it('who are out of reach on every phone never look free', () => {
    expect(stateOf([aDevice({ state: 'unreachable' }), aDevice({ state: 'unknown' })])).toBe('unreachable');
    expect(stateOf([])).toBe('unknown');
  });

  it('who talked with the customer last are found by name or phone', () => {
    const all = people([aDevice({ device: '102', employee: boris })]);
    const call = {
      call_id: 'x',
      direction: 'inbound' as const,
      started_at: '2026-11-19T09:00:00.000Z',
      disposition: 'answered' as const,
      talk_s: 10,
      device: '102',
      employee: null,
      queue: null,
    };
    expect([...talkedLast(aPop({ last_calls: [call] }), all)]).toEqual([['e2', '2026-11-19T09:00:00.000Z']]);
    expect(talkedLast(aPop({ last_calls: [{ ...call, disposition: 'abandoned' }] }), all).size).toBe(0);
  });
});
