import { MantineProvider } from '@mantine/core';
import { cleanup, render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, it, vi } from 'vitest';

import { startWords } from '../i18n';
import { ConnectionMark, StaleBanner } from './Connection';

const HOUR_MS = 3_600_000;
const told = vi.hoisted((): { connection: object; links: Record<string, object> } => ({
  connection: { state: 'up' },
  links: {},
}));
vi.mock('../live/store', () => ({
  live: { retryNow: () => undefined },
  useConnection: () => told.connection,
  useLive: (of: (state: typeof told) => unknown) => of(told),
}));

function show(children: ReactNode): string {
  const { container } = render(
    <MantineProvider withCssVariables={false} withGlobalClasses={false}>
      {children}
    </MantineProvider>,
  );
  return container.textContent.replace(/[\u00a0\u202f]/g, ' ');
}

function downSince(since: Date): void {
  told.connection = { state: 'up' };
  told.links = { office: { pbx: 'office', state: 'down', since: since.toISOString() } };
}

afterEach(cleanup);

it('the mark says in three words that a PBX is out of reach; what to do about it is in the banner', async () => {
  downSince(new Date());
  await startWords('en');
  expect(show(<ConnectionMark />)).toBe('PBX out of reach');
  expect(show(<StaleBanner />)).toContain('Check that Asterisk runs');
  await startWords('ru');
  cleanup();
  expect(show(<ConnectionMark />)).toBe('АТС недоступна');
});

it('after a night, says how many hours ago it was', async () => {
  told.connection = { state: 'lost', heardAtMs: Date.now() - 14.1 * HOUR_MS };
  await startWords('ru');
  show(<StaleBanner />);
  expect(screen.getByText('14 часов назад')).toBeTruthy();
});

it('says the day too, if it was not today', async () => {
  await startWords('en');
  const noon = new Date();
  noon.setHours(12, 2, 0, 0);
  downSince(noon);
  expect(show(<StaleBanner />)).toContain('office out of reach since 12:02.');
  cleanup();
  const before = new Date(noon);
  before.setDate(noon.getDate() - 1);
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }).format(before);
  downSince(before);
  expect(show(<StaleBanner />)).toContain(`office out of reach since ${day}, 12:02.`);
});
