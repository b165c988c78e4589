import { act, cleanup, configure, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { Contact } from '../../api/types';
import { App } from '../../app/App';
import { router } from '../../app/router';
import { FakeServer } from '../../app/test-browser';
import { startWords } from '../../i18n';
import { aContact, aMe } from '../../live/samples';

configure({ asyncUtilTimeout: 4000 });

/** As the server has it; a change that was made on an older version is refused. */
let kept: Contact;
let server: FakeServer;

beforeEach(async () => {
  localStorage.clear();
  await startWords('en');
  kept = aContact({ city: 'Tver' });
  server = new FakeServer(aMe(), ({ method, path, body }) => {
    if (path !== '/contacts/k1') return undefined;
    if (method === 'GET') return { status: 200, body: kept };
    const { version, ...said } = body as Contact;
    if (version !== kept.version)
      return { status: 409, body: { status: 409, error_id: 'changed_meanwhile' } };
    kept = { ...kept, ...said, version: version + 1 };
    return { status: 200, body: kept };
  });
  render(<App />);
  await waitFor(() => expect(server.connected).toBe(true));
  act(() => server.snapshot());
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const open = (): Promise<void> =>
  act(() => router.navigate({ to: '/contacts/$contactId', params: { contactId: 'k1' } }));
const leave = (): Promise<void> => act(() => router.navigate({ to: '/contacts/new' }));
const press = async (name: string): Promise<void> => {
  fireEvent.click(await screen.findByRole('button', { name }));
};
const nameField = (): Promise<HTMLInputElement> => screen.findByLabelText<HTMLInputElement>('Name');
const type = async (name: string): Promise<void> => {
  fireEvent.change(await nameField(), { target: { value: name } });
};
/** Leaves for another page and comes back. */
const awayAndBack = async (): Promise<void> => {
  await leave();
  await screen.findByRole('heading', { name: 'New card' });
  await open();
};
const notEditing = (): Promise<HTMLElement> => screen.findByRole('button', { name: 'Change' });

it('what was typed into a card is there when one comes back to it, until it is saved', async () => {
  await open();
  await press('Change');
  await type('Anna Sidorova');
  await awayAndBack();
  expect((await nameField()).value).toBe('Anna Sidorova');
  await press('Save card');
  await notEditing();
  expect(kept.name).toBe('Anna Sidorova');
  await awayAndBack();
  await notEditing();
});

it('is forgotten by Cancel', async () => {
  await open();
  await press('Change');
  await type('Anna Sidorova');
  await press('Cancel');
  await awayAndBack();
  await notEditing();
  await press('Change');
  expect((await nameField()).value).toBe('Anna Petrova');
});

it('is told apart from what a colleague changed meanwhile, and theirs can be taken', async () => {
  await open();
  await press('Change');
  await type('Anna Sidorova');
  await leave();
  kept = { ...kept, city: 'Omsk', version: 2 };
  await open();
  expect((await nameField()).value).toBe('Anna Sidorova');
  await press('Save card');
  expect((await screen.findByRole('alert')).textContent).toContain('Tver');
  expect(kept.name).toBe('Anna Petrova');
  await press('Take theirs');
  await waitFor(async () => expect((await nameField()).value).toBe('Anna Petrova'));
  await awayAndBack();
  await notEditing();
});
