// Faults of the broker and of the way to it, in the words that the runtime decides by. Each names its place.

/**
 * - `FENCED`: another owner has the transactional id or the instance name.
 * - `UNKNOWN_OUTCOME`: the answer to a commit was lost; it may have happened.
 * - `TOO_LARGE`: the broker refuses a record or a batch for its size.
 * - `OFFSET_OUT_OF_RANGE`: the offset is not in the partition (any more, or yet).
 * - `TOPIC_MISSING`, `NOT_AUTHORISED`, `UNREACHABLE`, `UNDECODABLE_BATCH`: as they say.
 * - `CONFIGURATION`: what was asked for can't be had on this broker or with this library.
 * - `FAILED`: anything else; nothing was committed.
 */
export type KafkaFault =
  | 'FENCED'
  | 'UNKNOWN_OUTCOME'
  | 'TOO_LARGE'
  | 'OFFSET_OUT_OF_RANGE'
  | 'TOPIC_MISSING'
  | 'NOT_AUTHORISED'
  | 'UNREACHABLE'
  | 'UNDECODABLE_BATCH'
  | 'CONFIGURATION'
  | 'FAILED'

export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  readonly fault: KafkaFault
  constructor(fault: KafkaFault, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause })
    this.fault = fault
  }
}
