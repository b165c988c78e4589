/** Letters as they are typed: two keyboards, accents. The one file besides the catalogues with Russian letters in it. */

const LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const CYRILLIC = 'йцукенгшщзхъфывапролджэячсмитьбюё';

const SWAPPED = new Map<string, string>();
LATIN.split('').forEach((latin, index) => {
  const cyrillic = CYRILLIC[index] ?? '';
  SWAPPED.set(latin, cyrillic);
  SWAPPED.set(cyrillic, latin);
});

/** Small letters without accents; ё is е. */
export function fold(text: string): string {
  // й is и with an accent to Unicode, and a letter of its own to everybody else.
  return text
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replaceAll('й', '\u0001')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('\u0001', 'й');
}

/** The same keys on the other keyboard: `ntvf` is “тема”, `руфк` is `hear`. */
export function otherLayout(text: string): string {
  return text.toLowerCase().replace(/./gu, (letter) => SWAPPED.get(letter) ?? letter);
}
