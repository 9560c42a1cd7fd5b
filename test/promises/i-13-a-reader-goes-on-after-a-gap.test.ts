// I-13: execution stood idle for 15 days with 10,004 unread intents: its offset had been trimmed, and lag read as null.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { orderCommand, orderReport, topicObserved } from '../../schemas/topics.ts'
import type { OrderReport, TopicObserved } from '../../schemas/types.gen.ts'
import { clock, kill, openWorld, wish, work } from '../connectors/exchange/desk-world.ts'
import type { World } from '../connectors/exchange/desk-world.ts'
import { startMs } from '../runtimes/sample.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-desk-'))
  clock.nowMs = startMs
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** What the log says of the gateway's reading, after a while. */
async function observed({ runtime }: World): Promise<TopicObserved | undefined> {
  clock.nowMs += 10_000
  await runtime.tick(clock.nowMs)
  const records = (await runtime.read(topicObserved)).map((r) => r.value as TopicObserved)
  return records.findLast((o) => o.topic === 'order.command' && o.group === 'gateway')
}

describe('I-13: a reader that was cut off is seen, and goes on', () => {
  test('the lag of a gateway that does not run is a number that grows; it works it off when it is back', async () => {
    let world = openWorld(folder)
    await world.gateway.start()
    await work(world)
    expect(await observed(world)).toMatchObject({ lag: 0, trimmed_unread: 0 })
    kill(world)

    world = openWorld(folder)
    for (const expected of [1, 2, 3]) {
      await wish(world, 'buy')
      await world.runtime.settle()
      expect(await observed(world)).toMatchObject({ lag: expected, trimmed_unread: 0 })
    }
    await world.gateway.start()
    await work(world)
    expect(await observed(world)).toMatchObject({ lag: 0, trimmed_unread: 0 })
    kill(world)
  })

  test('records that retention took are counted as lost, and the rest is read', async () => {
    let world = openWorld(folder)
    await world.gateway.start()
    await work(world)
    kill(world)

    world = openWorld(folder)
    for (let i = 0; i < 3; i++) await wish(world, 'buy')
    await world.runtime.settle()
    clock.nowMs += orderCommand.retentionMs + 10_000
    await wish(world, 'buy')
    await world.runtime.settle()
    expect(await observed(world)).toMatchObject({ lag: 1, trimmed_unread: 3 })
    await world.gateway.start()
    await work(world)
    expect(await observed(world)).toMatchObject({ lag: 0, trimmed_unread: 3 })
    const reports = (await world.runtime.read(orderReport)).map((r) => r.value as OrderReport)
    expect(reports.filter((r) => r.state === 'FILLED')).toHaveLength(1)
    kill(world)
  })
})
