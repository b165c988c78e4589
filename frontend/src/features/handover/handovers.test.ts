import { describe, expect, it } from 'vitest';

import type { Handover } from '../../api/types';
import { aPop } from '../../live/samples';
import { chain, freshest, received, sent } from './handovers';

const me = { employee_id: 'e1', devices: ['101'] };
const olga = { employee_id: 'e1', name: 'Olga', device: '101' };
const oleg = { employee_id: 'e2', name: 'Oleg', device: '102', queue: null };
const petr = { employee_id: 'e3', name: 'Petr', device: '103' };

function aHandover(over: Partial<Handover> = {}): Handover {
  return {
    handover_id: 'h1',
    call_id: 'c1',
    conversation_id: 'c1',
    kind: 'blind',
    from: olga,
    to: oleg,
    note: 'Two shelves are missing',
    reason: null,
    at: '2026-11-20T09:00:00.000Z',
    read_at: null,
    outcome: 'ringing',
    outcome_at: null,
    why: null,
    ...over,
  };
}

describe('a hand-over', () => {
  it('is the receiver’s packet while it stands, and the sender’s until somebody hands it on', () => {
    const toMe = aHandover({ from: petr, to: { ...olga, queue: null } });
    expect(received([toMe], me)?.handover_id).toBe('h1');
    expect(sent([toMe], me)).toBeNull();
    expect(sent([aHandover()], me)?.handover_id).toBe('h1');
    expect(received([aHandover()], me)).toBeNull();
    const on = aHandover({ handover_id: 'h2', from: { ...oleg }, to: { ...petr, queue: null } });
    expect(sent([aHandover({ outcome: 'taken' }), on], me)).toBeNull();
  });

  it('that came back is nobody’s packet any more, but the sender still sees it', () => {
    const back = aHandover({ outcome: 'returned', why: 'no_answer' });
    expect(received([back], { employee_id: 'e2', devices: ['102'] })).toBeNull();
    expect(sent([back], me)?.why).toBe('no_answer');
  });

  it('to a queue is for whoever it rings at', () => {
    const toQueue = aHandover({
      from: petr,
      to: { employee_id: null, name: 'sales', device: null, queue: 'sales' },
    });
    expect(received([toQueue], me)).not.toBeNull();
  });

  it('made on a phone is known by the device', () => {
    const byPhone = aHandover({
      kind: 'phone',
      from: petr,
      to: { employee_id: null, name: '101', device: '101', queue: null },
    });
    expect(received([byPhone], me)).not.toBeNull();
  });

  it('tells who had the call before', () => {
    const first = aHandover({ from: petr, to: oleg, outcome: 'taken' });
    const failed = aHandover({ handover_id: 'h2', from: { ...oleg }, outcome: 'returned' });
    const second = aHandover({ handover_id: 'h3', from: { ...oleg }, to: { ...olga, queue: null } });
    expect(chain([first, failed, second], me)).toEqual(['Petr', 'Oleg', null]);
  });

  it('is as it was heard of last', () => {
    const pop = aPop({ handovers: [aHandover()] });
    const heard = { h1: aHandover({ outcome: 'taken' }), other: aHandover({ conversation_id: 'x' }) };
    expect(freshest(pop, heard).map((each) => each.outcome)).toEqual(['taken']);
  });
});
