// What the simulator knows, as plain data: everything here survives JSON, so that a wrapper can store it and
// createVenue can go on from it. Money and quantities are decimal strings, market data are numbers.
import type {
  Environment,
  ExitKind,
  FundingPaid,
  Liquidity,
  OrderCommand,
  OrderReport,
  OrderState,
  OrderType,
  Purpose,
  Side,
  VenueReason,
} from '../../../schemas/types.gen.ts'

export interface VenueConfig {
  /** Only commands and ticks of this venue are its own. */
  readonly venue: string
  readonly environment: Environment
  /** Command to matching. */
  readonly latencyMs: number
  /** Event to client. */
  readonly reportLatencyMs: number
}

/** A record for the log and the time at which the client has it. */
export type VenueEvent =
  | { readonly topic: 'order.report'; readonly at_ms: number; readonly record: OrderReport }
  | { readonly topic: 'funding.paid'; readonly at_ms: number; readonly record: FundingPaid }

export interface OrderFill {
  trade_id: string
  price: string
  quantity: string
  fee_usd: string
  liquidity: Liquidity
  at_ms: number
}

/** An order as the venue keeps it; also the answer to a look-up by client id. */
export interface OrderRecord {
  account: string
  symbol: string
  client_order_id: string
  /** Rises by one with each order of the venue; empty before the venue has accepted it. */
  venue_order_id: string
  purpose: Purpose
  parent_id: string
  correlation_id: string
  exit_kind: ExitKind | null
  exit_rung: number | null
  type: OrderType
  side: Side
  reduce_only: boolean
  quantity: string
  filled_quantity: string
  /** Sum of price times quantity over the fills. */
  filled_notional_usd: string
  fees_usd: string
  price: string | null
  trigger_price: string | null
  state: OrderState
  venue_code: number | null
  reason: VenueReason | null
  detail: string | null
  /** Null for orders that the venue itself made. */
  sent_at_ms: number | null
  updated_at_ms: number
  /** The last fills, at most FILLS_KEPT. */
  fills: OrderFill[]
}

export type OrderView = Readonly<OrderRecord>

export interface PositionRecord {
  /** Signed: above 0 long, below 0 short, never 0. */
  quantity: string
  /** Sum of signed quantity times entry price. Exact, where an average price would be rounded. */
  cost_usd: string
}

export interface AccountState {
  account: string
  wallet_usd: string
  deposits_usd: string
  /** Realised before fees and funding. */
  realised_usd: string
  fees_usd: string
  /** Positive was received. */
  funding_usd: string
  /** What the insurance fund paid to lift a bankrupt wallet to 0. */
  insurance_usd: string
  /** Sequence number of the last account event. */
  sequence: number
  leverage: Record<string, number>
  positions: Record<string, PositionRecord>
  orders: OrderRecord[]
  /** The last ended orders, at most CLOSED_ORDERS_KEPT, oldest first. */
  closed_orders: OrderRecord[]
}

/** The last that was seen of one symbol. Null is absent; a null size beside a price is unlimited. */
export interface BookState {
  bid: number | null
  bid_size: number | null
  ask: number | null
  ask_size: number | null
  last: number | null
  mark: number | null
  funding_rate: number | null
  funding_interval_ms: number | null
  announced_funding_at_ms: number | null
  quoted_at_ms: number | null
  marked_at_ms: number | null
  seen_at_ms: number | null
  bid_taken: string | null
  ask_taken: string | null
}

export interface QueuedCommand {
  readonly due_ms: number
  readonly sent_at_ms: number
  readonly command: OrderCommand
}

export interface Counters {
  next_event: number
  next_order: number
  next_autoclose: number
  next_manual: number
  /** Last trade id by symbol. */
  trades: Record<string, number>
}

export interface VenueState {
  version: 1
  venue: string
  environment: Environment
  now_ms: number
  counters: Counters
  /** Commands on their way to the book. */
  queue: QueuedCommand[]
  /** Events on their way to the client. */
  outbox: VenueEvent[]
  books: Record<string, BookState>
  accounts: Record<string, AccountState>
}

/** Ended orders that a look-up still finds, for each account. */
export const CLOSED_ORDERS_KEPT = 200

/** Fills remembered with an order. Their sums are always complete. */
export const FILLS_KEPT = 50

/** Open orders of one account in one symbol; the venue refuses more. Binance's MAX_NUM_ORDERS. */
export const OPEN_ORDERS_MAX = 200
