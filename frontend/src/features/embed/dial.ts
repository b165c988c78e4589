/**
 * The page behind `embed.js`: a page of another site opened this window with a number, and an employee who is signed in
 * here says whether to call. A site that the administrator allowed (`server.allowed_origins`) is not asked about, but it has
 * to say the number by a message, whose origin a browser vouches for; an address anybody can write.
 */
import '../../app/tokens.css';

import { ask as request, query, Refused, rememberToken } from '../../api/http';
import type { Contact, Me, Page } from '../../api/types';
import { errorWords } from '../../app/errors';
import { firstLanguage } from '../../app/preferences';
import { bareNumber, formatPhone, looksDialable } from '../../format/phone';
import { startWords, withWords, wordsIn, type Words } from '../../i18n';
import { ask, tell, type Shown } from './asking';

/** How long the page that opened us may take to say that it is allowed. */
const ANSWERS_WITHIN_MS = 1_000;
const CLOSES_AFTER_MS = 8_000;

interface Opener {
  origin: string;
  number: string;
}

/** The number in a message of `embed.js`; null if it is something else. */
export function numberSaid(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const { type, number } = data as { type?: unknown; number?: unknown };
  return type === 'ringcard.dial' && typeof number === 'string' ? number : null;
}

/** What our opener says, if it is one of the allowed. */
function allowedOpener(allowed: string[]): Promise<Opener | null> {
  const opener = window.opener as Window | null;
  if (!opener || allowed.length === 0) return Promise.resolve(null);
  return new Promise((resolve) => {
    const heard = (event: MessageEvent): void => {
      const number = numberSaid(event.data);
      if (event.source !== opener || number === null) return;
      answer(allowed.includes(event.origin.toLowerCase()) ? { origin: event.origin, number } : null);
    };
    const late = setTimeout(() => answer(null), ANSWERS_WITHIN_MS);
    const answer = (found: Opener | null): void => {
      clearTimeout(late);
      window.removeEventListener('message', heard);
      resolve(found);
    };
    window.addEventListener('message', heard);
    // Nothing in it is secret, and who the opener is cannot be known before it answers.
    opener.postMessage({ type: 'ringcard.ready' }, '*');
  });
}

async function call(number: string, me: Me, key: string): Promise<string> {
  const device = me.devices[0];
  const body = device === undefined ? { number } : { number, device };
  const answer = await request<{ call_id: string }>('POST', '/calls', body, undefined, {
    'Idempotency-Key': key,
  });
  return answer.call_id;
}

async function whose(number: string): Promise<string | null> {
  const found = await request<Page<Contact>>('GET', `/contacts${query({ number, limit: 2 })}`);
  return found.items.length === 1 ? (found.items[0]?.name ?? null) : null;
}

function siteOf(referrer: string): string | null {
  try {
    return new URL(referrer).host || null;
  } catch {
    return null;
  }
}

async function begin(root: HTMLElement, words: Words): Promise<void> {
  let me: Me;
  let allowed: string[];
  try {
    me = await request<Me>('GET', '/session');
    rememberToken(me.csrf_token);
    allowed = (await request<{ allowed_origins: string[] }>('GET', '/visitors')).allowed_origins;
  } catch (error) {
    signInFirst(root, words, error);
    return;
  }
  const opener = await allowedOpener(allowed.map((origin) => origin.toLowerCase()));
  const number = opener?.number ?? new URLSearchParams(location.hash.slice(1)).get('number') ?? '';
  if (!looksDialable(number)) {
    tell(root, words('embed.no_number'), 'failed');
    return;
  }
  const key = crypto.randomUUID();
  const shown = formatPhone(bareNumber(number));

  const dial = async (says: Shown['says']): Promise<void> => {
    try {
      const callId = await call(number, me, key);
      says(words('dial.pick_up', { device: me.devices[0] ?? '', number: shown }), 'told');
      if (opener) (window.opener as Window).postMessage({ type: 'ringcard.dialled', callId }, opener.origin);
      setTimeout(() => window.close(), CLOSES_AFTER_MS);
    } catch (error) {
      says(errorWords(words, error), 'failed');
    }
  };

  if (opener) {
    tell(root, words('embed.calling', { number: shown }), 'told');
    return dial((text, kind) => tell(root, text, kind));
  }
  const site = siteOf(document.referrer);
  const asking = ask(
    root,
    {
      title: words('embed.title'),
      number: shown,
      who: null,
      site: site === null ? null : words('embed.site', { site }),
      call: words('embed.call'),
      cancel: words('embed.cancel'),
      remember: null,
    },
    { call: () => void dial((text, kind) => asking.says(text, kind)), cancel: () => window.close() },
  );
  const name = await whose(number).catch(() => null);
  if (name !== null) asking.who(name);
}

function signInFirst(root: HTMLElement, words: Words, error: unknown): void {
  if (!(error instanceof Refused) || error.errorId !== 'not_signed_in') {
    tell(root, errorWords(words, error), 'failed');
    return;
  }
  const link = document.createElement('a');
  link.href = '/';
  link.target = 'ringcard';
  link.textContent = words('embed.sign_in');
  const again = document.createElement('button');
  again.type = 'button';
  again.textContent = words('embed.again');
  again.addEventListener('click', () => location.reload());
  tell(root, words('embed.signed_out'), 'failed', link, again);
}

const root = document.getElementById('root');
if (root) {
  const language = firstLanguage();
  document.documentElement.lang = language;
  const loading = startWords(language).then(() => withWords('embed', wordsIn(language)));
  void loading.then((words) => {
    document.title = words('embed.title');
    return begin(root, words);
  });
}
