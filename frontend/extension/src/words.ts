/** The words of `_locales`, in the browser's language. */
import type english from '../_locales/en/messages.json';

export type Word = keyof typeof english;

export function words(word: Word, ...values: string[]): string {
  return chrome.i18n.getMessage(word, values) || word;
}

/** The language of `_locales` that is spoken here, as in `en-GB`. */
export function language(): string {
  return chrome.i18n.getMessage('@@ui_locale').replace('_', '-');
}

/** Fills in the words of a page of ours: `data-word="key"` for the text, `data-label` for what is read out. */
export function speak(root: Document): void {
  root.documentElement.lang = language().startsWith('ru') ? 'ru' : 'en';
  for (const element of root.querySelectorAll<HTMLElement>('[data-word]'))
    element.textContent = words(element.dataset.word as Word);
  for (const element of root.querySelectorAll<HTMLElement>('[data-label]'))
    element.setAttribute('aria-label', words(element.dataset.label as Word));
}

const ERRORS: Record<string, Word> = {
  unreachable: 'error_unreachable',
  unexpected: 'error_unexpected',
  invalid_request: 'error_address',
  token_refused: 'error_token',
  not_signed_in: 'error_token',
  not_allowed: 'error_not_allowed',
  number_invalid: 'error_number',
  no_device: 'error_no_device',
  pbx_unreachable: 'error_pbx',
  pbx_refused: 'error_pbx_refused',
  too_many_attempts: 'error_attempts',
};

export function errorWords(error: unknown): string {
  const { id, message } = error as { id?: string; message?: string };
  const word = id === undefined ? undefined : ERRORS[id];
  return word ? words(word) : words('error_other', message ?? '');
}

const REASONS: Record<string, Word> = {
  busy: 'reason_busy',
  no_answer: 'reason_no_answer',
  rejected: 'reason_rejected',
  unreachable: 'reason_unreachable',
  not_in_service: 'reason_not_in_service',
  congestion: 'reason_congestion',
  phone_no_answer: 'reason_phone_no_answer',
};

/** Why a call was not made. */
export function reasonWords(reason: string | null, device: string): string {
  return words(REASONS[reason ?? ''] ?? 'reason_other', device);
}

const WARNINGS: Record<string, Word> = {
  night: 'warning_night',
  do_not_call: 'warning_do_not_call',
  premium: 'warning_premium',
  blocked: 'warning_blocked',
  self: 'warning_self',
  mobile_twin: 'warning_mobile_twin',
};

/** What speaks against a call; `localTime` is RFC 3339 in the zone of whoever is called. */
export function warningWords(code: string, localTime: string | null): string {
  const word = WARNINGS[code];
  return word ? words(word, localTime?.slice(11, 16) ?? '') : code;
}
