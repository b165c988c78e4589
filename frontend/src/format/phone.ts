/**
 * Numbers as people read them: grouped the way the number's country groups them. Only for showing; what is sent to
 * the server is what was typed, because the company's numbering plan lives there.
 */
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

const NO_BREAK = '\u00a0';

const known = new Map<string, string>();

export function formatPhone(number: string): string {
  let text = known.get(number);
  if (text === undefined) {
    text = group(number);
    if (known.size > 5000) known.clear();
    known.set(number, text);
  }
  return text;
}

function group(number: string): string {
  if (!number.startsWith('+')) return number;
  const parsed = parsePhoneNumberFromString(number);
  if (!parsed) return number;
  return parsed.formatInternational().replaceAll(' ', NO_BREAK);
}

/** A phone of a card: its number, or what was written where that is no number. */
export function phoneWords(phone: { number: string | null; presented: string }): string {
  return phone.number === null ? phone.presented : formatPhone(phone.number);
}

/** A text with the numbers that `formatPhone` grouped as they are dialled; other texts, dates and sums stay. */
export function withPlainNumbers(text: string): string {
  return text.replace(/\+\d(?:[-()\u00a0\u2011]*\d){6,}/g, (number) => number.replace(/[^+\d]/g, ''));
}

/** Could this be dialled? Digits with what people put between them, a leading plus, star codes, an extension. */
export function looksDialable(text: string): boolean {
  const bare = text.replace(/[\s()\-.\u00a0\u2011]/g, '');
  return /^\+?[0-9*#]{2,20}$/.test(bare);
}

export function bareNumber(text: string): string {
  return text.replace(/[^0-9+*#]/g, '');
}
