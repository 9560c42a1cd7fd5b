// A row of a trades file becomes a tick with a last price. Columns: id, price, qty, quote_qty, time, is_buyer_maker.
// quote_qty and what follows is_buyer_maker are not read: price and size say all of it.
import type { Side } from '../../../schemas/types.gen.ts'
import { checkWidth, fieldFault, type Columns } from './columns.ts'
import {
  sequenceFault,
  sequenceField,
  subMillisecondField,
  timeFault,
  timeField,
  type RowDecoder,
  type TickStamp,
} from './decoded.ts'
import { decimalField, type RowReader } from './rows.ts'

const ID = 0
const PRICE = 1
const QUANTITY = 2
const TIME = 4
const BUYER_IS_MAKER = 5

/** The decoder of one trades file. Its merge time is the receive time where the file has one, else the trade's. */
export function tradeDecoder(columns: Columns, { venue, symbol }: TickStamp): RowDecoder {
  const timeColumn = columns.received >= 0 ? columns.received : TIME

  return (rows, decoded) => {
    const wide = checkWidth(rows, columns)
    if (wide !== null) return wide
    const sequence = sequenceField(rows, ID)
    if (Number.isNaN(sequence)) return sequenceFault(rows, columns, ID)
    const price = decimalField(rows, PRICE)
    if (!(price > 0)) return fieldFault(rows, columns, PRICE, 'a price above 0')
    const size = decimalField(rows, QUANTITY)
    if (!(size > 0)) return fieldFault(rows, columns, QUANTITY, 'a size above 0')
    const takerSide = readTakerSide(rows)
    if (takerSide === null) return fieldFault(rows, columns, BUYER_IS_MAKER, 'true or false')
    const venueAtMs = timeField(rows, TIME)
    if (Number.isNaN(venueAtMs)) return timeFault(rows, columns, TIME)
    const receivedAtMs = timeColumn === TIME ? venueAtMs : timeField(rows, timeColumn)
    if (receivedAtMs === null || Number.isNaN(receivedAtMs)) {
      return timeFault(rows, columns, timeColumn)
    }
    decoded.timeColumn = timeColumn
    decoded.subMillisecondNs = subMillisecondField(rows, timeColumn)
    decoded.tick = {
      venue,
      environment: 'BACKTEST',
      symbol,
      bid: null,
      bid_size: null,
      ask: null,
      ask_size: null,
      last: price,
      last_size: size,
      taker_side: takerSide,
      mark: null,
      funding_rate: null,
      funding_interval_ms: null,
      next_funding_at_ms: null,
      venue_at_ms: venueAtMs,
      received_at_ms: receivedAtMs,
      sequence,
    }
    return null
  }
}

/** The taker sells when the buyer was the maker. Python writes True and False. */
function readTakerSide(rows: RowReader): Side | null {
  if (spells(rows, BUYER_IS_MAKER, 'true')) return 'SELL'
  if (spells(rows, BUYER_IS_MAKER, 'false')) return 'BUY'
  return null
}

/** Whether a field is that word, its first letter small or capital. */
function spells(rows: RowReader, index: number, word: string): boolean {
  const from = rows.starts[index] ?? 0
  if ((rows.ends[index] ?? 0) - from !== word.length) return false
  if (((rows.bytes[from] ?? 0) | 0x20) !== word.charCodeAt(0)) return false
  for (let at = 1; at < word.length; at += 1) {
    if (rows.bytes[from + at] !== word.charCodeAt(at)) return false
  }
  return true
}
