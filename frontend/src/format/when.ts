/**
 * A day and a time as somebody writes them: the day first, with whatever between, the year left out if it is the
 * next such day, the time left out if it is nine in the morning. The browser's own field for it speaks the browser's
 * language, which need not be the one on the screen.
 */
import type { Language } from '../api/types';

const MORNING = [9, 0] as const;
const ISO = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2}))?$/;
const ISO_DAY = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const DAY = /^(\d{1,2})[./\-\s](\d{1,2})[./\-\s](\d{4}|\d{2})$/;
/** Two figures after a space are no year: `5.12 15` is somebody on the way to `5.12 15:00`. */
const WRITTEN =
  /^(?:\p{L}+\.?,?\s+)?(\d{1,2})[./\-\s](\d{1,2})(?:(?!\s\d{2}(?!\d))[./\-\s](\d{4}|\d{2}(?![:\d])))?(?:,?\s+(\d{1,2})[:.](\d{2}))?$/u;

function moment(year: number, month: number, day: number, hour: number, minute: number): Date | null {
  const found = new Date(year, month - 1, day, hour, minute);
  // 31 February would become a day of March.
  const isMeant =
    found.getFullYear() === year &&
    found.getMonth() === month - 1 &&
    found.getDate() === day &&
    hour < 24 &&
    minute < 60;
  return isMeant ? found : null;
}

/** Null if it cannot be read. `now` is what a day without a year comes after. */
export function readWhen(text: string, now: Date): Date | null {
  const tidy = text.trim();
  const iso = ISO.exec(tidy);
  const written = iso ?? WRITTEN.exec(tidy);
  if (!written) return null;
  const [, first, month, third, hours, minutes] = written;
  const [day, said] = iso ? [third, first] : [first, third];
  const hour = hours === undefined ? MORNING[0] : Number(hours);
  const minute = minutes === undefined ? MORNING[1] : Number(minutes);
  const inYear = (year: number): Date | null => moment(year, Number(month), Number(day), hour, minute);
  if (said !== undefined) return inYear(said.length === 2 ? 2000 + Number(said) : Number(said));
  const soonest = inYear(now.getFullYear());
  return soonest && soonest > now ? soonest : inYear(now.getFullYear() + 1);
}

/** How many years ahead a year of two figures can be: somebody was born in 1985, not in 2085. */
const AHEAD = 20;

/** `2026-12-31` of a day that is written with its year; null if it cannot be read. */
export function readDay(text: string, now: Date): string | null {
  const tidy = text.trim();
  const iso = ISO_DAY.exec(tidy);
  const [, first = '', month = '', third = ''] = iso ?? DAY.exec(tidy) ?? [];
  const [day, said] = iso ? [third, first] : [first, third];
  const century = said.length > 2 ? 0 : 2000 + Number(said) > now.getFullYear() + AHEAD ? 1900 : 2000;
  const found = moment(century + Number(said), Number(month), Number(day), 0, 0);
  return found && fieldOf(found).slice(0, 10);
}

/** As the browser's own field has it: `2026-12-31T09:00`. */
export function fieldOf(when: Date): string {
  const two = (figure: number): string => String(figure).padStart(2, '0');
  const day = [String(when.getFullYear()).padStart(4, '0'), two(when.getMonth() + 1), two(when.getDate())];
  return `${day.join('-')}T${two(when.getHours())}:${two(when.getMinutes())}`;
}

const LOCALES = { en: 'en-GB', ru: 'ru-RU' } as const satisfies Record<Language, string>;

/** `31.12.2026` of `2026-12-31`: what `readDay` reads again. */
export function writtenDay(day: string, language: Language): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return dayFormat(language).format(new Date(year, month - 1, date));
}

const dayFormat = (language: Language): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(LOCALES[language], { day: '2-digit', month: '2-digit', year: 'numeric' });

/** `вт 01.12.2026 09:00`: what `readWhen` reads again. */
export function writtenWhen(when: Date, language: Language): string {
  const locale = LOCALES[language];
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short' }).format(when);
  const day = dayFormat(language).format(when);
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(when);
  return `${weekday} ${day} ${time}`;
}
