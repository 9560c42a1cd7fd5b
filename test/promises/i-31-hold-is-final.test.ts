// A HOLD once became BUY or SELL by a hash of the symbol, and a rule lifted confidence to 0.72 so that it passed.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action, MarketBar } from '../../schemas/types.gen.ts'
import { aiEngineWith } from '../../topologies/think/ai-engine.ts'
import { featureSetHash } from '../../topologies/think/features.ts'
import type { Model, Opinion } from '../../topologies/think/model.ts'
import { testConfig } from '../kit/given.ts'
import { marketBarOf, startMs } from '../kit/records.ts'
import { runEngine } from '../topologies/think/series.ts'

const actions = fc.constantFrom<Action>('BUY', 'SELL', 'HOLD')
const opinion = fc.record({
  action: actions,
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
})
/** What four models say over 12 bars; null is out. */
const scripts = fc.array(fc.array(fc.option(opinion), { minLength: 12, maxLength: 12 }), {
  minLength: 4,
  maxLength: 4,
})

function modelOf(name: string, script: readonly (Opinion | null)[]): Model {
  return {
    name,
    version: '1',
    featureSetHash,
    intervalMs: null,
    weight: 0.25,
    minimumBars: 0,
    initial: () => [-1],
    update: (_bar, _features, memory) => {
      memory[0]! += 1
    },
    vote: (memory) => script[memory[0]!]!,
  }
}

function run(
  all: readonly (readonly (Opinion | null)[])[],
  degenerateAfter = 1_000,
  symbol = 'BTCUSDT',
) {
  const config = testConfig({ ai: { warm_up_bars: 1, degenerate_after: degenerateAfter } })
  const bars: MarketBar[] = all[0]!.map((_, i) =>
    marketBarOf({ symbol, open_at_ms: startMs + i * 60_000, close: 100 + (i % 4) }),
  )
  return runEngine(
    aiEngineWith(all.map((script, i) => modelOf(`m${String(i)}`, script))),
    config,
    bars,
  )
}

describe('I-31: HOLD is final and no rule raises confidence', () => {
  it('a direction comes out only where three of four models said so themselves', () => {
    fc.assert(
      fc.property(scripts, (all) => {
        run(all).signals.forEach((signal, bar) => {
          const said = all.filter((script) => script[bar]?.action === signal.action).length
          if (signal.action !== 'HOLD') expect(said).toBeGreaterThanOrEqual(3)
          expect(signal.models).toBe(4)
        })
      }),
      { seed: 1 },
    )
  })

  it('no signal is surer than its surest voter, nor its calibrated confidence than the raw one', () => {
    fc.assert(
      fc.property(scripts, (all) => {
        run(all).signals.forEach((signal, bar) => {
          const voters = all.flatMap((script) => {
            const said = script[bar]
            return said?.action === signal.action ? [said.confidence] : []
          })
          expect(signal.ensemble_confidence).toBeLessThanOrEqual(Math.max(0, ...voters) + 1e-12)
          expect(signal.ensemble_confidence).toBeLessThanOrEqual(0.95)
          expect(signal.confidence).toBeLessThanOrEqual(signal.ensemble_confidence)
        })
      }),
      { seed: 1 },
    )
  })

  it('all HOLD stays HOLD, whatever the symbol', () => {
    const hold = Array.from({ length: 12 }, () => ({ action: 'HOLD', confidence: 0.5 }) as const)
    for (const symbol of ['BTCUSDT', 'ETHUSDT', '1000PEPEUSDT', 'SUIUSDT', 'A', 'ZZZUSDT'])
      for (const signal of run([hold, hold, hold, hold], 1_000, symbol).signals)
        expect(signal.action).toBe('HOLD')
  })

  it('two sure buyers do not overrule two that hold', () => {
    const buy = Array.from({ length: 12 }, () => ({ action: 'BUY', confidence: 1 }) as const)
    const hold = Array.from({ length: 12 }, () => ({ action: 'HOLD', confidence: 0 }) as const)
    for (const signal of run([buy, buy, hold, hold]).signals) expect(signal.action).toBe('HOLD')
  })

  it('a model with one class in its last outputs leaves the vote and raises one alert', () => {
    fc.assert(
      fc.property(actions, fc.integer({ min: 2, max: 11 }), (stuck, limit) => {
        const script = Array.from({ length: 12 }, () => ({ action: stuck, confidence: 0.6 }))
        const lively = Array.from({ length: 12 }, (_, i) => ({
          action: (['BUY', 'SELL', 'HOLD'] as const)[i % 3]!,
          confidence: 0.5 + i / 100,
        }))
        const { signals, alerts } = run([script, lively, lively, lively], limit)
        signals.forEach((signal, bar) => {
          const [vote] = signal.votes
          const status = bar + 1 >= limit ? 'DEGENERATE' : 'VOTING'
          expect(vote).toMatchObject({ status, weight: bar + 1 >= limit ? 0 : 0.25 })
        })
        expect(alerts).toMatchObject([
          { alert_id: 'DEGENERATE_MODEL|BTCUSDT|m0', state: 'RAISED', kind: 'DEGENERATE_MODEL' },
        ])
      }),
      { numRuns: 30, seed: 1 },
    )
  })
})
