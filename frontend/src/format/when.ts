/**
 * A day and a time as somebody writes them: the day first, with whatever between, the year left out if it is the
 * next such day, the time left out if it is nine in the morning. The browser's own field for it speaks the browser's
 * language, which need not be the one on the screen.
 */
import type { Language } from '../api/types';

const MORNING = [9, 0] as const;
const ISO = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2}))?$/;
const WRITTEN =
  /^(?:\p{L}+\.?,?\s+)?(\d{1,2})[./\-\s](\d{1,2})(?:[./\-\s](\d{4}|\d{2}(?![:\d])))?(?:,?\s+(\d{1,2})[:.](\d{2}))?$/u;

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

const LOCALES = { en: 'en-GB', ru: 'ru-RU' } as const satisfies Record<Language, string>;

/** `вт 01.12.2026 09:00`: what `readWhen` reads again. */
export function writtenWhen(when: Date, language: Language): string {
  const locale = LOCALES[language];
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short' }).format(when);
  const day = new Intl.DateTimeFormat(locale, { day: '2-digit', month: '2-digit', year: 'numeric' }).format(
    when,
  );
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(when);
  return `${weekday} ${day} ${time}`;
}
