// What may be done with a dead letter: which topics take a record back, and what exactly would be put there.
// It must never lead to an order: whatever asks for one, or changes what one is decided by, is not put back.
import { CodecError } from '../schemas/codec.ts'
import type { Topic, TopicName } from '../schemas/topic.ts'
import {
  accountSnapshot,
  aiSignalGenerated,
  deadLetter,
  exchangeTick,
  executionResult,
  exitLevelChanged,
  exitSignal,
  exitbrainPnl,
  fundingPaid,
  marketBar,
  orderCommand,
  orderReport,
  positionFlattened,
  priceUpdate,
  reconcileReport,
  rlFeedback,
  rlShadow,
  safeModeCommand,
  signalRefused,
  topics,
  tradeClosed,
  tradeIntent,
} from '../schemas/topics.ts'
import type { DeadLetter } from '../schemas/types.gen.ts'

/** A dead letter and its place in dead.letter. */
export interface StoredLetter {
  readonly partition: number
  readonly offset: number
  readonly letter: DeadLetter
}

/** A record to be put back. */
export interface Replay {
  readonly of: StoredLetter
  readonly topic: Topic
  readonly key: string
  readonly bytes: Uint8Array
}

/** What became of a replay. `before`: this letter, or another one of the same record, was put back already. */
export type Replayed = 'replayed' | 'before'

/** A log that takes records back, each dead letter at most once ever. */
export interface ReplayLog {
  /** The value of bytes. Rejects with a CodecError when they have none. */
  decode(topic: TopicName, bytes: Uint8Array): Promise<unknown>
  /** Bytes of a value. Rejects with a CodecError when it does not fit. */
  encode(topic: TopicName, value: unknown): Promise<Uint8Array>
  /** Letters among these that have been put back. */
  before(letters: readonly StoredLetter[]): Promise<ReadonlySet<StoredLetter>>
  /** Puts records back, each in one transaction with the note that it was. In the order given. */
  replay(replays: readonly Replay[]): Promise<ReadonlyMap<StoredLetter, Replayed>>
  close(): Promise<void>
}

/**
 * Topics that take a record back, however late. The first five are facts that came from outside or end a trade: their
 * readers know what they have booked by the venue's ids, by sequence or by trade, and refuse what is too old. Of the
 * others nothing is decided but what is learned.
 */
const takenBack: ReadonlySet<Topic> = new Set<Topic>([
  exchangeTick,
  orderReport,
  fundingPaid,
  accountSnapshot,
  tradeClosed,
  rlFeedback,
  rlShadow,
  executionResult,
  exitbrainPnl,
  exitLevelChanged,
  signalRefused,
])

const refusals: ReadonlyMap<Topic, string> = new Map<Topic, string>([
  [orderCommand, 'it would send an order to the venue'],
  [tradeIntent, 'it would open a position on a decision that is over'],
  [
    exitSignal,
    'it would close a position of today for a reason of then; the exit brain repeats what it still wants',
  ],
  [aiSignalGenerated, 'it would open a position on a signal that is over'],
  [priceUpdate, 'an old price would trigger stops'],
  [marketBar, 'bars out of their order would make signals'],
  [
    positionFlattened,
    'it would close a round trip of today; the next snapshot of the venue corrects the books',
  ],
  [
    reconcileReport,
    'it would bring the books to what the venue had then; the reconciler repeats what still holds',
  ],
  [safeModeCommand, 'what was wanted then may be wrong now: use `quantum safe-mode on` or `off`'],
])

/** Why records of a topic are not put back, or null when they may be. A topic that is not known to be safe is not. */
export function replayRefusal(topic: Topic): string | null {
  const told = refusals.get(topic)
  if (told !== undefined) return told
  if (topic.kind === 'changelog') return 'it is the state of one processor, which alone writes it'
  if (topic.kind === 'compacted')
    return 'an old state would replace a newer one; its writer writes it anew'
  if (takenBack.has(topic)) return null
  if (topic.source === 'runtime') return 'it tells of a moment that is over'
  return 'nobody has said that this is safe'
}

/** What would be put back, or why nothing is. Rejects when schemas can't be asked for. */
export async function replayOf(
  log: Pick<ReplayLog, 'decode' | 'encode'>,
  of: StoredLetter,
): Promise<Replay | { readonly refused: string }> {
  const { letter } = of
  const topic = topics.find(({ name }) => name === letter.topic)
  if (topic === undefined) return { refused: `${letter.topic}: no topic has this name` }
  const refused = replayRefusal(topic)
  if (refused !== null) return { refused: `${topic.name}: ${refused}` }
  try {
    if (letter.payload_encoding === 'BASE64') {
      const bytes = Buffer.from(letter.payload, 'base64')
      // What still can't be read would come back as another dead letter.
      await log.decode(topic.name, bytes)
      return { of, topic, key: letter.key, bytes }
    }
    const value: unknown = JSON.parse(letter.payload)
    const bytes = await log.encode(topic.name, value)
    return { of, topic, key: topic.keyOf(value as never), bytes }
  } catch (error) {
    if (error instanceof CodecError || error instanceof SyntaxError)
      return { refused: `it still is no record of ${topic.name}: ${error.message}` }
    throw error
  }
}

/** Owner of the notes that say what was put back. */
export const replayOwner = 'dead-letters'

/** Notes that a replay leaves: of the letter, and of the record that it is of, which several readers may have buried. */
export function replayNotes({ partition, offset, letter }: StoredLetter): string[] {
  const own = `replayed|${String(partition)}|${String(offset)}`
  if (letter.offset < 0) return [own]
  return [own, `record|${letter.topic}|${String(letter.partition)}|${String(letter.offset)}`]
}

/** What a note says: when, and where the record lies now. */
export function replayNoteText(nowMs: number, topic: Topic): string {
  return `${String(nowMs)} ${topic.name}`
}

/** Notes that nobody asks for any more: of letters before the first that is kept, and of records as long ago as two retentions. */
export function endedNotes(
  notes: ReadonlyMap<string, string>,
  firstOffset: number,
  nowMs: number,
): string[] {
  return [...notes].flatMap(([name, text]) => {
    const [kind, , offset] = name.split('|')
    const isOver =
      kind === 'replayed'
        ? Number(offset) < firstOffset
        : Number(text.split(' ')[0]) < nowMs - 2 * deadLetter.retentionMs
    return isOver ? [name] : []
  })
}

/** Where a replayed record came from, for its header. */
export const replayOrigin = ({ partition, offset }: StoredLetter): string =>
  `dead.letter/${String(partition)}/${String(offset)}`
