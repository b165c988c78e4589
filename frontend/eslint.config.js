import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules', 'public', 'src/client', 'shots'] },
  js.configs.recommended,
  {
    files: ['{src,sdk,embed,extension}/**/*.{ts,tsx}', 'pwa/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { 'react-hooks': hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.property.name='toLocaleString']", message: 'Use src/format.' },
        {
          selector: "CallExpression[callee.property.name='addEventListener'][arguments.0.value=/^key/]",
          message: 'Use useKeys of src/app/keys: a key that is not in its table is told to nobody.',
        },
        {
          selector:
            'BinaryExpression > MemberExpression[property.name=/^(key|code)$/][object.name=/^(event|pressed)$/]',
          message: 'Use isKey of src/app/keys.',
        },
      ],
    },
  },
  // The desk's keys and its ways to write are the desk's.
  {
    files: ['src/app/keys.ts', '{sdk,embed,extension}/**/*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['pwa/**/*.js'],
    languageOptions: {
      globals: { self: 'readonly', caches: 'readonly', fetch: 'readonly', __FILES__: 'readonly' },
    },
  },
  {
    files: ['dev/**/*.mjs', 'extension/*.mjs', 'pwa/**/*.js', 'scripts/**/*.mjs', '*.cjs', '*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Request: 'readonly',
        module: 'writable',
        setTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
);
