import { act, cleanup, configure, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { startWords } from '../i18n';
import { aContact, aMe, aPop } from '../live/samples';
import { App } from './App';
import { FakeServer } from './test-browser';

configure({ asyncUtilTimeout: 4000 });
beforeAll(() => startWords('en'));
beforeEach(() => localStorage.clear());
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const plain = (text: string | null): string => (text ?? '').replaceAll('\u00a0', ' ');

async function open(server: FakeServer): Promise<void> {
  render(<App />);
  await waitFor(() => expect(server.connected).toBe(true));
}

const anna = aContact({
  orders: [
    { number: '1041', date: '2026-10-01', status: 'closed', total: '10', currency: 'EUR', items: [] },
    { number: '1042', date: '2026-11-19', status: 'shipped', total: '84300', currency: 'RUB', items: [] },
  ],
});

describe('a known caller', () => {
  it('is on the desk with the latest order while the phone rings, and the paint is reported once', async () => {
    const server = new FakeServer(aMe());
    await open(server);
    act(() => server.snapshot({ pops: [aPop({ mark: 'known', contact: anna })] }));
    const card = await screen.findByRole('article', { name: 'Anna Petrova' });
    expect(within(card).getByText('№ 1042')).toBeTruthy();
    expect(within(card).getByText('shipped')).toBeTruthy();
    expect(plain(card.textContent)).toContain('+7 495 919 55 57');
    await waitFor(() => expect(server.said).toHaveLength(1));
    expect(server.said[0]).toMatchObject({ type: 'shown', pop_id: 'p1', revision: 1 });
    act(() =>
      server.next({ type: 'pop', pop: aPop({ mark: 'known', contact: anna, revision: 2, state: 'active' }) }),
    );
    await within(card).findByText('Talking');
    expect(server.said).toHaveLength(1);
  });

  it('is announced once, politely, by name', async () => {
    const server = new FakeServer(aMe());
    await open(server);
    act(() => server.snapshot({ pops: [aPop({ mark: 'known', contact: anna, queue: 'sales' })] }));
    await waitFor(() =>
      expect(
        screen
          .getAllByRole('status')
          .some((each) => plain(each.textContent).startsWith('Call from Anna Petrova')),
      ).toBe(true),
    );
  });

  it('whom a colleague answered says so', async () => {
    const server = new FakeServer(aMe());
    await open(server);
    act(() => server.snapshot({ pops: [aPop({ mark: 'known', contact: anna })] }));
    act(() =>
      server.next({
        type: 'pop',
        pop: aPop({
          revision: 2,
          contact: anna,
          state: 'answered_elsewhere',
          answered_by: { device: '102', name: 'Oleg' },
        }),
      }),
    );
    expect((await screen.findAllByText('Oleg answered')).length).toBeGreaterThan(0);
    act(() => server.next({ type: 'pop_removed', pop_id: 'p1' }));
    expect(await screen.findByText('Nobody is calling')).toBeTruthy();
  });

  it('can be hidden by Escape, but not while somebody types', async () => {
    const server = new FakeServer(aMe());
    await open(server);
    act(() => server.snapshot({ pops: [aPop({ mark: 'known', contact: anna })] }));
    const note = await screen.findByLabelText('New note');
    note.focus();
    fireEvent.keyDown(note, { key: 'Escape', code: 'Escape' });
    expect(screen.getByRole('article')).toBeTruthy();
    fireEvent.keyDown(document.body, { key: 'Escape', code: 'Escape' });
    expect(await screen.findByText('Nobody is calling')).toBeTruthy();
    expect(server.said).toContainEqual({ type: 'hide', pop_id: 'p1' });
  });

  it('gets a note, and what is typed outlives the tab until it is saved', async () => {
    const server = new FakeServer(aMe(), (asked) =>
      asked.path.endsWith('/notes')
        ? {
            status: 201,
            body: {
              note_id: 'n1',
              text: 'Call on Monday',
              author: 'Olga',
              at: new Date().toISOString(),
              call_id: 'c1',
            },
          }
        : undefined,
    );
    await open(server);
    act(() => server.snapshot({ pops: [aPop({ mark: 'known', contact: anna })] }));
    const box = await screen.findByLabelText('New note');
    fireEvent.change(box, { target: { value: 'Call on Monday' } });
    expect(localStorage.getItem('ringcard.note.k1')).toBe('Call on Monday');
    fireEvent.keyDown(box, { key: 'Enter', ctrlKey: true });
    // Once among the card's notes, once in the line of time beside it.
    expect(await screen.findAllByText('Call on Monday', { selector: 'p' })).toHaveLength(2);
    expect(localStorage.getItem('ringcard.note.k1')).toBeNull();
    const sent = server.asked.find((asked) => asked.path === '/contacts/k1/notes');
    expect(sent).toMatchObject({ body: { text: 'Call on Monday', call_id: 'c1' }, csrf: 't' });
  });
});

describe('without a line', () => {
  it('a note that cannot be sent says so and stays, instead of waiting in silence', async () => {
    const server = new FakeServer(aMe());
    await open(server);
    act(() => server.snapshot({ pops: [aPop({ mark: 'known', contact: anna })] }));
    const box = await screen.findByLabelText<HTMLTextAreaElement>('New note');
    const usual = globalThis.fetch;
    vi.stubGlobal('fetch', (url: string, options: RequestInit) =>
      options.method === 'POST' ? Promise.reject(new TypeError('no line')) : usual(url, options),
    );
    window.dispatchEvent(new Event('offline'));
    fireEvent.change(box, { target: { value: 'Call on Monday' } });
    fireEvent.keyDown(box, { key: 'Enter', code: 'Enter', ctrlKey: true });
    expect((await screen.findByRole('alert')).textContent).toContain('cannot be reached');
    expect(box.value).toBe('Call on Monday');
    window.dispatchEvent(new Event('online'));
  });

  it('nobody is asked to sign in: the server is tried again until it answers', async () => {
    let there = false;
    const server = new FakeServer(aMe());
    const usual = globalThis.fetch;
    vi.stubGlobal('fetch', (url: string, options: RequestInit) =>
      there ? usual(url, options) : Promise.reject(new TypeError('no line')),
    );
    render(<App />);
    expect(await screen.findByRole('heading', { name: 'No connection to the server' })).toBeTruthy();
    expect(screen.queryByLabelText('Password')).toBeNull();
    there = true;
    fireEvent.click(screen.getByRole('button', { name: 'Connect now' }));
    await waitFor(() => expect(server.connected).toBe(true));
  });
});

describe('what was typed and not saved', () => {
  it('is not found by the next employee at the same computer', async () => {
    localStorage.setItem('ringcard.drafts_of', 'e9');
    localStorage.setItem('ringcard.note.k1', 'Private');
    localStorage.setItem('ringcard.theme', 'dark');
    await open(new FakeServer(aMe()));
    await waitFor(() => expect(localStorage.getItem('ringcard.note.k1')).toBeNull());
    expect(localStorage.getItem('ringcard.theme')).toBe('dark');
  });

  it('is found by the same one again', async () => {
    localStorage.setItem('ringcard.drafts_of', 'e1');
    localStorage.setItem('ringcard.note.k1', 'Mine');
    await open(new FakeServer(aMe()));
    expect(localStorage.getItem('ringcard.note.k1')).toBe('Mine');
  });
});

describe('an unknown caller', () => {
  it('gets a card with the number filled in; saving links the call and turns the pop into the card', async () => {
    const server = new FakeServer(aMe(), (asked) =>
      asked.method === 'POST' && asked.path === '/contacts' ? { status: 201, body: anna } : undefined,
    );
    await open(server);
    act(() => server.snapshot({ pops: [aPop()] }));
    const phone = await screen.findByLabelText<HTMLInputElement>('Phone');
    expect(phone.value).toBe('+7 495 919 55 57');
    expect(document.activeElement).toBe(document.body);
    fireEvent.click(screen.getByRole('button', { name: 'Save card' }));
    expect(await screen.findByText('Enter a name: it is what the next call shows.')).toBeTruthy();
    fireEvent.change(screen.getByLabelText('Name'), { target: { value: 'Anna Petrova' } });
    fireEvent.click(screen.getByRole('button', { name: 'Save card' }));
    expect(await screen.findByRole('article', { name: 'Anna Petrova' })).toBeTruthy();
    const sent = server.asked.find((asked) => asked.method === 'POST');
    expect(sent?.body).toMatchObject({
      name: 'Anna Petrova',
      call_id: 'c1',
      phones: [{ number: '+74959195557' }],
    });
  });

  it('who hides the number is asked for no card', async () => {
    const server = new FakeServer(aMe());
    await open(server);
    const nobody = { number: null, presented: null, device: null, name: null };
    act(() => server.snapshot({ pops: [aPop({ mark: 'withheld', caller: nobody })] }));
    expect(await screen.findByRole('article', { name: 'Number hidden' })).toBeTruthy();
    expect(screen.queryByLabelText('Phone')).toBeNull();
  });
});

describe('somebody without a session', () => {
  it('signs in, and is told why not', async () => {
    let signedIn = false;
    const server = new FakeServer(aMe(), (asked) => {
      if (asked.path !== '/session') return undefined;
      if (asked.method === 'POST') {
        signedIn = (asked.body as { password: string }).password === 'right';
        return signedIn ? undefined : { status: 401, body: { status: 401, error_id: 'sign_in_refused' } };
      }
      return signedIn ? undefined : { status: 401, body: { status: 401, error_id: 'not_signed_in' } };
    });
    render(<App />);
    const password = await screen.findByLabelText('Password');
    fireEvent.change(screen.getByLabelText('Login'), { target: { value: 'employee' } });
    fireEvent.change(password, { target: { value: 'wrong' } });
    fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect((await screen.findByRole('alert')).textContent).toContain('do not match');
    fireEvent.change(password, { target: { value: 'right' } });
    fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(server.connected).toBe(true));
  });
});
