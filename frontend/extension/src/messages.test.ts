import { describe, expect, it } from 'vitest';

import { dialable, fromPage } from './messages';
import { countryOf, patternOf, siteOf } from './settings';
import { wanted } from './shown';
import type { Shown } from './messages';

describe('what a content script may say', () => {
  it('is a short list, with numbers in it that can be dialled', () => {
    expect(fromPage({ kind: 'dial', number: '+7 (495) 919-55-57' })).toEqual({
      kind: 'dial',
      number: '+74959195557',
    });
    expect(fromPage({ kind: 'hello', token: 'x' })).toEqual({ kind: 'hello' });
    expect(fromPage({ kind: 'shown', popId: 'p', revision: 2, at: 5 })).toMatchObject({ popId: 'p' });
  });

  it('is nothing that our own pages may', () => {
    for (const kind of [
      'status',
      'connect',
      'disconnect',
      'country',
      'sites',
      'site',
      'asked',
      'call',
      'toString',
    ])
      expect(
        fromPage({ kind, host: 'x', how: 'trusted', id: 'x', server: 'https://x', token: 'rc_x' }),
      ).toBeNull();
    for (const said of [
      null,
      undefined,
      'dial',
      7,
      [],
      { kind: 'dial' },
      { kind: 'open' },
      { kind: 'open', popId: 7 },
    ])
      expect(fromPage(said)).toBeNull();
    expect(fromPage({ kind: 'shown', popId: 'p', revision: NaN, at: 1 })).toBeNull();
    expect(fromPage({ kind: 'hide', popId: 'x'.repeat(201) })).toBeNull();
  });

  it('is no number with letters, codes or a tail', () => {
    expect(dialable('8 (495) 919\u201155\u201157')).toBe('84959195557');
    expect(dialable('*98#')).toBe('*98#');
    for (const text of [
      '',
      '+',
      '1',
      '101,,5',
      '+7abc',
      '1'.repeat(21),
      ' '.repeat(41),
      '0\n1\r2;',
      null,
      101,
      ['101'],
    ])
      expect(dialable(text), String(text)).toBeNull();
  });
});

describe('sites', () => {
  it('are named by host and port, and only of the web', () => {
    expect(siteOf('https://crm.example.com:8443/x?y#z')).toBe('crm.example.com:8443');
    for (const url of [
      'chrome://settings',
      'file:///x',
      'about:blank',
      '',
      undefined,
      'chrome-extension://x/y',
    ])
      expect(siteOf(url)).toBeNull();
    expect(patternOf('crm.example.com:8443')).toBe('*://crm.example.com/*');
  });

  it('have numbers of a country that the browser’s language suggests', () => {
    expect(['ru', 'ru-RU', 'en-US', 'en', 'uk', 'zz'].map(countryOf)).toEqual([
      'RU',
      'RU',
      'US',
      'GB',
      'UA',
      'GB',
    ]);
  });
});

describe('cards', () => {
  it('come as the employee chose', () => {
    const call = (over: Partial<Shown>): Shown => ({ talks: false, outbound: false, ...over }) as Shown;
    const calls = [
      call({ popId: 'rings' }),
      call({ popId: 'talks', talks: true }),
      call({ popId: 'out', outbound: true }),
    ];
    expect(wanted(calls, 'on_ring')).toHaveLength(3);
    expect(wanted(calls, 'on_answer').map(({ popId }) => popId)).toEqual(['talks', 'out']);
    expect(wanted(calls, 'quiet')).toEqual([]);
  });
});
