// The effective configuration: defaults, then one YAML file, then environment variables with the prefix QUANTUM__, then
// options of the command line.
// Whatever is unknown, repeated, malformed or contradictory stops the start with the setting's name, value and place.
import { readFileSync } from 'node:fs'
import { LineCounter, isMap, parse, parseDocument } from 'yaml'
import type { Node } from 'yaml'
import { configSchema } from '../../schemas/config.ts'
import type { Config } from '../../schemas/config.ts'
import { UserError } from '../verb.ts'

const prefix = 'QUANTUM__'

type Tree = { [key: string]: unknown }

/** An option that stands for a setting. */
export interface Override {
  /** The option, for example --runtime. */
  readonly option: string
  /** The setting, for example kafka.brokers. */
  readonly setting: string
  readonly value: unknown
}

/**
 * Loads a configuration. `file` is a path or null for none; `env` gives overrides such as
 * `QUANTUM__ROUTER__MIN_CONFIDENCE=0.6`. Throws a UserError that lists every fault.
 */
export function loadConfig(
  file: string | null,
  env: Readonly<Record<string, string | undefined>>,
  overrides: readonly Override[] = [],
): Config {
  const places = new Map<string, string>()
  const tree = file === null ? {} : readFile(file, places)
  applyEnvironment(tree, env, places)
  for (const { option, setting, value } of overrides)
    put(tree, setting.split('.'), value, option, places)
  const result = configSchema.safeParse(tree)
  if (result.success) return result.data
  const faults = result.error.issues.flatMap((issue) => {
    const keys =
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => [...issue.path, key])
        : [issue.path]
    return keys.map((path) => {
      const name = path.join('.')
      const place = placeOf(path, places)
      // A contradiction says its values itself: one of them may be a default, which is not in the tree.
      if (issue.code === 'custom') return `${name}: ${issue.message} (${place})`
      const text = issue.code === 'unrecognized_keys' ? 'unknown setting' : issue.message
      return `${name}: ${text}, was ${shown(path, valueAt(tree, path))} (${place})`
    })
  })
  throw new UserError(`configuration is wrong:\n  ${faults.join('\n  ')}`)
}

/** A value for people. Secrets do not belong here, and who puts one here all the same does not want to read it in a log. */
function shown(path: readonly PropertyKey[], value: unknown): string {
  const isSecret = (key: PropertyKey): boolean =>
    /password|secret|token/i.test(String(key)) && !String(key).endsWith('_file')
  const hide = (key: string, member: unknown): unknown => (isSecret(key) ? '(hidden)' : member)
  if (path.some(isSecret)) return '(hidden)'
  // Nor one that stands in an address.
  return String(JSON.stringify(value, hide)).replace(/:\/\/[^/"]*@/g, '://(hidden)@')
}

function readFile(file: string, places: Map<string, string>): Tree {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new UserError(`${file}: expected a readable configuration file`)
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const [fault] = document.errors
  if (fault !== undefined) throw new UserError(`${file}: ${fault.message}`)
  if (document.contents === null) return {}
  if (!isMap(document.contents))
    throw new UserError(`${file}: expected settings by name at the top level`)
  notePlaces(
    document.contents,
    [],
    (offset) => {
      const { line, col } = lines.linePos(offset)
      return `${file}:${String(line)}:${String(col)}`
    },
    places,
  )
  return document.toJS() as Tree
}

function notePlaces(
  node: Node,
  path: readonly string[],
  place: (offset: number) => string,
  places: Map<string, string>,
): void {
  if (!isMap(node)) return
  for (const { key, value } of node.items) {
    const here = [...path, String(key)]
    places.set(here.join('.'), place((key as Node).range?.[0] ?? 0))
    if (isMap(value)) notePlaces(value, here, place, places)
  }
}

function applyEnvironment(
  tree: Tree,
  env: Readonly<Record<string, string | undefined>>,
  places: Map<string, string>,
): void {
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(prefix) || text === undefined) continue
    const path = name.slice(prefix.length).toLowerCase().split('__')
    let value: unknown
    try {
      value = parse(text)
    } catch {
      throw new UserError(`${name}: expected a YAML value, was ${shown(path, text)}`)
    }
    put(tree, path, value, `environment ${name}`, places)
  }
}

function put(
  tree: Tree,
  path: readonly string[],
  value: unknown,
  place: string,
  places: Map<string, string>,
): void {
  let at = tree
  for (const key of path.slice(0, -1)) {
    at[key] ??= {}
    if (typeof at[key] !== 'object') throw new UserError(`${place}: ${key} has no settings inside`)
    at = at[key] as Tree
  }
  at[path.at(-1)!] = value
  places.set(path.join('.'), place)
}

/** The nearest known place of a path: its own, or its parent's. */
function placeOf(path: readonly PropertyKey[], places: ReadonlyMap<string, string>): string {
  for (let length = path.length; length > 0; length--) {
    const place = places.get(path.slice(0, length).join('.'))
    if (place !== undefined) return place
  }
  return 'default'
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Tree | undefined)?.[String(key)], tree)
}
