/** Writes sw.js beside index.html: service-worker.js with the files of this build and a version made of their content. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Plugin } from 'vite';

/** What pages of other sites load: `others.ts`. */
const FOR_OTHERS = /^(embed\.js$|sdk\/)/;
const TEMPLATE = fileURLToPath(new URL('service-worker.js', import.meta.url));
/** What a page needs; fonts of other alphabets and icons are fetched when they are wanted. */
const WANTED = /\.(js|css|svg)$|(cyrillic|latin)-wght-normal-[\w-]+\.woff2$/;

export function serviceWorker(): Plugin {
  let folder = '';
  return {
    name: 'ringcard-service-worker',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((path) => path.replaceAll('\\', '/'))
        .filter((path) => WANTED.test(path) && path !== 'sw.js' && !FOR_OTHERS.test(path))
        .sort();
      const version = createHash('sha256');
      for (const path of ['index.html', ...files])
        version.update(path).update(readFileSync(join(folder, path)));
      const text = readFileSync(TEMPLATE, 'utf8')
        .replace('__VERSION__', version.digest('hex').slice(0, 12))
        .replace('__FILES__', JSON.stringify(['/', ...files.map((path) => `/${path}`)], null, 2));
      writeFileSync(join(folder, 'sw.js'), text);
    },
  };
}
