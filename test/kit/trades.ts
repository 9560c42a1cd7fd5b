// Closed trades for tests of what is made from them: a plain long round trip, changed where a test cares.
import type { TradeClosed } from '../../schemas/types.gen.ts'

/** A long of 1 unit from 100 to 110 over a minute: gross 10, fees 1, net 9, R 0.9. */
export function closedTrade(change: Partial<TradeClosed> = {}): TradeClosed {
  const openedAtMs = change.opened_at_ms ?? 0
  const closedAtMs = change.closed_at_ms ?? openedAtMs + 60_000
  return {
    trade_id: 'trade-1',
    position_id: 'trade-1',
    correlation_id: 'correlation-1',
    signal_id: 'signal-1',
    intent_id: 'intent-1',
    account: 'main',
    symbol: 'BTCUSDT',
    venue: 'binance',
    environment: 'BACKTEST',
    direction: 'LONG',
    regime: 'TREND',
    leverage: 1,
    quantity: '1',
    entry_price: '100',
    exit_price: '110',
    legs: [
      tradeLeg({ first_fill_at_ms: openedAtMs, last_fill_at_ms: openedAtMs }),
      tradeLeg({
        leg: 'EXIT',
        exit_kind: 'TARGET',
        exit_rung: 1,
        average_price: '110',
        realised_usd: '10',
        first_fill_at_ms: closedAtMs,
        last_fill_at_ms: closedAtMs,
      }),
    ],
    gross_usd: '10',
    fees_usd: '1',
    funding_usd: '0',
    net_usd: '9',
    risk_usd: '10',
    r_multiple: 0.9,
    mae_usd: '0',
    mfe_usd: '10',
    mae_r: 0,
    mfe_r: 1,
    exit_kinds: ['TARGET'],
    final_exit_kind: 'TARGET',
    ...change,
    opened_at_ms: openedAtMs,
    closed_at_ms: closedAtMs,
    held_ms: closedAtMs - openedAtMs,
  }
}

type Leg = TradeClosed['legs'][number]

/** An entry of 1 unit at 100 for a fee of 0.5. */
export function tradeLeg(change: Partial<Leg> = {}): Leg {
  return {
    leg: 'ENTRY',
    client_order_id: 'order-1',
    parent_id: 'intent-1',
    exit_kind: null,
    exit_rung: null,
    quantity: '1',
    average_price: '100',
    fees_usd: '0.5',
    realised_usd: '0',
    first_fill_at_ms: 0,
    last_fill_at_ms: 0,
    ...change,
  }
}
