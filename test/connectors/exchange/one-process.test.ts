// Log, gateway and venue as one process runs them, killed as a whole at every step of the log.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  accountSnapshot,
  orderCommand,
  orderReport,
  safeModeCommand,
} from '../../../schemas/topics.ts'
import type { OrderCommand, OrderReport } from '../../../schemas/types.gen.ts'
import { startMs } from '../../runtimes/sample.ts'
import { clock, kill, openWorld, wish, work } from './desk-world.ts'
import type { World } from './desk-world.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-desk-'))
  clock.nowMs = startMs
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const wishes = ['buy', 'sell', 'buy'] as const

test('a wish becomes one order, its events come back once, and the books agree', async () => {
  const world = openWorld(folder)
  await world.gateway.start()
  for (const what of wishes) {
    await wish(world, what)
    await work(world)
  }
  await expectOneOrderForEachWish(world)
  kill(world)
})

test('killed at any step, it sends nothing twice, loses no event and ends where it would have ended', async () => {
  const steps = await countSteps()
  expect(steps).toBeGreaterThan(60)
  for (let at = 1; at <= steps; at += 9) {
    folder = mkdtempSync(join(tmpdir(), 'quantum-desk-'))
    clock.nowMs = startMs
    let seen = 0
    let world = openWorld(folder, () => {
      if (++seen === at) throw new Error('killed')
    })
    let wished = 0
    const go = async (): Promise<void> => {
      await world.gateway.start()
      for (; wished < wishes.length; wished++) {
        const had = (await world.runtime.read(safeModeCommand)).length
        if (had <= wished) await wish(world, wishes[wished]!)
        await work(world)
      }
    }
    await go().catch(async (error: unknown) => {
      expect(String(error)).toMatch(/killed|stopped/)
      kill(world)
      world = openWorld(folder)
      await go()
    })
    await work(world)
    await expectOneOrderForEachWish(world)
    kill(world)
    rmSync(folder, { recursive: true, force: true })
  }
})

async function countSteps(): Promise<number> {
  let steps = 0
  const world = openWorld(folder, () => steps++)
  await world.gateway.start()
  for (const what of wishes) {
    await wish(world, what)
    await work(world)
  }
  kill(world)
  rmSync(folder, { recursive: true, force: true })
  return steps
}

async function expectOneOrderForEachWish({ runtime, venue, gateway }: World): Promise<void> {
  const commands = (await runtime.read(orderCommand)).map((r) => r.value as OrderCommand)
  const reports = (await runtime.read(orderReport)).map((r) => r.value as OrderReport)
  expect(commands.map((c) => c.side)).toEqual(['BUY', 'SELL', 'BUY'])
  for (const { client_order_id: id, parent_id: parentId } of commands) {
    const states = reports.filter((r) => r.client_order_id === id).map((r) => r.state)
    expect(
      states.filter((state) => state === 'FILLED'),
      states.join(),
    ).toHaveLength(1)
    expect(reports.find((r) => r.client_order_id === id)?.parent_id).toBe(parentId)
  }
  // The log has what the venue said, all of it, each event once and in order.
  const events = (await venue.eventsSince('main', 0, 1_000)).map((event) => event.record)
  expect(reports.filter((r) => !r.report_id.includes(':gateway:'))).toEqual(events)
  expect(gateway.status()).toMatchObject({ live: 0, unknown: 0 })
  const { positions, venue_sequence: sequence } = await venue.snapshot('main')
  expect(positions).toMatchObject([{ symbol: 'BTCUSDT', quantity: '0.1' }])
  expect(sequence).toBe(events.length)
  expect((await runtime.read(accountSnapshot)).length).toBeGreaterThan(0)
}
