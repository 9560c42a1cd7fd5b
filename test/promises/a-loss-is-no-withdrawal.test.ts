// A wallet that fell for a reason nobody stated was taken for a withdrawal: the marks of drawdown and daily loss fell
// with it, and the limits that should have stopped the account did not see the loss.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountSnapshot, portfolioState, tradeIntent } from '../../schemas/topics.ts'
import { portfolio } from '../../topologies/act/portfolio.ts'
import { actDesk } from '../kit/act-desk.ts'
import { given, tick } from '../kit/given.ts'
import { snapshotOf, startMs, tradeIntentOf } from '../kit/records.ts'

/** An account of 10000 whose wallet stands as given in the next snapshots; the last state of its portfolio. */
function after(snapshots: readonly { wallet: number; transfers: number | null }[]) {
  const account = given(portfolio).records([accountSnapshot, snapshotOf()], tick(startMs))
  for (const { wallet, transfers } of snapshots)
    account.records([
      accountSnapshot,
      snapshotOf({
        wallet_usd: String(wallet),
        transfers_usd: transfers === null ? null : String(transfers),
      }),
    ])
  account.when(tick(startMs + 6_000))
  return account.outputs(portfolioState)[0]!
}

describe('a loss never hides as a withdrawal', () => {
  it.each([
    ['DAILY_LOSS', 9_690],
    ['DAILY_LOSS', 5_000],
    ['DRAWDOWN', 8_400],
  ])('a fall without a statement arms the limits: %s at %i', (reason, wallet) => {
    const limits = reason === 'DRAWDOWN' ? { daily_loss_fraction: 1 } : {}
    const desk = actDesk({ config: { limits } })
    desk.publish(portfolioState, after([{ wallet, transfers: 10_000 }]))
    desk.publish(tradeIntent, tradeIntentOf({ expires_at_ms: startMs + 10_000 }))
    expect(desk.commands()).toEqual([])
    expect(desk.results()).toMatchObject([{ reason }])
  })

  it('a stated withdrawal does not', () => {
    const desk = actDesk()
    desk.publish(portfolioState, after([{ wallet: 5_000, transfers: 5_000 }]))
    desk.publish(tradeIntent, tradeIntentOf({ expires_at_ms: startMs + 10_000 }))
    expect(desk.commands()).toHaveLength(1)
  })

  it('whatever comes in between, the result of the day is the wallet less what was stated', () => {
    const change = fc.record({
      result: fc.integer({ min: -900, max: 900 }),
      transfer: fc.integer({ min: -900, max: 900 }),
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        let [wallet, transfers] = [10_000, 10_000]
        let [equity, highWater] = [10_000, 10_000]
        const snapshots = changes.map(({ result, transfer }) => {
          wallet += result + transfer
          transfers += transfer
          equity += result + transfer
          highWater = highWater + transfer
          return { wallet, transfers }
        })
        const state = after(snapshots)
        const result = wallet - transfers
        expect(Number(state.day_pnl_usd)).toBe(result)
        expect(Number(state.high_water_usd)).toBe(Math.max(highWater, equity))
      }),
      { seed: 2, numRuns: 200 },
    )
  })
})
