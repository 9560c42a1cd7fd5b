// The consolidated price against a plain, slow statement of the same rule.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consolidate, emptyBook } from '../../../topologies/see/consolidate.ts'
import type { SymbolBook } from '../../../topologies/see/consolidate.ts'
import { takeTick, unheardVenue } from '../../../topologies/see/venue-book.ts'
import { exchangeTickOf, startMs } from '../../kit/records.ts'

const limits = { stale_after_ms: 5_000, outlier_bps: 100 }

interface Place {
  readonly mid: number
  readonly agedMs: number
}

function bookOf(places: readonly Place[]): SymbolBook {
  const book = emptyBook()
  book.venues = places.map(({ mid, agedMs }, i) => {
    const venue = unheardVenue(`v${String(i)}`)
    takeTick(venue, exchangeTickOf({ bid: mid, ask: mid, received_at_ms: startMs - agedMs }))
    return venue
  })
  return book
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** Mids of the venues that count, by the rule in words. */
function counted(places: readonly Place[]): number[] {
  const fresh = places.filter((p) => p.agedMs <= limits.stale_after_ms).map((p) => p.mid)
  if (fresh.length < 3) return fresh
  const centre = median(fresh)
  const near = fresh.filter(
    (mid) => Math.abs(mid - centre) <= (centre * limits.outlier_bps) / 10_000,
  )
  return 2 * near.length > fresh.length ? near : fresh
}

const places = fc.array(
  fc.record({
    mid: fc.oneof(fc.integer({ min: 995, max: 1_005 }), fc.integer({ min: 900, max: 1_200 })),
    agedMs: fc.constantFrom(0, 4_999, 5_000, 5_001, 60_000),
  }),
  { minLength: 1, maxLength: 7 },
)

describe('consolidate', () => {
  it('gives the median of the fresh venues that are no outliers, and names every venue once', () => {
    fc.assert(
      fc.property(places, (all) => {
        const book = bookOf(all)
        const used = counted(all)
        expect(consolidate(book, startMs, limits)).toBe(used.length)
        const named = [...book.freshVenues, ...book.staleVenues, ...book.outlierVenues]
        // A venue starts as stale: without a change there is no list yet.
        if (used.length > 0) {
          expect(book.price).toBeCloseTo(median(used), 9)
          expect(named.sort()).toEqual(all.map((_, i) => `v${String(i)}`))
          expect(book.freshVenues.length).toBe(used.length)
          expect(book.price).toBeGreaterThanOrEqual(Math.min(...used))
          expect(book.price).toBeLessThanOrEqual(Math.max(...used))
        }
        const freshCount = all.filter((p) => p.agedMs <= limits.stale_after_ms).length
        expect(book.divergenceBps === null).toBe(freshCount < 2)
      }),
      { numRuns: 300, seed: 1 },
    )
  })

  it('the order of the venues does not matter to the price', () => {
    fc.assert(
      fc.property(places, (all) => {
        const forwards = bookOf(all)
        const backwards = bookOf([...all].reverse())
        consolidate(forwards, startMs, limits)
        consolidate(backwards, startMs, limits)
        expect(forwards.price).toBeCloseTo(backwards.price, 9)
      }),
      { numRuns: 100, seed: 1 },
    )
  })

  it('keeps the last price when all venues fall silent, with nobody in it', () => {
    const book = bookOf([{ mid: 100, agedMs: 0 }])
    consolidate(book, startMs, limits)
    expect(consolidate(book, startMs + 5_001, limits)).toBe(0)
    expect(book).toMatchObject({ price: 100, freshVenues: [], staleVenues: ['v0'] })
  })
})
