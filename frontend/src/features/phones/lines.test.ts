import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { nameLines, phoneLines, signInLines, waysLines } from './lines';

test('the page shows the same lines as the documentation', () => {
  const said = readFileSync('../docs/howto/sign-in-at-a-phone.md', 'utf8');
  for (const line of signInLines({ host: '192.0.2.20', port: 4573 }).trim().split('\n'))
    expect(said).toContain(line.trim());
});

test('the lines that obey what is set for a phone are those of the documentation, which the lab runs', () => {
  const said = readFileSync('../docs/howto/call-control.md', 'utf8');
  expect(said).toContain(waysLines);
  expect(said).toContain(phoneLines);
});

test('an IPv6 address stands in brackets', () => {
  expect(nameLines({ host: '2001:db8::5', port: 4573 })).toContain('agi://[2001:db8::5]:4573/caller-name');
});
