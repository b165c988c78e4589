import { describe, expect, it } from 'vitest';

import { best, Typed } from './find';
import { fold, otherLayout } from './letters';

const found = (typed: string, ...texts: string[]): boolean => new Typed(typed).score(texts.map(fold)) > 0;

describe('what was typed', () => {
  it('finds by beginnings of words, in any order', () => {
    expect(found('тем', 'Тёмная тема')).toBe(true);
    expect(found('тема темн', 'Тёмная тема')).toBe(true);
    expect(found('ема', 'Тёмная тема')).toBe(false);
    expect(found('dark x', 'Dark theme')).toBe(false);
  });

  it('finds what was typed in the wrong layout, either way', () => {
    expect(otherLayout('ghbdtn')).toBe('привет');
    expect(otherLayout('руддщ')).toBe('hello');
    expect(found('ntvyfz', 'Тёмная тема')).toBe(true);
    expect(found('вфкл', 'Dark theme')).toBe(true);
  });

  it('does not mind accents and ё, but й is no и', () => {
    expect(found('елка', 'Ёлка')).toBe(true);
    expect(found('jose', 'José')).toBe(true);
    expect(found('и', 'й')).toBe(false);
    expect(found('йога', 'Йога')).toBe(true);
  });

  it('of nothing finds nothing', () => {
    expect(found('  ', 'Anything')).toBe(false);
  });
});

describe('the order', () => {
  it('puts whole words and first words in front, and what was typed before what may have been meant', () => {
    const items = ['new contact', 'contact', 'contacts old'];
    expect(best(items, (item) => new Typed('contact').score([item]), 3)).toEqual([
      'contact',
      'new contact',
      'contacts old',
    ]);
    // `ре` is in the Latin layout `ht`.
    expect(best(['ht', 'ре'], (item) => new Typed('ре').score([item]), 3)).toEqual(['ре', 'ht']);
  });
});
