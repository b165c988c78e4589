/** The words. Each language is written for itself and loaded only when it is used. */
import i18next, { type TFunction } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';

import type { Language } from '../api/types';
import { keep } from '../app/preferences';
import type en from './en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words';
    resources: { words: typeof en };
  }
}

export type Words = TFunction;

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, 'words')) return;
  const words = language === 'ru' ? await import('./ru.json') : await import('./en.json');
  i18next.addResourceBundle(language, 'words', words.default);
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

export function useWords(): { t: Words; language: Language } {
  const { t, i18n } = useTranslation('words');
  return { t, language: i18n.language === 'ru' ? 'ru' : 'en' };
}
