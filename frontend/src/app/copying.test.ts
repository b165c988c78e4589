import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { formatPhone, withPlainNumbers } from '../format/phone';
import { copyNumbersPlain } from './copying';

describe('numbers on their way to the clipboard', () => {
  it('are E.164, whatever stands around them', () => {
    const shown = `Anna ${formatPhone('+74959195557')}, ${formatPhone('+12125550123')} · 19 Nov`;
    expect(withPlainNumbers(shown)).toBe('Anna +74959195557, +12125550123 · 19 Nov');
  });

  it.each(['84\u00a0300,50 ₽', '2026-11-19', '+5', '8 (495) 919-55-57', '101', 'a+b'])(
    'leave %s as it is',
    (text) => {
      expect(withPlainNumbers(text)).toBe(text);
    },
  );
});

describe('copying what is selected', () => {
  beforeAll(() => copyNumbersPlain(document));
  afterEach(() => {
    document.body.innerHTML = '';
    vi.restoreAllMocks();
  });

  function copied(html: string, of: string): string | null {
    document.body.innerHTML = html;
    const node = document.querySelector(of);
    if (!node) throw new Error(of);
    document.getSelection()?.selectAllChildren(node);
    const data = new Map<string, string>();
    const event = new Event('copy', { bubbles: true, cancelable: true });
    Object.assign(event, {
      clipboardData: { setData: (kind: string, text: string) => data.set(kind, text) },
    });
    node.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(data.size > 0);
    return data.get('text/plain') ?? null;
  }

  it('takes the blanks out of a number', () => {
    expect(copied(`<p>${formatPhone('+74959195557')}</p>`, 'p')).toBe('+74959195557');
  });

  it('leaves other texts to the browser', () => {
    expect(copied('<p>Anna</p>', 'p')).toBeNull();
  });
});
