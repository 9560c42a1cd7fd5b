// Closes what is left when the price reaches the target fixed at entry.
import { closeAll } from './rule.ts'
import type { ExitRule } from './rule.ts'

export const target: ExitRule = {
  name: 'target',
  hit: (position, { signedPrice }) =>
    position.signed_target !== null && signedPrice !== null && signedPrice >= position.signed_target
      ? closeAll('TARGET', 'NORMAL', position.target_price)
      : null,
}
