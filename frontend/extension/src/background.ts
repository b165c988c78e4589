/**
 * Holds the token and the connection, and decides about every call. A browser may end it at any time: what has to
 * outlive that is in storage, and an alarm starts it again.
 */
import { connect, type Ringcard, RingcardError } from '../../sdk/src/index';
import { fromPage, dialable } from './messages';
import type { Answer, FromOwn, FromPage, Look, Shown, Status, ToPage, Welcome } from './messages';
import { keep, patternOf, read, siteOf } from './settings';
import { grouped, shownOf, wanted } from './shown';
import { errorWords, reasonWords, warningWords, words } from './words';

const SCRIPT = 'pages';
const WAKE = 'connection';
const ASKS_FOR_MS = 120_000;
const NEEDED = ['calls.make', 'calls.read'];

/** Who is connected, and the attempt that is under way. */
let ringcard: Ringcard | null = null;
let trying: Promise<Ringcard | null> | null = null;
let problem: string | null = null;

// The connection

function ensure(): Promise<Ringcard | null> {
  if (ringcard && ringcard.state !== 'closed' && ringcard.state !== 'signed_out') {
    ringcard.retryNow();
    return Promise.resolve(ringcard);
  }
  trying ??= begin().finally(() => {
    trying = null;
  });
  return trying;
}

async function begin(): Promise<Ringcard | null> {
  const { server, token } = await read();
  if (server === null || token === null) return null;
  try {
    take(await connect({ server, token, show: (url) => void chrome.tabs.create({ url }) }));
  } catch (error) {
    problem = errorWords(error);
    void badge();
  }
  return ringcard;
}

function take(next: Ringcard): void {
  ringcard?.close();
  ringcard = next;
  problem = null;
  next.on('change', () => void tellPages());
  next.on('end', () => void tellPages());
  next.on('hide', () => void tellPages());
  next.on('request', ({ service, state, reason }) => {
    const failed = state === 'failed' || state === 'timed_out';
    if (service === 'MakeCall' && failed) void tellActive(reasonWords(reason, next.me.devices[0] ?? ''));
  });
  next.on('state', (state) => {
    if (state === 'signed_out') problem = words('error_token');
    void tellPages();
  });
  void tellPages();
}

// The calls, over pages and on the button

function shown(): Shown[] {
  if (!ringcard) return [];
  return wanted(
    ringcard.calls().flatMap((call) => shownOf(call) ?? []),
    ringcard.popWhen,
  );
}

async function tellPages(): Promise<void> {
  await badge();
  const calls = shown();
  for (const { id } of await chrome.tabs.query({ active: true }))
    if (id !== undefined) tell(id, { kind: 'calls', calls });
}

/** Never a silent failure: wherever the employee looks now. */
async function tellActive(text: string): Promise<void> {
  for (const { id } of await chrome.tabs.query({ active: true }))
    if (id !== undefined) tell(id, { kind: 'told', text, failed: true });
}

function tell(tabId: number, message: ToPage): void {
  // A tab without our script has nobody who hears.
  chrome.tabs.sendMessage(tabId, message).catch(() => undefined);
}

async function badge(): Promise<void> {
  const ringing = ringcard?.calls().some((call) => call.state === 'ringing') ?? false;
  const wrong = problem !== null || ringcard?.state === 'lost';
  await chrome.action.setBadgeBackgroundColor({ color: ringing ? '#0b7a58' : '#b3261e' });
  await chrome.action.setBadgeText({ text: ringing ? '☎' : wrong ? '!' : '' });
  await chrome.action.setTitle({ title: problem ?? words('name') });
}

// The pages

/** Puts the content script into the pages that the user granted, but for those where it is switched off. */
async function register(): Promise<void> {
  const { server, sites } = await read();
  const own = siteOf(server ?? undefined);
  const granted = (await chrome.permissions.getAll()).origins ?? [];
  const matches = granted.filter((pattern) => own === null || pattern !== patternOf(own));
  const off = Object.keys(sites).filter((host) => sites[host] === 'off' && !host.includes(':'));
  const excludeMatches = [...off, ...(own !== null && !own.includes(':') ? [own] : [])].map(patternOf);
  await chrome.scripting.unregisterContentScripts().catch(() => undefined);
  if (matches.length === 0) return;
  await chrome.scripting.registerContentScripts([
    {
      id: SCRIPT,
      matches,
      ...(excludeMatches.length > 0 ? { excludeMatches } : {}),
      js: ['content.js'],
      css: ['content.css'],
      allFrames: true,
      runAt: 'document_idle',
      persistAcrossSessions: true,
    },
  ]);
}

/** The sites that a message comes from: the frame's, and that of the page it is in. */
function placesOf(sender: chrome.runtime.MessageSender): { frame: string | null; page: string | null } {
  const frame = siteOf(sender.origin ?? sender.url);
  const page = siteOf(sender.tab?.url);
  return { frame, page: page ?? (sender.frameId === 0 ? frame : null) };
}

async function fromContent(message: FromPage, sender: chrome.runtime.MessageSender): Promise<unknown> {
  const { frame, page } = placesOf(sender);
  const { server, country, sites } = await read();
  const off = [frame, page].some(
    (site) => site !== null && (sites[site] === 'off' || site === siteOf(server ?? undefined)),
  );
  switch (message.kind) {
    case 'hello': {
      await ensure();
      return { on: !off, country, calls: off ? [] : shown() } satisfies Welcome;
    }
    case 'dial': {
      if (off || frame === null) return refused(words('error_off'));
      // A trusted page in a frame of another site may be covered by it: both have to be.
      const trusted = page !== null && sites[frame] === 'trusted' && sites[page] === 'trusted';
      // What speaks against a call is asked about even there: at night, a number that costs extra.
      const { allowed, warnings } = trusted ? await look(message.number) : { allowed: false, warnings: [] };
      return allowed && warnings.length === 0
        ? dial(message.number)
        : ask(message.number, page ?? frame, sender.tab?.id);
    }
    case 'open': {
      const call = ringcard?.calls().find(({ popId }) => popId === message.popId);
      if (call) ringcard?.screenPop({ callId: call.callId });
      return null;
    }
    case 'hide':
      ringcard?.hide({ popId: message.popId });
      await tellPages();
      return null;
    case 'shown':
      ringcard?.shown(message, new Date(message.at));
      return null;
  }
}

// Calling

const refused = (text: string): Answer => ({ ok: false, text });

async function dial(number: string): Promise<Answer> {
  const here = await ensure();
  if (!here) return refused(problem ?? words('error_not_connected'));
  try {
    await here.dial(number);
    return { ok: true, text: words('pick_up', here.me.devices[0] ?? '', grouped(number)) };
  } catch (error) {
    return refused(errorWords(error));
  }
}

/** Whose number it is and what speaks against calling; nothing of that if it cannot be asked now. */
async function look(number: string): Promise<Look> {
  const preview = await (await ensure())?.preview(number).catch(() => null);
  return {
    who: preview?.who ?? '',
    warnings: preview?.warnings.map(({ code, localTime }) => warningWords(code, localTime)) ?? [],
    allowed: preview?.allowed ?? true,
  };
}

interface Asking {
  id: string;
  number: string;
  site: string;
  tabId: number | null;
  windowId: number | null;
  at: number;
}

async function asking(): Promise<Asking | null> {
  const { asking } = await chrome.storage.session.get('asking');
  const found = asking as Asking | undefined;
  return found && Date.now() - found.at < ASKS_FOR_MS ? found : null;
}

/** Opens our own window, which no page can cover or press. There is one at a time: a page cannot fill the screen. */
async function ask(number: string, site: string, tabId: number | undefined): Promise<Answer> {
  const before = await asking();
  if (before?.windowId != null) await chrome.windows.remove(before.windowId).catch(() => undefined);
  const next: Asking = {
    id: crypto.randomUUID(),
    number,
    site,
    tabId: tabId ?? null,
    windowId: null,
    at: Date.now(),
  };
  await chrome.storage.session.set({ asking: next });
  const url = chrome.runtime.getURL(`call.html#${next.id}`);
  const window = await chrome.windows.create({ url, type: 'popup', width: 420, height: 400, focused: true });
  await chrome.storage.session.set({ asking: { ...next, windowId: window.id ?? null } });
  return { ok: true, text: '' };
}

async function answered(id: string, remember: boolean): Promise<Answer> {
  const found = await asking();
  if (found?.id !== id) return refused(words('error_asked_no_more'));
  await chrome.storage.session.remove('asking');
  if (remember) {
    const { sites } = await read();
    await keep({ sites: { ...sites, [found.site]: 'trusted' } });
  }
  const answer = await dial(found.number);
  // Refused, it may be tried again in the same window.
  if (!answer.ok) await chrome.storage.session.set({ asking: { ...found, at: Date.now() } });
  else if (found.tabId !== null) tell(found.tabId, { kind: 'told', text: answer.text, failed: false });
  return answer;
}

// Our own pages

async function status(): Promise<Status> {
  const { server, country } = await read();
  return {
    server,
    state:
      server === null ? 'none' : problem !== null && ringcard?.state !== 'up' ? 'failed' : stateOf(ringcard),
    name: ringcard?.me.name ?? null,
    device: ringcard?.me.devices[0] ?? null,
    lacks: ringcard ? NEEDED.filter((scope) => !ringcard?.me.permissions.includes(scope)) : [],
    problem,
    country,
    calls: ringcard?.calls().flatMap((call) => shownOf(call) ?? []) ?? [],
  };
}

function stateOf(one: Ringcard | null): Status['state'] {
  return one === null || one.state === 'closed' ? 'connecting' : one.state;
}

async function fromOwn(message: FromOwn): Promise<unknown> {
  switch (message.kind) {
    case 'status':
      await ensure();
      return status();
    case 'connect':
      try {
        const next = await connect({
          server: message.server,
          token: message.token.trim(),
          show: (url) => void chrome.tabs.create({ url }),
        });
        await keep({ server: new URL(message.server.trim()).origin, token: message.token.trim() });
        take(next);
        await register();
      } catch (error) {
        // What worked before still does.
        const failed =
          error instanceof RingcardError ? error : new RingcardError('unexpected', String(error));
        return { ...(await status()), state: 'failed', problem: errorWords(failed) } satisfies Status;
      }
      return status();
    case 'disconnect':
      ringcard?.close();
      ringcard = null;
      problem = null;
      await chrome.storage.local.remove(['server', 'token']);
      await tellPages();
      return status();
    case 'country':
      await keep({ country: message.country });
      return null;
    case 'sites':
      return (await read()).sites;
    case 'site': {
      const { sites } = await read();
      const others = Object.entries(sites).filter(([host]) => host !== message.host);
      if (message.how !== null) others.push([message.host, message.how]);
      await keep({ sites: Object.fromEntries(others) });
      await register();
      await turn(message.host, message.how !== 'off');
      return null;
    }
    case 'asked': {
      const found = await asking();
      return found?.id === message.id ? { ...found, ...(await look(found.number)) } : null;
    }
    case 'call':
      return answered(message.id, message.remember);
    case 'dial': {
      const number = dialable(message.number);
      return number === null ? refused(words('error_number')) : dial(number);
    }
  }
}

/** Open pages of a site need not be loaded again to be switched. */
async function turn(host: string, on: boolean): Promise<void> {
  for (const { id, url } of await chrome.tabs.query({}))
    if (id !== undefined && siteOf(url) === host) tell(id, { kind: 'site', on });
}

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  if (sender.id !== chrome.runtime.id) return false;
  const isOwn = sender.url?.startsWith(chrome.runtime.getURL('')) ?? false;
  const said = isOwn ? null : fromPage(message);
  if (!isOwn && said === null) return false;
  const answering = said === null ? fromOwn(message as FromOwn) : fromContent(said, sender);
  answering.then(answer, (error: unknown) => answer(refused(errorWords(error))));
  return true;
});
chrome.tabs.onActivated.addListener(({ tabId }) => tell(tabId, { kind: 'calls', calls: shown() }));
chrome.permissions.onAdded.addListener(() => void register());
chrome.permissions.onRemoved.addListener(() => void register());
chrome.alarms.onAlarm.addListener(({ name }) => {
  if (name === WAKE) void ensure();
});
chrome.runtime.onStartup.addListener(() => void register());
chrome.runtime.onInstalled.addListener(({ reason }) => {
  void register();
  if (reason === 'install') void chrome.runtime.openOptionsPage();
});

// Content scripts run in pages' processes: what is kept here is none of their business.
void chrome.storage.local.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' });
void chrome.alarms.create(WAKE, { periodInMinutes: 0.5 });
void ensure();
