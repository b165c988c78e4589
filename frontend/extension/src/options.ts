/** The options: which ringcard, tried at once; on which pages; which sites are off or trusted. */
import '../../src/app/tokens.css';
import './pages.css';

import { getCountries } from 'libphonenumber-js/max';

import { dress } from './dress';
import type { FromOwn, SiteChoice, Status } from './messages';
import { siteOf } from './settings';
import { errorWords, language, speak, words } from './words';
import { addressOf } from '../../sdk/src/rest';

const EVERYWHERE = ['*://*/*'];
const say = (message: FromOwn): Promise<unknown> => chrome.runtime.sendMessage(message);

function at(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`there is no #${id}`);
  return found;
}

const field = (id: string): HTMLInputElement => at(id) as HTMLInputElement;

function tell(id: string, text: string, kind: 'good' | 'bad' | 'plain'): void {
  const said = at(id);
  said.textContent = text;
  said.dataset.kind = kind;
}

function show(status: Status): void {
  at('leave').hidden = status.server === null;
  if (status.server !== null && field('server').value === '') field('server').value = status.server;
  const { state, name, device, lacks, problem } = status;
  if (state === 'none') tell('told', words('not_connected'), 'plain');
  else if (state === 'up' && lacks.length > 0)
    tell('told', words('lacks', name ?? '', lacks.join(', ')), 'bad');
  else if (state === 'up')
    tell(
      'told',
      device ? words('connected', name ?? '', device) : words('connected_without', name ?? ''),
      device ? 'good' : 'bad',
    );
  else if (problem !== null) tell('told', problem, 'bad');
  else tell('told', words(state === 'signed_out' ? 'error_token' : 'connecting'), 'plain');
}

async function join(): Promise<void> {
  const server = field('server').value.trim();
  const token = field('token').value.trim();
  let address: string;
  try {
    address = addressOf(server);
  } catch (error) {
    tell('told', errorWords(error), 'bad');
    return;
  }
  // Straight from the click: the browser asks its user only then.
  const granted = await chrome.permissions.request({
    origins: [`${new URL(address).protocol}//${new URL(address).hostname}/*`],
  });
  if (!granted) {
    tell('told', words('server_not_granted'), 'bad');
    return;
  }
  tell('told', words('connecting'), 'plain');
  const status = (await say({ kind: 'connect', server: address, token })) as Status;
  if (status.state === 'up') field('token').value = '';
  show(status);
}

async function showPages(): Promise<void> {
  const all = (await chrome.permissions.getAll()).origins ?? [];
  const everywhere = all.some((pattern) => pattern === '*://*/*' || pattern === '<all_urls>');
  at('everywhere').hidden = everywhere;
  at('nowhere').hidden = !everywhere;
  tell('pages', words(everywhere ? 'on_all' : 'on_some'), 'plain');
}

const CHOICES: SiteChoice[] = ['ask', 'trusted', 'off'];

async function showSites(): Promise<void> {
  const sites = (await say({ kind: 'sites' })) as Record<string, SiteChoice>;
  const hosts = Object.keys(sites).sort();
  at('no-sites').hidden = hosts.length > 0;
  at('sites').replaceChildren(
    ...hosts.map((host) => {
      const row = document.createElement('li');
      const name = document.createElement('span');
      const select = document.createElement('select');
      const remove = document.createElement('button');
      name.textContent = host;
      select.setAttribute('aria-label', host);
      for (const choice of CHOICES) {
        const option = document.createElement('option');
        option.value = choice;
        option.textContent = words(`site_${choice}`);
        option.selected = sites[host] === choice;
        select.append(option);
      }
      select.addEventListener(
        'change',
        () => void say({ kind: 'site', host, how: select.value as SiteChoice }),
      );
      remove.type = 'button';
      remove.textContent = words('remove');
      remove.addEventListener('click', () => void say({ kind: 'site', host, how: null }).then(showSites));
      row.append(name, select, remove);
      return row;
    }),
  );
}

function showCountries(chosen: string): void {
  const names = new Intl.DisplayNames([language()], { type: 'region' });
  const select = at('country') as HTMLSelectElement;
  const named = getCountries().map((code) => ({ code, name: names.of(code) ?? code }));
  named.sort((a, b) => a.name.localeCompare(b.name));
  select.replaceChildren(
    ...named.map(({ code, name }) => {
      const option = document.createElement('option');
      option.value = code;
      option.textContent = name;
      option.selected = code === chosen;
      return option;
    }),
  );
  select.addEventListener('change', () => void say({ kind: 'country', country: select.value }));
}

async function begin(): Promise<void> {
  dress(document);
  speak(document);
  document.title = words('options');
  at('join').addEventListener('submit', (event) => {
    event.preventDefault();
    void join();
  });
  at('leave').addEventListener(
    'click',
    () => void say({ kind: 'disconnect' }).then((status) => show(status as Status)),
  );
  at('everywhere').addEventListener(
    'click',
    () => void chrome.permissions.request({ origins: EVERYWHERE }).then(showPages),
  );
  at('nowhere').addEventListener(
    'click',
    () => void chrome.permissions.remove({ origins: EVERYWHERE }).then(showPages),
  );
  at('add').addEventListener('submit', (event) => {
    event.preventDefault();
    const site = field('site');
    const typed = site.value.trim();
    const host = siteOf(typed.includes('://') ? typed : `https://${typed}`);
    if (host === null) return;
    site.value = '';
    void say({ kind: 'site', host, how: 'off' }).then(showSites);
  });
  const status = (await say({ kind: 'status' })) as Status;
  show(status);
  showCountries(status.country);
  await Promise.all([showPages(), showSites()]);
}

void begin();
