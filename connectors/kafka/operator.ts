// What an operator may do with a broker's log: append one record to a topic of the operator. The sub-topology that reads the
// topic notices and processes it.
import type { Codec } from '../../schemas/codec.ts'
import { partitionOf } from '../../topologies/kernel/topic.ts'
import { assertOperatorTopic } from '../log-reader.ts'
import type { OperatorLog } from '../log-reader.ts'
import type { KafkaClient } from './client/port.ts'
import { missingTopic } from './places.ts'

export interface KafkaOperatorOptions {
  readonly client: Pick<KafkaClient, 'admin' | 'plainProducer'>
  /** Writes with the registry's ids. */
  readonly codec: Pick<Codec, 'encode'>
  readonly prefix: string
  /** The brokers, for people. */
  readonly place: string
}

/** Appends through a connected client, which stays its owner's. */
export async function openKafkaOperatorLog(options: KafkaOperatorOptions): Promise<OperatorLog> {
  const { client, codec, prefix, place } = options
  const producer = await client.plainProducer()
  return {
    async append(topic, value, atMs) {
      assertOperatorTopic(topic)
      const bytes = codec.encode(topic.name, value)
      const name = `${prefix}${topic.name}`
      const [found] = await client.admin.topics([name])
      if (found === undefined) throw missingTopic(place, name)
      const key = topic.keyOf(value)
      const batches = producer.batches(name, partitionOf(topic.domain, key, found.partitions))
      batches.add(atMs, key, bytes)
      const [appended] = await producer.send([batches])
      return appended!.offsetOf(0)
    },
    close: () => producer.dispose(),
  }
}
