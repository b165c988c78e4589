/** Finding by what was typed: by the beginnings of words, in whatever layout they were typed. Pure. */

import { fold, otherLayout } from './letters';

const SPLIT = /[^\p{L}\p{N}+#*]+/u;
const SPACES = /\s+/;

/** How well the words typed begin words of the text, in any order: 0 not at all, more is better. */
function fits(typed: readonly string[], text: string): number {
  const words = text.split(SPLIT);
  let score = 1;
  for (const [index, each] of typed.entries()) {
    const place = words.findIndex((word) => word.startsWith(each));
    if (place < 0) return 0;
    if (place === index) score += 1;
    if (words[place] === each) score += 1;
  }
  return score;
}

/** What was typed, ready to be looked for in many texts. */
export class Typed {
  private readonly readings: readonly (readonly string[])[];

  constructor(text: string) {
    const readings = [text, otherLayout(text)].map((each) => fold(each).split(SPACES).filter(Boolean));
    this.readings = readings.filter((each) => each.length > 0);
  }

  /** `texts` are folded already (`fold`), because they are looked through at every key. The best of them counts. */
  score(texts: readonly string[]): number {
    let best = 0;
    for (const [index, reading] of this.readings.entries())
      for (const text of texts) {
        const score = fits(reading, text);
        // As it was typed goes before how it might have been meant.
        if (score > 0) best = Math.max(best, score * 2 - index);
      }
    return best;
  }
}

/** The best of them, the best first; equals stay in their order. */
export function best<Item>(items: readonly Item[], score: (item: Item) => number, most: number): Item[] {
  return items
    .map((item) => ({ item, score: score(item) }))
    .filter((each) => each.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map((each) => each.item);
}
