/** Sizes of files as people say them. */
import type { Language } from '../../api/types';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function formatBytes(language: Language, bytes: number): string {
  const place = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[place] ?? 'byte',
    unitDisplay: place === 0 ? 'long' : 'short',
    maximumFractionDigits: place > 1 ? 1 : 0,
  }).format(bytes / 1000 ** place);
}
