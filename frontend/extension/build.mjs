// Builds the extension for Chromium and for Firefox from one source, unpacked and as zip files that are the same byte by byte
// wherever they are built: `node extension/build.mjs` in `frontend`, into `dist/extension` of the repository.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'vite';

import { manifest } from './manifest.mjs';
import { zip } from './zip.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = process.argv[2] ?? fileURLToPath(new URL('../../dist/extension/', import.meta.url));
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));

async function bundle(name, folder) {
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      // Stores read what they publish.
      minify: false,
      lib: {
        entry: join(here, 'src', `${name}.ts`),
        formats: ['iife'],
        name: `ringcard_${name}`,
        fileName: () => `${name}.js`,
        cssFileName: name,
      },
    },
  });
}

const filesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();

const common = join(out, 'common');
rmSync(out, { recursive: true, force: true });
mkdirSync(common, { recursive: true });
for (const name of ['background', 'content', 'options', 'popup', 'call']) await bundle(name, common);
for (const name of ['_locales', 'icons']) cpSync(join(here, name), join(common, name), { recursive: true });
cpSync(join(here, 'pages'), common, { recursive: true });
for (const browser of ['chromium', 'firefox']) {
  const folder = join(out, browser);
  cpSync(common, folder, { recursive: true });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest(browser, version), null, 2) + '\n');
  const files = filesIn(folder).map((name) => ({ name, body: readFileSync(join(folder, name)) }));
  writeFileSync(join(out, `ringcard-${browser}-${version}.zip`), zip(files));
  console.log(`dist/extension/${browser}: ${files.length} files`);
}
rmSync(common, { recursive: true });
