// A good bundle to start from, and the files that belong to it.
import type { BundleManifest } from '../../../topologies/think/bundle.ts'
import { featureSetHash } from '../../../topologies/think/features.ts'

/** A manifest that passes the gate. */
export function bundleOf(changes: Partial<BundleManifest> = {}): BundleManifest {
  return {
    name: 'gradient-trees',
    version: '3',
    feature_set_hash: featureSetHash,
    interval_ms: 60_000,
    weight: 0.25,
    files: [
      { path: 'model.json', role: 'MODEL', sha256: 'aa' },
      { path: 'scaler.json', role: 'SCALER', sha256: 'bb' },
    ],
    quality: {
      passed: true,
      rows: 5_000,
      largest_class_share: 0.6,
      log_loss: 0.95,
      base_log_loss: 1,
      net_edge_bps: 2,
    },
    ...changes,
  }
}

/** The files of a manifest as they should lie in the bundle. */
export const filesOf = (manifest: BundleManifest): Map<string, string> =>
  new Map(manifest.files.map((file) => [file.path, file.sha256]))
