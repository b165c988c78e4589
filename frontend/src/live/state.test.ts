import { describe, expect, it } from 'vitest';

import type { ServerFrame } from '../api/types';
import { aCall, aContact, aDevice, aMe, aPop, USUAL } from './samples';
import { NOTHING, openPop, popsInOrder, reduce, type LiveState } from './state';

const RECEIVED = Date.parse('2026-11-20T09:00:02.000Z');

function fold(state: LiveState, ...frames: ServerFrame[]): LiveState {
  return frames.reduce(
    (each, frame) => reduce(each, { type: 'frame', frame, receivedAtMs: RECEIVED }),
    state,
  );
}

function snapshot(over: Partial<Extract<ServerFrame, { type: 'snapshot' }>> = {}): ServerFrame {
  return {
    type: 'snapshot',
    epoch: 'a',
    seq: 10,
    now: '2026-11-20T09:00:02.000Z',
    me: aMe(),
    pops: [],
    calls: [],
    missed: [],
    preferences: USUAL,
    devices: [],
    links: [],
    ...over,
  };
}

describe('frames', () => {
  it('a snapshot replaces everything that was known', () => {
    const before = fold(NOTHING, snapshot({ pops: [aPop()], calls: [aCall()] }));
    const after = fold(before, snapshot({ epoch: 'b', seq: 3, pops: [aPop({ pop_id: 'p2' })] }));
    expect(Object.keys(after.pops)).toEqual(['p2']);
    expect(after.calls).toEqual({});
    expect(after).toMatchObject({ epoch: 'b', seq: 3 });
  });

  it('a frame that comes twice changes nothing', () => {
    const once = fold(NOTHING, snapshot(), { type: 'pop', seq: 11, pop: aPop() });
    const twice = fold(once, { type: 'pop', seq: 11, pop: aPop({ state: 'missed', revision: 9 }) });
    expect(twice).toBe(once);
  });

  it('a lower revision never undoes a higher one', () => {
    const state = fold(
      NOTHING,
      snapshot(),
      { type: 'pop', seq: 11, pop: aPop({ revision: 3, state: 'active' }) },
      { type: 'pop', seq: 12, pop: aPop({ revision: 2, state: 'ringing' }) },
    );
    expect(state.pops.p1?.state).toBe('active');
    expect(state.seq).toBe(12);
  });

  it('a missed frame asks for a new snapshot and is not applied', () => {
    const state = fold(NOTHING, snapshot(), { type: 'pop', seq: 13, pop: aPop() });
    expect(state.resync).toBe(true);
    expect(state.pops).toEqual({});
    expect(fold(state, snapshot({ seq: 14 })).resync).toBe(false);
  });

  it('after a resume the frames go on from where we were, whatever seq the answer carries', () => {
    const state = fold(
      NOTHING,
      snapshot(),
      { type: 'resumed', epoch: 'a', seq: 12 },
      { type: 'pop', seq: 11, pop: aPop() },
      { type: 'pop_removed', seq: 12, pop_id: 'p1' },
    );
    expect(state.pops).toEqual({});
    expect(state.seq).toBe(12);
    expect(state.resync).toBe(false);
  });

  it('a call that ended leaves the live calls and is kept for the history', () => {
    const state = fold(NOTHING, snapshot({ calls: [aCall()] }), {
      type: 'call',
      seq: 11,
      call: aCall({ ended_at: '2026-11-20T09:01:00.000Z' }),
    });
    expect(state.calls).toEqual({});
    expect(state.recent.map((call) => call.call_id)).toEqual(['c1']);
  });

  it('a call that was part of another disappears', () => {
    const state = fold(NOTHING, snapshot({ calls: [aCall()] }), {
      type: 'call_removed',
      seq: 11,
      call_id: 'c1',
    });
    expect(state.calls).toEqual({});
  });

  it('devices of two PBXs with the same name stay apart', () => {
    const state = fold(NOTHING, snapshot({ devices: [aDevice(), aDevice({ pbx: 'branch' })] }), {
      type: 'devices',
      seq: 11,
      devices: [aDevice({ pbx: 'branch', state: 'busy' })],
    });
    expect(Object.values(state.devices).map((device) => device.state)).toEqual(['idle', 'busy']);
  });

  it('a frame of a newer server is counted and otherwise ignored', () => {
    const unknown = { type: 'weather', seq: 11 } as unknown as ServerFrame;
    expect(fold(NOTHING, snapshot(), unknown).seq).toBe(11);
  });

  it('the clock of the server is told apart from ours', () => {
    expect(fold(NOTHING, snapshot({ now: '2026-11-20T09:05:02.000Z' })).clockOffsetMs).toBe(300_000);
  });
});

describe('hiding', () => {
  it('a hidden pop stays away while it rings and comes back as the call panel when answered', () => {
    const hidden = reduce(fold(NOTHING, snapshot({ pops: [aPop()] })), { type: 'hide', popId: 'p1' });
    expect(popsInOrder(hidden)).toEqual([]);
    const ringing = fold(hidden, { type: 'pop', seq: 11, pop: aPop({ revision: 2 }) });
    expect(popsInOrder(ringing)).toEqual([]);
    const active = fold(ringing, { type: 'pop', seq: 12, pop: aPop({ revision: 3, state: 'active' }) });
    expect(popsInOrder(active)).toHaveLength(1);
  });

  it('a pop that the server took away when it was hidden comes back with the answer', () => {
    const hidden = reduce(fold(NOTHING, snapshot({ pops: [aPop()] })), { type: 'hide', popId: 'p1' });
    const gone = fold(hidden, { type: 'pop_removed', seq: 11, pop_id: 'p1' });
    const active = fold(gone, { type: 'pop', seq: 12, pop: aPop({ revision: 3, state: 'active' }) });
    expect(popsInOrder(active).map((pop) => pop.state)).toEqual(['active']);
  });

  it('a conversation put aside stays so through hold and retrieve', () => {
    const talking = fold(NOTHING, snapshot({ pops: [aPop({ state: 'active' })] }));
    const held = fold(reduce(talking, { type: 'hide', popId: 'p1' }), {
      type: 'pop',
      seq: 11,
      pop: aPop({ revision: 2, state: 'held' }),
    });
    const back = fold(held, { type: 'pop', seq: 12, pop: aPop({ revision: 3, state: 'active' }) });
    expect(popsInOrder(back)).toEqual([]);
  });

  it('a hidden pop is still hidden after a new snapshot, and forgotten when it is gone', () => {
    const hidden = reduce(fold(NOTHING, snapshot({ pops: [aPop()] })), { type: 'hide', popId: 'p1' });
    expect(popsInOrder(fold(hidden, snapshot({ seq: 20, pops: [aPop()] })))).toEqual([]);
    expect(fold(hidden, snapshot({ seq: 20 })).hidden).toEqual({});
  });
});

describe('a card made for an unknown caller', () => {
  it('shows at once and yields to the revision that brings it', () => {
    const made = reduce(fold(NOTHING, snapshot({ pops: [aPop()] })), {
      type: 'link',
      popId: 'p1',
      contact: aContact(),
    });
    expect(popsInOrder(made)[0]).toMatchObject({ mark: 'known', contact: { name: 'Anna Petrova' } });
    const confirmed = fold(made, {
      type: 'pop',
      seq: 11,
      pop: aPop({ revision: 2, contact: aContact({ name: 'Anna P.' }), mark: 'known' }),
    });
    expect(popsInOrder(confirmed)[0]?.contact?.name).toBe('Anna P.');
    expect(confirmed.linked).toEqual({});
  });
});

describe('which card is open', () => {
  const ringing = aPop({ pop_id: 'r' });
  const active = aPop({ pop_id: 'a', state: 'active' });
  const held = aPop({ pop_id: 'h', state: 'held' });

  it('what rings comes first in the column', () => {
    const pops = popsInOrder({ pops: { h: held, a: active, r: ringing }, hidden: {}, linked: {} });
    expect(pops.map((pop) => pop.pop_id)).toEqual(['r', 'a', 'h']);
  });

  it('a second call ringing does not push the conversation aside', () => {
    expect(openPop([ringing, active], null)).toBe(active);
  });

  it('the one the employee chose stays open while it is there', () => {
    expect(openPop([ringing, active, held], { popId: 'h', seen: {} })).toBe(held);
    expect(openPop([ringing, held], { popId: 'gone', seen: {} })).toBe(ringing);
    expect(openPop([], null)).toBeNull();
  });

  it('a call that is over yields to one that begins to ring or to be talked on, not to one that the employee passed over', () => {
    const ended = aPop({ pop_id: 'e', state: 'ended' });
    expect(openPop([ended], { popId: 'e', seen: {} })).toBe(ended);
    expect(openPop([ringing, ended], { popId: 'e', seen: {} })).toBe(ringing);
    expect(openPop([ringing, ended], { popId: 'e', seen: { r: 'ringing' } })).toBe(ended);
    const answered = aPop({ pop_id: 'r', state: 'active' });
    expect(openPop([answered, ended], { popId: 'e', seen: {} })).toBe(answered);
    expect(openPop([answered, ended], { popId: 'e', seen: { r: 'ringing' } })).toBe(answered);
    expect(openPop([answered, ended], { popId: 'e', seen: { r: 'active' } })).toBe(ended);
    const another = aPop({ pop_id: 'r2' });
    expect(openPop([ringing, another, ended], { popId: 'e', seen: { r: 'ringing' } })?.state).toBe('ringing');
  });
});
