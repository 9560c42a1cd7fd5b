// What a decoder of one kind of file makes of a row, and the parts that the decoders share: ids and times.
import type { ExchangeTick } from '../../../schemas/types.gen.ts'
import { fieldFault, type Columns } from './columns.ts'
import type { RowFault } from './market-file-error.ts'
import { parseId, parseSubMillisecondNs, parseTimeMs } from './numbers.ts'
import { isEmptyField, type RowReader } from './rows.ts'

/** What a row became. One object a file, filled anew by each row. */
export interface Decoded {
  /** First tick of the row. */
  tick: ExchangeTick
  /** Part of its time below the millisecond. */
  subMillisecondNs: number
  /** Ticks of the row after the first: a bar has three. */
  rest: ExchangeTick[]
  /** Index of the column that its merge time came from. */
  timeColumn: number
}

/** Fills `decoded` from the reader's row, or says what is wrong with the row. */
export type RowDecoder = (rows: RowReader, decoded: Decoded) => RowFault | null

/** What all ticks of a file have in common. */
export interface TickStamp {
  venue: string
  symbol: string
}

const timeForms = 'an epoch time of 10 (s), 13 (ms), 16 (us) or 19 (ns) digits'

/** The venue's own number of the message, null where the field is empty, NaN where it is no whole number below 2^53. */
export function sequenceField(rows: RowReader, index: number): number | null {
  if (isEmptyField(rows, index)) return null
  return parseId(rows.bytes, rows.starts[index] ?? 0, rows.ends[index] ?? 0)
}

/** A time in epoch milliseconds, null where the field is empty, NaN where it is no time. */
export function timeField(rows: RowReader, index: number): number | null {
  if (isEmptyField(rows, index)) return null
  return parseTimeMs(rows.bytes, rows.starts[index] ?? 0, rows.ends[index] ?? 0)
}

/** What that time has below the millisecond, in nanoseconds. */
export function subMillisecondField(rows: RowReader, index: number): number {
  return parseSubMillisecondNs(rows.bytes, rows.starts[index] ?? 0, rows.ends[index] ?? 0)
}

export function sequenceFault(rows: RowReader, columns: Columns, index: number): RowFault {
  return fieldFault(rows, columns, index, 'a whole number of at most 2^53 - 1')
}

export function timeFault(rows: RowReader, columns: Columns, index: number): RowFault {
  return fieldFault(rows, columns, index, timeForms)
}
