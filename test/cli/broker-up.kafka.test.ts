// `up` on a real broker: the whole pipeline shared by two processes, each with parts of its own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { MapRow } from '../../cli/map/rows.ts'
import { run } from '../../cli/run.ts'
import { trading } from '../../topologies/trading.ts'
import { onBench } from '../connectors/kafka/on-bench.ts'
import { createHome, start } from '../faults/running.ts'
import { needsBench } from '../kit/broker/needs.ts'

const demo = parse(readFileSync(join(import.meta.dirname, '../../cli/demo.yaml'), 'utf8')) as object

/** Real processes on a machine that may be busy. */
const patienceMs = 90_000

describe('up on a broker', needsBench(), () => {
  const bench = onBench()

  test(
    'two processes share the parts, trade, show a clean map, and end within 10 s of a signal',
    async () => {
      const config = bench.freshConfig()
      const { kafka, registry, runtime } = config
      const { brokers, topic_prefix, market_partitions, account_partitions } = kafka
      const file = createHome().configFile('up.yaml', {
        ...demo,
        ...{ runtime, registry: { url: registry.url } },
        kafka: { brokers, topic_prefix, market_partitions, account_partitions },
      })
      const quantum = async (...argv: string[]): Promise<{ code: number; out: string }> => {
        let out = ''
        const say = (text: string): void => {
          out += `${text}\n`
        }
        const io = { out: say, err: say, env: {}, now: Date.now, isTty: false }
        return { code: await run([...argv, '--config', file], io), out }
      }
      await bench.codec(config)
      expect(await quantum('topics', 'apply')).toMatchObject({ code: 0 })

      const processes = ['market,ops', 'account,gateway'].map((parts) =>
        start(['up', '--config', file, '--run', parts]),
      )
      const until = async (holds: () => Promise<boolean>, what: string): Promise<void> => {
        for (const endMs = Date.now() + patienceMs; !(await holds()); await sleep(500)) {
          for (const one of processes)
            if (one.isOver()) throw new Error(`expected ${what}: ${(await one.ended).err}`)
          if (Date.now() > endMs) throw new Error(`expected ${what}: ${(await quantum('map')).out}`)
        }
      }
      await until(
        async () => (await quantum('topics', 'tail', 'trade.closed', '--limit', '1')).out !== '',
        'a closed trade',
      )
      await until(async () => (await quantum('map')).code === 0, 'a clean map')
      const rows = JSON.parse((await quantum('map', '--json')).out) as MapRow[]
      const alive = rows.filter(({ kind }) => kind === 'processor')
      expect(alive.map(({ name }) => name)).toEqual(trading.processors.map(({ name }) => name))
      const trade = JSON.parse(
        (await quantum('topics', 'tail', 'trade.closed', '--limit', '1')).out,
      ) as { value: { correlation_id: string } }
      const { out } = await quantum('explain', trade.value.correlation_id)
      for (const topic of ['market.bar', 'trade.intent', 'order.report', 'trade.closed'])
        expect(out).toContain(` ${topic} `)

      const askedAtMs = Date.now()
      for (const one of processes) one.kill('SIGINT')
      const [market, account] = await Promise.all(processes.map((one) => one.ended))
      // The process itself is ended after 10 s, with exit code 3; on a slow machine its end takes a moment more.
      expect([market?.code, account?.code].every((code) => code === 0 || code === 1)).toBe(true)
      expect(Date.now() - askedAtMs).toBeLessThan(12_000)
      // On a slow machine an order may take long enough for an alert, which is said there; nothing else is.
      for (const line of [market, account].flatMap((end) => end?.err.trim().split('\n') ?? []))
        if (line !== '') expect(JSON.parse(line)).toHaveProperty('alert')
      expect([market?.signal, account?.signal]).toEqual([null, null])
      expect(market?.out).toMatch(/running market, ops, environment PAPER/)
      expect(market?.out).toMatch(/^ +\d+ s {2}signals \d+ {2}closed/m)
      expect(account?.out).toMatch(/running account, gateway, venue .*, environment PAPER/)
      expect(account?.out).toMatch(/^ +\d+ s {2}ticks \d+ {2}open \d+ {2}equity [\d.]+ USD/m)
    },
    3 * patienceMs,
  )
})
