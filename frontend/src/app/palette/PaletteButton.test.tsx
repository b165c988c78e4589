import { act, configure, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';

import { startWords } from '../../i18n';
import { aMe } from '../../live/samples';
import { App } from '../App';
import { FakeServer } from '../test-browser';

configure({ asyncUtilTimeout: 4000 });

// The only test of its file: once the palette is loaded, it stays so.
it('loses neither a letter nor Enter while the palette is being loaded', async () => {
  localStorage.clear();
  await startWords('en');
  const server = new FakeServer(aMe(), () => undefined);
  render(<App />);
  await waitFor(() => expect(server.connected).toBe(true));
  act(() => server.snapshot({}));
  fireEvent.keyDown(document.body, { key: '/', code: 'Slash' });
  const waiting = screen.getByRole('textbox', { name: 'Find anybody, dial, or do something' });
  fireEvent.change(waiting, { target: { value: 'dark' } });
  fireEvent.keyDown(waiting, { key: 'Enter', code: 'Enter' });
  await waitFor(() => expect(document.documentElement.dataset.mantineColorScheme).toBe('dark'));
  await waitFor(() => expect(screen.queryByRole('combobox')).toBeNull());
  expect(screen.queryByRole('dialog')).toBeNull();
});
