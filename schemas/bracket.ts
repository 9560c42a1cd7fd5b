// The leverage bracket of a notional. A bracket holds from its floor on and ends before its cap: one edge for everybody.
import type { Decimal } from 'decimal.js'
import type { InstrumentState, LeverageBracket } from './types.gen.ts'

/**
 * The bracket of a notional in USD. From the last cap on the last bracket, which demands the most; whether so much may
 * be opened at all is the caller's question. Null without brackets.
 */
export function bracketOf(
  { brackets }: Pick<InstrumentState, 'brackets'>,
  notionalUsd: Decimal,
): LeverageBracket | null {
  const found = brackets.find((one) => notionalUsd.lt(one.notional_cap_usd))
  return found ?? brackets.at(-1) ?? null
}
