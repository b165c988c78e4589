import { act, cleanup, configure, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { startWords } from '../../i18n';
import { aContact, aDevice, aMe, aPop } from '../../live/samples';
import { App } from '../App';
import { FakeServer, type Asked } from '../test-browser';

configure({ asyncUtilTimeout: 4000 });
beforeEach(async () => {
  localStorage.clear();
  window.history.pushState(null, '', '/');
  await startWords('en');
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const anna = aContact();
const boris = aDevice({ device: '102', employee: { employee_id: 'e2', name: 'Борис Ёлкин' } });

async function opened(
  answers: (asked: Asked) => { status: number; body?: unknown } | undefined = () => undefined,
) {
  const server = new FakeServer(aMe(), answers);
  render(<App />);
  await waitFor(() => expect(server.connected).toBe(true));
  act(() => server.snapshot({ devices: [boris] }));
  fireEvent.keyDown(document.body, { key: 'k', code: 'KeyK', ctrlKey: true });
  return {
    server,
    box: await screen.findByRole('combobox', { name: 'Find anybody, dial, or do something' }),
  };
}

const type = (box: HTMLElement, value: string) => fireEvent.change(box, { target: { value } });
const press = (box: HTMLElement, key: string, ctrlKey = false) =>
  fireEvent.keyDown(box, { key, code: key, ctrlKey });
const active = (box: HTMLElement) =>
  document.getElementById(box.getAttribute('aria-activedescendant') ?? '')?.textContent;

describe('the palette', () => {
  it('has the focus in its field, and the list is walked by the arrows, round and round', async () => {
    const { box } = await opened();
    expect(document.activeElement).toBe(box);
    const options = within(screen.getByRole('listbox')).getAllByRole('option');
    expect(active(box)).toBe(options[0]?.textContent);
    press(box, 'ArrowDown');
    expect(active(box)).toBe(options[1]?.textContent);
    press(box, 'ArrowUp');
    press(box, 'ArrowUp');
    expect(active(box)).toBe(options.at(-1)?.textContent);
    expect(document.activeElement).toBe(box);
  });

  it('does what is meant although the layout was wrong, and in either language', async () => {
    const { box } = await opened();
    for (const typed of ['dark', 'вфкл', 'тёмн', 'ntvy']) {
      type(box, typed);
      expect(active(box)).toBe('Dark theme');
    }
    press(box, 'Enter');
    expect(document.documentElement.dataset.mantineColorScheme).toBe('dark');
    expect(screen.queryByRole('combobox')).toBeNull();
  });

  it('dials a number as it was typed', async () => {
    const { server, box } = await opened((asked) =>
      asked.method === 'POST' ? { status: 202, body: { call_id: 'c1' } } : undefined,
    );
    type(box, '8 (495) 919-55-57');
    expect(active(box)).toBe('Call 8 (495) 919-55-57');
    press(box, 'Enter');
    await waitFor(() =>
      expect(server.asked).toContainEqual(
        expect.objectContaining({ path: '/calls', body: { number: '84959195557', device: '101' } }),
      ),
    );
  });

  it('finds a card on the server, opens it by Enter and calls by Ctrl-Enter', async () => {
    const { server, box } = await opened((asked) =>
      asked.path.startsWith('/contacts?') && asked.path.includes('q=petr')
        ? { status: 200, body: { items: [anna], next: null } }
        : undefined,
    );
    type(box, 'petr');
    await screen.findByRole('option', { name: /Anna Petrova/ });
    press(box, 'Enter', true);
    await waitFor(() =>
      expect(server.asked).toContainEqual(
        expect.objectContaining({ path: '/calls', body: { number: '+74959195557', device: '101' } }),
      ),
    );
  });

  it('does not let a late answer push what is chosen away', async () => {
    let answer = (): void => undefined;
    const late = new Promise<void>((resolve) => (answer = resolve));
    const { box, server } = await opened();
    const usual = globalThis.fetch;
    vi.stubGlobal('fetch', async (url: string, options: RequestInit) => {
      if (!url.includes('/contacts?')) return usual(url, options);
      await late;
      return new Response(JSON.stringify({ items: [aContact({ name: 'Борис Годунов' })], next: null }));
    });
    type(box, 'борис');
    const before = active(box);
    expect(before).toContain('Борис Ёлкин');
    answer();
    await screen.findByRole('option', { name: /Годунов/ });
    expect(active(box)).toBe(before);
    const options = within(screen.getByRole('listbox')).getAllByRole('option');
    expect(options[0]?.textContent).toBe(before);
    expect(server.connected).toBe(true);
  });

  it('closes by Escape without hiding the call, and gives the focus back', async () => {
    const { server, box } = await opened();
    act(() => server.next({ type: 'pop', pop: aPop({ mark: 'known', contact: anna }) }));
    await screen.findByRole('article', { name: 'Anna Petrova' });
    press(box, 'Escape');
    expect(screen.queryByRole('combobox')).toBeNull();
    expect(screen.getByRole('article', { name: 'Anna Petrova' })).toBeTruthy();
    expect(document.activeElement).toBe(document.body);
  });

  it('offers only what one may do', async () => {
    const { box } = await opened();
    type(box, 'people');
    expect(screen.queryByRole('option', { name: /People.*Settings/ })).toBeNull();
    type(box, 'hide');
    expect(screen.queryByRole('option', { name: 'Hide the call from the screen' })).toBeNull();
  });
});
