// What the simulator's tests share: one plain instrument, short ways to say a tick, a command and what came of it.
import { Decimal } from 'decimal.js'
import { expect } from 'vitest'
import { bracketsOf } from '../../../../connectors/exchange/simulator/instruments.ts'
import type { Venue } from '../../../../connectors/exchange/simulator/venue.ts'
import { createVenue } from '../../../../connectors/exchange/simulator/venue.ts'
import type {
  ExchangeTick,
  FundingPaid,
  InstrumentState,
  OrderCommand,
  OrderReport,
} from '../../../../schemas/types.gen.ts'

export const startMs = 1_700_000_000_000

/** Round numbers: tick 0.1, step 0.001, taker 0.05 %, maker 0.02 %, liquidation 1 %. */
export const bitcoin: InstrumentState = {
  symbol: 'BTCUSDT',
  venue: 'binance',
  environment: 'PAPER',
  status: 'TRADING',
  base_asset: 'BTC',
  quote_asset: 'USDT',
  tick_size: '0.1',
  step_size: '0.001',
  min_quantity: '0.001',
  max_quantity: '1000',
  market_max_quantity: '100',
  min_notional_usd: '5',
  price_band_fraction: 0.1,
  taker_fee_rate: '0.0005',
  maker_fee_rate: '0.0002',
  liquidation_fee_rate: '0.01',
  brackets: bracketsOf([
    [10_000, 50, '0.01'],
    [100_000, 20, '0.025'],
    [1_000_000, 5, '0.1'],
  ]),
  funding_interval_ms: 8 * 3_600_000,
  inferred: false,
  observed_at_ms: 0,
}

export const ether: InstrumentState = { ...bitcoin, symbol: 'ETHUSDT', base_asset: 'ETH' }

/** A venue with one funded account, no latency unless asked for, and both instruments. */
export function openVenue(
  options: {
    walletUsd?: string
    latencyMs?: number
    reportLatencyMs?: number
    instruments?: InstrumentState[]
  } = {},
): Venue {
  const { walletUsd = '1000', latencyMs = 0, reportLatencyMs = 0 } = options
  const venue = createVenue(
    { venue: 'binance', environment: 'PAPER', latencyMs, reportLatencyMs },
    options.instruments ?? [bitcoin, ether],
  )
  venue.openAccount('main', walletUsd, startMs)
  return venue
}

/** A tick that carries nothing but what is given. `at` counts from the start of the test. */
export function tick(given: Partial<ExchangeTick> & { at?: number } = {}): ExchangeTick {
  const { at = 0, ...fields } = given
  return {
    ...{ venue: 'binance', environment: 'PAPER', symbol: 'BTCUSDT' },
    ...{ bid: null, bid_size: null, ask: null, ask_size: null },
    ...{ last: null, last_size: null, taker_side: null, mark: null },
    ...{ funding_rate: null, funding_interval_ms: null, next_funding_at_ms: null },
    ...{ venue_at_ms: startMs + at, received_at_ms: startMs + at, sequence: null },
    ...fields,
  }
}

/** A quote without sizes: unlimited at the touch. */
export function quote(bid: number, ask: number, at = 0, symbol = 'BTCUSDT'): ExchangeTick {
  return tick({ bid, ask, at, symbol })
}

let commands = 0

/** A market order to buy 0.1, unless said otherwise. */
export function order(given: Partial<OrderCommand> = {}): OrderCommand {
  const id = `c${++commands}`
  return {
    ...{ command_id: id, client_order_id: id, correlation_id: 'trade1', account: 'main' },
    ...{ symbol: 'BTCUSDT', venue: 'binance', environment: 'PAPER', purpose: 'ENTRY' },
    ...{ type: 'MARKET', side: 'BUY', quantity: '0.1', reduce_only: false },
    ...{ price: null, trigger_price: null, leverage: null, cancel_client_order_id: null },
    ...{ parent_id: 'intent1', reference_price: null, stop_price: null, target_price: null },
    ...{ risk_usd: null, regime: null, horizon_ms: null, exit_kind: null, exit_rung: null },
    ...{ decided_at_ms: startMs, commanded_at_ms: startMs, expires_at_ms: null },
    tick_at_ms: startMs,
    ...given,
  }
}

/** An exit of the exit brain. */
export function exit(given: Partial<OrderCommand> = {}): OrderCommand {
  return order({
    ...{ purpose: 'EXIT', side: 'SELL', reduce_only: true, parent_id: 'exit1' },
    ...{ exit_kind: 'TARGET', exit_rung: 1 },
    ...given,
  })
}

/** A backstop stop to sell. */
export function backstop(given: Partial<OrderCommand> = {}): OrderCommand {
  return exit({
    ...{ purpose: 'PROTECT', type: 'STOP_MARKET', trigger_price: '90' },
    ...{ exit_kind: null, exit_rung: null },
    ...given,
  })
}

export function cancel(target: string, given: Partial<OrderCommand> = {}): OrderCommand {
  return order({ purpose: 'CANCEL', type: 'CANCEL', cancel_client_order_id: target, ...given })
}

/** The order reports that have arrived, funding left out. */
export function reports(venue: Venue): OrderReport[] {
  return venue
    .takeEvents()
    .flatMap((event) => (event.topic === 'order.report' ? [event.record] : []))
}

export function fundings(venue: Venue): FundingPaid[] {
  return venue
    .takeEvents()
    .flatMap((event) => (event.topic === 'funding.paid' ? [event.record] : []))
}

/** Sends a command now and gives its reports. */
export function send(venue: Venue, command: OrderCommand, at = 0): OrderReport[] {
  venue.takeEvents()
  venue.submit(command, startMs + at)
  return reports(venue)
}

/** States of the reports, in order. */
export function states(list: readonly OrderReport[]): string[] {
  return list.map((report) => report.state)
}

/** Signed position in the venue's snapshot. */
export function position(venue: Venue, symbol = 'BTCUSDT'): string {
  const { positions } = venue.snapshot('main', startMs)
  return positions.find((one) => one.symbol === symbol)?.quantity ?? '0'
}

/** Asserts wallet = deposits + realised - fees + funding + insurance, to the last decimal. */
export function expectBalanced(venue: Venue, account = 'main'): void {
  const Exact = Decimal.clone({ precision: 80 })
  const books = venue.books(account)
  const sum = new Exact(books.deposits)
    .plus(books.realised)
    .minus(books.fees)
    .plus(books.funding)
    .plus(books.insurance)
  expect(books.wallet).toBe(sum.isZero() ? '0' : sum.toFixed())
}
