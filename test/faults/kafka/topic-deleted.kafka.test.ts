// A topic is deleted under the processes that use it. Who needs it stops and says so; the others go on; what waited is done
// once the topic is there again, in ids that nobody has seen before.
import { describe, expect, test, vi } from 'vitest'
import type { Topic } from '../../../schemas/topic.ts'
import { orderCommand, safeModeState, tradeIntent } from '../../../schemas/topics.ts'
import { needsPython } from '../../kit/broker/needs.ts'
import { sharedBench } from '../../kit/broker/shared-bench.ts'
import { openArena } from './arena.ts'
import type { Arena } from './arena.ts'
import type { Child } from './processes.ts'

const limitMs = 40_000

/** Which tasks can't go on without it. */
const cases: readonly (readonly [Topic, readonly ('market' | 'account')[]])[] = [
  [orderCommand, ['account']],
  [tradeIntent, ['market', 'account']],
  [safeModeState, ['account']],
]

/** Names of tasks that have stopped, each with an error that names the topic. */
function stopped(children: readonly Child[], topic: Topic): string[] {
  return children
    .flatMap((child) => child.lines())
    .filter(({ level, task }) => level >= 60 && task !== undefined)
    .map(({ task, err }) => (err?.message.includes(topic.name) === true ? task! : `${task}?`))
    .sort()
}

const isAlertOf = (topic: Topic) => (one: { readonly fields: readonly unknown[] | null }) =>
  one.fields?.[1] === 'RAISED' && String(one.fields[2]).includes(topic.name)

const startAll = (arena: Arena): Promise<Child[]> =>
  Promise.all([arena.up('one'), arena.up('two'), arena.up('gateway', { run: [], connects: true })])

describe('a topic that is deleted', needsPython(), () => {
  test.for(cases)('%o stops who needs it', { timeout: 240_000 }, async ([topic, needed]) => {
    const arena = await openArena(sharedBench())
    const children = await startAll(arena)
    const [workers, gateway] = [children.slice(0, 2), children[2]!]
    await arena.shared(workers)
    await arena.feed.put(800)
    await arena.settled(`before ${topic.name} is deleted`)

    await arena.client.admin.deleteTopics([`${arena.prefix}${topic.name}`])
    arena.feed.go(200)
    const all = { market: [0, 1, 2, 3], account: [0, 1] }
    const wanted = needed.flatMap((sub) => all[sub].map((partition) => `${sub}|${partition}`))
    await vi.waitFor(() => expect(stopped(workers, topic)).toEqual(wanted.toSorted()), {
      timeout: limitMs,
      interval: 100,
    })
    await arena.feed.stop()
    expect(workers.map(({ running }) => running)).toEqual([true, true])
    if (!needed.includes('market'))
      await vi.waitFor(
        async () => {
          const { ticks, bars, decisions } = await arena.sound(`while ${topic.name} is missing`)
          expect([bars, decisions]).toEqual([ticks, ticks])
        },
        { timeout: limitMs, interval: 100 },
      )
    if (topic === orderCommand) {
      await gateway.over('the end of the connector', limitMs)
      expect(gateway.lines().at(-1)?.err?.message).toContain(topic.name)
    }
    await arena.sound('alerts')
    expect(arena.witness.seen.get('ops.alert')!.some(isAlertOf(topic))).toBe(true)

    const refused = await arena.start('refused')
    await refused.over('a refusal')
    expect(refused.lines().at(-1)?.err?.message).toContain(`${arena.prefix}${topic.name}`)

    for (const child of children) if (child.running) process.kill(child.pid, 'SIGTERM')
    for (const child of children) await child.over('a polite end', 10_000)
    expect(await arena.apply(), 'the new id of the log').not.toBeNull()
    if (topic !== safeModeState) await arena.witness.anew(topic.name)
    await startAll(arena)
    const { ticks } = await arena.settled(`after ${topic.name} was made anew`)
    console.log(
      `topic deleted: ${topic.name}, ${wanted.length} tasks stopped and said so, ${ticks} inputs, 0 lost, 0 twice, no id twice`,
    )
  })
})
