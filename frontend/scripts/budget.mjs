// The desk's first load may cost at most this much script, gzipped. Everything the entry imports statically counts.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 250;
const built = fileURLToPath(new URL('../../src/ringcard/web/static/', import.meta.url));
const manifest = JSON.parse(readFileSync(`${built}manifest.json`, 'utf8'));
const seen = new Set();

function visit(key) {
  if (seen.has(key)) return;
  seen.add(key);
  for (const each of manifest[key].imports ?? []) visit(each);
}

visit('index.html');
// One language is always loaded with it.
const languages = Object.keys(manifest).filter((key) => /i18n\/\w+\.json$/.test(key));
const size = (key) => gzipSync(readFileSync(built + manifest[key].file)).length;
const words = Math.max(...languages.map(size));
const total = [...seen].reduce((sum, key) => sum + size(key), words) / 1024;
console.log(`first load: ${total.toFixed(1)} kB of script, gzipped (at most ${LIMIT_KB})`);
if (total > LIMIT_KB) process.exit(1);
