import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aiSignalGenerated, priceUpdate, signalRefused, tradeIntent } from '../../schemas/topics.ts'
import type { RlPolicy, TradeIntent } from '../../schemas/types.gen.ts'
import { rlPolicyOf, signalOf, startMs } from '../kit/records.ts'
import { intentIn, quoteOf, routerIn } from '../kit/routing.ts'

/** A policy that is sure of every state it could be asked about. */
const policyOf = (mean: number): RlPolicy =>
  rlPolicyOf({
    version: '9',
    cells: ['BUY', 'SELL'].flatMap((side) =>
      ['c0', 'c1', 'c2', 'c3'].map((confidence) => ({
        state_key: `TREND|${side}|${confidence}|v1`,
        count: 500,
        mean_reward_r: mean,
        m2_reward_r: 500,
      })),
    ),
  })

const withoutBlock = ({ rl: _rl, ...rest }: TradeIntent): string => JSON.stringify(rest)
const modes = ['off', 'shadow'] as const

describe('reinforcement learning in shadow', () => {
  it('leaves size, side, levels, leverage and rank as they are without it, byte for byte', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: 0.55, max: 0.95, noNaN: true }),
        fc.constantFrom('BUY' as const, 'SELL' as const),
        fc.integer({ min: 100, max: 1_000_000 }),
        (mean, confidence, action, equity) => {
          const [off, shadow] = modes.map((mode) =>
            intentIn({
              signal: { confidence, action },
              portfolio: { equity_usd: String(equity) },
              policy: policyOf(mean),
              config: { rl: { mode, max_weight: 1 } },
            }),
          ) as [TradeIntent, TradeIntent]
          expect(withoutBlock(shadow)).toBe(withoutBlock(off))
          expect(shadow.rl.multiplier_applied).toBe(1)
          expect(shadow.rl.weight).toBe(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('leaves a whole series of decisions as it is, refusals and cooldowns included', () => {
    const runs = modes.map((mode) => {
      const { router } = routerIn({
        policy: policyOf(1),
        config: { rl: { mode }, router: { cooldown_ms: 3_000 } },
      })
      const out: string[] = []
      for (let n = 0; n < 20; n++) {
        const atMs = startMs + n * 1_000
        const signal = signalOf({ signal_id: `signal-${String(n)}`, bar_close_at_ms: atMs })
        router.at(atMs)
        router.when([priceUpdate, quoteOf({ tick_at_ms: atMs })], [aiSignalGenerated, signal])
        out.push(...router.outputs(tradeIntent).map(withoutBlock))
        out.push(...router.outputs(signalRefused).map((one) => JSON.stringify(one)))
      }
      return out
    })
    expect(runs[1]).toEqual(runs[0])
    expect(runs[0]).toHaveLength(20)
  })

  it('is seen on the intent all the same, so that the silence above means something', () => {
    const shadow = intentIn({ policy: policyOf(1) })
    expect(shadow.rl).toMatchObject({
      gate_reason: 'PASS',
      effect: 'WOULD_REINFORCE',
      version: '9',
    })
    const world = { policy: policyOf(1), config: { router: { risk_fraction: 0.001 } } }
    const live = intentIn({ ...world, config: { ...world.config, rl: { mode: 'live' } } })
    expect(Number(live.notional_usd)).toBeGreaterThan(Number(intentIn(world).notional_usd))
    expect(live.side).toBe('BUY')
  })
})
