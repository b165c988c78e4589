import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { startWords } from '../i18n';
import { toast, Toasts } from './toasts';

const LONGER_THAN_ANY_MS = 20_000;

beforeEach(async () => {
  await startWords('en');
  vi.useFakeTimers();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

// A browser tells nobody that the focus has left a button that is no longer there.
it.each(['Undo', 'Close'])('after %s by the keyboard, the next line goes away by itself', async (name) => {
  render(<Toasts />);
  act(() => toast('Deleted', () => undefined));
  const button = screen.getByRole('button', { name });
  fireEvent.focus(button);
  await act(async () => {
    fireEvent.click(button);
    await Promise.resolve();
  });
  expect(screen.queryByText('Deleted')).toBeNull();
  act(() => toast('Saved'));
  act(() => void vi.advanceTimersByTime(LONGER_THAN_ANY_MS));
  expect(screen.queryByText('Saved')).toBeNull();
});

it('a line waits while the focus is on it', () => {
  render(<Toasts />);
  act(() => toast('Deleted', () => undefined));
  fireEvent.focus(screen.getByRole('button', { name: 'Undo' }));
  act(() => void vi.advanceTimersByTime(LONGER_THAN_ANY_MS));
  expect(screen.getByText('Deleted')).toBeTruthy();
  fireEvent.blur(screen.getByRole('button', { name: 'Undo' }));
  act(() => void vi.advanceTimersByTime(LONGER_THAN_ANY_MS));
  expect(screen.queryByText('Deleted')).toBeNull();
});
