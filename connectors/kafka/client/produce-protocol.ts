// The Produce request, version 7: batches that are bytes already, one for each partition; acknowledged by all replicas in
// sync. The library's own would build them from objects, with a sequence number that it rolls back wrongly.
import type { Exchange } from './broker-link.ts'
import type { TopicPartition } from './port.ts'
import { byTopic } from './transaction-protocol.ts'
import { wireReader, wireWriter } from './wire.ts'

export interface PartitionBatch extends TopicPartition {
  readonly batch: Buffer
}

export interface ProducedPartition extends TopicPartition {
  readonly code: number
  /** Offset of the batch's first record; -1 when it was refused. */
  readonly baseOffset: number
}

const allReplicasInSync = -1

/** At most one batch a partition. `timeoutMs`: how long the broker may wait for replicas, and we a little longer. */
export function produceExchange(
  transactionalId: string | null,
  batches: readonly PartitionBatch[],
  timeoutMs: number,
): Exchange<readonly ProducedPartition[]> {
  const bytes = batches.reduce(
    (sum, { batch, topic }) => sum + batch.length + topic.length + 16,
    64,
  )
  const request = wireWriter(bytes)
    .nullableString(transactionalId)
    .int16(allReplicasInSync)
    .int32(Math.ceil(timeoutMs))
  request.list(byTopic(batches), ([topic, partitions]) => {
    request.string(topic)
    request.list(partitions, ({ partition, batch }) => request.int32(partition).bytes(batch))
  })
  return {
    apiKey: 0,
    apiVersion: 7,
    apiName: 'Produce',
    about: batches.map(({ topic, partition }) => `${topic}/${partition}`).join(', '),
    timeoutMs,
    body: request.finish(),
    decode: decodeProduced,
  }
}

function decodeProduced(payload: Buffer): readonly ProducedPartition[] {
  const answer = wireReader(payload)
  const produced: ProducedPartition[] = []
  answer.list(() => {
    const topic = answer.string()
    answer.list(() => {
      const partition = answer.int32()
      const code = answer.int16()
      const baseOffset = answer.int64()
      answer.int64() // log append time
      answer.int64() // log start offset
      produced.push({ topic, partition, code, baseOffset })
    })
  })
  return produced
}
