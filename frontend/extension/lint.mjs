// Mozilla's own linter over the Firefox build; any error or warning fails, but for those that are explained here.
import { fileURLToPath } from 'node:url';

import linter from 'addons-linter';

const folder = process.argv[2] ?? fileURLToPath(new URL('../../dist/extension/firefox', import.meta.url));
const EXPLAINED = new Set([]);

const found = await linter
  .createInstance({
    config: { _: [folder], logLevel: 'fatal', output: 'none', warningsAsErrors: false, selfHosted: false },
    runAsBinary: false,
  })
  .run();
const all = [...found.errors, ...found.warnings].filter(({ code }) => !EXPLAINED.has(code));
for (const { code, message, file, line, description } of all)
  console.error(`${code} ${file ?? ''}:${line ?? ''} ${message} ${description ?? ''}`);
console.log(`addons-linter: ${found.errors.length} errors, ${found.warnings.length} warnings`);
process.exit(all.length > 0 ? 1 : 0);
