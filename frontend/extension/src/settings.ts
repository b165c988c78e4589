/** What is kept in this browser. Only our own pages and the background can read it: a content script has no access. */
import type { SiteChoice } from './messages';
import { language } from './words';

export interface Settings {
  server: string | null;
  token: string | null;
  /** How numbers without a country are read, ISO 3166. */
  country: string;
  sites: Record<string, SiteChoice>;
}

const KEYS = ['server', 'token', 'country', 'sites'];

export function countryOf(language: string): string {
  const [spoken = '', region] = language.split('-');
  if (region && /^[A-Z]{2}$/.test(region)) return region;
  return { ru: 'RU', de: 'DE', fr: 'FR', es: 'ES', it: 'IT', pl: 'PL', uk: 'UA', kk: 'KZ' }[spoken] ?? 'GB';
}

export async function read(): Promise<Settings> {
  const kept = await chrome.storage.local.get(KEYS);
  const text = (name: string): string | null => (typeof kept[name] === 'string' ? kept[name] : null);
  return {
    server: text('server'),
    token: text('token'),
    country: text('country') ?? countryOf(language()),
    sites: (kept.sites as Record<string, SiteChoice> | undefined) ?? {},
  };
}

export async function keep(some: Partial<Settings>): Promise<void> {
  await chrome.storage.local.set(some);
}

/** The site of a page, as its switch is named; null where we never work. */
export function siteOf(url: string | undefined): string | null {
  try {
    const { protocol, host } = new URL(url ?? '');
    return protocol === 'http:' || protocol === 'https:' ? host : null;
  } catch {
    return null;
  }
}

/** Match patterns know no ports: what is off by its port is turned off by its switch, when its page says hello. */
export function patternOf(host: string): string {
  return `*://${host.replace(/:\d+$/, '')}/*`;
}
