// The product on the shared broker and registry: started, asked and ended through its command line alone, as a whole that has
// a prefix and a venue of its own. A reader looks on from outside.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadConfig } from '../../cli/configuration/load.ts'
import { openLog } from '../../cli/open-log.ts'
import type { LogReader } from '../../connectors/log-reader.ts'
import type { Config } from '../../schemas/config.ts'
import type { Topic } from '../../schemas/topic.ts'
import { createHome, run, start } from '../faults/running.ts'
import type { Ended, Running } from '../faults/running.ts'
import { sharedBench } from '../kit/broker/shared-bench.ts'

const demoFile = join(import.meta.dirname, '../../cli/demo.yaml')

/** Longest wait for anything: real processes on a machine that may be busy. */
export const patienceMs = 180_000

/** A process that is waited for is still there when the wait is over. */
const lifeMs = 2 * patienceMs

const lookMs = 200

export interface Product {
  readonly prefix: string
  readonly environment: Readonly<Record<string, string>>
  readonly config: Config
  readonly reader: LogReader
  /** Runs `quantum <argv>` to its end. */
  quantum(...argv: string[]): Promise<Ended>
  /** The same with --json: what it printed last, and its exit code. */
  json<T>(...argv: string[]): Promise<{ readonly code: number | null; readonly data: T }>
  /** Starts `quantum up <argv>`, until the test ends. */
  up(...argv: string[]): Running
  /** When the last record of a topic was written; -Infinity before the first. */
  lastAtMs(topic: Topic): Promise<number>
}

/** Settings of a product on the bench, as environment variables. Two symbols, so that both partitions have one. */
export function environmentOf(prefix: string, venuePath: string): Record<string, string> {
  const { brokers, registryUrl } = sharedBench()
  return {
    QUANTUM__RUNTIME: 'redpanda',
    QUANTUM__KAFKA__BROKERS: JSON.stringify(brokers),
    QUANTUM__KAFKA__TOPIC_PREFIX: prefix,
    QUANTUM__KAFKA__MARKET_PARTITIONS: '2',
    QUANTUM__KAFKA__ACCOUNT_PARTITIONS: '1',
    QUANTUM__REGISTRY__URL: registryUrl,
    QUANTUM__SIMULATOR__PATH: venuePath,
  }
}

/** Connects the reader; the product itself does nothing yet. Its folder goes with the file. */
export async function openProduct(prefix: string): Promise<Product> {
  const environment = environmentOf(prefix, createHome('file').venuePath)
  const config = loadConfig(demoFile, environment)
  const reader = await openLog(config, environment)
  const quantum = (...argv: string[]): Promise<Ended> => run(argv, { env: environment, lifeMs })
  return {
    ...{ prefix, environment, config, reader, quantum },
    async json<T>(...argv: string[]) {
      const { code, out, err } = await quantum(...argv, '--json')
      const last = out.trimEnd().split('\n').at(-1) ?? ''
      if (last === '') throw new Error(`${argv.join(' ')}: expected JSON, was nothing: ${err}`)
      return { code, data: JSON.parse(last) as T }
    },
    up: (...argv) => start(['up', ...argv], { env: environment, lifeMs }),
    async lastAtMs(topic) {
      const ends = await reader.ends([topic])
      return Math.max(...ends.map(({ lastAtMs }) => lastAtMs ?? -Infinity))
    },
  }
}

/** Waits until it holds. Fails when one of the processes ends before, or with what `otherwise` says when it takes too long. */
export async function until(
  what: string,
  processes: readonly Running[],
  holds: () => Promise<boolean>,
  otherwise: () => unknown = () => '',
): Promise<void> {
  for (const endMs = Date.now() + patienceMs; !(await holds()); await sleep(lookMs)) {
    for (const one of processes)
      if (one.isOver()) {
        const { code, err } = await one.ended
        throw new Error(`expected ${what}, but a process ended with ${String(code)}: ${err}`)
      }
    if (Date.now() > endMs)
      throw new Error(`expected ${what}, was ${JSON.stringify(await otherwise())}`)
  }
}

/** Asks a process to end; how it did, and how long that took. */
export async function terminate(one: Running): Promise<Ended & { readonly tookMs: number }> {
  const askedAtMs = performance.now()
  one.kill('SIGTERM')
  const ended = await one.ended
  return { ...ended, tookMs: performance.now() - askedAtMs }
}
