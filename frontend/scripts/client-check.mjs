// Says whether src/client/schema.d.ts is what `npm run client` makes of openapi.json; the lint asks for it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';

const here = (path) => new URL(path, new URL('../', import.meta.url));
const made = COMMENT_HEADER + astToString(await openapiTS(here('openapi.json')));
if (made !== readFileSync(fileURLToPath(here('src/client/schema.d.ts')), 'utf8')) {
  console.error('src/client/schema.d.ts is not what openapi.json says: run `npm run client`');
  process.exit(1);
}
