// A row of a klines file becomes four ticks: open, the two extremes, close, a third of the bar apart. The order of the extremes is a
// convention (low first in a bar that rose), not knowledge: a stop and a target inside one bar are decided by it.
import type { ExchangeTick } from '../../../schemas/types.gen.ts'
import { checkWidth, fieldFault, type Columns } from './columns.ts'
import { timeFault, timeField, type RowDecoder, type TickStamp } from './decoded.ts'
import { decimalField, isEmptyField } from './rows.ts'

const OPEN_TIME = 0
const OPEN = 1
const HIGH = 2
const LOW = 3
const CLOSE = 4
const VOLUME = 5
const TICKS_PER_BAR = 4

/** What a bar doesn't say and its ticks need. */
export interface BarTicks {
  intervalMs: number
  /** Bid and ask stand half of this away from the price, and never inside the file's price step. */
  spreadBps: number
  /** Decimals of the file's prices. */
  priceDecimals: number
}

/**
 * The decoder of one klines file. Sizes of the book are null: unlimited. Each tick carries a quarter of the volume, and no size
 * where the bar has none. The side of the aggressor is not in a bar, so it is null.
 */
export function klineDecoder(columns: Columns, stamp: TickStamp, bar: BarTicks): RowDecoder {
  const quote = quoter(bar)

  function makeTick(price: number, size: number | null, atMs: number): ExchangeTick {
    return {
      venue: stamp.venue,
      environment: 'BACKTEST',
      symbol: stamp.symbol,
      bid: quote.bid(price),
      bid_size: null,
      ask: quote.ask(price),
      ask_size: null,
      last: price,
      last_size: size,
      taker_side: null,
      mark: null,
      funding_rate: null,
      funding_interval_ms: null,
      next_funding_at_ms: null,
      venue_at_ms: atMs,
      received_at_ms: atMs,
      sequence: null,
    }
  }

  return (rows, decoded) => {
    const wide = checkWidth(rows, columns)
    if (wide !== null) return wide
    const openAtMs = timeField(rows, OPEN_TIME)
    if (openAtMs === null || Number.isNaN(openAtMs)) return timeFault(rows, columns, OPEN_TIME)
    for (let column = OPEN; column <= CLOSE; column += 1) {
      if (!(decimalField(rows, column) > 0))
        return fieldFault(rows, columns, column, 'a price above 0')
    }
    const open = decimalField(rows, OPEN)
    const close = decimalField(rows, CLOSE)
    const high = decimalField(rows, HIGH)
    const low = decimalField(rows, LOW)
    const top = Math.max(open, close, low)
    if (high < top) return fieldFault(rows, columns, HIGH, `a high of at least ${top}`)
    const bottom = Math.min(open, close)
    if (low > bottom) return fieldFault(rows, columns, LOW, `a low of at most ${bottom}`)
    const volume = isEmptyField(rows, VOLUME) ? 0 : decimalField(rows, VOLUME)
    if (!(volume >= 0)) return fieldFault(rows, columns, VOLUME, 'empty or a volume of at least 0')

    const size = volume === 0 ? null : volume / TICKS_PER_BAR
    const rose = close >= open
    const thirdMs = (bar.intervalMs - 1) / (TICKS_PER_BAR - 1)
    const atMs = (third: number): number => openAtMs + Math.floor(third * thirdMs)
    decoded.timeColumn = OPEN_TIME
    decoded.subMillisecondNs = 0
    decoded.tick = makeTick(open, size, openAtMs)
    decoded.rest = [
      makeTick(rose ? low : high, size, atMs(1)),
      makeTick(rose ? high : low, size, atMs(2)),
      makeTick(close, size, openAtMs + bar.intervalMs - 1),
    ]
    return null
  }
}

interface Quote {
  bid(price: number): number
  ask(price: number): number
}

/** Bid rounds down and ask up to the file's decimals, so that quotes look like the venue's and never narrow the spread. */
function quoter({ spreadBps, priceDecimals }: BarTicks): Quote {
  if (spreadBps === 0) return { bid: (price) => price, ask: (price) => price }
  const half = spreadBps / 20_000
  const steps = 10 ** priceDecimals
  return {
    // A bid rounded down to 0 would be none; such a price has fewer decimals than it needs.
    bid: (price) => Math.floor(price * (1 - half) * steps) / steps || price * (1 - half),
    ask: (price) => Math.ceil(price * (1 + half) * steps) / steps,
  }
}
