import { describe, expect, test } from 'vitest'
import { exitSignal, positionState, priceUpdate } from '../../schemas/topics.ts'
import type { ExitSignal } from '../../schemas/types.gen.ts'
import { exitBrain } from '../../topologies/leave/exit-brain.ts'
import { given } from '../kit/given.ts'
import { positionStateOf, priceUpdateOf } from '../kit/records.ts'

const symbols = Array.from({ length: 10 }, (_, n) => `COIN${n}USDT`)
const open = (symbol: string) =>
  [positionState, positionStateOf({ symbol, position_id: `of-${symbol}` })] as const
const flat = (symbol: string) => [positionState, null, `main|${symbol}`] as const
const fall = (symbol: string) => [priceUpdate, priceUpdateOf({ symbol, price: 90 })] as const

describe('I-19: what is watched is what is open, not the last messages', () => {
  test('of ten positions nine end: one is watched, before and after a restart', () => {
    const brain = given(exitBrain).records(...symbols.map(open), ...symbols.slice(1).map(flat))
    expect(brain.liveKeys()).toBe(1)
    expect(brain.restarted().liveKeys()).toBe(1)
    brain
      .when(...symbols.map(fall))
      .then([exitSignal, { position_id: 'of-COIN0USDT', kind: 'STOP' }])
  })

  test('a position outlives any number of later messages and restarts', () => {
    const brain = given(exitBrain).records(open('COIN0USDT'))
    for (let n = 0; n < 200; n++) {
      brain.records(open('COIN1USDT'), flat('COIN1USDT'))
      if (n % 50 === 0) brain.restarted()
    }
    brain
      .when(fall('COIN1USDT'), fall('COIN0USDT'))
      .then([exitSignal, { position_id: 'of-COIN0USDT' }])
  })

  test('a restart knows everything that it knew: levels, rungs, attempts', () => {
    const played = (restarts: boolean) => {
      const brain = given(exitBrain)
      const signals: ExitSignal[] = []
      const step = (...steps: Parameters<typeof brain.when>) => {
        if (restarts) brain.restarted()
        brain.when(...steps)
        signals.push(...brain.outputs(exitSignal))
      }
      step(open('COIN0USDT'))
      for (const price of [101, 101.6, 101.9, 101, 100.5, 100])
        step([priceUpdate, priceUpdateOf({ symbol: 'COIN0USDT', price })])
      return signals
    }
    expect(played(true)).toEqual(played(false))
  })

  test('the tombstone of one account leaves the position of another', () => {
    const other = positionStateOf({ account: 'second', position_id: 'position-2' })
    given(exitBrain)
      .records(
        [positionState, positionStateOf()],
        [positionState, other],
        [positionState, null, 'main|BTCUSDT'],
      )
      .restarted()
      .when([priceUpdate, priceUpdateOf({ price: 90 })])
      .then([exitSignal, { account: 'second', position_id: 'position-2' }])
  })
})
