// The systems that are measured. Each runs the job in a process of its own, reads the same input and writes a topic of its own.
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { endProcess, runProgram, runScript } from '../child.ts'
import type { Running } from '../child.ts'
import type { Topics } from './topics.ts'

export interface System {
  readonly name: 'ours' | 'kafka_streams' | 'quix'
  /** Records per second of one whole pass over the loaded input. */
  throughput(records: number, commitMs: number): Promise<number>
  /** Starts on an input, ready to work; `output` is the topic that it writes. */
  start(input: string, records: number, commitMs: number): Promise<Started>
}

interface Started {
  readonly output: string
  stop(): Promise<void>
}

export interface SystemsOptions {
  readonly bootstrap: string
  readonly partitions: number
  readonly topics: Topics
  readonly log: (text: string) => void
}

/** Those that can be had here, and why the others can't. */
export async function findSystems(
  options: SystemsOptions,
): Promise<{ readonly systems: readonly System[]; readonly notes: readonly string[] }> {
  const notes: string[] = []
  const peers = process.env['BENCH_PEERS'] ?? '../shared/bench-peers'
  const systems: System[] = [ours(options)]
  if (!existsSync(peers)) notes.push(`no peers: expected their folder at BENCH_PEERS (${peers})`)
  else {
    const folder = join('.cache', 'bench-peers')
    mkdirSync(folder, { recursive: true })
    cpSync(peers, folder, { recursive: true, force: true, mode: 0 })
    for (const prepare of [kafkaStreams, quix])
      try {
        systems.push(await prepare(options, folder))
      } catch (error) {
        notes.push(`${prepare.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
  }
  return { systems, notes }
}

function ours({ bootstrap, partitions, topics }: SystemsOptions): System {
  const base = { BOOTSTRAP: bootstrap, PARTITIONS: String(partitions) }
  const run = async (input: string, commitMs: number) => {
    const { prefix, output } = await topics.ours(input)
    return {
      output,
      running: runScript('eos/ours.ts', { ...base, PREFIX: prefix, COMMIT_MS: String(commitMs) }),
    }
  }
  return {
    name: 'ours',
    async throughput(records, commitMs) {
      const { output, running } = await run(topics.input, commitMs)
      const env = { ...base, TOPIC: output, RECORDS: String(records) }
      const reader = runScript('eos/reader.ts', env)
      const figures = await Promise.race([reader.result, failed(running)])
      await endProcess(running)
      return rateOf(figures, records)
    },
    async start(input, _records, commitMs) {
      const { output, running } = await run(input, commitMs)
      await running.begun
      return { output, stop: () => endProcess(running) }
    },
  }
}

async function kafkaStreams(options: SystemsOptions, folder: string): Promise<System> {
  const home = join(folder, 'kafka-streams')
  if (!existsSync(join(home, 'target', 'lib'))) {
    options.log('building Kafka Streams’ side')
    await finished(runProgram('mvn', ['-q', '-B', 'package'], {}, home))
  }
  return peer(options, 'kafka_streams', 'kafka-streams-ema-', (env) =>
    runProgram(
      'java',
      ['-Xmx1g', '-cp', 'target/classes:target/lib/*', 'EmaBench', 'run'],
      env,
      home,
    ),
  )
}

async function quix(options: SystemsOptions, folder: string): Promise<System> {
  const python = join(folder, '.venv-quix', 'bin', 'python')
  if (!existsSync(python)) {
    options.log('installing Quix Streams')
    await finished(runProgram('python3', ['-m', 'venv', join(folder, '.venv-quix')], {}))
    await finished(runProgram(python, ['-m', 'pip', 'install', '-q', 'quixstreams==3.28.1'], {}))
  }
  return peer(options, 'quix', 'quix-ema-', (env) =>
    runProgram(join('.venv-quix', 'bin', 'python'), ['quix_ema.py'], env, folder),
  )
}

/** A peer says itself how fast it was; it ends when it has seen all records. */
function peer(
  { bootstrap, partitions, topics }: SystemsOptions,
  name: System['name'],
  outputBegin: string,
  run: (env: Record<string, string>) => Running,
): System {
  const env = (input: string, records: number, commitMs: number): Record<string, string> => ({
    ...{
      BOOTSTRAP: bootstrap,
      IN: input,
      RECORDS: String(records),
      PARTITIONS: String(partitions),
    },
    ...{ COMMIT_MS: String(commitMs), DEADLINE_S: '180', STORE: 'rocksdb' },
  })
  return {
    name,
    async throughput(records, commitMs) {
      const running = run(env(topics.input, records, commitMs))
      await Promise.race([topics.waitForNew(outputBegin), failed(running)])
      return rateOf(await running.result, records)
    },
    async start(input, records, commitMs) {
      const running = run(env(input, records, commitMs))
      const output = await Promise.race([topics.waitForNew(outputBegin), failed(running)])
      // It has made its topic; its group still has to settle.
      await new Promise((resolve) => setTimeout(resolve, 8_000))
      return { output, stop: () => endProcess(running) }
    },
  }
}

function rateOf(figures: unknown, expected: number): number {
  const { records, records_per_s: rate } = figures as { records: number; records_per_s: number }
  if (records !== expected)
    throw new Error(`expected ${String(expected)} records, was ${String(records)}`)
  return rate
}

/** Never resolves; rejects when the program ends before its time. */
async function failed(running: Running): Promise<never> {
  const result: unknown = await running.result
  throw new Error(`it ended before its time: ${JSON.stringify(result)}`)
}

async function finished(running: Running): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    running.process.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${running.process.spawnargs.join(' ')} ended with ${String(code)}`))
    })
    running.process.once('error', reject)
  })
}
