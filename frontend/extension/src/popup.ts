/** Behind the toolbar's button: this page's switch, its numbers for who works by keyboard, and the calls now. */
import '../../src/app/tokens.css';
import './pages.css';

import { dress } from './dress';
import type { Answer, FromOwn, Shown, SiteChoice, Status } from './messages';
import { patternOf, siteOf } from './settings';
import { grouped } from './shown';
import { speak, words } from './words';

const say = (message: FromOwn): Promise<unknown> => chrome.runtime.sendMessage(message);
const MOST = 20;

function at(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`there is no #${id}`);
  return found;
}

function callLine(call: Shown): HTMLElement {
  const line = document.createElement('li');
  const name = document.createElement('strong');
  name.textContent = call.title;
  line.append(name, ` ${call.number}`);
  return line;
}

function numberLine(number: string): HTMLElement {
  const line = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = words('call_number', grouped(number));
  button.addEventListener('click', () => {
    button.disabled = true;
    void say({ kind: 'dial', number }).then((answer) => {
      at('told').textContent = (answer as Answer).text;
      button.disabled = false;
    });
  });
  line.append(button);
  return line;
}

async function begin(): Promise<void> {
  dress(document);
  speak(document);
  at('settings').addEventListener('click', () => void chrome.runtime.openOptionsPage());
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  const host = siteOf(tab?.url);
  const status = (await say({ kind: 'status' })) as Status;
  at('told').textContent =
    status.problem ??
    (status.state === 'none'
      ? words('not_connected')
      : words('connected_as', status.name ?? '', status.device ?? '—'));
  at('calls').replaceChildren(...status.calls.map(callLine));
  if (host === null || tab?.id === undefined || host === siteOf(status.server ?? undefined)) {
    at('here').textContent = words('no_site');
    return;
  }
  const tabId = tab.id;
  const sites = (await say({ kind: 'sites' })) as Record<string, SiteChoice>;
  const numbers = (await chrome.tabs
    .sendMessage(tabId, { kind: 'numbers' }, { frameId: 0 })
    .catch(() => null)) as string[] | null;
  const on = numbers !== null && sites[host] !== 'off';
  at('here').textContent = words(on ? 'site_is_on' : 'site_is_off', host);
  const turn = at('switch');
  turn.hidden = false;
  turn.textContent = words(on ? 'turn_off' : 'turn_on');
  turn.addEventListener('click', () => void (on ? off(host) : turnOn(host, tabId)));
  at('numbers').replaceChildren(...(on ? numbers : []).slice(0, MOST).map(numberLine));
}

async function off(host: string): Promise<void> {
  await say({ kind: 'site', host, how: 'off' });
  window.close();
}

async function turnOn(host: string, tabId: number): Promise<void> {
  if (!(await chrome.permissions.request({ origins: [patternOf(host)] }))) return;
  await say({ kind: 'site', host, how: 'ask' });
  const target = { tabId, allFrames: true };
  await chrome.scripting.insertCSS({ target, files: ['content.css'] });
  await chrome.scripting.executeScript({ target, files: ['content.js'] });
  window.close();
}

void begin();
