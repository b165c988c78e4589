import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { startWords, withWords } from '../../i18n';
import { people, type Staff, type Team } from './api';
import { Teams } from './Teams';

interface Sent {
  version: number;
  members: string[];
  answer: (status?: number) => void;
}

/** A server with one team, which answers a change when the test says so. */
let kept: Team;
let sent: Sent[];

beforeEach(async () => {
  await startWords('en');
  await withWords('settings', Promise.resolve());
  kept = { team_id: 't1', name: 'Sales', members: [], leaders: [], version: 1 };
  sent = [];
  vi.stubGlobal('fetch', (_url: string, { method = 'GET', body }: RequestInit) => {
    if (method === 'GET') return Promise.resolve(Response.json({ items: [kept] }));
    const said = JSON.parse(body as string) as Team;
    return new Promise<Response>((resolve) => {
      const answer = (status = 200): void => {
        if (status === 200) kept = { ...kept, ...said, version: said.version + 1 };
        const refusal = { status, error_id: 'changed_meanwhile' };
        resolve(new Response(JSON.stringify(status === 200 ? kept : refusal), { status }));
      };
      sent.push({ version: said.version, members: said.members, answer });
    });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const everybody = [
  { employee_id: 'e1', name: 'Anna' },
  { employee_id: 'e2', name: 'Boris' },
  { employee_id: 'e3', name: 'Vera' },
] as Staff[];

function Section() {
  const teams = useQuery({ queryKey: ['teams'], queryFn: people.teams });
  return teams.data ? <Teams teams={teams.data.items} everybody={everybody} /> : null;
}

async function open(): Promise<HTMLElement> {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <Section />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const field = await screen.findByRole('combobox', { name: 'Members' });
  field.focus();
  fireEvent.click(field);
  return field;
}

const pick = async (name: string): Promise<void> => {
  // Each name is in two lists: the members' is the first.
  fireEvent.click((await screen.findAllByRole('option', { name, hidden: true }))[0] as HTMLElement);
};
const isPicked = (name: string): boolean =>
  screen.getAllByRole('option', { name, hidden: true })[0]?.getAttribute('aria-selected') === 'true';

it('takes one member after the other without closing the list or losing the focus', async () => {
  const field = await open();
  await pick('Anna');
  await pick('Boris');
  expect(isPicked('Anna') && isPicked('Boris')).toBe(true);
  expect(sent.map(({ version, members }) => ({ version, members }))).toEqual([
    { version: 1, members: ['e1'] },
  ]);
  sent[0]?.answer();
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[1]).toMatchObject({ version: 2, members: ['e1', 'e2'] });
  sent[1]?.answer();
  await waitFor(() => expect(kept.version).toBe(3));
  await pick('Vera');
  await waitFor(() => expect(sent[2]).toMatchObject({ version: 3, members: ['e1', 'e2', 'e3'] }));
  expect(field.isConnected && document.activeElement === field).toBe(true);
  expect(field.getAttribute('aria-expanded')).toBe('true');
});

it('shows what a colleague made of it if a change is refused, and sends nothing made on the old one', async () => {
  await open();
  await pick('Anna');
  await pick('Boris');
  kept = { ...kept, members: ['e3'], version: 7 };
  sent[0]?.answer(409);
  expect(await screen.findByRole('alert')).toBeTruthy();
  await waitFor(() => expect(isPicked('Vera')).toBe(true));
  expect(isPicked('Anna') || isPicked('Boris')).toBe(false);
  expect(sent).toHaveLength(1);
  await pick('Anna');
  await waitFor(() => expect(sent[1]).toMatchObject({ version: 7, members: ['e3', 'e1'] }));
});
