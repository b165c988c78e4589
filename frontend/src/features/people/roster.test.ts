import { describe, expect, it } from 'vitest';

import type { Device } from '../../api/types';
import { deviceKey, NOTHING, reduce } from '../../live/state';
import { aDevice } from '../../live/samples';
import { makeRoster, rosterKeeper } from './roster';

const boris = { employee_id: 'e2', name: 'Boris' };
const keyed = (...devices: Device[]): Record<string, Device> =>
  Object.fromEntries(devices.map((device) => [deviceKey(device), device]));

describe('the roster', () => {
  it('has people with all their phones, by name, and phones of nobody last', () => {
    const roster = makeRoster(
      keyed(
        aDevice({ device: '110' }),
        aDevice({ device: '102', employee: boris }),
        aDevice({ device: '103', employee: { employee_id: 'e3', name: 'Anna' } }),
        aDevice({ device: '202', employee: boris }),
        aDevice({ device: '9' }),
      ),
      {},
    );
    expect(roster.map((seat) => [seat.name, ...seat.phones])).toEqual([
      ['Anna', '103'],
      ['Boris', '102', '202'],
      [null, '9'],
      [null, '110'],
    ]);
  });

  it('stays the very same while only states change, and changes when somebody comes', () => {
    const rosterOf = rosterKeeper();
    const said = (state: typeof NOTHING, seq: number, ...devices: Device[]) =>
      reduce(state, { type: 'frame', receivedAtMs: 0, frame: { type: 'devices', seq, devices } });
    let state = said(NOTHING, 1, aDevice({ device: '102', employee: boris }), aDevice({ device: '103' }));
    const first = rosterOf(state);
    state = said(state, 2, aDevice({ device: '102', employee: boris, state: 'busy' }));
    expect(rosterOf(state)).toBe(first);
    state = said(state, 3, aDevice({ device: '104' }));
    expect(rosterOf(state)).not.toBe(first);
    const second = rosterOf(state);
    state = said(state, 4, aDevice({ device: '104', employee: { employee_id: 'e4', name: 'Vera' } }));
    expect(rosterOf(state)).not.toBe(second);
    expect(rosterOf(state).map((seat) => seat.name)).toEqual(['Boris', 'Vera', null]);
  });
});
