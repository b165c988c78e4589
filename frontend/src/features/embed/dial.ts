/**
 * The page behind `embed.js`: a page of another site opened this window with a number, and an employee who is signed in
 * here says whether to call. A site that the administrator allowed (`server.allowed_origins`) is not asked about, but it has
 * to say the number by a message, whose origin a browser vouches for; an address anybody can write.
 */
import '../../app/tokens.css';

import { ask as request, query, Refused, rememberToken } from '../../api/http';
import { newKey } from '../../api/key';
import type { Me } from '../../api/types';
import type { components } from '../../client/schema';
import { errorWords } from '../../app/errors';
import { firstLanguage } from '../../app/preferences';
import { bareNumber, formatPhone, looksDialable } from '../../format/phone';
import { startWords, withWords, wordsIn, type Words } from '../../i18n';
import { ask, tell, type Shown } from './asking';

/** How long the page that opened us may take to say that it is allowed. */
const ANSWERS_WITHIN_MS = 1_000;
const CLOSES_AFTER_MS = 2_500;
const LOOKS_EVERY_MS = 1_000;

type Schemas = components['schemas'];
type Made = Schemas['CallStarted'];

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

async function call(number: string, device: string | null, key: string): Promise<Made> {
  const body = device === null ? { number } : { number, device };
  return request<Made>('POST', '/calls', body, undefined, { 'Idempotency-Key': key });
}

/** What became of it, once that is known. */
async function outcome({ call_id, request_id }: Made): Promise<Schemas['ServiceRequest']> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOKS_EVERY_MS));
    const now = await request<Schemas['ServiceRequest']>(
      'GET',
      `/calls/${encodeURIComponent(call_id)}/services/${encodeURIComponent(request_id)}`,
    );
    if (now.state !== 'accepted') return now;
  }
}

const REASONS = [
  'busy',
  'no_answer',
  'rejected',
  'unreachable',
  'not_in_service',
  'congestion',
  'forwarding_circle',
  'phone_no_answer',
] as const;

function reasonWords(words: Words, { reason, device }: Schemas['ServiceRequest']): string {
  const known = REASONS.find((each) => each === reason) ?? 'other';
  return words(`embed.reasons.${known}`, { device });
}

function warningWords(words: Words, { code, local_time }: Schemas['DialWarning']): string {
  return words(`embed.warnings.${code}`, { time: local_time?.slice(11, 16) ?? '' });
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
  let preview: Schemas['DialPreview'];
  try {
    preview = await request<Schemas['DialPreview']>('GET', `/dial${query({ q: number })}`);
  } catch (error) {
    tell(root, errorWords(words, error), 'failed');
    return;
  }
  const shown = formatPhone(preview.number ?? bareNumber(number));

  const dial = async (says: Shown['says']): Promise<void> => {
    try {
      // Each press is another call: the button is off until this one has failed.
      const made = await call(number, preview.device, newKey());
      says(words('dial.pick_up', { device: preview.device ?? '', number: shown }), 'told');
      if (opener)
        (window.opener as Window).postMessage(
          { type: 'ringcard.dialled', callId: made.call_id },
          opener.origin,
        );
      const became = await outcome(made);
      if (became.state === 'done') setTimeout(() => window.close(), CLOSES_AFTER_MS);
      else says(reasonWords(words, became), 'failed');
    } catch (error) {
      says(errorWords(words, error), 'failed');
    }
  };

  const warnings = preview.warnings.map((warning) => warningWords(words, warning));
  if (opener && preview.allowed && warnings.length === 0) {
    tell(root, words('embed.calling', { number: shown }), 'told');
    return dial((text, kind) => tell(root, text, kind));
  }
  const site = siteOf(document.referrer);
  const asking = ask(
    root,
    {
      title: words('embed.title'),
      number: shown,
      who: preview.contact?.name ?? preview.colleague?.name ?? '',
      warnings: preview.allowed || warnings.length > 0 ? warnings : [words('embed.no_number')],
      allowed: preview.allowed,
      site: site === null ? null : words('embed.site', { site }),
      call: words('embed.call'),
      cancel: words('embed.cancel'),
      remember: null,
    },
    {
      call: () => void dial((text, kind) => asking.says(text, kind)),
      cancel: () => window.close(),
    },
  );
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
