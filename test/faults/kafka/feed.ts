// Ticks with numbers of their own, written all the time while the processes under test die. What the broker has promised is
// remembered; what it has not is never written again, so that a number is in the log once or not at all.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaClient, PlainProducer } from '../../../connectors/kafka/client/port.ts'
import type { RegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import { exchangeTick } from '../../../schemas/topics.ts'
import { partitionOf } from '../../../topologies/kernel/topic.ts'
import { symbols, tickOf } from './topology.ts'

export interface Feed {
  /** Numbers that were promised to be in the log. */
  readonly promised: ReadonlySet<number>
  /** Numbers whose fate the broker has not told. */
  readonly unclear: ReadonlySet<number>
  /** Writes so many ticks now. */
  put(count: number): Promise<void>
  /** Writes on, about so many a second, until `stop`. */
  go(perSecond: number): void
  stop(): Promise<void>
  end(): Promise<void>
}

/** Time from one batch of ticks to the next. */
const beatMs = 40

export function createFeed(
  client: KafkaClient,
  codec: RegistryCodec,
  prefix: string,
  partitions: number,
): Feed {
  const promised = new Set<number>()
  const unclear = new Set<number>()
  let producer: PlainProducer | null = null
  let number = 0
  let running: Promise<void> = Promise.resolve()
  let isGoing = false

  const put = async (count: number): Promise<void> => {
    const numbers: number[] = []
    try {
      producer ??= await client.plainProducer()
      const batches = Array.from({ length: partitions }, (_, partition) =>
        producer!.batches(`${prefix}${exchangeTick.name}`, partition),
      )
      const nowMs = Date.now()
      for (let i = 0; i < count; i++) {
        number++
        numbers.push(number)
        const symbol = symbols[number % symbols.length]!
        const bytes = codec.encode(exchangeTick.name, tickOf(symbol, number, nowMs))
        batches[partitionOf('market', symbol, partitions)]!.add(nowMs, symbol, bytes)
      }
      await producer.send(batches.filter((one) => one.count > 0))
      for (const one of numbers) promised.add(one)
    } catch {
      for (const one of numbers) unclear.add(one)
      await producer?.dispose()
      producer = null
    }
  }
  return {
    ...{ promised, unclear, put },
    go(perSecond) {
      isGoing = true
      const startMs = performance.now()
      let sent = 0
      running = (async () => {
        while (isGoing) {
          const due = Math.floor(((performance.now() - startMs) / 1_000) * perSecond)
          // After a pause of the broker nothing is made up for: that would be one huge batch.
          const count = Math.min(due - sent, Math.ceil((perSecond * 4 * beatMs) / 1_000))
          sent = due
          if (count > 0) await put(count)
          await sleep(beatMs)
        }
      })()
    },
    async stop() {
      isGoing = false
      await running
    },
    async end() {
      await producer?.dispose()
    },
  }
}
