import { describe, expect, it } from 'vitest';

import { isKey, isTyping } from './keys';

const NONE = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

describe('a key', () => {
  it('is the letter that is typed on a Latin keyboard, wherever it stands', () => {
    expect(isKey({ ...NONE, key: 'w', code: 'KeyW' }, 'why')).toBe(true);
    expect(isKey({ ...NONE, key: 'w', code: 'KeyZ' }, 'why')).toBe(true); // AZERTY
    expect(isKey({ ...NONE, key: 'z', code: 'KeyW' }, 'why')).toBe(false);
  });

  it('is the place of the letter where another alphabet is typed', () => {
    expect(isKey({ ...NONE, key: 'т', code: 'KeyN' }, 'note')).toBe(true);
    expect(isKey({ ...NONE, key: 'л', code: 'KeyK', ctrlKey: true }, 'palette')).toBe(true);
    expect(isKey({ ...NONE, key: '.', code: 'Slash' }, 'palette')).toBe(true);
    expect(isKey({ ...NONE, key: ',', code: 'Slash', shiftKey: true }, 'help')).toBe(true);
  });

  it('with a modifier that it does not have is another key', () => {
    expect(isKey({ ...NONE, key: 'n', code: 'KeyN', ctrlKey: true }, 'note')).toBe(false);
    expect(isKey({ ...NONE, key: 'N', code: 'KeyN', shiftKey: true }, 'note')).toBe(false);
    expect(isKey({ ...NONE, key: 'k', code: 'KeyK' }, 'palette')).toBe(false);
    expect(isKey({ ...NONE, key: 'k', code: 'KeyK', metaKey: true }, 'palette')).toBe(true);
    expect(isKey({ ...NONE, key: 'Escape', code: 'Escape', altKey: true }, 'hide')).toBe(false);
    expect(isKey({ ...NONE, key: 'Enter', code: 'Enter' }, 'add_note')).toBe(false);
  });
});

describe('typing', () => {
  const field = (html: string): Element | null => {
    document.body.innerHTML = html;
    return document.body.firstElementChild;
  };

  it.each(['<input>', '<input type="search">', '<input type="number">', '<textarea></textarea>'])(
    'is done in %s',
    (html) => expect(isTyping(field(html))).toBe(true),
  );

  it.each(['<input type="radio">', '<input type="checkbox">', '<button>x</button>', '<p>x</p>'])(
    'is not done in %s, where the keys of the call go on working',
    (html) => expect(isTyping(field(html))).toBe(false),
  );
});
