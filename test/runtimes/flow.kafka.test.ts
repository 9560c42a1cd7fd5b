// The product on a real broker and registry, through its command line alone: made ready, traded with, asked by every verb,
// ended, shared by two processes. What it wrote is then read by programs that have nothing to do with it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isBad } from '../../cli/map/from-log.ts'
import type { MapRow } from '../../cli/map/rows.ts'
import type { LagRow } from '../../cli/lag/rows.ts'
import {
  aiSignalGenerated,
  executionResult,
  exitSignal,
  exitbrainPnl,
  positionState,
  priceUpdate,
  safeModeState,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import type { ExitbrainPnl } from '../../schemas/types.gen.ts'
import { gatewayReader } from '../../connectors/exchange/gateway.ts'
import { storedTopics } from '../../connectors/kafka/topic-settings.ts'
import { trading } from '../../topologies/trading.ts'
import { onBench } from '../connectors/kafka/on-bench.ts'
import type { Running } from '../faults/running.ts'
import { copies, resultFaults, sequenceFaults, tradeFaults } from '../kit/adding-up.ts'
import { needsBench } from '../kit/broker/needs.ts'
import { interoperability } from './interop.ts'
import { openProduct, patienceMs, terminate, until } from './product.ts'
import type { Product } from './product.ts'
import { recordedBy } from './recorded.ts'

const wholeWay = [
  ...[priceUpdate, aiSignalGenerated, tradeIntent, executionResult],
  ...[exitSignal, tradeClosed, exitbrainPnl],
]

/** The process itself is ended after 10 s, with exit code 3; on a slow machine its end takes a moment more. */
const endMs = 12_000

/** Longer than all that a test waits for. */
const timeout = 4 * patienceMs

describe('the product on a broker', needsBench(), () => {
  const bench = onBench()
  let product: Product

  beforeAll(async () => {
    product = await openProduct(bench.freshConfig().kafka.topic_prefix)
  })
  afterAll(() => product.reader.close())

  const cleanMap = async (processes: readonly Running[]): Promise<readonly MapRow[]> => {
    let rows: readonly MapRow[] = []
    const look = async (): Promise<boolean> => {
      const { code, data } = await product.json<MapRow[]>('map')
      rows = data
      return code === 0
    }
    await until('a clean map', processes, look, () => rows.filter(isBad))
    return rows
  }
  const tradeSince = (sinceMs: number, processes: readonly Running[]): Promise<void> => {
    const isThere = async (): Promise<boolean> => (await product.lastAtMs(exitbrainPnl)) > sinceMs
    const lastOfAll = (): Promise<unknown[]> =>
      Promise.all(wholeWay.map(async (topic) => [topic.name, await product.lastAtMs(topic)]))
    return until('a trade that went the whole way', processes, isThere, lastOfAll)
  }
  const safeModeIs = async (active: boolean, processes: readonly Running[]): Promise<void> => {
    const asked = await product.quantum('safe-mode', active ? 'on' : 'off', '--reason', 'a test')
    expect(asked).toMatchObject({ code: 0, err: '' })
    await until(`safe mode ${String(active)}`, processes, async () => {
      const [state] = await product.reader.latest(safeModeState)
      const value = state?.value as { active: boolean; reason: string } | undefined
      return value?.active === active && value.reason === 'a test'
    })
  }

  test(
    'registers its schemas and makes its topics, and then nothing is left to do',
    async () => {
      const registered = await product.json<{ subjects: { action: string }[] }>(
        'schemas',
        'register',
      )
      expect(registered.code).toBe(0)
      const { length } = storedTopics(trading)
      expect(registered.data.subjects.filter(({ action }) => action === 'new')).toHaveLength(length)
      const applied = await product.json<{ created: string[] }>('topics', 'apply')
      expect(applied).toMatchObject({ code: 0, data: { in_sync: true } })
      expect(applied.data.created).toHaveLength(length)
      expect(await product.quantum('topics', 'plan')).toMatchObject({ code: 0, err: '' })
      expect(await product.json('schemas', 'status')).toMatchObject({
        code: 0,
        data: { drifted: 0 },
      })
    },
    timeout,
  )

  test(
    'one process trades the whole way, answers every verb, and ends within 10 s of a signal',
    async () => {
      const up = product.up('--json')
      await tradeSince(0, [up])
      const rows = await cleanMap([up])
      const processors = rows.filter(({ kind }) => kind === 'processor').map(({ name }) => name)
      expect(processors).toEqual(trading.processors.map(({ name }) => name))

      const [pnl] = await product.reader.read(exitbrainPnl, { newest: true, limit: 1 })
      const { correlation_id: id } = pnl?.value as ExitbrainPnl
      const [lag, topics, explained, letters, tail] = await Promise.all([
        product.json<LagRow[]>('lag'),
        product.json<{ topic: string; last_at: string | null }[]>('topics', 'list'),
        product.json<{ trail: { topic: string }[] }>('explain', id),
        product.json('dead-letters', 'list'),
        product.json<{ value: unknown }>('topics', 'tail', 'exitbrain.pnl', '--limit', '1'),
      ])
      expect(lag.code, JSON.stringify(lag.data.filter(({ state }) => state !== 'ok'))).toBe(0)
      const written = topics.data.filter(({ last_at }) => last_at !== null)
      for (const { name } of wholeWay) expect(written.map(({ topic }) => topic)).toContain(name)
      const trail = explained.data.trail.map(({ topic }) => topic)
      for (const { name } of wholeWay) expect(trail).toContain(name)
      expect(letters).toMatchObject({ code: 0, data: { total: 0, letters: [] } })
      expect(tail).toMatchObject({
        code: 0,
        data: { key: expect.stringMatching(/^main\|/) as string },
      })

      await safeModeIs(true, [up])
      const status = await product.json('safe-mode', 'status')
      expect(status).toMatchObject({ code: 0, data: [{ account: 'main', active: true }] })
      await safeModeIs(false, [up])

      const { code, signal, out, err, tookMs } = await terminate(up)
      const summary = JSON.parse(out) as { topics: Record<string, number>; map: MapRow[] }
      expect(summary.map.filter(isBad)).toEqual([])
      expect({ code, signal }, err).toEqual({ code: 0, signal: null })
      expect(tookMs).toBeLessThan(endMs)
      for (const { name } of wholeWay) expect(summary.topics[name], name).toBeGreaterThan(0)
    },
    timeout,
  )

  test(
    'two processes with parts of their own go on with it, and at rest no group is behind',
    async () => {
      const startMs = Date.now()
      const inner = product.up('--run', 'market,account')
      const outer = product.up('--run', 'ops,gateway')
      await tradeSince(startMs, [inner, outer])
      await cleanMap([inner, outer])

      // Exits go on, so that in the end nothing is open, and the gateway has dealt with what closed it.
      await safeModeIs(true, [inner, outer])
      const open = async (): Promise<string[]> => [
        ...(await product.reader.latest(positionState)).map(({ key }) => key),
        ...(await product.reader.lag(Date.now()))
          .filter(({ group, lag }) => group === gatewayReader.group && lag > 0)
          .map(({ topic, lag }) => `${topic} ${lag}`),
      ]
      const isClosed = async (): Promise<boolean> => (await open()).length === 0
      await until('nothing open', [inner, outer], isClosed, open)
      const outerEnd = await terminate(outer)
      expect(outerEnd, outerEnd.out).toMatchObject({ code: 0, signal: null })

      // By offsets, as any monitor counts: what ended a transaction is no record, and is not waited for.
      const behind = async (): Promise<LagRow[]> =>
        (await product.json<LagRow[]>('lag')).data.filter(
          ({ group, lag, end, committed }) =>
            group !== 'trading.ops' && (lag !== 0 || committed !== end),
        )
      const isAtRest = async (): Promise<boolean> => (await behind()).length === 0
      await until('no group behind', [inner], isAtRest, behind)
      const innerEnd = await terminate(inner)
      // Nobody brings prices any more, which the map shows.
      expect([0, 1], innerEnd.err).toContain(innerEnd.code)
      expect(Math.max(innerEnd.tookMs, outerEnd.tookMs)).toBeLessThan(endMs)
      expect(await behind()).toEqual([])
    },
    timeout,
  )

  interoperability(() => ({
    product,
    client: bench.client,
    aside: bench.freshConfig().kafka.topic_prefix,
  }))

  test(
    'each intent and exit has ended once, each order is there once, each trade has one result',
    async () => {
      const recorded = await recordedBy(product.reader, storedTopics(trading))
      expect(recorded.of(tradeClosed).length).toBeGreaterThan(1)
      expect([
        ...copies(recorded),
        ...sequenceFaults(recorded),
        ...resultFaults(recorded),
        ...tradeFaults(recorded),
      ]).toEqual([])
      expect(recorded.of(exitbrainPnl).length).toBe(recorded.of(tradeClosed).length)
    },
    timeout,
  )
})
