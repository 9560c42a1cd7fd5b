// Batches of one send, in the order in which each partition must get them, and the offsets that come back.
import { invariant } from '../../../topologies/kernel/invariant.ts'
import type { Appended, RecordBatches, TopicPartition } from './port.ts'
import type { SealedBatch, WritableBatches } from './record-batch-writer.ts'

/** One partition's batches, one after the other. */
export interface Lane extends TopicPartition {
  readonly batches: readonly SealedBatch[]
}

/** Base offsets, told as batches are acknowledged. */
export type BaseOffsets = Map<SealedBatch, number>

/** Partitions that get anything, each once, even if it was given several times. */
export function lanesOf(given: readonly RecordBatches[]): readonly Lane[] {
  const lanes = new Map<string, TopicPartition & { batches: SealedBatch[] }>()
  for (const batches of given) {
    if (batches.count === 0) continue
    const { topic, partition } = batches
    const key = `${topic}/${partition}`
    const lane = lanes.get(key) ?? { topic, partition, batches: [] }
    lanes.set(key, lane)
    lane.batches.push(...sealed(batches))
  }
  return [...lanes.values()]
}

/** For what was given, in that order, where its records lie. */
export function appendedOf(
  given: readonly RecordBatches[],
  baseOffsets: BaseOffsets,
): readonly Appended[] {
  return given.map((batches) => {
    const { topic, partition, count } = batches
    const parts = count === 0 ? [] : sealed(batches)
    return {
      topic,
      partition,
      offsetOf: (index) => {
        const part = parts.find(
          (one) => index >= one.firstIndex && index < one.firstIndex + one.count,
        )
        const base = part && baseOffsets.get(part)
        invariant(
          part !== undefined && base !== undefined,
          `${topic}/${partition}: expected a record index below ${count}, was ${index}`,
        )
        return base + index - part.firstIndex
      },
    }
  })
}

function sealed(batches: RecordBatches): readonly SealedBatch[] {
  invariant('seal' in batches, 'expected batches that a producer of this client made')
  return (batches as WritableBatches).seal()
}
