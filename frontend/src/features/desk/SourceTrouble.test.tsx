import { act, cleanup, configure, render, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';

import { App } from '../../app/App';
import { FakeServer } from '../../app/test-browser';
import { startWords, wordsIn } from '../../i18n';
import { aMe, aPop } from '../../live/samples';

configure({ asyncUtilTimeout: 4000 });
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it('a source that did not answer is called as people call it', async () => {
  localStorage.clear();
  localStorage.setItem('ringcard.language', 'ru');
  await startWords('ru');
  const server = new FakeServer(aMe({ language: 'ru' }));
  render(<App />);
  await waitFor(() => expect(server.connected).toBe(true));
  const failed = { status: 'failed' as const, ms: null, detail: null, contact: null, as_of: null };
  const sources = ['own', 'CRM'].map((source) => ({ ...failed, source }));
  act(() => server.snapshot({ pops: [aPop({ sources: sources as never })] }));
  expect(await screen.findByText(/^Нет ответа: Наши карточки, CRM\./)).toBeTruthy();
});

it('missed calls are counted in Russian for whatever was missed', async () => {
  const ru = await wordsIn('ru');
  for (const count of [1, 2, 5])
    expect(ru('desk.missed_today', { count })).toBe(`Пропущено сегодня: ${count}`);
});
