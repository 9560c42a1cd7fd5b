// A stored record from its bytes: the one way in which every runtime reads what lies in its log.
import { CodecError } from '../schemas/codec.ts'
import type { Codec } from '../schemas/codec.ts'
import type { Topic } from '../schemas/topic.ts'
import type { RecordFault, StoredRecord } from './runtime.ts'

/** A record's place and bytes; null is a tombstone. */
export interface RecordBytes {
  readonly partition: number
  readonly offset: number
  readonly atMs: number
  readonly key: string
  readonly bytes: Uint8Array | null
}

/** Never throws for what lies in the log: what can't be decoded carries its fault. */
export function storedRecord(
  codec: Pick<Codec, 'decode'>,
  topic: Topic,
  at: RecordBytes,
): StoredRecord {
  const { bytes } = at
  let value: unknown = null
  let fault: RecordFault | null = null
  if (bytes !== null) {
    try {
      value = codec.decode(topic.name, bytes)
    } catch (error) {
      fault = faultOf(error, bytes)
    }
  } else if (topic.kind === 'event') {
    const detail = `${topic.name}: expected a value, was a tombstone`
    fault = { cause: 'UNDECODABLE', detail, bytes: new Uint8Array() }
  }
  const { key, atMs, partition, offset } = at
  return { topic: topic.name, key, value, at_ms: atMs, partition, offset, fault }
}

/** Why bytes have no value. Throws what is not about the bytes. */
function faultOf(error: unknown, bytes: Uint8Array): RecordFault {
  if (!(error instanceof CodecError)) throw error
  return { cause: error.fault, detail: error.message, bytes }
}
