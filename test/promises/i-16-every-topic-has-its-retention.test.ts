// One stream once grew to 6.3 million entries, because its limit was applied on the first write only.
import { describe, expect, it } from 'vitest'
import { opsAlert, orderReport, orderCommand } from '../../schemas/topics.ts'
import { topics } from '../../schemas/topics.ts'
import { duplicateOrders } from '../../topologies/watch/duplicate-orders.ts'
import { reconciler } from '../../topologies/watch/reconciler.ts'
import { trading } from '../../topologies/trading.ts'
import { createTask } from '../../topologies/kernel/task.ts'
import type { Processor } from '../../topologies/kernel/processor.ts'
import { testConfig } from '../kit/given.ts'
import { orderCommandOf, orderReportOf, startMs } from '../kit/records.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

describe('I-16: nothing is kept without a limit', () => {
  it.each(
    topics.filter((topic) => topic.kind === 'event').map((topic) => [topic.name, topic] as const),
  )('%s is kept for a finite time', (_name, topic) => {
    expect(topic.retentionMs).toBeGreaterThan(0)
    expect(topic.retentionMs).toBeLessThanOrEqual(366 * dayMs)
  })

  it('a topic kept for ever keeps one value for each key, and time itself is never kept', () => {
    const endless = topics.filter((topic) => !Number.isFinite(topic.retentionMs))
    for (const { name, kind } of endless) expect([name, kind]).toEqual([name, 'changelog'])
    expect(topics.filter((t) => t.kind === 'clock').map((t) => t.retentionMs)).toEqual([0])
  })

  it('every topic of the page is one of the declared ones', () => {
    for (const topic of trading.topics) expect(topics).toContain(topic)
  })

  it.each<[string, Processor]>([
    ['duplicate-orders', duplicateOrders],
    ['reconciler', reconciler],
  ])('what %s remembers of orders stays bounded over months', (_name, processor) => {
    const sub = {
      name: 'account' as const,
      processors: [processor],
      inputs: processor.reads,
      handedOn: new Set([opsAlert]),
      tables: [],
      changelogs: [],
    }
    const task = createTask({
      ...{ sub: { ...sub, handedOn: new Set() }, partition: 0, config: testConfig() },
      partitions: { market: 1, account: 1 },
      logId: 'test',
      table: () => new Map(),
    })
    const live = new Set<string>()
    let most = 0
    for (let n = 0; n < 2_000; n++) {
      const atMs = startMs + n * hourMs
      const ids = { client_order_id: `order-${n}`, parent_id: `intent-${n}` }
      const command = orderCommandOf({ ...ids, command_id: `command-${n}` })
      const report = orderReportOf({ ...ids, venue_sequence: n, venue_order_id: `${n}` })
      const at = { key: 'main|BTCUSDT', at_ms: atMs, partition: 0, offset: n }
      task.process({ topic: orderCommand.name, value: command, ...at })
      task.process({ topic: orderReport.name, value: report, ...at })
      task.tick(atMs + 1_000)
      task.takeOutputs()
      for (const { topic, key, value } of task.takeChanges())
        if (value === null) live.delete(`${topic.name} ${key}`)
        else live.add(`${topic.name} ${key}`)
      most = Math.max(most, live.size)
    }
    // One order an hour, at most two entries for each, and the state itself.
    const kept = orderReport.retentionMs / hourMs
    expect(most).toBeLessThan(2 * (kept + 2) + 3)
    expect(most).toBeGreaterThanOrEqual(kept)
    expect(kept).toBeLessThan(1_000)
  })
})
