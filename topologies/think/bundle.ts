// The gate at which a learned model's bundle is loaded. What is not named, not intact or not proven must not get a vote.
// It takes files that somebody has read: reading them from disk comes with the first learned models.
import type { Model } from './model.ts'
import { absentModel } from './model.ts'

/** A bundle's manifest, as written by training. Nothing is taken from a file's name. */
export interface BundleManifest {
  readonly name: string
  readonly version: string
  readonly feature_set_hash: string
  /** Interval of the bars it was trained on; it votes on no other. */
  readonly interval_ms: number
  readonly weight: number
  readonly files: readonly BundleFile[]
  readonly quality: BundleQuality | null
}

export interface BundleFile {
  readonly path: string
  readonly role: 'MODEL' | 'SCALER' | 'CALIBRATION'
  readonly sha256: string
}

/** Measured out of sample, purged by the horizon, after costs. */
export interface BundleQuality {
  readonly passed: boolean
  readonly rows: number
  /** Share of the most frequent class among its outputs. */
  readonly largest_class_share: number
  /** Mean log loss, and that of always answering the base rates. */
  readonly log_loss: number
  readonly base_log_loss: number
  /** Mean result of a directional vote after costs. */
  readonly net_edge_bps: number
}

export type BundleRefusalReason =
  | 'INVALID_WEIGHT'
  | 'NO_QUALITY'
  | 'QUALITY_NOT_PASSED'
  | 'QUALITY_TOO_LOW'
  | 'NO_MODEL_FILE'
  | 'FILE_MISSING'
  | 'FILE_CHANGED'
  | 'FILE_NOT_NAMED'

export interface BundleRefusal {
  readonly reason: BundleRefusalReason
  readonly detail: string
}

const fewestRows = 500
const largestShare = 0.95

/**
 * Why a bundle must not be loaded, null when it may. `found` gives the SHA-256 of every file that lies in the bundle, by path.
 * A flag alone does not pass: the numbers must be there and good.
 */
export function bundleRefusal(
  manifest: BundleManifest,
  found: ReadonlyMap<string, string>,
): BundleRefusal | null {
  const { name, weight } = manifest
  if (!(weight >= 0 && weight <= 1))
    return refusal('INVALID_WEIGHT', `${name}: expected a weight between 0 and 1, was ${weight}`)
  return fileRefusal(manifest, found) ?? qualityRefusal(manifest)
}

function fileRefusal(
  { files, name }: BundleManifest,
  found: ReadonlyMap<string, string>,
): BundleRefusal | null {
  const models = files.filter((file) => file.role === 'MODEL').length
  if (models !== 1)
    return refusal('NO_MODEL_FILE', `${name}: expected one file with role MODEL, was ${models}`)
  for (const { path, sha256 } of files) {
    const actual = found.get(path)
    if (actual === undefined)
      return refusal('FILE_MISSING', `${path}: expected ${sha256}, was no file`)
    if (actual !== sha256)
      return refusal('FILE_CHANGED', `${path}: expected ${sha256}, was ${actual}`)
  }
  for (const path of found.keys())
    if (!files.some((file) => file.path === path))
      return refusal('FILE_NOT_NAMED', `${path}: expected only files of the manifest, was one more`)
  return null
}

function qualityRefusal({ quality, name }: BundleManifest): BundleRefusal | null {
  if (quality === null) return refusal('NO_QUALITY', `${name}: expected quality numbers, was none`)
  if (!quality.passed) return refusal('QUALITY_NOT_PASSED', `${name}: expected passed, was not`)
  // Written so that NaN fails each line.
  if (!(quality.rows >= fewestRows))
    return tooLow(name, `rows of at least ${fewestRows}`, quality.rows)
  if (!(quality.largest_class_share <= largestShare))
    return tooLow(
      name,
      `largest_class_share of at most ${largestShare}`,
      quality.largest_class_share,
    )
  if (!(quality.log_loss < quality.base_log_loss))
    return tooLow(name, `log_loss below ${quality.base_log_loss}`, quality.log_loss)
  if (!(quality.net_edge_bps > 0)) return tooLow(name, 'net_edge_bps above 0', quality.net_edge_bps)
  return null
}

const refusal = (reason: BundleRefusalReason, detail: string): BundleRefusal => ({ reason, detail })
const tooLow = (name: string, wanted: string, actual: number): BundleRefusal =>
  refusal('QUALITY_TOO_LOW', `${name}: expected ${wanted}, was ${actual}`)

/**
 * The model of a bundle; of a refused one a stand-in that is OUT in every signal. A bundle for other features is loaded and
 * shown as MISMATCH by the engine.
 */
export function modelOfBundle(
  manifest: BundleManifest,
  found: ReadonlyMap<string, string>,
  behaviour: Pick<Model, 'minimumBars' | 'initial' | 'update' | 'vote'>,
): { readonly model: Model; readonly refusal: BundleRefusal | null } {
  const identity = {
    name: manifest.name,
    version: manifest.version,
    featureSetHash: manifest.feature_set_hash,
    intervalMs: manifest.interval_ms,
    weight: manifest.weight,
  }
  const refused = bundleRefusal(manifest, found)
  return {
    model: refused === null ? { ...identity, ...behaviour } : absentModel(identity),
    refusal: refused,
  }
}
