import { afterEach, expect, it, vi } from 'vitest';

import { aMe } from '../../src/live/samples';
import type { Rest } from './rest';
import { Ringcard } from './index';

afterEach(() => void vi.unstubAllGlobals());

it('dials from a page without TLS, where the browser has no randomUUID', async () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  vi.stubGlobal(
    'WebSocket',
    class {
      close(): void {}
    },
  );
  const keys: (string | undefined)[] = [];
  const rest = {
    address: 'http://cti.example',
    ask: (_method: string, _path: string, _body: unknown, headers: Record<string, string>) => {
      keys.push(headers['Idempotency-Key']);
      return Promise.resolve({ call_id: 'c7', request_id: 'r7' });
    },
  } as unknown as Rest;
  const ringcard = new Ringcard(rest, { server: 'http://cti.example', token: 'rc_abcdefghijklmnop' }, aMe());
  expect(await ringcard.dial('+74959195557')).toEqual({ callId: 'c7', requestId: 'r7' });
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  ringcard.close();
});
