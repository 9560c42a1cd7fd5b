// What programs that know nothing of us make of what the product wrote, and the product of what they write: Confluent's
// Python client with its Avro, and kcat. For a log on which the product has traded and rests.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { KafkaClient } from '../../connectors/kafka/client/port.ts'
import { storedTopics } from '../../connectors/kafka/topic-settings.ts'
import type { StoredRecord } from '../../connectors/runtime.ts'
import {
  exchangeTick,
  exitbrainPnl,
  positionState,
  priceUpdate,
  safeModeCommand,
  safeModeState,
  topologyHeartbeat,
  tradeClosed,
} from '../../schemas/topics.ts'
import type { ExchangeTick, PriceUpdate, SafeModeState } from '../../schemas/types.gen.ts'
import { partitionOf } from '../../topologies/kernel/topic.ts'
import { trading } from '../../topologies/trading.ts'
import { createHome } from '../faults/running.ts'
import { needsCommand, needsPython } from '../kit/broker/needs.ts'
import { pythonOf } from '../kit/broker/python.ts'
import { patienceMs, terminate, until } from './product.ts'
import type { Product } from './product.ts'
import { recordsBy } from './recorded.ts'

export interface Written {
  readonly product: Product
  readonly client: KafkaClient
  /** Another prefix, for what must not lie among the product's topics. */
  readonly aside: string
}

const run = promisify(execFile)
const script = join(import.meta.dirname, 'interop.py')
const declared = storedTopics(trading)
const timeout = 2 * patienceMs

/** Longest wait for kcat and Python to say the last word. */
const programMs = 120_000

type Place = { readonly topic: string; readonly partition: number; readonly offset: number }
type Outside = Pick<StoredRecord, 'partition' | 'offset' | 'at_ms' | 'key' | 'value'> & {
  readonly topic: string
}

/** Call it inside a `describe` that needs the bench; `written` is asked in the tests. */
export function interoperability(written: () => Written): void {
  describe('other programs', () => {
    test(
      'Python writes where the product reads, and the product answers',
      { ...needsPython(), timeout },
      async () => {
        const { product } = written()
        const { config, reader } = product
        // Installing it takes longer than a price stays fresh.
        await pythonOf()
        const startMs = Date.now()
        const up = product.up('--run', 'market,account')
        await until('a task of the market', [up], async () => {
          const beats = await reader.read(topologyHeartbeat, { newest: true, limit: 100 })
          return beats.some((beat) => beat.key === 'aggregator' && beat.at_ms > startMs)
        })
        const { symbols } = config.accounts[0]!
        const ticks = await reader.read(exchangeTick, { newest: true })
        const times = new Set<number>()
        let wroteAtMs = 0
        /** On a busy machine Python may be slower than a price goes stale: then it writes again. */
        const write = async (): Promise<Place[]> => {
          wroteAtMs = Date.now()
          times.add(wroteAtMs)
          const ticked = symbols.map((symbol) => {
            const last = ticks.findLast((tick) => {
              const { venue, bid } = tick.value as ExchangeTick
              return tick.key === symbol && venue === config.trading_venue && bid !== null
            })
            const at = { received_at_ms: wroteAtMs, sequence: wroteAtMs }
            const value = { ...(last?.value as ExchangeTick), ...at }
            return { topic: exchangeTick.name, key: symbol, value }
          })
          const [trigger, actor, reason] = ['OPERATOR', 'python', 'written from outside'] as const
          const by = { trigger, actor, reason, at_ms: wroteAtMs }
          const command = { account: 'main', active: true, ...by }
          const safeMode = { topic: safeModeCommand.name, key: 'main', value: command }
          return python<Place[]>(product, ['write'], { records: [...ticked, safeMode] })
        }
        const places = await write()
        for (const symbol of symbols)
          expect(places).toContainEqual({
            ...{
              topic: `${product.prefix}${exchangeTick.name}`,
              offset: expect.any(Number) as number,
            },
            partition: partitionOf('market', symbol, config.kafka.market_partitions),
          })

        await until('prices and safe mode as Python wrote them', [up], async () => {
          if (Date.now() - wroteAtMs > 20_000) await write()
          const prices = await reader.read(priceUpdate, { newest: true, limit: 100 })
          const [state] = await reader.latest(safeModeState)
          return (
            symbols.every((symbol) =>
              prices.some(
                (p) => p.key === symbol && times.has((p.value as PriceUpdate).tick_at_ms),
              ),
            ) && (state?.value as SafeModeState).actor === 'python'
          )
        })
        await terminate(up)
      },
    )

    test(
      'Python reads every record of every topic as we do, and none that was aborted',
      { ...needsPython(), timeout },
      async () => {
        const { product } = written()
        await abortOne(written())
        const file = join(createHome().folder, 'records.jsonl')
        const counts = await python<Record<string, object>>(product, ['read', file], {})
        const names = declared.map(({ name }) => `${product.prefix}${name}`)
        expect(Object.keys(counts).sort()).toEqual(names.sort())

        const theirs = Map.groupBy(linesOf(file), ({ topic }) => topic)
        const ours = await recordsBy(product.reader, declared)
        const lines: string[] = []
        for (const { name } of declared) {
          const own = inOrder(ours.get(name)!.map(plain))
          const other = inOrder(theirs.get(name) ?? [])
          expect(other.length, name).toBe(own.length)
          expect(counts[`${product.prefix}${name}`], name).toEqual({
            records: own.filter(({ value }) => value !== null).length,
            tombstones: own.filter(({ value }) => value === null).length,
          })
          const odd = own.findIndex((record, i) => !isDeepStrictEqual(record, other[i]))
          if (odd >= 0) expect(other[odd], name).toEqual(own[odd])
          lines.push(`${name} ${own.length}`)
        }
        console.log(`read from outside: ${lines.join(', ')}`)
        // Amounts are texts to everybody, and the end of a key is a record without a value.
        const [trade] = theirs.get(tradeClosed.name) ?? []
        expect(trade?.value).toMatchObject({ net_usd: expect.stringMatching(/^-?\d/) as string })
        expect(theirs.get(positionState.name)?.some(({ value }) => value === null)).toBe(true)
      },
    )

    test(
      'kcat lists every topic, and shows an aborted record only to who asks for it',
      { ...needsCommand('kcat'), timeout },
      async () => {
        const { product } = written()
        const listed = JSON.parse(await kcat(product, ['-L', '-J'])) as {
          topics: { topic: string; partitions: object[] }[]
        }
        const partitions = new Map(listed.topics.map((one) => [one.topic, one.partitions.length]))
        const expected = { market: 2, account: 1, ops: 1 }
        for (const { name, domain } of declared)
          expect(partitions.get(`${product.prefix}${name}`), name).toBe(expected[domain])

        await abortOne(written())
        const count = async (level: string): Promise<number> => {
          const topic = ['-t', `${product.prefix}${exitbrainPnl.name}`, '-o', 'beginning', '-e']
          const isolation = ['-X', `isolation.level=${level}`]
          return (
            (await kcat(product, ['-C', ...topic, ...isolation, '-q', '-f', '%o\n'])).split('\n')
              .length - 1
          )
        }
        const records = await product.reader.read(exitbrainPnl)
        expect(await count('read_committed')).toBe(records.length)
        expect(await count('read_uncommitted')).toBeGreaterThan(records.length)
      },
    )
  })
}

/** A record of exitbrain.pnl in a transaction that is aborted: its other record is refused for its size. */
async function abortOne({ product, client, aside }: Written): Promise<void> {
  const small = `${aside}small`
  if ((await client.admin.topics([small])).length === 0) {
    const configs = { 'max.message.bytes': '1000' }
    await client.admin.createTopics([{ name: small, partitions: 1, replication: 1, configs }])
  }
  const producer = await client.fence(`${aside}aborts`)
  const visible = producer.batches(`${product.prefix}${exitbrainPnl.name}`, 0)
  visible.add(Date.now(), 'main|BTCUSDT', Buffer.from('no schema would read this'))
  const refused = producer.batches(small, 0)
  refused.add(Date.now(), 'key', Buffer.alloc(5_000))
  const committed = producer.commit({ batches: [visible, refused], offsets: null })
  await expect(committed).rejects.toMatchObject({ fault: 'TOO_LARGE' })
  await producer.dispose()
}

/** Runs the script with a task and gives what it printed. */
async function python<T>(
  { prefix, config }: Product,
  args: readonly string[],
  more: object,
): Promise<T> {
  const [brokers, registry] = [config.kafka.brokers.join(','), config.registry.url]
  const running = run(await pythonOf(), [script, ...args], { timeout: programMs })
  running.child.stdin?.end(JSON.stringify({ brokers, registry, prefix, ...more }))
  return JSON.parse((await running).stdout) as T
}

async function kcat({ config }: Product, args: readonly string[]): Promise<string> {
  const brokers = ['-b', config.kafka.brokers.join(',')]
  const { stdout } = await run('kcat', [...brokers, ...args], { timeout: programMs })
  return stdout
}

function linesOf(file: string): Outside[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Outside)
}

const plain = ({ topic, partition, offset, at_ms, key, value, fault }: StoredRecord): Outside => {
  expect(fault, `${topic} offset ${offset}`).toBeNull()
  return { topic, partition, offset, at_ms, key, value }
}

const inOrder = (records: readonly Outside[]): Outside[] =>
  records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
