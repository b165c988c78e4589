import { describe, expect, it } from 'vitest';

import { aCall } from '../../live/samples';
import { outcomeKind } from './words';

const lasting = { ...aCall({}), ended_at: null, answered_at: null };

describe('what a call in the list is', () => {
  it('is a kind of its own while it rings here, and only then', () => {
    expect(outcomeKind({ ...lasting, direction: 'inbound' })).toBe('ringing');
    expect(outcomeKind({ ...lasting, direction: 'internal' })).toBe('ringing');
    expect(outcomeKind({ ...lasting, direction: 'outbound' })).toBe('live');
    expect(outcomeKind({ ...lasting, answered_at: lasting.started_at })).toBe('live');
    expect(outcomeKind(aCall({ disposition: 'answered', ended_at: lasting.started_at }))).toBe('talked');
  });
});
