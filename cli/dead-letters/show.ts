// quantum dead-letters show N: all about one dead letter, its payload decoded where that is possible.
import { replayOf } from '../../connectors/dead-letters.ts'
import type { ReplayLog } from '../../connectors/dead-letters.ts'
import type { LogReader } from '../../connectors/log-reader.ts'
import { CodecError } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { DeadLetter } from '../../schemas/types.gen.ts'
import { exit } from '../verb.ts'
import type { Io } from '../verb.ts'
import { letterAt, letterIn, placeText } from './select.ts'

export interface ShowOptions {
  readonly reader: LogReader
  readonly log: ReplayLog
  readonly offset: number
  readonly io: Io
  readonly json: boolean
}

/** Bytes of a hex dump that people are shown; --json has them all. */
const shownBytes = 1_024

/** A payload as a value, or as bytes with the reason. */
type Payload =
  { readonly value: unknown } | { readonly hex: string; readonly undecoded_because: string }

export async function show({ reader, log, offset, io, json }: ShowOptions): Promise<number> {
  const record = await letterAt(reader, offset)
  if (record === null) {
    const text = `there is no dead letter ${String(offset)}`
    io.out(json ? JSON.stringify({ error: text }) : text)
    return exit.finding
  }
  const letter = letterIn(record)
  if (letter === null) {
    const { detail, bytes } = record.fault!
    const hex = Buffer.from(bytes).toString('hex')
    if (json) io.out(JSON.stringify({ dead_letter: offset, fault: detail, hex }))
    else io.out(`the dead letter itself can't be read: ${detail}\n${dumpOf(hex)}`)
    return exit.finding
  }
  const of = { partition: record.partition, offset, letter }
  const payload = await payloadOf(log, letter)
  const [replay, before] = await Promise.all([replayOf(log, of), log.before([of])])
  const refusal = 'refused' in replay ? replay.refused : null
  if (json) {
    const { payload: _payload, ...rest } = letter
    const state = { replayed: before.has(of), replay_refusal: refusal }
    io.out(JSON.stringify({ dead_letter: offset, ...rest, payload, ...state }))
    return exit.ok
  }
  const wayBack = before.has(of) ? 'put back already' : (refusal ?? 'it may be put back')
  for (const line of [
    `dead letter ${String(offset)}  ${new Date(letter.at_ms).toISOString()}`,
    `record      ${placeText(letter)}, key ${letter.key === '' ? '(none)' : letter.key}`,
    `met by      ${letter.processor}`,
    `cause       ${letter.cause}: ${letter.detail}`,
    `replay      ${wayBack}`,
    'value' in payload
      ? `payload\n${JSON.stringify(payload.value, null, 2)}`
      : `payload     ${payload.undecoded_because}\n${dumpOf(payload.hex)}`,
  ])
    io.out(line)
  return exit.ok
}

async function payloadOf(log: ReplayLog, letter: DeadLetter): Promise<Payload> {
  const isJson = letter.payload_encoding === 'JSON'
  const bytes = Buffer.from(letter.payload, isJson ? 'utf8' : 'base64')
  const asBytes = (reason: string): Payload => ({
    hex: bytes.toString('hex'),
    undecoded_because: reason,
  })
  try {
    if (isJson) return { value: JSON.parse(letter.payload) as unknown }
    const topic = topics.find(({ name }) => name === letter.topic)
    if (topic === undefined) return asBytes(`no topic is named ${letter.topic}`)
    return { value: await log.decode(topic.name, bytes) }
  } catch (error) {
    if (error instanceof CodecError || error instanceof SyntaxError) return asBytes(error.message)
    throw error
  }
}

/** Hex with its text beside it, 16 bytes a line. */
function dumpOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  const lines: string[] = []
  for (let from = 0; from < Math.min(bytes.length, shownBytes); from += 16) {
    const row = bytes.subarray(from, from + 16)
    const pairs = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = [...row].map((byte) =>
      byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.',
    )
    lines.push(`  ${from.toString(16).padStart(6, '0')}  ${pairs.padEnd(47)}  ${text.join('')}`)
  }
  if (bytes.length > shownBytes) lines.push(`  … ${String(bytes.length)} bytes in all`)
  return lines.length === 0 ? '  no bytes' : lines.join('\n')
}
