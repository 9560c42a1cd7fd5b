// Dead letters on a real broker go back once, whatever happens on the way and whoever tries at the same time.
import { describe, expect, test } from 'vitest'
import { replayOf, replayOwner } from '../../../connectors/dead-letters.ts'
import type { Replay, ReplayLog, StoredLetter } from '../../../connectors/dead-letters.ts'
import { KafkaError } from '../../../connectors/kafka/client/kafka-error.ts'
import type { KafkaClient, WireRecord } from '../../../connectors/kafka/client/port.ts'
import { createBrokerReplayLog } from '../../../connectors/kafka/dead-letter-replay.ts'
import { desiredTopics } from '../../../connectors/kafka/topic-settings.ts'
import type { RegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import type { Config } from '../../../schemas/config.ts'
import { connectorNotes, deadLetter, orderReport } from '../../../schemas/topics.ts'
import type { DeadLetter } from '../../../schemas/types.gen.ts'
import { partitionOf } from '../../../topologies/kernel/topic.ts'
import { trading } from '../../../topologies/trading.ts'
import { needsBench } from '../../kit/broker/needs.ts'
import { orderReportOf } from '../../kit/records.ts'
import { onBench } from './on-bench.ts'

const used = [orderReport, deadLetter, connectorNotes]

describe('a dead letter on a broker', needsBench(), () => {
  const bench = onBench()

  interface Place {
    readonly config: Config
    readonly codec: RegistryCodec
    readonly log: (client?: KafkaClient) => ReplayLog
  }

  const start = async (): Promise<Place> => {
    const config = bench.freshConfig()
    const codec = await bench.codec(config, used)
    const names = new Set<string>(used.map(({ name }) => name))
    await bench.client.admin.createTopics(
      desiredTopics(trading, config)
        .filter(({ topic }) => names.has(topic))
        .map(({ name, partitions }) => ({ name, partitions, replication: 1, configs: {} })),
    )
    const log = (client = bench.client): ReplayLog =>
      createBrokerReplayLog({
        ...{ client, decoder: codec, config },
        openCodec: async () => codec,
        nowMs: Date.now,
      })
    return { config, codec, log }
  }

  const letterOf = ({ codec }: Place, offset: number, at = offset): StoredLetter => {
    const letter: DeadLetter = {
      topic: orderReport.name,
      partition: 1,
      offset: at,
      key: 'main|BTCUSDT',
      processor: 'trading.account',
      cause: 'UNKNOWN_SCHEMA',
      detail: '',
      payload_encoding: 'BASE64',
      payload: codec
        .encode(orderReport.name, orderReportOf({ venue_sequence: at }))
        .toString('base64'),
      at_ms: 1,
    }
    return { partition: 0, offset, letter }
  }
  const ready = async (place: Place, ...letters: StoredLetter[]): Promise<Replay[]> => {
    const replays: Replay[] = []
    for (const letter of letters) {
      const one = await replayOf(place.log(), letter)
      if ('refused' in one) throw new Error(one.refused)
      replays.push(one)
    }
    return replays
  }
  const outcomes = async (log: ReplayLog, replays: readonly Replay[]): Promise<unknown[]> => {
    const found = await log.replay(replays)
    return replays.map(({ of }) => found.get(of))
  }
  /** Committed records of order.report, in the partition of the key. */
  const reports = async ({ config }: Place): Promise<WireRecord[]> => {
    const { topic_prefix: prefix, account_partitions: count } = config.kafka
    // A commit is answered before it can be read everywhere; a fence waits for that.
    await (await bench.client.fence(`${prefix}${replayOwner}`)).dispose()
    const partition = partitionOf('account', 'main|BTCUSDT', count)
    const place = { topic: `${prefix}${orderReport.name}`, partition, offset: 0 }
    const [end] = await bench.client.admin.endOffsets([place], 'stable')
    const records: WireRecord[] = []
    if (end!.offset > 0)
      await bench.client.readUpTo(place, end!.offset, (fetched) => records.push(...fetched.records))
    return records
  }

  test('put back twice is there once, with its bytes, its key and where it came from', async () => {
    const place = await start()
    const letter = letterOf(place, 5)
    const replays = await ready(place, letter)
    expect(await outcomes(place.log(), replays)).toEqual(['replayed'])
    expect(await outcomes(place.log(), replays)).toEqual(['before'])
    const [record, ...others] = await reports(place)
    expect(others).toEqual([])
    expect(record?.key).toBe('main|BTCUSDT')
    expect(record?.value?.toString('base64')).toBe(letter.letter.payload)
    expect(record?.headers).toEqual([['quantum-replayed-from', 'dead.letter/0/5']])
    const before = await place.log().before([letter, letterOf(place, 6)])
    expect([...before]).toEqual([letter])
  })

  test('is there once, however many letters its record has', async () => {
    const place = await start()
    const replays = await ready(place, letterOf(place, 5, 9), letterOf(place, 6, 9))
    expect(await outcomes(place.log(), replays)).toEqual(['replayed', 'before'])
    expect((await reports(place)).length).toBe(1)
  })

  test.each(['before', 'behind'] as const)(
    'is there once, when another one puts it back just %s the fence',
    async (when) => {
      const place = await start()
      const replays = await ready(place, letterOf(place, 1))
      const other = place.log(await bench.connect())
      const client: KafkaClient = {
        ...bench.client,
        async fence(id) {
          if (when === 'before') await other.replay(replays)
          const producer = await bench.client.fence(id)
          if (when === 'behind') await other.replay(replays)
          return producer
        },
      }
      const outcome = await outcomes(place.log(client), replays).catch((error: unknown) => error)
      expect(outcome).toEqual(['before'])
      expect((await reports(place)).length).toBe(1)
    },
  )

  test('is there once, when another one puts it back between the look and the commit', async () => {
    const place = await start()
    const replays = await ready(place, letterOf(place, 1))
    const other = place.log(await bench.connect())
    const client: KafkaClient = {
      ...bench.client,
      async fence(id) {
        const producer = await bench.client.fence(id)
        return {
          ...producer,
          async commit(transaction) {
            await other.replay(replays)
            return producer.commit(transaction)
          },
        }
      },
    }
    await expect(place.log(client).replay(replays)).rejects.toMatchObject({ fault: 'FENCED' })
    expect((await reports(place)).length).toBe(1)
  })

  test('is there once, when the answer to the commit is lost', async () => {
    const place = await start()
    const replays = await ready(place, letterOf(place, 1), letterOf(place, 2))
    let lost = 0
    const client: KafkaClient = {
      ...bench.client,
      async fence(id) {
        const producer = await bench.client.fence(id)
        return {
          ...producer,
          async commit(transaction) {
            const appended = await producer.commit(transaction)
            if (lost++ > 0) return appended
            throw new KafkaError('UNKNOWN_OUTCOME', 'the answer was lost')
          },
        }
      },
    }
    expect(await outcomes(place.log(client), replays)).toEqual(['replayed', 'replayed'])
    expect((await reports(place)).length).toBe(2)
  })

  test('that fails is not there, and its note neither', async () => {
    const place = await start()
    const replays = await ready(place, letterOf(place, 1))
    const client: KafkaClient = {
      ...bench.client,
      async fence(id) {
        const producer = await bench.client.fence(id)
        return {
          ...producer,
          commit: () => Promise.reject(new KafkaError('FAILED', 'the broker refused')),
        }
      },
    }
    await expect(place.log(client).replay(replays)).rejects.toThrow('the broker refused')
    expect(await reports(place)).toEqual([])
    expect(await outcomes(place.log(), replays)).toEqual(['replayed'])
  })
})
