import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, renderHook, waitFor } from '@testing-library/react';
import { useState, type ReactNode } from 'react';
import { afterEach, expect, it } from 'vitest';

import { Refused } from '../../api/http';
import { useDraft } from './draft';
import { forgetDrafts } from './typed';

interface Section {
  version: number;
  host: string;
  port: string;
}

/** A form over a server that answers when it is told to. */
function shown() {
  const sent: Record<string, unknown>[] = [];
  let answer: (what: Section | Refused) => void = () => undefined;
  const queries = new QueryClient();
  const { result } = renderHook(
    () => {
      const [kept, setKept] = useState<Section>({ version: 1, host: 'a', port: '1' });
      return useDraft<Section, { host: string; port: string }>({
        name: 'test',
        kept,
        valueOf: ({ host, port }) => ({ host, port }),
        save: (value, on) => {
          sent.push({ ...value, version: on.version });
          return new Promise((resolve, reject) => {
            answer = (what) => (what instanceof Refused ? reject(what) : resolve(what));
          });
        },
        fresh: () => Promise.resolve(kept),
        saved: setKept,
      });
    },
    {
      wrapper: ({ children }: { children: ReactNode }) => (
        <QueryClientProvider client={queries}>{children}</QueryClientProvider>
      ),
    },
  );
  const save = async (): Promise<void> => {
    act(() => result.current.save());
    await waitFor(() => expect(result.current.saving).toBe(true));
  };
  const answered = async (what: Section | Refused): Promise<void> => {
    act(() => answer(what));
    await waitFor(() => expect(result.current.saving).toBe(false));
  };
  return { result, sent, save, answered };
}

afterEach(() => {
  cleanup();
  forgetDrafts();
});

it('is clean once what was typed is saved', async () => {
  const { result, save, answered } = shown();
  act(() => result.current.set({ host: 'b' }));
  await save();
  await answered({ version: 2, host: 'b', port: '1' });
  expect(result.current).toMatchObject({ value: { host: 'b', port: '1' }, dirty: false, done: true });
});

it('keeps what is typed while a save is on its way, over what the server answered', async () => {
  const { result, sent, save, answered } = shown();
  act(() => result.current.set({ host: 'b' }));
  await save();
  act(() => result.current.set({ port: '2' }));
  act(() => result.current.set({ port: '22' }));
  await answered({ version: 2, host: 'b.', port: '1' });
  expect(result.current).toMatchObject({ value: { host: 'b.', port: '22' }, dirty: true, done: false });
  await save();
  expect(sent[1]).toEqual({ host: 'b.', port: '22', version: 2 });
});

it('keeps what is typed back meanwhile: the server has the other by then', async () => {
  const { result, save, answered } = shown();
  act(() => result.current.set({ host: 'b' }));
  await save();
  act(() => result.current.set({ host: 'a' }));
  expect(result.current.value.host).toBe('a');
  await answered({ version: 2, host: 'b', port: '1' });
  expect(result.current).toMatchObject({ value: { host: 'a' }, dirty: true });
});

it('typed back and refused is nothing to save', async () => {
  const { result, save, answered } = shown();
  act(() => result.current.set({ host: 'b' }));
  await save();
  act(() => result.current.set({ host: 'a' }));
  await answered(new Refused({ status: 400, error_id: 'invalid_request' }));
  expect(result.current).toMatchObject({ value: { host: 'a' }, dirty: false });
});
