// The schema registry dies. What is known already goes on; what is not known waits for it, and holds up nobody else.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { subjectOf } from '../../../connectors/registry/port.ts'
import { exchangeTick } from '../../../schemas/topics.ts'
import { partitionOf } from '../../../topologies/kernel/topic.ts'
import { needsFaults, needsPython } from '../../kit/broker/needs.ts'
import { sharedBench } from '../../kit/broker/shared-bench.ts'
import { startRegistry } from '../../kit/broker/start-registry.ts'
import type { Registry } from '../../kit/broker/start-registry.ts'
import { olderSchema } from '../../runtimes/scenario.ts'
import { openArena } from './arena.ts'
import type { Arena } from './arena.ts'
import { symbols, tickOf } from './topology.ts'

/** Fields that schemas of earlier days did not have: a schema without each is one that nobody here knows. */
const laterFields = ['funding_interval_ms', 'next_funding_at_ms'] as const

describe('a registry that is away', { ...needsFaults(), ...needsPython() }, () => {
  let registry: Registry
  beforeAll(async () => {
    registry = await startRegistry()
  })
  afterAll(() => registry.stop())

  /** Bytes of a tick of another program, with a schema that the registry knows and no process here. */
  async function strange(
    arena: Arena,
    without: string,
    symbol: string,
    number: number,
  ): Promise<Uint8Array> {
    const { text } = olderSchema('exchange.tick', without, 0)
    const subject = subjectOf(arena.prefix, exchangeTick.name)
    const { id } = await arena.registry.register(subject, text, 'BACKWARD_TRANSITIVE')
    return olderSchema('exchange.tick', without, id).encode(tickOf(symbol, number, Date.now()))
  }
  async function append(arena: Arena, symbol: string, bytes: Uint8Array): Promise<void> {
    const { market_partitions: partitions } = arena.config.kafka
    const producer = await arena.client.plainProducer()
    const partition = partitionOf('market', symbol, partitions)
    const batches = producer.batches(`${arena.prefix}${exchangeTick.name}`, partition)
    batches.add(Date.now(), symbol, bytes)
    await producer.send([batches])
    await producer.dispose()
  }

  test('holds up what it alone can tell, and nothing else', { timeout: 240_000 }, async () => {
    const arena = await openArena({
      ...{ brokers: sharedBench().brokers, registryUrl: registry.url },
    })
    const children = [await arena.up('one', { connects: true }), await arena.up('two')]
    arena.feed.go(200)
    // By then the witness knows every schema too.
    await arena.flows(200)
    for (const [round, without] of laterFields.entries()) {
      const symbol = symbols[round]!
      const bytes = await strange(arena, without, symbol, 1_000_000 + round)
      await arena.witness.learn(bytes)
      await registry.kill()
      await arena.flows(150)

      await append(arena, symbol, bytes)
      const late = await arena.start(`late${round}`)
      await late.over('the end of a process that can not know its schemas')
      const said = late.lines().find(({ level }) => level >= 60)
      expect(said?.err?.message, `round ${round}`).toContain(registry.url)
      await arena.flows(150)
      const waits = children.some((child) =>
        child.lines().some(({ msg }) => msg.includes('waits for the schema')),
      )
      expect(waits, 'somebody waits for the schema and says so').toBe(true)
      const { ticks, bars } = await arena.sound(`while the registry is away, round ${round}`)
      expect(ticks).toBeGreaterThan(bars)

      await registry.restart()
      await sleep(500)
      await arena.flows(100)
    }
    const { ticks } = await arena.settled('after the registry has come back')
    expect(children.every(({ running }) => running)).toBe(true)
    console.log(
      `registry: ${laterFields.length} kills, ${laterFields.length} unknown schemas meanwhile, ${laterFields.length} starts refused with its address, ${ticks} inputs, 0 lost, 0 twice`,
    )
  })
})
