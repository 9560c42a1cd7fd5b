// Recorded market data beside the checkout, for tests that need the real thing. It is not part of the repository.
// A test without its data is skipped, and says which file it missed: it never passes unseen.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TestContext } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const missed = new Set<string>()

/** Folder of the data: QUANTUM_DATA_DIR, or shared/data beside the checkout. */
export function dataFolder(): string {
  const configured = process.env['QUANTUM_DATA_DIR']
  return configured === undefined || configured === ''
    ? join(root, '../shared/data')
    : resolve(root, configured)
}

/** Path of a file such as trades/binance_um_BTCUSDT_trades_20240808T2354.csv.gz; undefined when it is absent, which is printed once. */
export function marketData(name: string): string | undefined {
  const path = join(dataFolder(), name)
  if (existsSync(path)) return path
  if (!missed.has(name)) {
    missed.add(name)
    process.stderr.write(`${absence(name)}\n`)
  }
  return undefined
}

/** Paths of all these files; skips the test with the reason when one is absent. */
export function needMarketData(context: TestContext, ...names: readonly string[]): string[] {
  return names.map((name) => marketData(name) ?? context.skip(absence(name)))
}

function absence(name: string): string {
  return `market data is absent: expected ${name} in ../shared/data or in QUANTUM_DATA_DIR`
}
