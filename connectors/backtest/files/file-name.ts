// Reads symbol and kind of a market file from its name, or from SYMBOL:KIND:PATH where the name tells nothing.
// Guesses nothing: a name that doesn't say both is refused with the forms that are understood.
import { basename } from 'node:path'
import { MarketFileError } from './market-file-error.ts'

/** Which columns a file holds. */
export type MarketFileKind = 'trades' | 'bookTicker' | 'klines'

/** A market file before it is opened. */
export interface MarketFileName {
  path: string
  symbol: string
  kind: MarketFileKind
  /** Length of the bars where the name gives it. */
  intervalMs: number | null
}

const forms =
  'SYMBOL-trades-DATE.csv, SYMBOL-bookTicker-DATE.csv, SYMBOL-1h-DATE.csv, VENUE_MARKET_SYMBOL_KIND_TIME.csv ' +
  '(each also .csv.gz), or SYMBOL:KIND:PATH with KIND trades, bookTicker, klines or an interval such as 1h'

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Symbol, kind and path of what a user typed. Throws MarketFileError when it does not say them. */
export function readFileName(given: string): MarketFileName {
  const explicit = /^([^:/\\]+):([A-Za-z0-9]+):(.+)$/.exec(given)
  if (explicit !== null) {
    const [, symbol = '', word = '', path = ''] = explicit
    const kind = readKind(word)
    if (kind === null) throw unknownName(path, `kind ${word}`)
    return { path, symbol, ...kind }
  }
  const stem = basename(given)
    .replace(/\.gz$/i, '')
    .replace(/\.csv$/i, '')
  const found = readDashes(stem) ?? readUnderscores(stem)
  if (found === null) throw unknownName(given, basename(given))
  return { path: given, ...found }
}

type Found = Omit<MarketFileName, 'path'>

/** Names of Binance's public data: BTCUSDT-trades-2024-08-08, BTCUSD_PERP-1h-2024-01. */
function readDashes(stem: string): Found | null {
  const [symbol = '', word = ''] = stem.split('-')
  const kind = readKind(word)
  return kind === null || !isSymbol(symbol) ? null : { symbol, ...kind }
}

/** Names such as binance_um_BTCUSDT_trades_20240808T2354: the symbol is the run of capitals before the kind. */
function readUnderscores(stem: string): Found | null {
  const words = stem.split('_')
  const at = words.findIndex((word, index) => index > 0 && readKind(word) !== null)
  const kind = readKind(words[at] ?? '')
  if (kind === null) return null
  let from = at
  while (from > 0 && isSymbol(words[from - 1] ?? '')) from -= 1
  return from === at ? null : { symbol: words.slice(from, at).join('_'), ...kind }
}

function isSymbol(word: string): boolean {
  return /^[A-Z0-9]+(_[A-Z0-9]+)?$/.test(word)
}

function readKind(word: string): Pick<MarketFileName, 'kind' | 'intervalMs'> | null {
  if (word === 'trades' || word === 'bookTicker' || word === 'klines')
    return { kind: word, intervalMs: null }
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,2})([smhdw])$/.exec(word) ?? []
  const lengthMs = unitMs[unit]
  return lengthMs === undefined ? null : { kind: 'klines', intervalMs: Number(count) * lengthMs }
}

function unknownName(file: string, value: string): MarketFileError {
  return new MarketFileError({ file, line: 0, column: 'name', value, expected: forms })
}
