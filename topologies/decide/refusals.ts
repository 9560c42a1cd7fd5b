// The router's checks of the signal and the market, in order; the first that fails is the reason.
// They only ever refuse: no check raises a confidence, a size or an expectation.
import type { Facts, Refused } from './facts.ts'
import { refuse } from './facts.ts'
import { payingRate } from './costs.ts'

type Check = (facts: Facts) => Refused | null

/** Confidence, consensus, spread, divergence, funding, volatility, copy of a signal, cooldown. */
const checks: readonly Check[] = [
  confidenceLow,
  consensusLow,
  spreadWide,
  divergenceHigh,
  fundingAdverse,
  volatilityExtreme,
  alreadyAnswered,
  coolingDown,
]

/** The first check that refuses, or null. */
export function marketRefusal(facts: Facts): Refused | null {
  for (const check of checks) {
    const refused = check(facts)
    if (refused !== null) return refused
  }
  return null
}

function confidenceLow({ signal, config }: Facts): Refused | null {
  if (signal.confidence >= config.router.min_confidence) return null
  return refuse(
    'CONFIDENCE_LOW',
    `expected at least ${config.router.min_confidence}, was ${signal.confidence}`,
  )
}

/** The ensemble makes HOLD of a thin consensus itself; a signal that has none is refused all the same. */
function consensusLow({ signal, config }: Facts): Refused | null {
  if (signal.consensus >= config.ai.consensus) return null
  return refuse(
    'CONSENSUS_LOW',
    `expected at least ${config.ai.consensus} of ${signal.models} models, was ${signal.consensus}`,
  )
}

function spreadWide({ spreadBps, config }: Facts): Refused | null {
  if (spreadBps <= config.router.max_spread_bps) return null
  return refuse(
    'SPREAD_WIDE',
    `expected at most ${config.router.max_spread_bps} bps, was ${bps(spreadBps)}`,
  )
}

/** With fewer than two fresh venues there is no divergence and nothing to compare. */
function divergenceHigh({ price, config }: Facts): Refused | null {
  const { divergence_bps: divergenceBps } = price
  if (divergenceBps === null || divergenceBps <= config.router.max_divergence_bps) return null
  return refuse(
    'DIVERGENCE_HIGH',
    `expected at most ${config.router.max_divergence_bps} bps, was ${bps(divergenceBps)}`,
  )
}

/** Blocks only the side that pays: longs at a positive rate, shorts at a negative one. */
function fundingAdverse({ side, price, config }: Facts): Refused | null {
  const paid = payingRate(side, price.funding_rate_8h)
  if (paid <= config.router.max_funding_8h) return null
  return refuse(
    'FUNDING_ADVERSE',
    `expected to pay at most ${config.router.max_funding_8h} in 8 h, was ${paid}`,
  )
}

function volatilityExtreme({ signal, config }: Facts): Refused | null {
  const { atr_bps: atrBps } = signal
  if (atrBps !== null && atrBps >= 0 && atrBps <= config.router.max_atr_bps) return null
  return refuse(
    'VOLATILITY_EXTREME',
    `expected an ATR of 0 to ${config.router.max_atr_bps} bps, was ${atrBps === null ? 'unknown' : bps(atrBps)}`,
  )
}

/** The one place where a copy of a signal is recognised; copies of intents are the gates' matter. */
function alreadyAnswered({ signal, memory }: Facts): Refused | null {
  if (memory === undefined || memory.last_signal_id !== signal.signal_id) return null
  return refuse('DUPLICATE', `signal ${signal.signal_id} had its intent`)
}

function coolingDown({ memory, config, nowMs }: Facts): Refused | null {
  if (memory === undefined) return null
  const sinceMs = nowMs - memory.last_intent_at_ms
  if (sinceMs >= config.router.cooldown_ms) return null
  return refuse(
    'COOLDOWN',
    `expected ${config.router.cooldown_ms} ms since the last intent, was ${sinceMs} ms`,
  )
}

/** Basis points for a detail, with enough digits to see what was compared. */
const bps = (value: number): string => `${Number(value.toPrecision(6))} bps`
