// Import arrows of the design: schemas <- topologies/kernel <- topologies/* <- trading.ts <- cli <- main.ts,
// and schemas, topologies/kernel <- connectors <- cli. One library has one home. Every rule is an error.
'use strict'

const { globSync, readFileSync } = require('node:fs')

const stages = 'see|think|decide|act|leave|learn|watch'
const toolConfigs = '^(eslint\\.config\\.js|vitest\\.config\\.ts|\\.dependency-cruiser\\.cjs)$'

// Processors and their helpers share folders, so a processor is known by what it calls.
const processorFiles = globSync(`topologies/{${stages.replaceAll('|', ',')}}/**/*.ts`)
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /=\s*processor\s*[<(]/.test(readFileSync(file, 'utf8')))
const anyProcessor =
  processorFiles.length === 0
    ? '^no processor yet$'
    : `^(${processorFiles.map((file) => file.replaceAll('.', '\\.')).join('|')})$`

/** `from` may import, of our own files, only those that match one of `allowed`. */
function ownFilesOnly(name, from, allowed, comment) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from },
    to: { dependencyTypes: ['local'], pathNot: allowed },
  }
}

/** Only files that match one of `homes`, and tests, may import the library. */
function oneHome(library, homes, comment) {
  return {
    name: `${library.replace(':', '-')}-has-one-home`,
    comment,
    severity: 'error',
    from: { pathNot: [...homes, '^test/'] },
    to: {
      path: library.startsWith('node:')
        ? `^(node:)?${library.slice(5)}$`
        : `(^|/)node_modules/${library}/|^${library}(/|$)`,
    },
  }
}

const arrows = [
  ownFilesOnly('schemas-stand-alone', '^schemas/', ['^schemas/'], 'schemas import nothing of ours'),
  ownFilesOnly(
    'kernel-knows-schemas-only',
    '^topologies/kernel/',
    ['^topologies/kernel/', '^schemas/'],
    'the kernel knows schemas and itself',
  ),
  ownFilesOnly(
    'stage-keeps-to-its-folder',
    `^topologies/(${stages})/`,
    ['^topologies/kernel/', '^schemas/', '^topologies/$1/', '^topologies/rl-state\\.ts$'],
    'a stage talks to another stage through topics, never through an import; the state key of learning has one definition',
  ),
  ownFilesOnly(
    'the-page-lists-topologies',
    '^topologies/[^/]+\\.ts$',
    ['^topologies/', '^schemas/'],
    'trading.ts only lists what is in topologies/',
  ),
  ownFilesOnly(
    'connectors-know-the-kernel-only',
    '^connectors/',
    ['^connectors/', '^topologies/kernel/', '^schemas/'],
    'a connector serves any topology, so it knows none, and no command line',
  ),
  ownFilesOnly('main-starts-cli-only', '^main\\.ts$', ['^cli/'], 'main.ts only starts cli/'),
  {
    name: 'processors-never-import-processors',
    comment: 'processors meet in topics; only trading.ts names several',
    severity: 'error',
    from: { path: '^(topologies/[^/]+|connectors|schemas)/' },
    to: { path: anyProcessor },
  },
  {
    name: 'nobody-imports-tests',
    comment:
      'tests may change without asking the product; the bench measures it, on the same broker as the tests',
    severity: 'error',
    from: { pathNot: ['^test/', '^bench/', toolConfigs] },
    to: { path: '^test/' },
  },
  {
    name: 'bench-takes-its-broker-from-the-tests',
    comment: 'and nothing else from there',
    severity: 'error',
    from: { path: '^bench/' },
    to: { path: '^test/', pathNot: '^test/kit/broker/' },
  },
  {
    name: 'nobody-imports-entry-points',
    comment: 'main.ts and bench/ are started, never imported',
    severity: 'error',
    from: { pathNot: ['^bench/'] },
    to: { path: ['^main\\.ts$', '^bench/'] },
  },
]

const libraries = [
  {
    name: 'topologies-are-pure',
    comment: 'topologies/ may import decimal.js and nothing else from outside, Node included',
    severity: 'error',
    from: { path: '^topologies/' },
    to: { dependencyTypesNot: ['local'], pathNot: '(^|/)node_modules/decimal\\.js/' },
  },
  oneHome('avsc', ['^schemas/codec\\.ts$', '^schemas/lint'], 'Avro is spoken in one place'),
  oneHome('kafkajs', ['^connectors/kafka/'], 'the broker client sits behind one port'),
  oneHome(
    '@kafkajs/confluent-schema-registry',
    ['^connectors/registry/'],
    'the schema registry sits behind one port, and that library’s own avsc decodes nothing of ours',
  ),
  oneHome('ccxt', ['^connectors/exchange/'], 'venues are known at the exchange edge only'),
  oneHome('ioredis', ['^connectors/redis/'], 'Redis is a bridge, not a store of ours'),
  oneHome(
    'node:sqlite',
    ['^connectors/embedded/', '^connectors/exchange/simulator/'],
    'SQLite is the embedded log and the book of the simulator',
  ),
  {
    name: 'packages-are-declared',
    comment: 'each imported package stands in package.json',
    severity: 'error',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-bundled', 'undetermined'] },
  },
  {
    name: 'development-packages-stay-in-tests',
    comment: 'an install without development packages must run',
    severity: 'error',
    from: { pathNot: ['^test/', toolConfigs] },
    to: { dependencyTypes: ['npm-dev'] },
  },
]

const shape = [
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  { name: 'imports-resolve', severity: 'error', from: {}, to: { couldNotResolve: true } },
  {
    name: 'no-orphans',
    comment: 'a file that nobody imports and that imports nothing is forgotten',
    severity: 'error',
    from: {
      orphan: true,
      pathNot: [
        toolConfigs,
        '^main\\.ts$',
        '^cli/quantum\\.cjs$',
        '^schemas/generate\\.ts$',
        '^test/',
        '^bench/',
        '\\.d\\.ts$',
      ],
    },
    to: {},
  },
]

module.exports = {
  forbidden: [...arrows, ...libraries, ...shape],
  options: {
    exclude: { path: '^(coverage|data|\\.cache|\\.quantum|\\.git)/' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default'],
      extensions: ['.ts', '.js', '.cjs', '.mjs'],
    },
  },
}
