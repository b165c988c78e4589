/**
 * The words. Each language is written for itself and loaded only when it is used. What is on every screen is in
 * `en.json` and `ru.json`; a room that is opened seldom has a folder of its own here (`settings/en.json`), loaded with
 * its pages (`withWords`), so that the desk's first load does without. `npm run i18n:check` holds them together.
 *
 * A word is found by its place in the file (`desk.idle`); `{{name}}` is filled in; a word that counts has a form for
 * each plural of its language (`calls_one`, `calls_few`, …) and is asked for without it, with a `count`.
 */
import { useMemo, useSyncExternalStore } from 'react';

import type { Language } from '../api/types';
import { keep } from '../app/preferences';
import type card from './card/en.json';
import type embed from './embed/en.json';
import type en from './en.json';
import type handling from './handling/en.json';
import type imports from './imports/en.json';
import type palette from './palette/en.json';
import type settings from './settings/en.json';
import type setup from './setup/en.json';

type Catalogue = typeof en &
  typeof card &
  typeof embed &
  typeof handling &
  typeof imports &
  typeof palette &
  typeof settings &
  typeof setup;
type Places<Node, Path extends string = ''> = {
  [Key in keyof Node & string]: Node[Key] extends string
    ? `${Path}${Key}`
    : Places<Node[Key], `${Path}${Key}.`>;
}[keyof Node & string];
type Uncounted<Place> = Place extends `${infer Base}_${Intl.LDMLPluralRule}` ? Base : Place;

export type Word = Uncounted<Places<Catalogue>>;
export type Words = (word: Word, values?: Record<string, string | number>) => string;
export type RoomOfWords = 'card' | 'embed' | 'handling' | 'imports' | 'palette' | 'settings' | 'setup';

interface Nested {
  [key: string]: string | Nested;
}
type File = { default: Nested };

const files = import.meta.glob<File>(['./*.json', './*/*.json']);
const LOCALES = { en: 'en-GB', ru: 'ru-RU' } as const satisfies Record<Language, string>;

const said: Record<Language, Map<string, string>> = { en: new Map(), ru: new Map() };
const loaded = new Map<string, Promise<void>>();
/** The rooms whose words were asked for: a change of language must bring theirs too. */
const wanted = new Set<RoomOfWords>();
const missed = new Set<string>();
const watchers = new Set<() => void>();
let spoken: Language = 'en';

function add(language: Language, words: Nested, path = ''): void {
  for (const [key, value] of Object.entries(words))
    if (typeof value === 'string') said[language].set(path + key, value);
    else add(language, value, `${path}${key}.`);
}

function load(path: string, language: Language): Promise<void> {
  let coming = loaded.get(path);
  if (!coming) {
    const file = files[path];
    if (!file) throw new Error(`there is no ${path}`);
    coming = file().then(
      (words) => add(language, words.default),
      (error: unknown) => {
        loaded.delete(path); // To be asked for again.
        throw error;
      },
    );
    loaded.set(path, coming);
  }
  return coming;
}

async function loadLanguage(language: Language): Promise<void> {
  const rooms = [...wanted].map((room) => load(`./${room}/${language}.json`, language));
  await Promise.all([load(`./${language}.json`, language), ...rooms]);
}

/** A page of a room with words of its own: loads both at once. `withWords('settings', import('./Page'))` */
export async function withWords<Page>(room: RoomOfWords, page: Promise<Page>): Promise<Page> {
  wanted.add(room);
  const [ready] = await Promise.all([page, load(`./${room}/${spoken}.json`, spoken)]);
  return ready;
}

/** Changes the language on the screen; `remember` if the employee asked for it. */
export async function speak(language: Language, remember = false): Promise<void> {
  await loadLanguage(language);
  spoken = language;
  document.documentElement.lang = language;
  if (remember) keep('ringcard.language', language);
  for (const watcher of watchers) watcher();
}

export const startWords = (language: Language): Promise<void> => speak(language);

const plurals = new Map<Language, Intl.PluralRules>();
const numbers = new Map<Language, Intl.NumberFormat>();

function once<Each>(made: Map<Language, Each>, language: Language, make: () => Each): Each {
  let each = made.get(language);
  if (each === undefined) made.set(language, (each = make()));
  return each;
}

function pluralOf(language: Language, count: number): Intl.LDMLPluralRule {
  return once(plurals, language, () => new Intl.PluralRules(LOCALES[language])).select(count);
}

/** Numbers are grouped as the language does; text is taken as it is. */
function written(language: Language, value: string | number): string {
  if (typeof value === 'string') return value;
  return once(numbers, language, () => new Intl.NumberFormat(LOCALES[language])).format(value);
}

function say(language: Language, word: string, values?: Record<string, string | number>): string {
  const words = said[language];
  const count = values?.count;
  const text =
    (typeof count === 'number' ? words.get(`${word}_${pluralOf(language, count)}`) : undefined) ??
    words.get(word);
  if (text === undefined) {
    if (!missed.has(word)) console.error(`no words for ${word} in ${language}`);
    missed.add(word);
    return word;
  }
  if (!values) return text;
  return text.replace(/\{\{(\w+)\}\}/g, (hole, name: string) => {
    const value = values[name];
    return value === undefined ? hole : written(language, value);
  });
}

/** The words in a language that may not be the one on the screen, for finding things by either. */
export async function wordsIn(language: Language): Promise<Words> {
  await loadLanguage(language);
  return (word, values) => say(language, word, values);
}

export function useWords(): { t: Words; language: Language } {
  const language = useSyncExternalStore(subscribe, () => spoken);
  return useMemo(() => ({ t: (word, values) => say(language, word, values), language }), [language]);
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
