// The dead letter of a tick that the simulated venue could not take.
import type { DeadLetter, ExchangeTick } from '../../../schemas/types.gen.ts'
import type { TickRefusal } from './quotes.ts'

/** Names reason, field and value; the payload is the whole tick, with NaN and infinity kept readable. */
export function tickLetter(refusal: TickRefusal, tick: ExchangeTick, nowMs: number): DeadLetter {
  return {
    topic: 'exchange.tick',
    partition: -1,
    offset: -1,
    key: tick.symbol,
    processor: `simulator ${tick.venue}`,
    cause: 'INVALID_VALUE',
    detail: `${refusal.reason}: ${refusal.symbol} ${refusal.field} was ${refusal.value}`,
    payload_encoding: 'JSON',
    payload: JSON.stringify(tick, (_, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    ),
    at_ms: nowMs,
  }
}
