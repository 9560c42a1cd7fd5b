// Our side of the job: per key an average in kept state; out goes the record with the average in place of the price. The same
// kernel, task and transactions as the trading topology, with a codec that leaves the 200 bytes as they are.
import { createCodec } from '../../schemas/codec.ts'
import type { TopicName } from '../../schemas/topic.ts'
import type { Topic } from '../../schemas/topic.ts'
import { barsChangelog, exchangeTick, priceUpdate } from '../../schemas/topics.ts'
import type { LearningCodec } from '../../connectors/kafka/learning-codec.ts'
import { processor } from '../../topologies/kernel/processor.ts'
import { topology } from '../../topologies/kernel/topology.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'

/** Weight of the newest price: an average over 10. */
const alpha = 2 / 11

interface Smoothed {
  readonly key: string
  /** The record as it came in. */
  readonly bytes: Buffer
  readonly average: number
}

/** Schemas and types are found by name, so the job borrows names of the trading topology. */
const output = {
  ...priceUpdate,
  sink: true,
  keyOf: (value: unknown) => (value as Smoothed).key,
} as unknown as Topic<'price.update', 'event'>

interface Kept {
  average: number | null
}

const smooth = processor({
  name: 'smooth',
  doc: 'Keeps an average of each key.',
  reads: [exchangeTick],
  state: {
    topic: barsChangelog,
    key: (record) => record.key,
    initial: () => ({ average: null }) as never,
  },
  writes: [output],
  decide(state, { key, value }, _ctx, emit) {
    const kept = state as unknown as Kept
    const bytes = value as unknown as Buffer
    const price = bytes.readDoubleBE(0)
    kept.average = kept.average === null ? price : kept.average + (price - kept.average) * alpha
    emit(output, { key, bytes, average: kept.average } as never)
  },
})

export const job: Topology = topology('ema', { see: [smooth] })
export const inputTopic = exchangeTick.name
export const outputTopic = output.name

/** Bytes in, bytes out for the job's three topics; everything else as always. */
export function rawCodec(): LearningCodec {
  const codec = createCodec()
  const shared = Buffer.allocUnsafe(64 * 1024)
  const encode = (topic: TopicName, value: unknown): Buffer => {
    if (topic === outputTopic) {
      const { bytes, average } = value as Smoothed
      bytes.copy(shared)
      shared.writeDoubleBE(average, 0)
      return shared.subarray(0, bytes.length)
    }
    if (topic === barsChangelog.name) {
      shared.writeDoubleBE((value as Kept).average ?? Number.NaN, 0)
      return shared.subarray(0, 8)
    }
    return codec.encodeShared(topic, value)
  }
  return {
    ...codec,
    encodeShared: encode,
    encode: (topic, value) => Buffer.from(encode(topic, value)),
    decode(topic, bytes) {
      if (topic === inputTopic || topic === outputTopic) return bytes
      if (topic === barsChangelog.name)
        return { average: Buffer.from(bytes).readDoubleBE(0) } satisfies Kept
      return codec.decode(topic, bytes)
    },
    learn: async () => 'missing',
  }
}
