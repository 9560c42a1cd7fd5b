// Which columns a market file has, from its first line: names in Binance's order, or the count of fields where there is no header.
// A column that is not understood refuses the file: a column taken for another would be believed for the whole run.
import type { MarketFileKind } from './file-name.ts'
import { MarketFileError } from './market-file-error.ts'
import { fieldText, isEmptyField, type RowReader } from './rows.ts'
import type { RowFault } from './market-file-error.ts'

/** The columns of one file. */
export interface Columns {
  names: readonly string[]
  hasHeader: boolean
  /** Index of recv_time_ns, -1 where the file has only the venue's times. */
  received: number
}

const RECEIVED = 'recv_time_ns'

const required: Readonly<Record<MarketFileKind, readonly string[]>> = {
  trades: ['id', 'price', 'qty', 'quote_qty', 'time', 'is_buyer_maker'],
  bookTicker: [
    'update_id',
    'best_bid_price',
    'best_bid_qty',
    'best_ask_price',
    'best_ask_qty',
    'transaction_time',
    'event_time',
  ],
  klines: [
    'open_time',
    'open',
    'high',
    'low',
    'close',
    'volume',
    'close_time',
    'quote_volume',
    'count',
    'taker_buy_volume',
    'taker_buy_quote_volume',
    'ignore',
  ],
}

/** Columns that may follow, in the order that a file without header has them. */
const optional: Readonly<Record<MarketFileKind, readonly string[]>> = {
  trades: ['order_type', RECEIVED],
  bookTicker: [RECEIVED],
  klines: [],
}

/** Binance's spot trades have this where the futures have nothing; it says nothing that we use. */
const BEST_MATCH = 'is_best_match'

/** The columns of a file whose first line is the reader's row. Throws MarketFileError when they are not those of its kind. */
export function readColumns(rows: RowReader, kind: MarketFileKind): Columns {
  const hasHeader = !/^[0-9]/.test(fieldText(rows, 0))
  const names = hasHeader ? readHeader(rows, kind) : nameByCount(rows, kind)
  return { names, hasHeader, received: names.indexOf(RECEIVED) }
}

function readHeader(rows: RowReader, kind: MarketFileKind): string[] {
  const wanted = required[kind]
  const extras = kind === 'trades' ? [...optional[kind], BEST_MATCH] : optional[kind]
  const names: string[] = []
  for (let index = 0; index < Math.max(rows.fields, wanted.length); index += 1) {
    const given = index < rows.fields ? fieldText(rows, index).trim() : ''
    const candidates = index < wanted.length ? wanted.slice(index, index + 1) : extras
    const name = candidates.find((candidate) => fold(candidate) === fold(given))
    if (name === undefined || names.includes(name)) {
      throw unknownColumns(rows, kind, `column ${index + 1}`, given === '' ? 'missing' : given)
    }
    names.push(name)
  }
  return names
}

function nameByCount(rows: RowReader, kind: MarketFileKind): string[] {
  const all = [...required[kind], ...optional[kind]]
  if (rows.fields < required[kind].length || rows.fields > all.length) {
    throw unknownColumns(rows, kind, '', `${rows.fields} fields`)
  }
  return all.slice(0, rows.fields)
}

/** Exchanges write quote_qty and quoteQty. */
function fold(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

function unknownColumns(
  rows: RowReader,
  kind: MarketFileKind,
  column: string,
  value: string,
): MarketFileError {
  const tail = optional[kind].map((name) => `[${name}]`)
  const expected = `the columns of ${kind}: ${[...required[kind], ...tail].join(', ')}`
  return new MarketFileError({ file: rows.file, line: rows.line, column, value, expected })
}

/** A row of another width than the file's, or null. */
export function checkWidth(rows: RowReader, columns: Columns): RowFault | null {
  if (rows.fields === columns.names.length) return null
  return {
    column: '',
    value: `${rows.fields} fields`,
    expected: `${columns.names.length} fields`,
  }
}

/** A fault in one field of the reader's row. */
export function fieldFault(
  rows: RowReader,
  columns: Columns,
  index: number,
  expected: string,
): RowFault {
  const value = isEmptyField(rows, index) ? 'empty' : fieldText(rows, index).slice(0, 80)
  return { column: columns.names[index] ?? '', value, expected }
}
