// Where processes die: topics of their own on a broker, ticks, a witness, and the questions that are asked after each fault.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import { createKafkaClient } from '../../../connectors/kafka/client/client.ts'
import type { KafkaClient } from '../../../connectors/kafka/client/port.ts'
import { applyTopics } from '../../../connectors/kafka/topic-apply.ts'
import { storedTopics } from '../../../connectors/kafka/topic-settings.ts'
import { openRegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import type { RegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import type { SchemaRegistry } from '../../../connectors/registry/port.ts'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import type { Config } from '../../../schemas/config.ts'
import { freshPrefix } from '../../kit/broker/shared-bench.ts'
import { testConfig } from '../../kit/given.ts'
import { silentLogger } from '../../kit/silent-logger.ts'
import {
  countsOf,
  faultsAtAnyMoment,
  faultsAtRest,
  isThrough,
  offsetFaults,
  watched,
} from './audit.ts'
import type { Counts } from './audit.ts'
import type { ChildTask } from './child.ts'
import { createFeed } from './feed.ts'
import type { Feed } from './feed.ts'
import { createNursery } from './processes.ts'
import type { Child } from './processes.ts'
import { faulty, gatewayGroup } from './topology.ts'
import { startWitness } from './witness.ts'
import type { Witness } from './witness.ts'

export interface ArenaOptions {
  readonly brokers: readonly string[]
  readonly registryUrl: string
  /** Settings of all children. */
  readonly kafka?: Partial<Config['kafka']>
}

export interface Arena {
  readonly prefix: string
  readonly config: Config
  readonly client: KafkaClient
  readonly registry: SchemaRegistry
  readonly codec: RegistryCodec
  readonly feed: Feed
  readonly witness: Witness
  /** Creates what is missing, as an operator does, and gives the new id of the log, if there is one. */
  apply(): Promise<string | null>
  /** Starts a process of both sub-topologies, unless told otherwise. */
  start(name: string, changes?: Partial<ChildTask>): Promise<Child>
  /** The same, and waits until it works. */
  up(name: string, changes?: Partial<ChildTask>): Promise<Child>
  /** Waits until two processes share the partitions of both groups. */
  shared(children: readonly Child[]): Promise<void>
  /** Nothing has been lost, repeated or taken out of order so far. */
  sound(what: string): Promise<Counts>
  /** Waits until so many more reports of the connector are there. */
  flows(reports: number, limitMs?: number): Promise<void>
  /** Records that wait for all groups together, as a tool from outside counts them. */
  behind(): Promise<number>
  /** Waits until no transaction is open, so that readers of committed records see everything. */
  decided(what: string, limitMs?: number): Promise<void>
  /** Everything that was put in has come out, once; the state says the same; nobody lags. */
  settled(what: string, options?: { hasGateway?: boolean; limitMs?: number }): Promise<Counts>
}

const marketPartitions = 4
const accountPartitions = 2

/** What every group reads. */
const inputs = new Map([
  ...faulty.subTopologies.map(
    (sub) => [`faulty.${sub.name}`, sub.inputs.map(({ name }) => name as string)] as const,
  ),
  [gatewayGroup, ['order.command']] as const,
])

/** Opens it for one test; everything that it started ends with the test. */
export async function openArena(options: ArenaOptions): Promise<Arena> {
  const { brokers, registryUrl } = options
  const prefix = freshPrefix()
  const kafka = {
    ...{ topic_prefix: prefix, session_timeout_ms: 3_000 },
    ...{ market_partitions: marketPartitions, account_partitions: accountPartitions },
    ...options.kafka,
  }
  const config = testConfig({ runtime: 'redpanda', kafka: { ...kafka, brokers } })
  const client = createKafkaClient({
    ...{ config: config.kafka, password: null, logger: silentLogger, clientId: 'arena' },
  })
  await client.connect()
  const registry = openSchemaRegistry({
    ...{ url: registryUrl, username: '', password: null, timeoutMs: 10_000 },
  })
  const codec = await openRegistryCodec({
    ...{ registry, topics: storedTopics(faulty), prefix, autoRegister: true },
  })
  const apply = async (): Promise<string | null> => {
    const openCodec = async () => codec
    const applied = await applyTopics({
      ...{ client, topology: faulty, config, openCodec, nowMs: Date.now },
    })
    return applied.log_id
  }
  await apply()
  const feed = createFeed(client, codec, prefix, marketPartitions)
  const witness = await startWitness({ brokers, registryUrl, prefix, fields: watched })
  const nursery = createNursery()
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail')
      for (const child of nursery.children().slice(-6)) console.log(child.story())
    await feed.stop()
    await nursery.end()
    witness.end()
    await feed.end()
    await client.close()
  })

  const start: Arena['start'] = (name, changes = {}) =>
    nursery.start(name, {
      ...{ registryUrl, run: ['market', 'account'], connects: false, end: null },
      ...changes,
      kafka: { ...kafka, brokers: [...brokers], instance: name, ...changes.kafka },
    })
  /** Asks until the broker answers: it may be about to start. */
  const look = async (limitMs = 30_000): Promise<void> => {
    for (const end = performance.now() + limitMs; ; await sleep(100)) {
      try {
        await witness.look()
        return
      } catch (error) {
        if (performance.now() > end) throw error
      }
    }
  }
  const sound = async (what: string): Promise<Counts> => {
    await look()
    expect(faultsAtAnyMoment(witness.seen), what).toEqual([])
    return countsOf(witness.seen)
  }
  return {
    ...{ prefix, config, client, registry, codec, feed, witness, apply, start, sound },
    async up(name, changes) {
      const child = await start(name, changes)
      await child.said(({ msg }) => msg === 'the runtime is open', 'a start')
      return child
    },
    async shared(children) {
      for (const child of children)
        for (const [group, count] of [
          ['faulty.market', marketPartitions / children.length],
          ['faulty.account', accountPartitions / children.length],
        ] as const)
          await child.said(
            (line) => line.group?.endsWith(group) === true && line.partitions?.length === count,
            `${count} partitions of ${group}`,
          )
    },
    async flows(reports, limitMs = 30_000) {
      const end = performance.now() + limitMs
      await look()
      const wanted = countsOf(witness.seen).reports + reports
      while (countsOf(witness.seen).reports < wanted) {
        if (performance.now() > end)
          throw new Error(
            `expected ${wanted} reports in ${limitMs} ms, was ${JSON.stringify(countsOf(witness.seen))}`,
          )
        await sleep(50)
        await look()
      }
    },
    async behind() {
      const { committed, ends } = await witness.offsets([...inputs.keys()])
      let records = 0
      for (const [group, topics] of inputs)
        for (const [place, { high }] of ends)
          if (topics.includes(place.split(' ')[0]!))
            records += Math.max(0, high - (committed.get(group)?.get(place) ?? 0))
      return records
    },
    async decided(what, limitMs = 30_000) {
      const end = performance.now() + limitMs
      const open = async (): Promise<string[]> =>
        [...(await witness.offsets([])).ends].flatMap(([place, { stable, high }]) =>
          stable === high ? [] : [`${place}: ${stable} of ${high}`],
        )
      while ((await open()).length > 0 && performance.now() < end) await sleep(100)
      expect(await open(), what).toEqual([])
    },
    async settled(what, { hasGateway = true, limitMs = 60_000 } = {}) {
      await feed.stop()
      const end = performance.now() + limitMs
      const wait = async (isOver: () => Promise<boolean>): Promise<void> => {
        while (!(await isOver()) && performance.now() < end) await sleep(50)
      }
      await wait(async () => {
        await look()
        return isThrough(witness.seen, hasGateway)
      })
      const { seen } = witness
      const there = new Set(seen.get('exchange.tick')!.map(({ fields }) => Number(fields![0])))
      const lost = [...feed.promised].filter((number) => !there.has(number))
      expect(lost, `promised ticks that are not there, ${what}`).toEqual([])
      expect([...faultsAtAnyMoment(seen), ...faultsAtRest(seen, hasGateway)], what).toEqual([])
      let behind: string[] = []
      await wait(async () => {
        await look()
        const offsets = await witness.offsets([...inputs.keys()])
        behind = offsetFaults(seen, offsets, inputs)
        return behind.length === 0
      })
      expect(behind, `offsets at rest, ${what}`).toEqual([])
      return sound(what)
    },
  }
}
