// How the runtime contract is played: a scenario, what the engine makes of it in virtual time, and how a publisher
// behaves whose runtime dies.
import avsc from 'avsc'
import { expect } from 'vitest'
import { createEngine } from '../../connectors/backtest/engine.ts'
import type { Runtime } from '../../connectors/runtime.ts'
import { createCodec } from '../../schemas/codec.ts'
import type { Topic } from '../../schemas/topic.ts'
import { exchangeTick, safeModeCommand } from '../../schemas/topics.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import { testConfig } from '../kit/given.ts'
import type { Home, Step, TestRuntime } from './subject.ts'
import { commandOf, sample, sampleOutputs, startMs, tradeOf } from './sample.ts'

export const codec = createCodec()

/** Steps of the scenario: trades that cross domains and use the table, a tombstone, a command, the clock. */
export type Input = readonly [Topic, unknown] | { readonly tickMs: number }
export const scenario: readonly Input[] = [
  [exchangeTick, tradeOf('BTCUSDT', 90, startMs + 10)],
  [exchangeTick, tradeOf('ETHUSDT', 101, startMs + 20)],
  [exchangeTick, tradeOf('BTCUSDT', 95, startMs + 30)],
  { tickMs: startMs + 1_000 },
  [exchangeTick, tradeOf('ETHUSDT', 0, startMs + 1_010)],
  [safeModeCommand, commandOf('off', false, startMs + 1_020)],
  [exchangeTick, tradeOf('BTCUSDT', 120, startMs + 1_030)],
  { tickMs: startMs + 61_000 },
  { tickMs: startMs + 62_000 },
  [exchangeTick, tradeOf('BTCUSDT', 96, startMs + 62_010)],
]

/** The shortest one with a hand-on, both domains, the table, the clock and a tombstone: it is played once a step. */
export const crashScenario: readonly Input[] = [
  [exchangeTick, tradeOf('BTCUSDT', 101, startMs + 10)],
  { tickMs: startMs + 1_000 },
  [exchangeTick, tradeOf('BTCUSDT', 0, startMs + 1_010)],
]
const timeOf = (input: Input): number =>
  'tickMs' in input
    ? input.tickMs
    : ((input[1] as { received_at_ms?: number; at_ms?: number }).received_at_ms ??
      (input[1] as { at_ms: number }).at_ms)

/** Publishes a record at its own time and processes what follows. */
export async function put(runtime: Runtime, topic: Topic, value: unknown): Promise<void> {
  await runtime.publish(topic, value as never, timeOf([topic, value]))
  await runtime.settle()
}

export async function play(runtime: Runtime, steps: readonly Input[]): Promise<void> {
  for (const input of steps)
    if ('tickMs' in input) await runtime.tick(input.tickMs)
    else await put(runtime, input[0], input[1])
}

/** Plays the scenario, dies once at the given step, and goes on as a publisher does who was not answered. */
export async function playThroughCrash(home: Home, at: number): Promise<TestRuntime> {
  let steps = 0
  let runtime = await home.open({
    atStep: () => {
      steps++
      if (steps === at) throw new Error('crash')
    },
  })
  for (const input of crashScenario) {
    const before = await inputs(runtime)
    try {
      await play(runtime, [input])
    } catch {
      await runtime.crash()
      runtime = await home.open()
      await runtime.settle()
      // Time goes on either way. A record is sent again only when the log does not have it.
      if ('tickMs' in input || (await inputs(runtime)) === before) await play(runtime, [input])
    }
  }
  return runtime
}

/** Dies at the n-th step of that kind. */
export function dieAt(wanted: Step, nth: number): (step: Step) => void {
  let seen = 0
  return (step) => {
    if (step === wanted && ++seen === nth) throw new Error('crash')
  }
}

/** How many records came from outside so far: trades and the command that is ours. */
export async function inputs(runtime: Runtime): Promise<number> {
  const trades = await runtime.read(exchangeTick)
  const commands = await runtime.read(safeModeCommand)
  return trades.length + commands.filter((r) => valueOf(r, safeModeCommand).reason === 'off').length
}

export async function lengths(runtime: Runtime): Promise<number[]> {
  const all = await Promise.all(sampleOutputs.map((topic) => runtime.read(topic)))
  return all.map((records) => records.length)
}

/** Everything the sample's processors wrote, to the last byte that a reader sees. */
export async function outputs(runtime: Runtime): Promise<unknown[]> {
  const all = await Promise.all(sampleOutputs.map((topic) => runtime.read(topic)))
  return all.flat().map(plain)
}

const plain = ({ topic, key, value, at_ms, partition, offset }: LogRecord): unknown =>
  structuredClone({ topic, key, value, at_ms, partition, offset })

/** What the engine makes of the scenario in virtual time. */
export function reference(steps: readonly Input[]): unknown[] {
  const records: LogRecord[] = []
  const engine = createEngine({
    topology: sample,
    config: testConfig(),
    startMs,
    strict: true,
    onRecord: (record) => records.push(record),
  })
  for (const input of steps)
    if ('tickMs' in input) engine.advanceTo(input.tickMs)
    else engine.publish(input[0], input[1] as never, timeOf(input))
  return sampleOutputs.flatMap((topic) => records.filter((r) => r.topic === topic.name).map(plain))
}

export function valueOf<T extends Topic>(record: LogRecord, topic: T) {
  expect(record.topic).toBe(topic.name)
  return record.value as Parameters<T['keyOf']>[0]
}

/** A schema as it was before a field was added. */
export function olderSchema(topic: 'exchange.tick', without: string, id: number) {
  const schema = JSON.parse(codec.writerSchema(topic).text) as { fields: { name: string }[] }
  schema.fields = schema.fields.filter((field) => field.name !== without)
  const type = avsc.Type.forSchema(schema as never)
  return {
    id,
    text: JSON.stringify(schema),
    encode: (value: unknown) => framed(id, type.toBuffer(value)),
  }
}

/** Bytes behind the five bytes that name their schema. */
export function framed(id: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeInt32BE(id, 1)
  return Buffer.concat([head, body])
}
