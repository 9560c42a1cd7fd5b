// The ensemble: how votes become one verdict, and what it never does to a confidence.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action, ModelVote, VoteStatus } from '../../../schemas/types.gen.ts'
import { calibrate, decideTogether, normaliseWeights } from '../../../topologies/think/ensemble.ts'

const limits = { consensus: 3, confidence_cap: 0.95 }

type Short = readonly [Action, number, number?, VoteStatus?]

/** Votes written short: action, confidence, weight (equal ones when left out), status; weights normalised. */
function votesOf(...short: Short[]): ModelVote[] {
  const votes = short.map(([action, confidence, weight = 1, status = 'VOTING'], i) => ({
    model: `m${String(i)}`,
    version: '1',
    action,
    confidence,
    weight,
    status,
  }))
  normaliseWeights(votes)
  return votes
}
const verdictOf = (...short: Short[]) => decideTogether(votesOf(...short), limits)

describe('weights', () => {
  it('are shared out over the models that vote; the others have none', () => {
    const votes = votesOf(
      ['BUY', 0.7, 0.3],
      ['BUY', 0.7, 0.2, 'DEGENERATE'],
      ['HOLD', 0.7, 0.1],
      ['BUY', 0.7, 0.25, 'MISMATCH'],
    )
    const weights = votes.map((vote) => Number(vote.weight.toFixed(12)))
    expect(weights).toEqual([0.75, 0, 0.25, 0])
  })

  it('are equal when the models that vote have none', () => {
    const votes = votesOf(['BUY', 0.7, 0], ['SELL', 0.7, 0], ['BUY', 0.6, 1, 'OUT'])
    expect(votes.map((vote) => vote.weight)).toEqual([0.5, 0.5, 0])
  })
})

describe('the verdict', () => {
  it('is a direction when three of four agree', () => {
    const verdict = verdictOf(['BUY', 0.8], ['BUY', 0.7], ['BUY', 0.6], ['HOLD', 0.9])
    expect(verdict).toMatchObject({ action: 'BUY', consensus: 3 })
    expect(verdict.ensembleConfidence).toBeCloseTo(0.7, 12)
    expect(verdict.confidence).toBeCloseTo(0.7 * (1 - 0.25 * 0.25), 12)
  })

  it('is HOLD when two of four agree', () => {
    expect(verdictOf(['BUY', 0.9, 3], ['BUY', 0.9, 3], ['HOLD', 0.5], ['SELL', 0.5])).toMatchObject(
      {
        action: 'HOLD',
        consensus: 1,
      },
    )
  })

  it('is HOLD when two of two that still vote agree: three of four are needed', () => {
    const verdict = verdictOf(
      ['SELL', 0.9],
      ['SELL', 0.9],
      ['SELL', 0.9, 1, 'OUT'],
      ['SELL', 0.9, 1, 'DEGENERATE'],
    )
    expect(verdict).toMatchObject({ action: 'HOLD', consensus: 0, confidence: 0 })
  })

  it('is a direction when three vote, all alike, and the fourth is out', () => {
    expect(
      verdictOf(['SELL', 0.7], ['SELL', 0.7], ['SELL', 0.7], ['BUY', 0.9, 1, 'WARMING_UP']),
    ).toMatchObject({ action: 'SELL', consensus: 3 })
  })

  it('is HOLD on a tie', () => {
    expect(
      decideTogether(votesOf(['BUY', 0.9], ['BUY', 0.9], ['SELL', 0.6], ['SELL', 0.6]), {
        ...limits,
        consensus: 2,
      }),
    ).toMatchObject({ action: 'HOLD' })
  })

  it('is HOLD when three light models stand against one heavy HOLD', () => {
    expect(
      verdictOf(['BUY', 0.9, 0.1], ['BUY', 0.9, 0.1], ['BUY', 0.9, 0.1], ['HOLD', 0.5, 0.7]),
    ).toMatchObject({ action: 'HOLD' })
  })

  it('caps confidence', () => {
    const verdict = verdictOf(['BUY', 1], ['BUY', 1], ['BUY', 1], ['BUY', 1])
    expect(verdict).toMatchObject({ ensembleConfidence: 0.95, confidence: 0.95, consensus: 4 })
  })
})

const anyVote = fc.tuple(
  fc.constantFrom<Action>('BUY', 'SELL', 'HOLD'),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom<VoteStatus>('VOTING', 'VOTING', 'VOTING', 'WARMING_UP', 'DEGENERATE', 'OUT'),
)
const anyVotes = fc.array(anyVote, { minLength: 1, maxLength: 6 })
const anyLimits = fc.record({
  consensus: fc.integer({ min: 1, max: 4 }),
  confidence_cap: fc.double({ min: 0, max: 1, noNaN: true }),
})

describe('whatever the votes', () => {
  it('confidence is never above the raw one, nor that above the surest voter or the cap', () => {
    fc.assert(
      fc.property(anyVotes, anyLimits, (short, some) => {
        const votes = votesOf(...short)
        const verdict = decideTogether(votes, some)
        const surest = Math.max(
          0,
          ...votes
            .filter((v) => v.status === 'VOTING' && v.action === verdict.action)
            .map((v) => v.confidence),
        )
        expect(verdict.confidence).toBeLessThanOrEqual(verdict.ensembleConfidence)
        expect(verdict.ensembleConfidence).toBeLessThanOrEqual(surest + 1e-12)
        expect(verdict.ensembleConfidence).toBeLessThanOrEqual(some.confidence_cap)
      }),
      { numRuns: 500, seed: 1 },
    )
  })

  it('a direction always has the votes it needs and more weight than any other answer', () => {
    fc.assert(
      fc.property(anyVotes, anyLimits, (short, some) => {
        const votes = votesOf(...short)
        const { action, consensus } = decideTogether(votes, some)
        if (action === 'HOLD') return
        const weight = (a: Action): number =>
          votes.filter((v) => v.action === a).reduce((sum, v) => sum + v.weight, 0)
        expect(consensus).toBeGreaterThanOrEqual(some.consensus)
        for (const other of ['BUY', 'SELL', 'HOLD'] as const)
          if (other !== action) expect(weight(action)).toBeGreaterThan(weight(other))
      }),
      { numRuns: 500, seed: 1 },
    )
  })

  it('buying and selling are mirror images', () => {
    fc.assert(
      fc.property(anyVotes, (short) => {
        const flipped = { BUY: 'SELL', SELL: 'BUY', HOLD: 'HOLD' } as const
        const verdict = verdictOf(...short)
        const mirror = verdictOf(
          ...short.map(([action, ...rest]): Short => [flipped[action], ...rest]),
        )
        expect(mirror).toEqual({ ...verdict, action: flipped[verdict.action] })
      }),
      { seed: 1 },
    )
  })
})

describe('calibration', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true })
  it('rises with raw confidence and with agreement, and never exceeds the raw one', () => {
    fc.assert(
      fc.property(unit, unit, unit, unit, (a, b, c, d) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        const [few, many] = [Math.min(c, d), Math.max(c, d)]
        expect(calibrate(low, few)).toBeLessThanOrEqual(calibrate(high, few) + 1e-12)
        expect(calibrate(low, few)).toBeLessThanOrEqual(calibrate(low, many) + 1e-12)
        expect(calibrate(high, many)).toBeLessThanOrEqual(high)
        expect(calibrate(high, 1)).toBe(high)
      }),
      { seed: 1 },
    )
  })
})
