import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { Refused } from '../../api/http';
import { server } from '../../api/server';
import type { Pop } from '../../api/types';
import { startWords, withWords } from '../../i18n';
import { aMe, aPop } from '../../live/samples';
import { draftOf, forgetDraftsOfCalls } from '../desk/drafts';
import { HandoverSheet } from './HandoverSheet';

vi.mock('../../app/session', () => ({ useSession: () => ({ me: aMe() }) }));

const controls = ['ConsultationCall', 'SingleStepTransferCall'].map((service) => ({
  service,
  hindrance: null,
})) as unknown as Pop['controls'];
const aTalk = (over: Partial<Pop> = {}): Pop =>
  aPop({
    state: 'active',
    answered_at: '2026-11-20T09:00:05.000Z',
    note: { text: 'Wants', version: 1 },
    ...(controls && { controls }),
    ...over,
  });

async function shown(pop: Pop) {
  await startWords('en');
  await withWords('handling', Promise.resolve());
  const close = vi.fn();
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <HandoverSheet
          pop={pop}
          kind="hand_over"
          to={{ target: { employee_id: 'e2' }, name: 'Boris' }}
          close={close}
        />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { close, note: screen.getByLabelText<HTMLTextAreaElement>('What it is about') };
}

const handOver = () => vi.spyOn(server, 'handOver');
const press = (): boolean => fireEvent.click(screen.getByRole('button', { name: /Call Boris/ }));
const pressed = async (times: number): Promise<void> => {
  await waitFor(() => expect(server.handOver).toHaveBeenCalledTimes(times));
  await screen.findByRole('alert');
};

beforeEach(() => {
  vi.spyOn(server, 'handoverPlaces').mockResolvedValue({ queues: [], voicemail: false });
  vi.spyOn(server, 'keepDraftNote').mockImplementation((_, { text, version }) =>
    Promise.resolve({ text, version: version + 1 }),
  );
});
afterEach(() => {
  cleanup();
  forgetDraftsOfCalls();
  localStorage.clear();
});

it('hands over what was typed last, also in the box of the card beside it', async () => {
  const sent = handOver().mockResolvedValue({} as never);
  const pop = aTalk();
  const { note, close } = await shown(pop);
  expect(note.value).toBe('Wants');
  act(() => draftOf(pop).write('Wants shelves'));
  expect(note.value).toBe('Wants shelves');
  fireEvent.change(note, { target: { value: 'Wants shelves, two' } });
  expect(draftOf(pop).now().text).toBe('Wants shelves, two');
  press();
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(sent.mock.calls[0]?.[1]).toMatchObject({ note: 'Wants shelves, two' });
});

it('has a note of its own with a server that keeps none', async () => {
  const sent = handOver().mockResolvedValue({} as never);
  const { note, close } = await shown(aTalk({ note: undefined }));
  fireEvent.change(note, { target: { value: 'Wants' } });
  press();
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(sent.mock.calls[0]?.[1]).toMatchObject({ note: 'Wants' });
});

it('asks again by the same key while it asks for the same, and by another for anything else', async () => {
  const sent = handOver().mockRejectedValue(new Refused({ status: 0, error_id: 'unreachable' }));
  const { note } = await shown(aTalk());
  press();
  await pressed(1);
  press();
  await pressed(2);
  fireEvent.change(note, { target: { value: 'Something else' } });
  press();
  await pressed(3);
  fireEvent.click(screen.getByText('At once'));
  fireEvent.click(screen.getByRole('button', { name: /Hand over to Boris/ }));
  await pressed(4);
  const [first, again, other, way] = sent.mock.calls.map((each) => each[2]);
  expect(first).toBeTruthy();
  expect(again).toBe(first);
  expect(new Set([first, other, way]).size).toBe(3);
});
