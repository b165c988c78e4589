import { describe, expect, it } from 'vitest';

import { aCall } from '../../live/samples';
import { mergeCalls, tookPart, withinPages } from './merge';

const at = (minute: number) => `2026-11-20T09:${String(minute).padStart(2, '0')}:00.000Z`;
const old = aCall({ call_id: 'old', started_at: at(1) });
const middle = aCall({ call_id: 'middle', started_at: at(5) });
const fresh = aCall({ call_id: 'fresh', started_at: at(9) });

describe('the history', () => {
  it('shows each call once, newest first, and believes the live channel', () => {
    const ended = { ...middle, ended_at: at(6) };
    const merged = mergeCalls([fresh, ended], [middle, old]);
    expect(merged.map((call) => call.call_id)).toEqual(['fresh', 'middle', 'old']);
    expect(merged[1]?.ended_at).toBe(at(6));
  });

  it('leaves no hole: an old live call waits for its page', () => {
    expect(withinPages([fresh, old], [middle], false)).toEqual([fresh]);
    expect(withinPages([fresh, old], [middle], true)).toEqual([fresh, old]);
  });

  it('finds a device on any side of a call', () => {
    const call = aCall({ caller: { number: null, presented: null, device: '105', name: null } });
    expect(tookPart(call, '105')).toBe(true);
    expect(tookPart(call, '106')).toBe(false);
  });
});
