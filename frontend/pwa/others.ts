/** Writes what pages of other sites load, under names that never change: `embed.js`, and the SDK with its types in `sdk/`. */
import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { build, type Plugin } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

async function bundle(entry: string, format: 'iife' | 'es', folder: string, file: string): Promise<void> {
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      lib: { entry: at(entry), formats: [format], name: 'ringcard', fileName: () => file },
    },
  });
}

/** The SDK's types, without what is marked as internal. Throws if they do not hold. */
function declare(folder: string): void {
  const program = ts.createProgram([at('sdk/src/index.ts')], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    strict: true,
    skipLibCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    rootDir: at('.'),
    outDir: folder,
  });
  const problems = ts.getPreEmitDiagnostics(program);
  const emitted = program.emit(undefined, (name, text) => {
    const found = /sdk\/src\/(\w+\.d\.ts)$/.exec(name.replaceAll('\\', '/'));
    if (found?.[1] && PUBLIC.has(found[1])) ts.sys.writeFile(`${folder}/${found[1]}`, text);
  });
  const all = [...problems, ...emitted.diagnostics];
  if (all.length > 0) throw new Error(ts.formatDiagnostics(all, HOST));
}

const PUBLIC = new Set(['index.d.ts', 'types.d.ts', 'rest.d.ts', 'clicks.d.ts']);
const HOST: ts.FormatDiagnosticsHost = {
  getCurrentDirectory: () => at('.'),
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
};

export function forOtherSites(): Plugin {
  let folder = '';
  return {
    name: 'ringcard-for-other-sites',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    async closeBundle() {
      await bundle('embed/embed.ts', 'iife', folder, 'embed.js');
      await bundle('sdk/src/index.ts', 'es', `${folder}/sdk`, 'index.js');
      declare(`${folder}/sdk`);
    },
  };
}
