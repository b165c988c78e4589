import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { server } from '../../api/server';
import { startWords, withWords } from '../../i18n';
import { aContact } from '../../live/samples';
import { Notes } from './Notes';
import { Reminders } from './Reminders';

const contact = aContact();

async function shown(what: ReactNode): Promise<void> {
  await startWords('en');
  await withWords('card', Promise.resolve());
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>{what}</QueryClientProvider>
    </MantineProvider>,
  );
}

const type = (field: HTMLElement, value: string) => fireEvent.change(field, { target: { value } });

beforeEach(() => localStorage.clear());
afterEach(cleanup);

describe('the box for a note', () => {
  const note = { note_id: 'n1', author: 'Olga', at: '2026-11-20T09:00:00Z', text: 'Wants', call_id: null };

  async function saving() {
    let answer = (): void => undefined;
    vi.spyOn(server, 'addNote').mockReturnValue(new Promise((resolve) => (answer = () => resolve(note))));
    await shown(<Notes contact={contact} />);
    const box = screen.getByLabelText<HTMLTextAreaElement>('New note');
    type(box, 'Wants ');
    fireEvent.click(screen.getByRole('button', { name: /Add note/ }));
    await waitFor(() => expect(server.addNote).toHaveBeenCalledWith('k1', 'Wants', undefined));
    return { box, answer: () => answer() };
  }
  const saved = (): Promise<void> =>
    waitFor(() => expect(screen.getByRole('button', { name: /Add note/ }).dataset.loading).not.toBe('true'));

  it('is empty once the note is saved', async () => {
    const { box, answer } = await saving();
    answer();
    await waitFor(() => expect(box.value).toBe(''));
  });

  it('keeps what was typed on while it was being saved', async () => {
    const { box, answer } = await saving();
    type(box, 'Wants shelves');
    answer();
    await saved();
    expect(box.value).toBe('Wants shelves');
    expect(localStorage.getItem('ringcard.note.k1')).toBe('Wants shelves');
  });
});

describe('the box for a reminder', () => {
  it.each([
    ['Call', ''],
    ['Call Anna', 'Call Anna'],
  ])('with %j when the answer comes then holds %j', async (typedOn, left) => {
    let answer = (): void => undefined;
    vi.spyOn(server, 'remindersOf').mockResolvedValue({ items: [] });
    vi.spyOn(server, 'addReminder').mockReturnValue(
      new Promise((resolve) => (answer = () => resolve({} as never))),
    );
    await shown(<Reminders contact={contact} />);
    const box = screen.getByLabelText<HTMLInputElement>('What to be reminded of');
    type(box, 'Call');
    type(screen.getByLabelText('When'), '01.12.2099 09:00');
    const button = screen.getByRole('button', { name: 'Remind me' });
    fireEvent.click(button);
    await waitFor(() => expect(server.addReminder).toHaveBeenCalled());
    type(box, typedOn);
    answer();
    await waitFor(() => expect(button.dataset.loading).not.toBe('true'));
    expect(box.value).toBe(left);
  });
});
