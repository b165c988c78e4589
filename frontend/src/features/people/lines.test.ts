import { describe, expect, it } from 'vitest';

import type { Presence } from '../../api/types';
import { deviceKey } from '../../live/state';
import { aDevice } from '../../live/samples';
import { lineKey, linesOf } from './lines';
import { makeRoster } from './roster';

const devices = Object.fromEntries(
  [
    aDevice({ device: '101', employee: { employee_id: 'e1', name: 'Anna' }, state: 'busy' }),
    aDevice({ device: '102', employee: { employee_id: 'e2', name: 'Boris' } }),
    aDevice({ device: '110' }),
  ].map((device) => [deviceKey(device), device]),
);
const inTeam = (employee_id: string, team: string): Presence => ({
  employee_id,
  name: '',
  state: 'ready',
  reason: null,
  since: '2026-11-20T09:00:00.000Z',
  until: null,
  source: 'employee',
  devices: [],
  team,
  skills: [],
  next: null,
});
const keys = (...of: Parameters<typeof linesOf>): string[] => linesOf(...of).map(lineKey);

describe('the panel', () => {
  it('has no headings where there are no departments', () => {
    expect(keys(makeRoster(devices, {}), '', null, null)).toEqual(['office/101', 'office/102', 'office/110']);
  });

  it('has each department with its phones, those of none last', () => {
    const roster = makeRoster(devices, { e1: inTeam('e1', 'Service'), e2: inTeam('e2', 'Sales') });
    expect(keys(roster, '', null, null)).toEqual([
      'team Sales',
      'office/102',
      'team Service',
      'office/101',
      'team ',
      'office/110',
    ]);
    expect(keys(roster, 'sales', null, null)).toEqual(['team Sales', 'office/102']);
  });

  it('shows those in one state', () => {
    expect(keys(makeRoster(devices, {}), '', 'busy', devices)).toEqual(['office/101']);
  });

  it('shows those of one presence, and no phone that nobody sits at', () => {
    const presence = {
      e1: inTeam('e1', 'Service'),
      e2: { ...inTeam('e2', 'Sales'), state: 'not_ready' as const },
    };
    const roster = makeRoster(devices, presence);
    expect(keys(roster, '', null, null, 'not_ready', presence)).toEqual(['team Sales', 'office/102']);
    expect(keys(roster, '', 'busy', devices, 'not_ready', presence)).toEqual([]);
  });
});
