// A model that gave one class only was loaded, and a scaler's file was taken for a model by its name.
import { describe, expect, it } from 'vitest'
import { aiEngineWith, transparentModels } from '../../topologies/think/ai-engine.ts'
import { bundleRefusal, modelOfBundle } from '../../topologies/think/bundle.ts'
import type { BundleManifest } from '../../topologies/think/bundle.ts'
import { testConfig } from '../kit/given.ts'
import { bundleOf, filesOf } from '../topologies/think/bundles.ts'
import { barSeries, runEngine } from '../topologies/think/series.ts'

const quality = bundleOf().quality!
const unproven: [string, BundleManifest][] = [
  ['no quality numbers', bundleOf({ quality: null })],
  ['numbers that did not pass', bundleOf({ quality: { ...quality, passed: false } })],
  ['a flag but one class only', bundleOf({ quality: { ...quality, largest_class_share: 1 } })],
  ['a flag but numbers that are none', bundleOf({ quality: { ...quality, net_edge_bps: NaN } })],
  ['a flag but no gain on base rates', bundleOf({ quality: { ...quality, log_loss: 1.1 } })],
]

describe('I-33: a bundle without passed quality numbers does not load', () => {
  it.each(unproven)('%s: refused, and out of the vote in every signal', (_, manifest) => {
    const { model, refusal } = modelOfBundle(manifest, filesOf(manifest), {
      minimumBars: 0,
      initial: () => [],
      update: () => undefined,
      vote: () => ({ action: 'BUY', confidence: 0.9 }),
    })
    expect(refusal).not.toBeNull()
    const engine = aiEngineWith([...transparentModels.slice(0, 3), model])
    const { signals } = runEngine(engine, testConfig(), barSeries(1, [{ bars: 60 }]))
    for (const signal of signals) {
      expect(signal.models).toBe(4)
      expect(signal.votes[3]).toMatchObject({ model: 'gradient-trees', weight: 0, action: 'HOLD' })
    }
    expect(signals.at(-1)!.votes[3]!.status).toBe('OUT')
  })

  it.each(['model_scaler.json', 'patchtst_scaler.pkl', 'model.json.bak'])(
    'a file is what the manifest says it is, not what its name looks like: %s',
    (path) => {
      const manifest = bundleOf({ files: [{ path, role: 'SCALER', sha256: 'aa' }] })
      expect(bundleRefusal(manifest, filesOf(manifest))!.reason).toBe('NO_MODEL_FILE')
      const stray = new Map([...filesOf(bundleOf()), [path, 'aa']])
      expect(bundleRefusal(bundleOf(), stray)!.reason).toBe('FILE_NOT_NAMED')
    },
  )

  it('a file that changed after its manifest was written does not load', () => {
    const changed = new Map([...filesOf(bundleOf()), ['scaler.json', 'other']])
    expect(bundleRefusal(bundleOf(), changed)!.reason).toBe('FILE_CHANGED')
  })
})
