/**
 * The words. Each language is written for itself and loaded only when it is used. What is on every screen is in
 * `en.json` and `ru.json`; a room that is opened seldom has a folder of its own here (`settings/en.json`), loaded with
 * its pages (`withWords`), so that the desk's first load does without.
 */
import i18next, { type TFunction } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';

import type { Language } from '../api/types';
import { keep } from '../app/preferences';
import type en from './en.json';
import type settings from './settings/en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words';
    resources: { words: typeof en & typeof settings };
  }
}

export type Words = TFunction;
export type RoomOfWords = 'settings';

type Catalogue = { default: Record<string, unknown> };
const rooms = import.meta.glob<Catalogue>('./*/*.json');
/** The rooms whose words are wanted, and in which languages each is there. */
const wanted = new Set<RoomOfWords>();
const loaded = new Set<string>();

async function loadRoom(room: RoomOfWords, language: Language): Promise<void> {
  const path = `./${room}/${language}.json`;
  if (loaded.has(path)) return;
  const words = await rooms[path]?.();
  if (!words) throw new Error(`there is no ${path}`);
  i18next.addResourceBundle(language, 'words', words.default, true);
  loaded.add(path);
}

async function load(language: Language): Promise<void> {
  const main = `./${language}.json`;
  if (!loaded.has(main)) {
    const words = language === 'ru' ? await import('./ru.json') : await import('./en.json');
    i18next.addResourceBundle(language, 'words', words.default, true);
    loaded.add(main);
  }
  await Promise.all([...wanted].map((room) => loadRoom(room, language)));
}

/** A page of a room with words of its own: loads both at once. `lazy(() => withWords('settings', import('./Page')))` */
export async function withWords<Page>(room: RoomOfWords, page: Promise<Page>): Promise<Page> {
  wanted.add(room);
  const [ready] = await Promise.all([page, loadRoom(room, spoken())]);
  return ready;
}

export async function startWords(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    ns: ['words'],
    defaultNS: 'words',
    resources: {},
    interpolation: { escapeValue: false }, // React escapes.
    returnNull: false,
  });
  await speak(language);
}

/** Changes the language on the screen; `remember` if the employee asked for it. */
export async function speak(language: Language, remember = false): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  if (remember) keep('ringcard.language', language);
}

function spoken(): Language {
  return i18next.language === 'ru' ? 'ru' : 'en';
}

export function useWords(): { t: Words; language: Language } {
  const { t, i18n } = useTranslation('words');
  return { t, language: i18n.language === 'ru' ? 'ru' : 'en' };
}
