// The product as a whole on many generated markets: every part of what it says about a trade agrees with every other part.
import { describe, expect, test } from 'vitest'
import type { Config } from '../../schemas/config.ts'
import {
  aiSignalGenerated,
  executionResult,
  exitSignal,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import { faultsOf, play } from '../kit/whole-run-faults.ts'
import { demoConfig } from '../kit/whole-run.ts'

const runMs = 60_000

/** Two accounts that compete for few slots on three symbols. */
function crowded(): Config {
  const config = demoConfig()
  const account = { symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'], max_leverage: 5 }
  return {
    ...config,
    accounts: [
      { ...account, name: 'main', starting_balance_usd: '10000' },
      { ...account, name: 'second', starting_balance_usd: '2500' },
    ],
    limits: { ...config.limits, max_open_positions: 2 },
  }
}

describe.each([
  { name: 'the demo configuration', config: demoConfig(), seeds: [1, 2, 3, 4, 5, 6] },
  { name: 'two accounts that compete for slots', config: crowded(), seeds: [1, 2, 3] },
])('on $name', ({ config, seeds }) => {
  test.each(seeds)('everything adds up, market %i', (seed) => {
    const played = play(seed, config, runMs)
    expect(faultsOf(played)).toEqual([])
    const { run } = played
    // What adds up must be there: nothing of this is proven by an idle run.
    expect(run.of(aiSignalGenerated).length).toBeGreaterThan(0)
    expect(run.of(tradeIntent).length).toBeGreaterThan(0)
    expect(run.of(exitSignal).length).toBeGreaterThan(0)
    expect(run.of(executionResult).length).toBeGreaterThan(0)
    expect(run.of(tradeClosed).length).toBeGreaterThan(0)
  })
})
