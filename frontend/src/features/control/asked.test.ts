import { describe, expect, it } from 'vitest';

import { Refused } from '../../api/http';
import type { ServiceRequest } from '../../api/types';
import { AskedOfCalls, isPending, type Answer, type Ask } from './asked';

function aRequest(over: Partial<ServiceRequest> = {}): ServiceRequest {
  return {
    request_id: 'r1',
    call_id: 'c1',
    service: 'HoldCall',
    device: '101',
    to: null,
    state: 'accepted',
    reason: null,
    detail: null,
    at: '2026-11-20T09:00:00.000Z',
    settled_at: null,
    slot: null,
    ...over,
  };
}

function desk() {
  const settled: Ask[] = [];
  let keys = 0;
  const asked = new AskedOfCalls(
    { newKey: () => `key-${(keys += 1)}`, nowMs: () => 1000, wait: () => Promise.resolve() },
    (ask) => settled.push(ask),
  );
  return { asked, settled, first: () => asked.all()[0] };
}

describe('what is asked of a call', () => {
  it('is pending until the server says what became of it: accepted is not done', async () => {
    const { asked, settled, first } = desk();
    await asked.ask('c1', 'HoldCall', '', () => Promise.resolve(aRequest()));
    expect(isPending(first())).toBe(true);
    asked.heard({ r1: aRequest() });
    expect(isPending(first())).toBe(true);
    asked.heard({ r1: aRequest({ state: 'done' }) });
    expect(first()).toMatchObject({ state: 'done', settledAtMs: 1000 });
    asked.heard({ r1: aRequest({ state: 'done' }) });
    expect(settled).toHaveLength(1);
  });

  it('is asked once by a double click', async () => {
    const { asked } = desk();
    const keys: string[] = [];
    let answer: (given: Answer) => void = () => undefined;
    const send = (key: string): Promise<Answer> => {
      keys.push(key);
      return new Promise((resolve) => (answer = resolve));
    };
    const one = asked.ask('c1', 'HoldCall', '', send);
    const two = asked.ask('c1', 'HoldCall', '', send);
    expect(await two).toBeNull();
    answer(aRequest());
    expect(await one).toMatchObject({ request_id: 'r1' });
    expect(await asked.ask('c1', 'HoldCall', '', send)).toBeNull();
    expect(keys).toEqual(['key-1']);
  });

  it('that the network swallowed is asked again with the same key, once', async () => {
    const { asked, first } = desk();
    const keys: string[] = [];
    const send = (key: string): Promise<Answer> => {
      keys.push(key);
      return keys.length === 1
        ? Promise.reject(new Refused({ status: 0, error_id: 'unreachable' }))
        : Promise.resolve(aRequest({ state: 'done' }));
    };
    await asked.ask('c1', 'HoldCall', '', send);
    expect(keys).toEqual(['key-1', 'key-1']);
    expect(first()?.state).toBe('done');
  });

  it('and refused fails at once, and may be asked anew with a key of its own', async () => {
    const { asked, settled } = desk();
    const keys: string[] = [];
    const refuse = (key: string): Promise<Answer> => {
      keys.push(key);
      return Promise.reject(new Refused({ status: 403, error_id: 'not_allowed' }));
    };
    await asked.ask('c1', 'HoldCall', '', refuse);
    await asked.ask('c1', 'HoldCall', '', refuse);
    expect(keys).toEqual(['key-1', 'key-2']);
    expect(settled.map((each) => each.state)).toEqual(['failed', 'failed']);
  });

  it('may be settled before its answer arrives', async () => {
    const { asked, first } = desk();
    let answer: (given: Answer) => void = () => undefined;
    const asking = asked.ask('c1', 'DeflectCall', '', () => new Promise((resolve) => (answer = resolve)));
    asked.heard({ r1: aRequest({ state: 'failed', reason: 'busy' }) });
    answer(aRequest());
    await asking;
    expect(first()).toMatchObject({ state: 'failed', reason: 'busy' });
  });

  it('and settled while the connection was lost is asked for by its id', async () => {
    const { asked, first } = desk();
    await asked.ask('c1', 'HoldCall', '', () => Promise.resolve(aRequest()));
    asked.heard({});
    expect(asked.unheard().map((each) => each.requestId)).toEqual(['r1']);
    asked.told(aRequest({ state: 'timed_out' }));
    expect(first()).toMatchObject({ state: 'failed', reason: 'timed_out' });
    expect(asked.unheard()).toEqual([]);
  });

  it('of two calls is apart', async () => {
    const { asked } = desk();
    await asked.ask('c1', 'HoldCall', '', () => Promise.resolve(aRequest()));
    expect(
      await asked.ask('c2', 'HoldCall', '', () => Promise.resolve(aRequest({ request_id: 'r2' }))),
    ).not.toBeNull();
  });
});
