// Processes that are stopped in mid-air, and come back when others have done their work, or when the broker has lost its
// patience with them: nothing of theirs may count then, and they must be good members again.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needsFaults, needsPython } from '../../kit/broker/needs.ts'
import { sharedBench } from '../../kit/broker/shared-bench.ts'
import { startBroker } from '../../kit/broker/start-broker.ts'
import type { Broker } from '../../kit/broker/start-broker.ts'
import { apiKeys } from '../../kit/broker/start-proxy.ts'
import { openArena } from './arena.ts'
import type { Child, LogLine } from './processes.ts'

type Stop =
  'before a commit' | { readonly key: keyof typeof apiKeys; readonly at: 'request' | 'answer' }

/** Where it is stopped. A frame that is named goes on its way at once, the process does not. */
const stops: readonly Stop[] = [
  'before a commit',
  { key: 'produce', at: 'answer' },
  'before a commit',
  { key: 'addPartitionsToTxn', at: 'request' },
  { key: 'txnOffsetCommit', at: 'answer' },
  { key: 'endTxn', at: 'request' },
  { key: 'produce', at: 'request' },
  { key: 'endTxn', at: 'answer' },
  'before a commit',
  { key: 'produce', at: 'answer' },
]

const has = (group: string, count: number) => (line: LogLine) =>
  line.group?.endsWith(group) === true && line.partitions?.length === count

/** Waits until a process has said, from its n-th line on, that it has so many partitions of each domain. */
async function holds(child: Child, from: number, market: number, account: number): Promise<void> {
  await child.said(has('faulty.market', market), `${market} market partitions`, 60_000, from)
  await child.said(has('faulty.account', account), `${account} account partitions`, 60_000, from)
}

describe('a process that is stopped', { ...needsFaults(), ...needsPython() }, () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker({ proxies: 2 })
  })
  afterAll(() => broker.stop())

  test(
    'for longer than its session, in the middle of a transaction, comes back fenced and commits nothing',
    { timeout: 300_000 },
    async () => {
      const arena = await openArena({
        ...{ brokers: broker.brokers, registryUrl: sharedBench().registryUrl },
        kafka: { session_timeout_ms: 1_500 },
      })
      const up = (slot: number) =>
        arena.up(`slot${slot}`, {
          kafka: { brokers: [broker.proxies[slot]!.address], instance: '' },
        })
      await arena.up('gateway', { run: [], connects: true })
      const children = [await up(0), await up(1)]
      await holds(children[1]!, 0, 2, 1)
      arena.feed.go(200)
      let fenced = 0
      for (const [round, stop] of stops.entries()) {
        const [zombie, other] = round % 2 === 0 ? children : children.toReversed()
        const [from, otherFrom] = [zombie!.lines().length, other!.lines().length]
        if (stop === 'before a commit') process.kill(zombie!.pid, 'SIGUSR2')
        else
          await broker.proxies[round % 2]!.lose({
            ...{ apiKey: apiKeys[stop.key], at: stop.at, then: 'pass', after: 3 + (round % 3) },
            meanwhile: () => zombie!.pause(),
          })
        await holds(other!, otherFrom, 4, 2)
        const what = `zombie ${round + 1}, stopped at ${JSON.stringify(stop)}`
        await sleep(200)
        await arena.sound(`${what}, before it goes on`)
        zombie!.resume()
        await holds(zombie!, from, 2, 1)
        const isFenced = (): boolean =>
          zombie!
            .lines()
            .slice(from)
            .some(({ err }) => err?.fault === 'FENCED')
        // In the middle of a transaction it is also out of time, and may give up by itself.
        if (stop === 'before a commit')
          await expect.poll(isFenced, { message: what, timeout: 10_000 }).toBe(true)
        if (isFenced()) fenced++
        await arena.sound(`${what}, after it has come back`)
      }
      const { ticks } = await arena.settled(`after ${stops.length} zombies`)
      expect(children.every((child) => child.running)).toBe(true)
      console.log(
        `zombies: ${stops.length} stops of longer than a session, ${fenced} of them fenced at a commit, ${ticks} inputs, 0 lost, 0 twice`,
      )
    },
  )

  test(
    'for longer than its transaction may take holds up nobody, and goes on after that',
    { timeout: 300_000 },
    async () => {
      const arena = await openArena({
        ...{ brokers: broker.brokers, registryUrl: sharedBench().registryUrl },
        kafka: { session_timeout_ms: 30_000, transaction_timeout_ms: 3_000 },
      })
      const worker = await arena.up('worker', { kafka: { brokers: [broker.proxies[0]!.address] } })
      const gateway = await arena.up('gateway', {
        ...{ kafka: { brokers: [broker.proxies[1]!.address] }, run: [], connects: true },
      })
      arena.feed.go(150)
      let stopped = 0
      for (const [child, slot] of [
        ...[[worker, 0] as const, [gateway, 1] as const],
        ...[[worker, 0] as const, [gateway, 1] as const],
      ]) {
        const from = child.lines().length
        await broker.proxies[slot]!.lose({
          ...{ apiKey: apiKeys.produce, at: 'answer', then: 'pass', after: 4 },
          meanwhile: () => child.pause(),
        })
        stopped++
        const what = `stop ${stopped}`
        await arena.feed.stop()
        await arena.decided(`${what}: readers are not held up`)
        await arena.sound(what)
        arena.feed.go(150)
        child.resume()
        await child.said(
          ({ err }) => err?.fault !== undefined,
          'a word of what has failed',
          30_000,
          from,
        )
      }
      const { ticks } = await arena.settled(`after ${stopped} transactions that timed out`)
      expect([worker.running, gateway.running]).toEqual([true, true])
      console.log(
        `transaction timeout: ${stopped} transactions ended by the broker, ${ticks} inputs, 0 lost, 0 twice`,
      )
    },
  )
})
