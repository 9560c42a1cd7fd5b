// The codec of a log that others write to as well: a schema that it does not know yet can be asked for.
import type { Codec } from '../../schemas/codec.ts'
import type { TopicName } from '../../schemas/topic.ts'

export interface LearningCodec extends Codec {
  /**
   * Asks for the schema of an id, so that records written with it can be decoded. `missing`: nobody knows it. Rejects when
   * the registry can't be asked; what is known already goes on working then.
   */
  learn(topic: TopicName, id: number): Promise<'known' | 'missing'>
}

/** What a reader needs of it. */
export type LearningDecoder = Pick<LearningCodec, 'decode' | 'learn'>

/** The id of the schema that bytes were written with. */
export function schemaIdOf(bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readInt32BE(1)
}
