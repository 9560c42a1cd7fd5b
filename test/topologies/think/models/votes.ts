// Runs one model over bars, the way the engine does.
import type { MarketBar } from '../../../../schemas/types.gen.ts'
import { emptyFeatureMemory, updateFeatures } from '../../../../topologies/think/features.ts'
import type { Model, Opinion } from '../../../../topologies/think/model.ts'

/** The model's vote after every bar. */
export function votesOver(model: Model, bars: readonly MarketBar[]): (Opinion | null)[] {
  const features = emptyFeatureMemory()
  const memory = model.initial()
  return bars.map((bar) => {
    model.update(bar, updateFeatures(features, bar), memory)
    return model.vote(memory)
  })
}

/** Share of each answer after a warm-up of 20 bars. */
export function sharesOf(votes: readonly (Opinion | null)[]): Record<string, number> {
  const late = votes.slice(20)
  const shares: Record<string, number> = { BUY: 0, SELL: 0, HOLD: 0, none: 0 }
  for (const vote of late) shares[vote?.action ?? 'none']! += 1 / late.length
  return shares
}
