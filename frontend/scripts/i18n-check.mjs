// Finds text that is not translated, words that nobody says, and plurals that are not whole.
// `npm run i18n:check` prints what is wrong; the tests ask for nothing to be.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const LANGUAGES = ['en', 'ru'];
const SPOKEN = new Set(['aria-label', 'title', 'placeholder', 'label', 'alt', 'description']);
// Names that are the same in every language: the product.
const NAMES = new Set(['ringcard']);
// Words that are rightly the same in both languages.
const ALIKE = new Set([
  'checks.permission',
  'checks.version',
  'mail.security_starttls',
  'me.english',
  'me.russian',
  'desk.mark.vip',
  'fields.vip',
  'imports.meanings.vip',
  'orders.number',
  'orders.times',
]);

export function flatten(words, prefix = '') {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : flatten(value, `${prefix}${key}.`),
  );
}

/** What a function that says a word is called: `useWords` and `wordsIn` give it. */
const CALLED = new Set(['t', 'words']);
/** About letters themselves. */
const LETTERS = new Set(['app/palette/letters.ts']);

const PLURAL = /_(zero|one|two|few|many|other)$/;
const baseOf = (key) => key.replace(PLURAL, '');
const holesOf = (text) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]);

/** What is wrong between the catalogues themselves. */
export function checkCatalogues(catalogues) {
  const problems = [];
  const flat = Object.fromEntries(
    LANGUAGES.map((language) => [language, new Map(flatten(catalogues[language]))]),
  );
  const bases = new Set(LANGUAGES.flatMap((language) => [...flat[language].keys()].map(baseOf)));
  for (const base of bases) {
    const isPlural = LANGUAGES.some((language) => flat[language].has(`${base}_other`));
    const holes = {};
    for (const language of LANGUAGES) {
      const wanted = isPlural
        ? new Intl.PluralRules(language)
            .resolvedOptions()
            .pluralCategories.map((category) => `${base}_${category}`)
        : [base];
      for (const key of wanted) if (!flat[language].has(key)) problems.push(`${language}: ${key} is missing`);
      const said = [...flat[language]].filter(([key]) => baseOf(key) === base);
      for (const [key, text] of said) {
        if (!wanted.includes(key)) problems.push(`${language}: ${key} is no plural form of this language`);
        if (!text.trim()) problems.push(`${language}: ${key} is empty`);
        if (language === 'en' && /[а-яё]/i.test(text) && !ALIKE.has(base))
          problems.push(`en: ${key} is not English`);
        if (language === 'ru' && !/[а-яё]/i.test(text.replace(/\{\{\w+\}\}/g, '')) && !ALIKE.has(base))
          if (/\p{L}/u.test(text.replace(/\{\{\w+\}\}/g, ''))) problems.push(`ru: ${key} is not Russian`);
      }
      holes[language] = new Set(said.flatMap(([, text]) => holesOf(text)).filter((hole) => hole !== 'count'));
    }
    const [first, second] = LANGUAGES.map((language) => [...holes[language]].sort().join(', '));
    if (first !== second) problems.push(`${base}: en fills in {${first}}, ru {${second}}`);
  }
  return problems;
}

/** Keys a piece of source asks for (`{ key, given }`, `key` ending in `*` if computed), and text it says itself. */
export function readSource(name, text) {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const asked = [];
  const problems = [];
  const where = (node) => `${name}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  const literal = (node) => ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node);
  const ask = (node, given) => {
    if (literal(node)) asked.push({ key: node.text, given, at: where(node) });
    else if (ts.isTemplateExpression(node)) {
      const key = node.head.text + node.templateSpans.map((span) => `*${span.literal.text}`).join('');
      asked.push({ key, given, at: where(node) });
    } else if (ts.isConditionalExpression(node)) {
      ask(node.whenTrue, given);
      ask(node.whenFalse, given);
    }
  };
  const visit = (node) => {
    if (
      ts.isCallExpression(node) &&
      ts.isIdentifier(node.expression) &&
      CALLED.has(node.expression.text) &&
      node.arguments[0]
    ) {
      const options = node.arguments[1];
      const whole =
        options && ts.isObjectLiteralExpression(options) && !options.properties.some(ts.isSpreadAssignment);
      ask(
        node.arguments[0],
        options ? (whole ? options.properties.map((each) => each.name.text) : null) : [],
      );
    }
    if (ts.isJsxText(node) && /\p{L}/u.test(node.text) && !NAMES.has(node.text.trim()))
      problems.push(`${where(node)}: says “${node.text.trim()}” in one language`);
    if (
      ts.isJsxAttribute(node) &&
      SPOKEN.has(node.name.getText()) &&
      node.initializer &&
      literal(node.initializer) &&
      /\p{L}/u.test(node.initializer.text)
    )
      problems.push(`${where(node)}: ${node.name.getText()}="${node.initializer.text}" in one language`);
    if (literal(node) && /[а-яё]/i.test(node.text) && !LETTERS.has(name))
      problems.push(`${where(node)}: Russian outside of ru.json`);
    // Tables of keys, as the rail's and the keyboard's.
    if (
      ts.isStringLiteral(node) &&
      /^[a-z_]+(\.[a-z_]+)+$/.test(node.text) &&
      !ts.isImportDeclaration(node.parent)
    )
      asked.push({ key: node.text, given: null, at: where(node), loose: true });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { asked, problems };
}

/** Those that a computed key may be: `*` stands for one name. */
function matching(key, bases) {
  const parts = key.split('*').map((part) => part.replaceAll('.', '\\.'));
  const pattern = new RegExp(`^${parts.join('[\\w]+')}$`);
  return [...bases.keys()].filter((base) => pattern.test(base));
}

/** What is wrong between the source and the catalogues. */
export function checkUse(sources, catalogue) {
  const words = new Map(flatten(catalogue));
  const bases = new Map();
  for (const [key, text] of words)
    bases.set(
      baseOf(key),
      new Set([...(bases.get(baseOf(key)) ?? []), ...holesOf(text), ...(PLURAL.test(key) ? ['count'] : [])]),
    );
  const problems = [];
  const used = new Set();
  for (const [name, text] of sources) {
    const { asked, problems: said } = readSource(name, text);
    problems.push(...said);
    for (const { key, given, at, loose } of asked) {
      const matched = key.includes('*') ? matching(key, bases) : bases.has(key) ? [key] : [];
      if (matched.length === 0 && !loose) problems.push(`${at}: there is no ${key}`);
      for (const base of matched) {
        used.add(base);
        if (given && !key.includes('*'))
          for (const hole of bases.get(base))
            if (!given.includes(hole)) problems.push(`${at}: ${base} lacks {${hole}}`);
      }
    }
  }
  for (const base of bases.keys()) if (!used.has(base)) problems.push(`nobody says ${base}`);
  return problems;
}

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'client' ? [] : filesIn(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\.|\.d\.ts$/.test(entry.name) ? [path] : [];
  });
}

export function check() {
  const words = join(SRC, 'i18n');
  // `en.json`, and a folder for each room whose words are loaded with its pages.
  const folders = readdirSync(words, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = ['', ...folders.map((entry) => entry.name)];
  const problems = [];
  const read = (language) => {
    const all = new Map();
    for (const folder of files) {
      const path = join(words, folder, `${language}.json`);
      for (const [key, text] of flatten(JSON.parse(readFileSync(path, 'utf8')))) {
        if (all.has(key)) problems.push(`${relative(SRC, path)}: ${key} is in another catalogue too`);
        all.set(key, text);
      }
    }
    return Object.fromEntries(all);
  };
  const catalogues = Object.fromEntries(LANGUAGES.map((language) => [language, read(language)]));
  const sources = filesIn(SRC).map((path) => [relative(SRC, path), readFileSync(path, 'utf8')]);
  return [...problems, ...checkCatalogues(catalogues), ...checkUse(sources, catalogues.en)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = check();
  for (const problem of problems) console.error(problem);
  console.log(problems.length ? `${problems.length} to mend` : 'both languages are whole');
  process.exit(problems.length ? 1 : 0);
}
