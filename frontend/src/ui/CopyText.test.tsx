import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { startWords, withWords } from '../i18n';
import { CopyText } from './CopyText';
import { Toasts } from './toasts';

beforeEach(async () => {
  await startWords('en');
  await withWords('settings', Promise.resolve());
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function show(clipboard: object | undefined): void {
  vi.stubGlobal('navigator', { clipboard, language: 'en' });
  render(
    <MantineProvider>
      <CopyText text="rc_secret" />
      <Toasts />
    </MantineProvider>,
  );
  fireEvent.click(screen.getByRole('button', { name: 'Copy' }));
}

it('copies, and says so on the button', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  show({ writeText });
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy();
  expect(writeText).toHaveBeenCalledWith('rc_secret');
});

it.each([
  ['without TLS', undefined],
  ['without leave', { writeText: () => Promise.reject(new Error()) }],
])('%s, says how to copy by hand', async (_, clipboard) => {
  show(clipboard);
  expect(await screen.findByText('Select the text and press Ctrl C.')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Copied' })).toBeNull();
});
