// One price out of several venues: fresh ones only, the median of their prices, outliers left out. Runs for every tick.
import type { VenueBook } from './venue-book.ts'
import { venuePrice } from './venue-book.ts'

/** The books of one symbol, and the consolidated price made from them. Names are new arrays only when membership changed. */
export interface SymbolBook {
  /** The trading venue first, then the pricing venues, as configured. */
  venues: VenueBook[]
  /** 0 until there was a first price. */
  price: number
  divergenceBps: number | null
  freshVenues: string[]
  staleVenues: string[]
  outlierVenues: string[]
  /** Scratch of `consolidate`: prices beside `venues` (0 for a stale one), and the fresh ones in order. */
  prices: number[]
  sorted: number[]
}

export function emptyBook(): SymbolBook {
  return {
    venues: [],
    price: 0,
    divergenceBps: null,
    freshVenues: [],
    staleVenues: [],
    outlierVenues: [],
    prices: [],
    sorted: [],
  }
}

/** Fewest fresh venues among which one can be called an outlier. */
const outlierQuorum = 3

/**
 * Works out price, divergence and standings at a time. With no fresh venue the last price stays, with nobody in it.
 * Returns how many venues are in the price.
 */
export function consolidate(
  book: SymbolBook,
  nowMs: number,
  limits: { readonly stale_after_ms: number; readonly outlier_bps: number },
): number {
  const { venues, prices } = book
  let fresh = 0
  let sum = 0
  for (let i = 0; i < venues.length; i++) {
    const price = venuePrice(venues[i]!, nowMs, limits.stale_after_ms)
    prices[i] = price
    if (price === 0) continue
    fresh++
    sum += price
  }
  if (fresh >= outlierQuorum) return consolidateMany(book, limits.outlier_bps)
  let lowest = Infinity
  let highest = 0
  let moved = false
  for (let i = 0; i < venues.length; i++) {
    const price = prices[i]!
    const standing = price === 0 ? 'STALE' : 'FRESH'
    if (venues[i]!.standing !== standing) {
      venues[i]!.standing = standing
      moved = true
    }
    if (price === 0) continue
    if (price < lowest) lowest = price
    if (price > highest) highest = price
  }
  // The median of one or two is their mean.
  if (fresh > 0) book.price = sum / fresh
  book.divergenceBps = fresh < 2 ? null : (10_000 * (highest - lowest)) / book.price
  if (moved) nameVenues(book)
  return fresh
}

/**
 * With three or more: the median, then again without those far from it, if a majority is left to say what far means.
 * An outlying trading venue still counts in the divergence, for orders go there.
 */
function consolidateMany(book: SymbolBook, outlierBps: number): number {
  const { venues, prices } = book
  sortFresh(book, 0, Infinity)
  const fresh = book.sorted.length
  const centre = medianOf(book.sorted)
  const reach = (centre * outlierBps) / 10_000
  sortFresh(book, centre - reach, centre + reach)
  const agree = 2 * book.sorted.length > fresh
  if (!agree) sortFresh(book, 0, Infinity)
  const { sorted } = book
  book.price = medianOf(sorted)
  let lowest = sorted[0]!
  let highest = sorted[sorted.length - 1]!
  const trading = prices[0]!
  if (trading > 0 && trading < lowest) lowest = trading
  if (trading > highest) highest = trading
  book.divergenceBps = (10_000 * (highest - lowest)) / book.price
  let moved = false
  for (let i = 0; i < venues.length; i++) {
    const price = prices[i]!
    const outlying = agree && (price < centre - reach || price > centre + reach)
    const standing = price === 0 ? 'STALE' : outlying ? 'OUTLIER' : 'FRESH'
    if (venues[i]!.standing === standing) continue
    venues[i]!.standing = standing
    moved = true
  }
  if (moved) nameVenues(book)
  return sorted.length
}

/** Fills `sorted` with the fresh prices inside two bounds, by insertion: a handful of venues at most. */
function sortFresh(book: SymbolBook, from: number, to: number): void {
  const { prices, sorted } = book
  sorted.length = 0
  for (const price of prices) {
    if (price === 0 || price < from || price > to) continue
    let at = sorted.length
    while (at > 0 && sorted[at - 1]! > price) {
      sorted[at] = sorted[at - 1]!
      at--
    }
    sorted[at] = price
  }
}

function medianOf(sorted: readonly number[]): number {
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** The lists of names, in the order of the configuration. */
export function nameVenues(book: SymbolBook): void {
  const named = (standing: string): string[] =>
    book.venues.filter((v) => v.standing === standing).map((v) => v.name)
  book.freshVenues = named('FRESH')
  book.staleVenues = named('STALE')
  book.outlierVenues = named('OUTLIER')
}
