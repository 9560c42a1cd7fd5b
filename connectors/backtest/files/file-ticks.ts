// The ticks of one market file in time order, with their bad rows handed over. Opens the file in full at its first tick.
// Time never goes back inside a file: a row a little late is moved up to the time reached, a row later than that is refused.
import type { ExchangeTick } from '../../../schemas/types.gen.ts'
import { bookTickerDecoder } from './book-tickers.ts'
import { fieldFault, type Columns } from './columns.ts'
import type { Decoded, RowDecoder } from './decoded.ts'
import type { MarketFileName } from './file-name.ts'
import { klineDecoder } from './klines.ts'
import { refuseRow, type BadRow, type RowFault } from './market-file-error.ts'
import { fileBytes, openBytes } from './open-bytes.ts'
import { openFirstRow, openHead, peekFile } from './peek.ts'
import { nextRow, readRows, rowBytes, type RowReader } from './rows.ts'
import { samplePrices } from './sample-prices.ts'
import { tradeDecoder } from './trades.ts'

/** How files are read. */
export interface FileOptions {
  /** Venue that the ticks carry, whatever the file's name says: the one that prices and trades in the run. */
  venue: string
  /** Spread of the quotes that bars are given. */
  spreadBps: number
  /** A row earlier than the one before it by no more than this is moved up to that time; bars have no tolerance. */
  backwardsToleranceMs: number
  /** Every row that is refused, before the feed goes on. */
  onBadRow: (row: BadRow) => void
  /** Gzip files above this size are inflated by a thread. */
  wholeInflateLimitBytes?: number | undefined
}

/** One file as the merge sees it. `tick` and its time are those of the next tick; null before the file is opened and after its end. */
export interface FileTicks {
  readonly name: MarketFileName
  readonly index: number
  readonly sizeBytes: number
  readonly intervalMs: number | null
  readonly options: FileOptions
  readonly decode: RowDecoder
  readonly decoded: Decoded
  readonly columns: Columns
  rows: RowReader | null
  /** Of the first good row, as far as the beginning of the file shows it; 0 when it shows none. */
  firstAtMs: number
  restAt: number
  tick: ExchangeTick | null
  atMs: number
  subMillisecondNs: number
  done: boolean
  badRows: number
}

/** Checks a file and finds the time of its first good row, without opening it in full. Throws MarketFileError. */
export function prepareFile(name: MarketFileName, index: number, options: FileOptions): FileTicks {
  const { columns, intervalMs } = peekFile(name)
  const decode = makeDecoder(name, columns, intervalMs, options)
  const decoded: Decoded = { tick: noTick, subMillisecondNs: 0, rest: [], timeColumn: 0 }
  const file: FileTicks = {
    name,
    index,
    sizeBytes: fileBytes(name.path),
    intervalMs,
    options,
    decode,
    decoded,
    columns,
    rows: null,
    firstAtMs: 0,
    restAt: 0,
    tick: null,
    // Where the beginning holds no good row the file comes first, and is opened to find one.
    atMs: -Infinity,
    subMillisecondNs: 0,
    done: false,
    badRows: 0,
  }
  const head = openHead(name.path)
  openFirstRow(head, name)
  do {
    if (decode(head, decoded) !== null) continue
    file.firstAtMs = decoded.tick.received_at_ms
    file.atMs = file.firstAtMs
    file.subMillisecondNs = decoded.subMillisecondNs
    break
  } while (nextRow(head))
  decoded.rest = []
  return file
}

/** Opens the file in full and moves to its first tick. Throws MarketFileError. */
export function startFile(file: FileTicks): void {
  const { path } = file.name
  file.rows = readRows(path, openBytes(path, file.options.wholeInflateLimitBytes))
  // The head was found good; this passes over it, line by line like every reader.
  if (file.columns.hasHeader) nextRow(file.rows)
  file.atMs = -Infinity
  advanceFile(file)
}

/** Moves to the next tick; at the end `done` is set and the file closed. Throws MarketFileError when the file is broken. */
export function advanceFile(file: FileTicks): void {
  const { decoded, rows } = file
  if (rows === null) return
  if (file.restAt < decoded.rest.length) {
    takeRest(file)
    return
  }
  while (nextRow(rows)) {
    const fault = file.decode(rows, decoded) ?? keepTimeOrder(file, rows)
    if (fault === null) {
      file.tick = decoded.tick
      file.restAt = 0
      return
    }
    refuse(file, rows, fault)
  }
  file.tick = null
  file.done = true
  rows.source.close()
}

/** Bytes of the file on disk that were used so far. */
export function fileBytesRead(file: FileTicks): number {
  if (file.done) return file.sizeBytes
  return file.rows === null ? 0 : Math.min(file.rows.source.bytesRead(), file.sizeBytes)
}

/** Closes a file wherever it stands. */
export function closeFile(file: FileTicks): void {
  file.done = true
  file.tick = null
  file.rows?.source.close()
}

function takeRest(file: FileTicks): void {
  const tick = file.decoded.rest[file.restAt]
  if (tick === undefined) return
  file.restAt += 1
  file.tick = tick
  file.atMs = tick.received_at_ms
  file.subMillisecondNs = 0
}

function keepTimeOrder(file: FileTicks, rows: RowReader): RowFault | null {
  const { decoded, options } = file
  const atMs = decoded.tick.received_at_ms
  const backMs = file.atMs - atMs
  if (backMs < 0 || (backMs === 0 && file.subMillisecondNs <= decoded.subMillisecondNs)) {
    file.atMs = atMs
    file.subMillisecondNs = decoded.subMillisecondNs
    return null
  }
  const isBar = file.intervalMs !== null
  if (!isBar && backMs <= options.backwardsToleranceMs) {
    decoded.tick.received_at_ms = file.atMs
    return null
  }
  decoded.rest = []
  const tolerance = isBar ? '' : `, less ${options.backwardsToleranceMs} ms`
  const expected = `a time of at least ${file.atMs} ms, the row before${tolerance}`
  return fieldFault(rows, file.columns, decoded.timeColumn, expected)
}

function refuse(file: FileTicks, rows: RowReader, fault: RowFault): void {
  file.badRows += 1
  const place = { file: file.name.path, line: rows.line, ...fault }
  const atMs = Number.isFinite(file.atMs) ? file.atMs : file.firstAtMs
  file.options.onBadRow(refuseRow(place, file.name.symbol, rowBytes(rows), atMs))
}

function makeDecoder(
  name: MarketFileName,
  columns: Columns,
  intervalMs: number | null,
  options: FileOptions,
): RowDecoder {
  const stamp = { venue: options.venue, symbol: name.symbol }
  switch (name.kind) {
    case 'trades':
      return tradeDecoder(columns, stamp)
    case 'bookTicker':
      return bookTickerDecoder(columns, stamp)
    case 'klines':
      return klineDecoder(columns, stamp, {
        intervalMs: intervalMs ?? 0,
        spreadBps: options.spreadBps,
        priceDecimals: samplePrices(`${name.symbol}:klines:${name.path}`).priceDecimals,
      })
  }
}

const noTick: ExchangeTick = {
  venue: '',
  environment: 'BACKTEST',
  symbol: '',
  bid: null,
  bid_size: null,
  ask: null,
  ask_size: null,
  last: null,
  last_size: null,
  taker_side: null,
  mark: null,
  funding_rate: null,
  funding_interval_ms: null,
  next_funding_at_ms: null,
  venue_at_ms: null,
  received_at_ms: 0,
  sequence: null,
}
