// Decoding where waiting is possible: a schema that is not known yet is asked for.
import { setTimeout as sleep } from 'node:timers/promises'
import { CodecError } from '../../schemas/codec.ts'
import type { TopicName } from '../../schemas/topic.ts'
import type { LearningDecoder } from './learning-codec.ts'
import { schemaIdOf } from './learning-codec.ts'

/** Pause between two questions to a registry that does not answer. */
const retryMs = 500

/** A value, with the schema learned if need be. Throws a CodecError; rejects when the registry can't be asked. */
export async function decodeLearning(
  codec: LearningDecoder,
  topic: TopicName,
  bytes: Uint8Array,
): Promise<unknown> {
  try {
    return codec.decode(topic, bytes)
  } catch (error) {
    if (!(error instanceof CodecError) || error.fault !== 'UNKNOWN_SCHEMA') throw error
    if ((await codec.learn(topic, schemaIdOf(bytes))) === 'missing') throw error
    return codec.decode(topic, bytes)
  }
}

/** Learns a schema, however long the registry is away. `onWait` hears of each failure; it may throw to give up. */
export async function learnPatiently(
  codec: LearningDecoder,
  topic: TopicName,
  id: number,
  onWait: (error: unknown) => void,
): Promise<'known' | 'missing'> {
  for (;;) {
    try {
      return await codec.learn(topic, id)
    } catch (error) {
      onWait(error)
      await sleep(retryMs)
    }
  }
}
