// The model port: what counts as a vote, and how a score becomes one.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action } from '../../../schemas/types.gen.ts'
import { absentModel, isOpinion, opinionOf } from '../../../topologies/think/model.ts'

const scores = fc.double({ min: -1e6, max: 1e6, noNaN: true })

describe('the opinion of a score', () => {
  it('is HOLD below the threshold and a direction from it on', () => {
    expect(opinionOf(0.99, 1).action).toBe('HOLD')
    expect(opinionOf(1, 1)).toEqual({ action: 'BUY', confidence: 0.5 })
    expect(opinionOf(-1, 1)).toEqual({ action: 'SELL', confidence: 0.5 })
  })

  it('is the same for both sides', () => {
    fc.assert(
      fc.property(scores, (score) => {
        const long = opinionOf(score, 2)
        const short = opinionOf(-score, 2)
        expect(short.confidence).toBe(long.confidence)
        const flipped = { BUY: 'SELL', SELL: 'BUY', HOLD: 'HOLD' } as const
        expect(short.action).toBe(flipped[long.action])
      }),
      { seed: 1 },
    )
  })

  it('is surer the farther the score lies beyond the threshold, and never as sure as 0.95', () => {
    fc.assert(
      fc.property(scores, scores, (one, other) => {
        const [near, far] = [one, other].map(Math.abs).sort((a, b) => a - b) as [number, number]
        const [less, more] = [opinionOf(1 + near, 1), opinionOf(1 + far, 1)]
        expect(more.confidence).toBeGreaterThanOrEqual(less.confidence)
        expect(more.confidence).toBeLessThanOrEqual(0.95)
        expect(isOpinion(more)).toBe(true)
      }),
      { seed: 1 },
    )
  })
})

describe('what is no vote', () => {
  it.each([
    ['nothing', null],
    ['a NaN confidence', { action: 'BUY' as Action, confidence: NaN }],
    ['a confidence above 1', { action: 'BUY' as Action, confidence: 1.01 }],
    ['a negative confidence', { action: 'SELL' as Action, confidence: -0.1 }],
    ['an action in lower case', { action: 'buy' as Action, confidence: 0.7 }],
    ['an action of another vocabulary', { action: 'LONG' as Action, confidence: 0.7 }],
  ])('%s', (_, opinion) => {
    expect(isOpinion(opinion)).toBe(false)
  })

  it('an absent model has a name and no vote', () => {
    const identity = {
      name: 'gone',
      version: '2',
      featureSetHash: 'f',
      intervalMs: null,
      weight: 0.3,
    }
    expect(absentModel(identity)).toMatchObject(identity)
    expect(absentModel(identity).vote([])).toBeNull()
  })
})
