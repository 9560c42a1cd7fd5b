// The gate for bundles: named, intact, proven.
import { describe, expect, it } from 'vitest'
import { bundleRefusal, modelOfBundle } from '../../../topologies/think/bundle.ts'
import type { BundleManifest, BundleQuality } from '../../../topologies/think/bundle.ts'
import { bundleOf, filesOf } from './bundles.ts'

const behaviour = {
  minimumBars: 5,
  initial: () => [0],
  update: () => undefined,
  vote: () => ({ action: 'BUY', confidence: 0.6 }) as const,
}
const reasonOf = (manifest: BundleManifest, found = filesOf(manifest)): string | undefined =>
  bundleRefusal(manifest, found)?.reason

describe('a bundle', () => {
  it('that is named, intact and proven loads with its own identity and weight', () => {
    const manifest = bundleOf()
    const { model, refusal } = modelOfBundle(manifest, filesOf(manifest), behaviour)
    expect(refusal).toBeNull()
    expect(model).toMatchObject({
      name: 'gradient-trees',
      version: '3',
      featureSetHash: manifest.feature_set_hash,
      intervalMs: 60_000,
      weight: 0.25,
    })
    expect(model.vote([0])).toEqual({ action: 'BUY', confidence: 0.6 })
  })

  it('that is refused stands in the ensemble under its name, without a vote', () => {
    const manifest = bundleOf({ quality: null })
    const { model, refusal } = modelOfBundle(manifest, filesOf(manifest), behaviour)
    expect(refusal!.reason).toBe('NO_QUALITY')
    expect(model).toMatchObject({ name: 'gradient-trees', version: '3' })
    expect(model.vote([0])).toBeNull()
  })

  it.each<[string, Partial<BundleQuality>, string]>([
    ['not passed', { passed: false }, 'QUALITY_NOT_PASSED'],
    ['on too few rows', { rows: 499 }, 'QUALITY_TOO_LOW'],
    ['with one class only', { largest_class_share: 1 }, 'QUALITY_TOO_LOW'],
    ['no better than base rates', { log_loss: 1, base_log_loss: 1 }, 'QUALITY_TOO_LOW'],
    ['without an edge after costs', { net_edge_bps: 0 }, 'QUALITY_TOO_LOW'],
    ['with a NaN among its numbers', { log_loss: NaN }, 'QUALITY_TOO_LOW'],
    ['with a NaN count', { rows: NaN }, 'QUALITY_TOO_LOW'],
  ])('with quality %s is refused', (_, changes, reason) => {
    expect(reasonOf(bundleOf({ quality: { ...bundleOf().quality!, ...changes } }))).toBe(reason)
  })

  it.each([NaN, -0.1, 1.1, Infinity])('with weight %d is refused', (weight) => {
    expect(reasonOf(bundleOf({ weight }))).toBe('INVALID_WEIGHT')
  })

  it('of which a file is missing, changed or not named is refused', () => {
    const manifest = bundleOf()
    const whole = filesOf(manifest)
    const without = new Map([...whole].slice(1))
    expect(reasonOf(manifest, without)).toBe('FILE_MISSING')
    expect(reasonOf(manifest, new Map([...whole, ['model.json', 'other']]))).toBe('FILE_CHANGED')
    expect(reasonOf(manifest, new Map([...whole, ['model_scaler.json', 'x']]))).toBe(
      'FILE_NOT_NAMED',
    )
  })

  it('needs exactly one file that says it is the model', () => {
    const scalerOnly = bundleOf({
      files: [{ path: 'model_scaler.json', role: 'SCALER', sha256: 's' }],
    })
    expect(reasonOf(scalerOnly)).toBe('NO_MODEL_FILE')
    const [model, scaler] = bundleOf().files
    const twice = bundleOf({ files: [model!, { ...scaler!, role: 'MODEL' }] })
    expect(reasonOf(twice)).toBe('NO_MODEL_FILE')
  })
})
