// What review should not have to say. Types are used where they find bugs; style belongs to prettier.
import { builtinModules } from 'node:module'
import tseslint from 'typescript-eslint'

const source = ['main.ts', '{schemas,topologies,connectors,cli,console,models,bench}/**/*.ts']

/** Names through which logic could reach a clock, chance or the world. */
const impureGlobals = [
  ...['Date', 'performance', 'process', 'fetch', 'crypto', 'Buffer', 'console', 'WebSocket'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'AbortSignal'],
  ...['clearTimeout', 'clearInterval', 'clearImmediate', 'globalThis', 'global', 'require'],
]

export default tseslint.config(
  { ignores: ['schemas/types.gen.ts', 'coverage/', 'data/', '.quantum/', '.cache/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'No barrels: import by path.' },
        { selector: 'ExportDefaultDeclaration', message: 'Exports have names.' },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports' },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: false, considerDefaultExhaustiveForUnions: false },
      ],
      // A port may be asynchronous where one of its implementations is not.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: source,
    ignores: ['schemas/types.gen.ts'],
    rules: { 'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }] },
  },
  {
    // Lists: one entry after the other, read by searching.
    files: ['schemas/config.ts', 'schemas/topics.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['connectors/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['topologies/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...impureGlobals.map((name) => ({
          name,
          message: 'Logic is pure: time is ctx.nowMs, ids are ctx.id(n), the world is a runtime’s.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Chance would make replays differ.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: builtinModules.map((name) => ({ name, message: 'Topologies know no Node.' })),
          patterns: [{ group: ['node:*'], message: 'Topologies know no Node.' }],
        },
      ],
    },
  },
  {
    files: ['*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
)
