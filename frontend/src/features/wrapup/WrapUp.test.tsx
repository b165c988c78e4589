import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { server } from '../../api/server';
import type { Pop } from '../../api/types';
import { FakeServer } from '../../app/test-browser';
import { startWords, withWords } from '../../i18n';
import { aContact, aMe, aPop } from '../../live/samples';
import { live } from '../../live/store';
import { draftOf, filled, forgetDraftsOfCalls } from '../desk/drafts';
import { WrapUp } from './WrapUp';

vi.mock('../../app/session', () => ({ useSession: () => ({ me: aMe() }) }));

const contact = aContact();
const aTalk = (call: string, text = ''): Pop =>
  aPop({
    pop_id: `p-${call}`,
    call_id: call,
    conversation_id: call,
    state: 'ended',
    answered_at: '2026-11-20T09:00:05.000Z',
    note: { text, version: 1 },
  });

let desk: FakeServer;

async function on(pops: Pop[]): Promise<void> {
  live.start();
  await waitFor(() => expect(desk.connected).toBe(true));
  act(() => desk.snapshot({ pops }));
}

function shown(pop: Pop) {
  const { unmount } = render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <WrapUp pop={pop} contact={contact} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { unmount, when: screen.getByLabelText<HTMLInputElement>('Call back at') };
}

const type = (field: HTMLElement, value: string) => fireEvent.change(field, { target: { value } });
const done = () => fireEvent.click(screen.getByRole('button', { name: 'Done' }));
const resolved = () => screen.findByRole<HTMLInputElement>('radio', { name: 'Resolved' });

beforeEach(async () => {
  localStorage.clear();
  desk = new FakeServer(aMe());
  vi.spyOn(server, 'outcomes').mockResolvedValue({ items: [{ outcome: 'resolved', label: 'Resolved' }] });
  vi.spyOn(server, 'wrapUp').mockResolvedValue(undefined);
  vi.spyOn(server, 'addReminder').mockResolvedValue({} as never);
  vi.spyOn(server, 'keepDraftNote').mockImplementation((_, { text, version }) =>
    Promise.resolve({ text, version: version + 1 }),
  );
  await startWords('en');
  await withWords('handling', Promise.resolve());
});
afterEach(() => {
  cleanup();
  live.stop();
  forgetDraftsOfCalls();
  vi.unstubAllGlobals();
});

it('is as it was left when another card was open meanwhile', async () => {
  const [first, second] = [aTalk('c1'), aTalk('c2')];
  await on([first, second]);
  const before = shown(first);
  fireEvent.click(await resolved());
  type(before.when, '01.12.2099 09:00');
  before.unmount();

  const other = shown(second);
  expect((await resolved()).checked).toBe(false);
  expect(other.when.value).toBe('');
  type(other.when, 'the day after');
  other.unmount();

  const again = shown(first);
  expect((await resolved()).checked).toBe(true);
  expect(again.when.value).toBe('Tue 01/12/2099 09:00');
  again.unmount();
  const { when } = shown(second);
  expect(when.value).toBe('the day after');
  expect(when.getAttribute('aria-invalid')).toBe('true');
});

it('is forgotten once it is saved, once its card is gone, and with many others', async () => {
  const pops = Array.from({ length: 25 }, (_, place) => aTalk(`c${place}`));
  await on(pops);
  for (const pop of pops) {
    const { when, unmount } = shown(pop);
    type(when, '01.12.2099 09:00');
    unmount();
  }
  expect([filled.size, [...filled.keys()][0]]).toEqual([20, 'c5']);

  act(() => desk.next({ type: 'pop_removed', pop_id: 'p-c6' } as never));
  shown(aTalk('c24'));
  fireEvent.click(await resolved());
  expect([filled.has('c5'), filled.has('c6')]).toEqual([true, false]);

  done();
  await waitFor(() => expect(filled.has('c24')).toBe(false));
  expect(server.addReminder).toHaveBeenCalled();
});

it('keeps the letters that are typed while it is being saved', async () => {
  let answer = (): void => undefined;
  vi.spyOn(server, 'wrapUp').mockReturnValue(new Promise((resolve) => (answer = () => resolve(undefined))));
  const pop = aTalk('c1', 'Wants');
  await on([pop]);
  shown(pop);
  done();
  await waitFor(() => expect(server.wrapUp).toHaveBeenCalled());
  act(() => draftOf(pop).write('Wants shelves'));
  await act(async () => {
    answer();
    await new Promise((resolve) => setTimeout(resolve, 0));
  });
  expect(draftOf(pop).now().text).toBe('Wants shelves');
});

it('leaves no note behind that it has saved', async () => {
  const pop = aTalk('c1', 'Wants ');
  await on([pop]);
  shown(pop);
  done();
  await waitFor(() => expect(draftOf(pop).now().text).toBe(''));
  expect(server.wrapUp).toHaveBeenCalledWith('c1', { outcome: null, note: 'Wants', order_number: null });
});

it.each(['5.12 15', '01.12.2001 09:00'])('is not saved while %j stands as the time', async (text) => {
  await on([aTalk('c1')]);
  const { when } = shown(aTalk('c1'));
  type(when, text);
  expect(when.getAttribute('aria-invalid')).not.toBe('true');
  // As by Enter in the field, which is not left by it.
  fireEvent.submit(screen.getByRole('form'));
  await waitFor(() => expect(when.getAttribute('aria-invalid')).toBe('true'));
  expect(document.activeElement).toBe(when);
  expect(server.wrapUp).not.toHaveBeenCalled();

  type(when, '');
  done();
  await waitFor(() => expect(server.wrapUp).toHaveBeenCalled());
  expect(server.addReminder).not.toHaveBeenCalled();
});

it('reminds with as much of the note as a reminder takes', async () => {
  const pop = aTalk('c1', '📦'.repeat(2500));
  await on([pop]);
  const { when } = shown(pop);
  type(when, '01.12.2099 09:00');
  done();
  await waitFor(() => expect(server.addReminder).toHaveBeenCalled());
  expect(vi.mocked(server.addReminder).mock.calls[0]?.[2]).toBe('📦'.repeat(2000));
});
