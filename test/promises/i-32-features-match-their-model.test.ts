// Models once got 18, 22, 23 or 49 features, zeros filled the gaps, and they voted all the same.
import { describe, expect, it } from 'vitest'
import { aiEngineWith, transparentModels } from '../../topologies/think/ai-engine.ts'
import { modelOfBundle } from '../../topologies/think/bundle.ts'
import { featureSetHash } from '../../topologies/think/features.ts'
import { testConfig } from '../kit/given.ts'
import { bundleOf, filesOf } from '../topologies/think/bundles.ts'
import { barSeries, runEngine } from '../topologies/think/series.ts'

const config = testConfig({ ai: { degenerate_after: 1_000 } })
const bars = barSeries(1, [{ bars: 60, drift: 0.3 }])
const buyer = {
  minimumBars: 0,
  initial: () => [0],
  update: (): void => undefined,
  vote: () => ({ action: 'BUY', confidence: 0.9 }) as const,
}
const signalsWith = (hash: string) => {
  const manifest = bundleOf({ feature_set_hash: hash })
  const { model } = modelOfBundle(manifest, filesOf(manifest), buyer)
  return runEngine(aiEngineWith([...transparentModels.slice(0, 3), model]), config, bars).signals
}

describe('I-32: a model for other features has no vote, and each signal shows it', () => {
  it.each([
    ['an older feature set', 'f'.repeat(26)],
    ['no feature set', ''],
    ['nearly the same one', `${featureSetHash}0`],
  ])('a bundle made for %s is MISMATCH in every signal, with weight 0', (_, hash) => {
    const signals = signalsWith(hash)
    expect(signals.length).toBe(bars.length)
    for (const signal of signals) {
      expect(signal.votes[3]).toMatchObject({
        model: 'gradient-trees',
        status: 'MISMATCH',
        action: 'HOLD',
        confidence: 0,
        weight: 0,
      })
      expect(signal).toMatchObject({ models: 4, feature_set_hash: featureSetHash })
      const weights = signal.votes.reduce((sum, vote) => sum + vote.weight, 0)
      expect(weights === 0 || Math.abs(weights - 1) < 1e-9).toBe(true)
    }
  })

  it('the same bundle made for these features votes', () => {
    expect(signalsWith(featureSetHash).at(-1)!.votes[3]).toMatchObject({
      status: 'VOTING',
      action: 'BUY',
    })
  })

  it('a missing input takes a model out; it is never filled with a zero', () => {
    const silent = bars.map((bar) => ({
      ...bar,
      volume: 0,
      taker_buy_volume: 0,
      taker_sell_volume: 0,
    }))
    const { signals } = runEngine(aiEngineWith(transparentModels), config, silent)
    const flow = signals.at(-1)!.votes.find((vote) => vote.model === 'order-flow')
    expect(flow).toMatchObject({ status: 'OUT', weight: 0 })
    expect(signals.at(-1)!.models).toBe(4)
  })
})
