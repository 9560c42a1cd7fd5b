// G2: one entry for each leg. A leg is taken by a waiting entry, by any order of ours that no terminal report has ended,
// and by an open position. Time never frees it.
import { quantityOf } from '../reserved.ts'
import type { GateInput, Refusal } from './gate.ts'

/** Refuses IN_FLIGHT or POSITION_OPEN. */
export function inFlightGate({ entry, state }: GateInput): Refusal | null {
  const refuse = (reason: 'IN_FLIGHT' | 'POSITION_OPEN', detail: string): Refusal => ({
    gate: 'IN_FLIGHT',
    reason,
    detail,
  })
  const waiting = state.waiting.find(
    (other) => other.symbol === entry.symbol && other.intent_id !== entry.intent_id,
  )
  if (waiting !== undefined) return refuse('IN_FLIGHT', `intent ${waiting.intent_id} waits`)
  const quantity = quantityOf(state, entry.symbol)
  const live = state.orders.filter((order) => order.symbol === entry.symbol)
  const entering = live.find((order) => order.purpose === 'ENTRY')
  if (entering !== undefined)
    return refuse('IN_FLIGHT', `entry ${entering.client_order_id} is ${entering.phase}`)
  if (!quantity.isZero()) return refuse('POSITION_OPEN', `open quantity ${quantity.toFixed()}`)
  // A stop of the last position that still rests would close part of the new one at the wrong price.
  const [left] = live
  if (left === undefined) return null
  return refuse('IN_FLIGHT', `${left.purpose} ${left.client_order_id} is ${left.phase}`)
}
