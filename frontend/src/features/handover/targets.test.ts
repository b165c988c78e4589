import { describe, expect, it } from 'vitest';

import { aDevice } from '../../live/samples';
import { deviceKey } from '../../live/state';
import { colleaguesOf } from '../people/colleagues';
import { makeRoster } from '../people/roster';
import { choicesFor } from './targets';

const devices = [
  aDevice({ device: '102', employee: { employee_id: 'e2', name: 'Boris Lebedev' } }),
  aDevice({ device: '103', employee: { employee_id: 'e3', name: 'Anna Sokolova' }, state: 'unreachable' }),
  aDevice({ device: '104', employee: { employee_id: 'e4', name: 'Vera Morozova' } }),
];
const keyed = Object.fromEntries(devices.map((device) => [deviceKey(device), device]));
const all = colleaguesOf(makeRoster(keyed, {}), keyed, {}, []);
const ids = (text: string, talked = new Map<string, string>(), voicemail = false): string[] =>
  choicesFor(text, all, [], talked, voicemail).map((each) => each.id);

describe('to whom a call can go', () => {
  it('whoever talked with the customer last is first, whoever is out of reach last', () => {
    expect(ids('')).toEqual(['e2', 'e4', 'e3']);
    expect(ids('', new Map([['e4', '2026-11-19T09:00:00Z']]))).toEqual(['e4', 'e2', 'e3']);
  });

  it('is found by the beginning of a name, in the other layout too, or by the phone', () => {
    expect(ids('leb')).toEqual(['e2']);
    expect(ids('лебе')).toEqual([]);
    expect(ids('ыщл')).toEqual(['e3']);
    expect(ids('104')).toEqual(['e4']);
  });

  it('is found by what they are good at', () => {
    const skilled = all.map((each) => (each.key === 'e4' ? { ...each, skills: ['возвраты'] } : each));
    expect(choicesFor('возвр', skilled, [], new Map(), false).map((each) => each.id)).toEqual(['e4']);
  });

  it('is any number, but a colleague’s phone is the colleague', () => {
    expect(choicesFor('8 916 123-45-67', all, [], new Map(), false)).toMatchObject([
      { kind: 'number', target: { number: '89161234567' } },
    ]);
  });

  it('what nobody said how to dial is last, with the reason', () => {
    const queue = {
      pbx: 'office',
      queue: 'sales',
      name: null,
      ready: 1,
      members: 1,
      waiting: [],
      serves: [],
    };
    const found = choicesFor('', all, [queue as never], new Map(), true, { queues: [], voicemail: false });
    expect(found.slice(-2)).toMatchObject([{ blocked: 'no_mailboxes' }, { blocked: 'queue_unknown' }]);
    const known = { queues: ['sales'], voicemail: true };
    expect(choicesFor('', all, [queue as never], new Map(), true, known)[0]).toMatchObject({ blocked: null });
  });

  it('is the voicemail only where it is offered', () => {
    expect(ids('', new Map(), true)[0]).toBe('voicemail');
  });
});
