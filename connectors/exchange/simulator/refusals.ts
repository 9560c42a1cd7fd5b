// The closed list of answers with which the venue refuses or expires an order: Binance's number, our reason, one place.
import type { VenueReason } from '../../../schemas/types.gen.ts'

export interface Refusal {
  /** Binance's number, null where the venue has none for it. */
  readonly code: number | null
  readonly reason: VenueReason
  /** Expected and seen, in words. */
  readonly detail: string
}

const codes = {
  UNKNOWN_ACCOUNT: { code: -2015, reason: 'OTHER' },
  ENVIRONMENT: { code: null, reason: 'ENVIRONMENT' },
  UNKNOWN_SYMBOL: { code: -1121, reason: 'UNKNOWN_SYMBOL' },
  SYMBOL_HALTED: { code: -4140, reason: 'OTHER' },
  BAD_CLIENT_ID: { code: -4015, reason: 'OTHER' },
  DUPLICATE_ID: { code: -4116, reason: 'DUPLICATE_ID' },
  BAD_TYPE: { code: -1116, reason: 'OTHER' },
  BAD_SIDE: { code: -1117, reason: 'OTHER' },
  MALFORMED: { code: -1102, reason: 'FILTER' },
  TOO_MANY_ORDERS: { code: -2025, reason: 'OTHER' },
  PRECISION: { code: -1111, reason: 'FILTER' },
  QUANTITY_NOT_POSITIVE: { code: -4003, reason: 'FILTER' },
  QUANTITY_TOO_SMALL: { code: -4004, reason: 'FILTER' },
  QUANTITY_TOO_LARGE: { code: -4005, reason: 'FILTER' },
  QUANTITY_OFF_STEP: { code: -4023, reason: 'FILTER' },
  PRICE_NOT_POSITIVE: { code: -4013, reason: 'FILTER' },
  PRICE_OFF_TICK: { code: -4014, reason: 'FILTER' },
  PRICE_TOO_HIGH: { code: -4016, reason: 'FILTER' },
  PRICE_TOO_LOW: { code: -4024, reason: 'FILTER' },
  NOTIONAL_TOO_SMALL: { code: -4164, reason: 'FILTER' },
  LEVERAGE_INVALID: { code: -4028, reason: 'LEVERAGE' },
  ABOVE_BRACKET: { code: -2027, reason: 'LEVERAGE' },
  INSUFFICIENT_MARGIN: { code: -2019, reason: 'INSUFFICIENT_MARGIN' },
  REDUCE_ONLY: { code: -2022, reason: 'REDUCE_ONLY_REJECTED' },
  WOULD_TRIGGER: { code: -2021, reason: 'WOULD_TRIGGER' },
  NO_LIQUIDITY: { code: -2020, reason: 'NO_LIQUIDITY' },
  UNKNOWN_ORDER: { code: -2011, reason: 'UNKNOWN_ORDER' },
  LIQUIDATED: { code: null, reason: 'OTHER' },
} as const satisfies Record<string, { code: number | null; reason: VenueReason }>

export type RefusalName = keyof typeof codes

/** The named refusal with the numbers that were compared. */
export function refuse(name: RefusalName, detail: string): Refusal {
  const { code, reason } = codes[name]
  return { code, reason, detail }
}
