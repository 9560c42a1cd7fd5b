// Closes the position when the price reaches the stop in force. What moved the stop last names the exit.
import type { ExitKind, LevelReason } from '../../../schemas/types.gen.ts'
import { closeAll } from './rule.ts'
import type { ExitRule } from './rule.ts'

export const stop: ExitRule = {
  name: 'stop',
  hit: (position, { signedPrice }) =>
    signedPrice !== null && signedPrice <= position.signed_stop
      ? closeAll(kindOf(position.stop_reason), 'HIGH', position.stop_price)
      : null,
}

function kindOf(reason: LevelReason): ExitKind {
  if (reason === 'BREAK_EVEN' || reason === 'TRAILING') return reason
  return 'STOP'
}
