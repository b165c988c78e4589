/** Times, durations and money in the employee's language and zone. */
import type { Language } from '../api/types';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: Language, key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${language} ${key}`;
  let each = formats.get(name);
  if (!each) {
    each = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'ru-RU', options);
    formats.set(name, each);
  }
  return each;
}

/** 3:12, 1:02:09: for timers and for how long a call took. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

const MINUTE_S = 60;

/** 10 min, 1 min 30 s: what a setting of so many seconds comes to. */
export function formatSpan(language: Language, seconds: number): string {
  const of = (value: number, unit: 'minute' | 'second'): string =>
    new Intl.NumberFormat(language, { style: 'unit', unit }).format(value);
  const parts = [
    [Math.floor(seconds / MINUTE_S), 'minute'],
    [Math.round(seconds % MINUTE_S), 'second'],
  ] as const;
  return parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => of(value, unit))
    .join(' ');
}

export function formatTime(language: Language, at: string | number): string {
  return format(language, 'time', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
}

/** The time since when something is so, with the day if that was not today: “18:02”, “19 Nov, 18:02”. */
export function formatSince(language: Language, at: string | number, nowMs: number): string {
  if (dayOf(language, at, nowMs).day === 'today') return formatTime(language, at);
  const options = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
  return format(language, 'since', options).format(new Date(at));
}

/** The whole moment, for hovering and focus. */
export function formatMoment(language: Language, at: string | number): string {
  return format(language, 'moment', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(at));
}

/** The whole day, for hovering over one that has no time. */
export function formatDay(language: Language, at: string | number): string {
  const options = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;
  return format(language, 'whole day', options).format(new Date(at));
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
];

/** How long ago, or in how long: “5 minutes ago”, “через 2 часа”, to the minute. */
export function formatAway(language: Language, awayMs: number): string {
  const words = new Intl.RelativeTimeFormat(language === 'en' ? 'en-GB' : 'ru-RU', { numeric: 'auto' });
  const [unit, ms] = STEPS.find(([, size]) => Math.abs(awayMs) >= size) ?? (['minute', 60_000] as const);
  const count = Math.trunc(awayMs / ms);
  return count === 0 ? words.format(0, 'second') : words.format(count, unit);
}

export type Day = { day: 'today' } | { day: 'yesterday' } | { day: 'date'; text: string };

function dayNumber(at: Date): number {
  return Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / 86_400_000;
}

export function dayOf(language: Language, at: string | number, nowMs: number): Day {
  const date = new Date(at);
  const now = new Date(nowMs);
  const ago = dayNumber(now) - dayNumber(date);
  if (ago === 0) return { day: 'today' };
  if (ago === 1) return { day: 'yesterday' };
  const text =
    date.getFullYear() === now.getFullYear()
      ? format(language, 'day', { day: 'numeric', month: 'short' }).format(date)
      : format(language, 'date', { day: 'numeric', month: 'short', year: 'numeric' }).format(date);
  return { day: 'date', text };
}

/** An order's date is a calendar day (`2026-11-19`) or a moment; a day must not slip to the one before in the west. */
export function localDate(at: string): number {
  const [year = 0, month = 1, day = 1] = at.split('-').map(Number);
  return /^\d{4}-\d{2}-\d{2}$/.test(at) ? new Date(year, month - 1, day).getTime() : Date.parse(at);
}

/** A decimal string with its currency; kopecks only if there are any. An unknown currency is written as it is. */
export function formatMoney(language: Language, amount: string, currency: string | null): string {
  const value = Number(amount);
  if (!Number.isFinite(value)) return currency ? `${amount} ${currency}` : amount;
  const digits = Number.isInteger(value) ? 0 : 2;
  const locale = language === 'en' ? 'en-GB' : 'ru-RU';
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  try {
    if (currency)
      return new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        currencyDisplay: 'narrowSymbol',
        ...options,
      }).format(value);
  } catch {
    // Not an ISO 4217 code: fall through.
  }
  const plain = new Intl.NumberFormat(locale, options).format(value);
  return currency ? `${plain}\u00a0${currency}` : plain;
}

export function formatCount(language: Language, value: number): string {
  return new Intl.NumberFormat(language === 'en' ? 'en-GB' : 'ru-RU').format(value);
}
