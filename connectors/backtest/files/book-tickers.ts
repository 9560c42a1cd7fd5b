// A row of a bookTicker file becomes a tick with bid and ask. Columns: update_id, best_bid_price, best_bid_qty, best_ask_price,
// best_ask_qty, transaction_time, event_time. A crossed book is refused, a locked one (bid = ask) is not: venues show it for moments.
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
import { decimalField, isEmptyField } from './rows.ts'

const UPDATE_ID = 0
const BID = 1
const BID_QUANTITY = 2
const ASK = 3
const ASK_QUANTITY = 4
const TRANSACTION_TIME = 5
const EVENT_TIME = 6

/**
 * The decoder of one bookTicker file. Its merge time is the receive time where the file has one, else the event's, else the
 * transaction's. The spot market sends neither of the last two: then the tick has no venue time.
 */
export function bookTickerDecoder(columns: Columns, { venue, symbol }: TickStamp): RowDecoder {
  const { received } = columns

  return (rows, decoded) => {
    const wide = checkWidth(rows, columns)
    if (wide !== null) return wide
    const sequence = sequenceField(rows, UPDATE_ID)
    if (Number.isNaN(sequence)) return sequenceFault(rows, columns, UPDATE_ID)
    const bid = decimalField(rows, BID)
    if (!(bid > 0)) return fieldFault(rows, columns, BID, 'a price above 0')
    const ask = decimalField(rows, ASK)
    if (!(ask > 0)) return fieldFault(rows, columns, ASK, 'a price above 0')
    if (bid > ask) return fieldFault(rows, columns, ASK, `an ask of at least the bid, ${bid}`)
    const bidSize = decimalField(rows, BID_QUANTITY)
    if (!(bidSize >= 0)) return fieldFault(rows, columns, BID_QUANTITY, 'a size of at least 0')
    const askSize = decimalField(rows, ASK_QUANTITY)
    if (!(askSize >= 0)) return fieldFault(rows, columns, ASK_QUANTITY, 'a size of at least 0')
    const venueColumn = isEmptyField(rows, EVENT_TIME) ? TRANSACTION_TIME : EVENT_TIME
    const venueAtMs = timeField(rows, venueColumn)
    if (Number.isNaN(venueAtMs)) return timeFault(rows, columns, venueColumn)
    const timeColumn = received >= 0 ? received : venueColumn
    const receivedAtMs = received >= 0 ? timeField(rows, received) : venueAtMs
    if (receivedAtMs === null || Number.isNaN(receivedAtMs)) {
      return timeFault(rows, columns, timeColumn)
    }
    decoded.timeColumn = timeColumn
    decoded.subMillisecondNs = subMillisecondField(rows, timeColumn)
    decoded.tick = {
      venue,
      environment: 'BACKTEST',
      symbol,
      bid,
      bid_size: bidSize,
      ask,
      ask_size: askSize,
      last: null,
      last_size: null,
      taker_side: null,
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
