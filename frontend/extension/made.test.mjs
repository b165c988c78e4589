// What the extension is made of besides its scripts: words, manifest, zip file.
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { manifest } from './manifest.mjs';
import { zip } from './zip.mjs';

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const catalogue = (language) => JSON.parse(read(`./_locales/${language}/messages.json`));

describe('words', () => {
  const [en, ru] = [catalogue('en'), catalogue('ru')];

  it('are the same in both languages, with the same holes', () => {
    expect(Object.keys(ru)).toEqual(Object.keys(en));
    const holes = (text = '') => [...text.matchAll(/\$\d/g)].map(([hole]) => hole).sort();
    for (const [key, { message }] of Object.entries(en)) {
      expect(holes(ru[key]?.message), key).toEqual(holes(message));
      expect(message, key).not.toMatch(/[а-яё]/i);
    }
  });

  it('are all said somewhere', () => {
    const names = ['background', 'call', 'card', 'content', 'options', 'popup', 'shown', 'words'];
    const sources = [
      ...names.map((name) => read(`./src/${name}.ts`)),
      ...['options', 'popup', 'call'].map((name) => read(`./pages/${name}.html`)),
      JSON.stringify(manifest('firefox', '1')),
    ].join('\n');
    const unsaid = Object.keys(en).filter(
      (key) => !new RegExp(`['"]${key}['"]|__MSG_${key}__`).test(sources) && !key.startsWith('site_'),
    );
    expect(unsaid).toEqual([]);
  });
});

describe('the manifest', () => {
  it('asks for no page beforehand and lets no page speak to it', () => {
    for (const browser of ['chromium', 'firefox']) {
      const made = manifest(browser, '1.2.3');
      expect(made.permissions).toEqual(['activeTab', 'alarms', 'scripting', 'storage']);
      expect(made.optional_host_permissions).toEqual(['*://*/*']);
      for (const name of [
        'host_permissions',
        'externally_connectable',
        'web_accessible_resources',
        'content_scripts',
      ])
        expect(made).not.toHaveProperty(name);
      expect(JSON.stringify(made.content_security_policy)).not.toContain('unsafe');
    }
  });
});

describe('the zip file', () => {
  it('depends on nothing but the files', () => {
    const files = [
      { name: 'a.txt', body: Buffer.from('one') },
      { name: 'б/b.txt', body: Buffer.from('') },
    ];
    expect(zip(files).equals(zip(files))).toBe(true);
    expect(zip(files).subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
    expect(zip(files).includes(Buffer.from('б/b.txt'))).toBe(true);
  });
});
