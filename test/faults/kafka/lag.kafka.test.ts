// How far groups are behind, as a tool from outside counts it: nothing when there is nothing to do, whatever lies at the end
// of a topic; and little under load while every entry is refused.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  exchangeTick,
  exitSignal,
  orderCommand,
  safeModeCommand,
  tradeIntent,
} from '../../../schemas/topics.ts'
import { partitionOf } from '../../../topologies/kernel/topic.ts'
import { needsPython } from '../../kit/broker/needs.ts'
import { sharedBench } from '../../kit/broker/shared-bench.ts'
import {
  exitSignalOf,
  orderCommandOf,
  safeModeCommandOf,
  tradeIntentOf,
} from '../../kit/records.ts'
import { openArena } from './arena.ts'
import type { Arena } from './arena.ts'
import { symbols, tickOf } from './topology.ts'

const loadMs = 10_000
const perSecond = 1_500

/** What may wait at most, in all groups together: some seconds' worth, since other programs want the processor too. */
const mostBehind = 5 * perSecond

/** Longest way back to nothing. */
const returnMs = 10_000

async function safeMode(arena: Arena): Promise<void> {
  const command = safeModeCommandOf({ account: 'main', active: true })
  const { account_partitions: partitions, topic_prefix: prefix } = arena.config.kafka
  const producer = await arena.client.plainProducer()
  const partition = partitionOf('account', 'main', partitions)
  const batches = producer.batches(`${prefix}${safeModeCommand.name}`, partition)
  batches.add(Date.now(), 'main', arena.codec.encode(safeModeCommand.name, command))
  await producer.send([batches])
  await producer.dispose()
}

describe('the lag of a group', needsPython(), () => {
  test(
    'is nothing when it is idle, also behind marks and aborted records',
    { timeout: 120_000 },
    async () => {
      const arena = await openArena(sharedBench())
      await Promise.all([arena.up('one', { connects: true }), arena.up('two')])
      await arena.feed.put(500)
      await arena.settled('at the end of commits')

      const tick = (symbol: string, number: number): Uint8Array =>
        arena.codec.encode(exchangeTick.name, tickOf(symbol, number, Date.now()))
      for (let round = 0; round < 4; round++) {
        // A committed record between: the mark of the abort is alone at the end.
        const symbol = symbols[round]!
        const partition = partitionOf('market', symbol, 4)
        const aborted = tick(symbol, 2_000_000 + round)
        const counts = [symbol, tick(symbol, 1_000_000 + round)] as const
        await arena.witness.abort(exchangeTick.name, partition, aborted, counts)
      }
      await arena.settled('at the end of a mark of an abort')

      const { codec } = arena
      for (const [topic, value] of [
        [tradeIntent.name, codec.encode(tradeIntent.name, tradeIntentOf())],
        [exitSignal.name, codec.encode(exitSignal.name, exitSignalOf())],
        [orderCommand.name, codec.encode(orderCommand.name, orderCommandOf())],
      ] as const)
        for (const partition of [0, 1]) await arena.witness.abort(topic, partition, value)
      for (const partition of [0, 1, 2, 3])
        await arena.witness.abort(exchangeTick.name, partition, tick('aborted', 3_000_000))
      const { ticks } = await arena.settled('at the end of aborted records')
      console.log(
        `idle lag: 0 behind commits, 4 marks of aborts, 10 aborted records; ${ticks} inputs`,
      )
    },
  )

  test(
    `stays below ${mostBehind} under load in safe mode, and is nothing soon after`,
    { timeout: 180_000 },
    async () => {
      const arena = await openArena(sharedBench())
      await Promise.all([arena.up('one', { connects: true }), arena.up('two')])
      await safeMode(arena)
      await arena.settled('before the load')
      arena.feed.go(perSecond)
      const behind: number[] = []
      for (const end = performance.now() + loadMs; performance.now() < end; await sleep(200))
        behind.push(await arena.behind())
      await arena.feed.stop()
      const stoppedMs = performance.now()
      let last = await arena.behind()
      while (last > 0 && performance.now() - stoppedMs < 2 * returnMs) {
        await sleep(50)
        last = await arena.behind()
      }
      const backMs = performance.now() - stoppedMs
      const { ticks, commands, refusals } = await arena.settled('after the load')
      const most = Math.max(...behind)
      console.log(
        `lag: ${ticks} inputs in ${loadMs / 1_000} s with safe mode on, ${refusals} entries refused, ${commands} exits passed, at most ${most} records behind, 0 after ${Math.round(backMs)} ms`,
      )
      expect([refusals > commands, commands > 0]).toEqual([true, true])
      expect(most).toBeLessThan(mostBehind)
      expect(last).toBe(0)
      expect(backMs).toBeLessThan(returnMs)
    },
  )
})
