// Takes profit in parts: at each rung of the ladder, a fraction of the quantity that entered. Each rung fires once.
import type { InstrumentState, LadderRung, WatchedPosition } from '../../../schemas/types.gen.ts'
import { decimalText, exact, roundDownToStep } from '../../../schemas/decimal.ts'
import type { ExitRule } from './rule.ts'

export const harvest: ExitRule = {
  name: 'harvest',
  hit(position, { signedPrice, instrument }) {
    if (signedPrice === null) return null
    const rung = position.rungs.find((one) => one.status === 'WAITING')
    if (rung === undefined || signedPrice < position.sign * Number(rung.price)) return null
    const keepQuantity = keptAfter(position, rung, instrument)
    return {
      kind: 'HARVEST',
      rung: rung.rung,
      urgency: 'NORMAL',
      closesAll: keepQuantity === '0',
      keepQuantity,
      triggerPrice: rung.price,
    }
  },
}

/**
 * The quantity that is to stay open after a rung: entered quantity less the fractions of this and all earlier rungs,
 * that share rounded down to the step. So roundings never add up, and what was too small for one rung goes with the
 * next. A remainder below the venue's minimum, in quantity or in notional, is not kept at all.
 */
function keptAfter(
  position: WatchedPosition,
  rung: LadderRung,
  instrument: InstrumentState | undefined,
): string {
  const share = position.rungs
    .filter((one) => one.rung <= rung.rung && one.status !== 'REFUSED')
    .reduce((sum, one) => sum.plus(one.fraction), exact(0))
  const entered = exact(position.entered_quantity)
  const closed = entered.times(share.gt(1) ? exact(1) : share)
  const kept = entered.minus(
    instrument === undefined ? closed : roundDownToStep(closed, exact(instrument.step_size)),
  )
  if (instrument === undefined) return decimalText(kept)
  const isTooSmall =
    kept.lt(instrument.min_quantity) || kept.times(rung.price).lt(instrument.min_notional_usd)
  return isTooSmall ? '0' : decimalText(kept)
}
