// The breakout model follows a break that holds, and turns against one that fails.
import { describe, expect, it } from 'vitest'
import type { MarketBar } from '../../../../schemas/types.gen.ts'
import { breakout } from '../../../../topologies/think/models/breakout.ts'
import { marketBarOf } from '../../../kit/records.ts'
import { votesOver } from './votes.ts'

/** Thirty bars between 99 and 101, then bars from one close to the next. */
function channelThen(...closes: number[]): MarketBar[] {
  const quiet = Array.from({ length: 30 }, (_, i) =>
    marketBarOf({ open: 100, high: 101, low: 99, close: 100 + (i % 2 === 0 ? 0.2 : -0.2) }),
  )
  let open = 100
  const after = closes.map((close) => {
    const bar = marketBarOf({
      open,
      high: Math.max(open, close) + 0.2,
      low: Math.min(open, close) - 0.2,
      close,
    })
    open = close
    return bar
  })
  return [...quiet, ...after]
}
const lastVote = (...closes: number[]) => votesOver(breakout, channelThen(...closes)).at(-1)!

describe('breakout', () => {
  it('holds inside the channel', () => {
    expect(lastVote(100.5, 99.5, 100.9).action).toBe('HOLD')
  })

  it('buys a close above the channel, and sells one below it', () => {
    expect(lastVote(103).action).toBe('BUY')
    expect(lastVote(97).action).toBe('SELL')
  })

  it('is surer the farther price goes beyond the level', () => {
    expect(lastVote(104).confidence).toBeGreaterThan(lastVote(102).confidence)
  })

  it('does not follow a break without expansion', () => {
    const creep = channelThen(100.1, 100.4, 100.7, 100.9, 101.05)
    expect(votesOver(breakout, creep).at(-1)!.action).toBe('HOLD')
  })

  it('goes on for some bars while price holds the level, and then forgets', () => {
    expect(lastVote(103, 103.1).action).toBe('BUY')
    expect(lastVote(103, ...Array.from({ length: 12 }, () => 103)).action).toBe('HOLD')
  })

  it('turns against a break that closes back inside', () => {
    expect(lastVote(103, 100.2).action).toBe('SELL')
    expect(lastVote(97, 99.8).action).toBe('BUY')
  })

  it('does not remember an old break when price comes back later', () => {
    const held = Array.from({ length: 12 }, () => 103)
    expect(lastVote(103, ...held, 102).action).toBe('HOLD')
  })
})
