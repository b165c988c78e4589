import { describe, expect, it } from 'vitest';

import { changed, merge } from './merge';

describe('two people saving one form', () => {
  const base = { host: 'pbx', port: 5038, tags: ['a'], note: null as string | null };

  it('lose nothing where each changed something else', () => {
    const mine = { ...base, port: 5039 };
    const theirs = { ...base, host: 'pbx2', tags: ['a', 'b'] };
    expect(merge(base, mine, theirs)).toEqual({
      value: { host: 'pbx2', port: 5039, tags: ['a', 'b'], note: null },
      clashes: [],
    });
  });

  it('are asked where both changed the same, and ours is what stands meanwhile', () => {
    const merged = merge(base, { ...base, host: 'mine' }, { ...base, host: 'theirs', note: 'x' });
    expect(merged.clashes).toEqual(['host']);
    expect(merged.value).toEqual({ ...base, host: 'mine', note: 'x' });
  });

  it('agree if both wrote the same', () => {
    const merged = merge(base, { ...base, tags: ['b'] }, { ...base, tags: ['b'] });
    expect(merged.clashes).toEqual([]);
  });
});

describe('what has changed', () => {
  it('is told by content, not by identity', () => {
    expect(changed({ a: [{ x: 1 }] }, { a: [{ x: 1 }] })).toEqual([]);
    expect(changed({ a: [1, 2] }, { a: [2, 1] })).toEqual(['a']);
    expect(changed<{ a: unknown }>({ a: null }, { a: {} })).toEqual(['a']);
    expect(changed<{ a: unknown }>({ a: [] }, { a: {} })).toEqual(['a']);
  });
});
