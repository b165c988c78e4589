import { expect, it, vi } from 'vitest';

import type { Shown } from './asking';

type Answers = Parameters<typeof import('./asking').ask>[2];

const asking = vi.hoisted(() => ({ answers: null as Answers | null, says: [] as string[] }));
// A script cannot press the real button: only an employee's own click counts.
vi.mock('./asking', () => ({
  ask: (_root: unknown, _asked: unknown, answers: Answers): Shown => {
    asking.answers = answers;
    return { says: (text) => void asking.says.push(text) };
  },
  tell: (_root: unknown, text: string) => void asking.says.push(text),
}));

// The only test of its file: the window begins when it is loaded.
it('calls over plain HTTP too, where the browser has no randomUUID', async () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const keys: (string | null)[] = [];
  const answers: Record<string, unknown> = {
    '/session': { csrf_token: 't' },
    '/visitors': { allowed_origins: [] },
    '/dial': { number: '+74959195557', device: '101', allowed: true, warnings: [] },
    '/calls': { call_id: 'c1', request_id: 'r1' },
  };
  vi.stubGlobal('fetch', (url: string, options: RequestInit) => {
    const path = url.replace('/api/v1', '').replace(/\?.*/, '');
    if (path === '/calls') keys.push(new Headers(options.headers).get('Idempotency-Key'));
    return Promise.resolve(Response.json(answers[path] ?? { state: 'accepted' }));
  });
  document.body.innerHTML = '<div id="root"></div>';
  location.hash = '#number=%2B74959195557';
  await import('./dial');
  await vi.waitFor(() => expect(asking.answers).not.toBeNull());
  asking.answers?.call(false);
  await vi.waitFor(() => expect(asking.says).toHaveLength(1));
  expect(keys).toHaveLength(1);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
});
