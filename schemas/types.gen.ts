// Generated from the *.avsc files by `npm run generate`. Not edited by hand.

/** What one transaction of a task of the account sub-topology took in, in the order in which it was processed: with the records of these ranges, the task's past can be played again. */
export interface AccountCheckpoint {
  /** Sub-topology and partition, such as market|2. */
  task: string
  /** The log that ids were made for. */
  log_id: string
  /** The task's time after the transaction. */
  now_ms: number
  /** Its last clock tick. */
  last_tick_at_ms: null | number
  /** Next offset of every input. It equals what the group has committed: both were written by one transaction. */
  positions: CheckpointPosition[]
  /** How far the tables had been read that moved since the last checkpoint; all of them after a restart. They advance only between transactions. */
  tables: CheckpointPosition[]
  /** In the order of processing. */
  steps: CheckpointStep[]
  /** True for the first transaction after the task was taken over or restored. */
  restarted: boolean
}

/** The venue's own books for one account: the truth for positions and balances. */
export interface AccountSnapshot {
  /** Account. */
  account: string
  /** Venue. */
  venue: string
  /** Environment. */
  environment: Environment
  /** False when a part could not be read; then it changes nothing. */
  complete: boolean
  /** Wallet balance. */
  wallet_usd: string
  /** Deposits less withdrawals since the account was opened, as far as they are in wallet_usd. Null when the venue does not say. */
  transfers_usd: null | string
  /** Unrealised PnL at mark. */
  unrealised_usd: string
  /** Wallet + unrealised. */
  equity_usd: string
  /** Free for new margin. */
  available_usd: string
  /** Initial margin of positions. */
  margin_used_usd: string
  /** Open positions. */
  positions: SnapshotPosition[]
  /** Resting orders, conditional ones included. */
  open_orders: SnapshotOrder[]
  /** Time of the snapshot at the venue. */
  as_of_ms: number
  /** Sequence number of the last account event in it. */
  venue_sequence: number
}

export type Action =
  | 'BUY'
  | 'SELL'
  | 'HOLD'

/** One symbol whose trading venue is stale and whose alert is raised. Quotes themselves are not kept: fresh input rebuilds them. */
export interface AggregatorChangelog {
  /** Symbol. */
  symbol: string
  /** When the alert was raised. */
  raised_at_ms: number
}

/** State of the ensemble for one symbol: features, the memory of each model, and how one-sided its outputs are. */
export interface AiEngineChangelog {
  /** Symbol. */
  symbol: string
  /** Feature set this memory belongs to; another one starts it anew. */
  feature_set_hash: string
  /** Interval of the bars in this memory; another one starts it anew. */
  interval_ms: number
  /** Complete bars taken in since it was started anew, up to 1,000,000. */
  bars: number
  /** End of the last bar taken in; earlier bars are passed over. */
  last_close_at_ms: number
  /** Regime after that bar. */
  regime: Regime
  /** Memory of the features. */
  features: FeatureMemory
  /** In the order of the ensemble. */
  models: ModelMemory[]
  /** Last confidence of a signal after warm-up. */
  last_confidence: number
  /** How many signals in a row had exactly that confidence. */
  confidence_run_length: number
  /** When the open alert about a constant confidence was raised, null when none is open. */
  confidence_alert_raised_at_ms: null | number
}

/** The ensemble's opinion after one complete bar, HOLD included. */
export interface AiSignalGenerated {
  /** Id of the signal. */
  signal_id: string
  /** Equal to signal_id; every later record of the same trade carries it. */
  correlation_id: string
  /** Symbol. */
  symbol: string
  /** The ensemble's action. HOLD is final. */
  action: Action
  /** Calibrated confidence, 0 to 1; never above ensemble_confidence. */
  confidence: number
  /** Raw weighted confidence of the winning action, 0 to 1. */
  ensemble_confidence: number
  /** One vote for each model. */
  votes: ModelVote[]
  /** Number of models that vote for the action. */
  consensus: number
  /** Number of models asked, those that are out included. */
  models: number
  /** Market regime. */
  regime: Regime
  /** Average true range in price units, null while warming up. */
  atr: null | number
  /** The same in basis points of price. */
  atr_bps: null | number
  /** Move expected over the horizon in the signal's direction, before confidence. */
  expected_move_bps: number
  /** Time over which the move is expected. */
  horizon_ms: number
  /** Close of the bar it was made from. */
  price: number
  /** Interval of that bar. */
  bar_interval_ms: number
  /** Start of that bar. */
  bar_open_at_ms: number
  /** End of that bar. */
  bar_close_at_ms: number
  /** Hash of the feature set's definition. */
  feature_set_hash: string
  /** Receive time of the tick that completed the bar. */
  tick_at_ms: number
}

export type AlertKind =
  | 'STALE_TOPIC'
  | 'NO_GROWTH'
  | 'LAG_HIGH'
  | 'LAG_UNKNOWN'
  | 'LAG_GROWING'
  | 'LAG_STUCK'
  | 'DATA_LOSS'
  | 'MISSING_HEARTBEAT'
  | 'NAKED_POSITION'
  | 'DUPLICATE_ORDER'
  | 'DEAD_LETTER'
  | 'RECONCILIATION'
  | 'CONTRACT'
  | 'DEGENERATE_MODEL'
  | 'STALE_PRICE'
  | 'RL_STALE'
  | 'SAFE_MODE'
  | 'EXIT_FAILED'
  | 'EXIT_SILENT'
  | 'SUPERVISION'
  | 'OTHER'

export type AlertState =
  | 'RAISED'
  | 'CLEARED'
  | 'UNKNOWN'

/** One closed trade in the window. */
export interface AttributedTrade {
  /** Trade. */
  trade_id: string
  /** Net result in USD: a statistic, not a booking. */
  net: number
  /** The same in R, null when risk is unknown. */
  net_r: null | number
}

export type AuditedKind =
  | 'ORDER'
  | 'PARENT'
  | 'UNKNOWN'

/** A closed trade whose reward has not come yet. */
export interface AwaitedReward {
  /** Trade. */
  trade_id: string
  /** When the trade was seen. */
  closed_at_ms: number
}

/** The bars of one symbol that are being built, one for each interval. */
export interface BarsChangelog {
  /** Symbol. */
  symbol: string
  /** Configured interval when these bars were opened; another one starts that bar anew. */
  interval_ms: number
  /** Shortest interval first. */
  bars: OpenBar[]
}

/** One live order of the own book. */
export interface BookOrder {
  /** Symbol. */
  symbol: string
  /** Client order id. */
  client_order_id: string
  /** Why it exists. */
  purpose: Purpose
  /** The venue's account event that last said that it rests, null while none has: a snapshot at or past it must show the order. */
  resting_sequence: null | number
}

/** One leg of the own book. */
export interface BookPosition {
  /** Symbol. */
  symbol: string
  /** Signed quantity, 0 when flat. */
  quantity: string
  /** The venue's account event up to which a snapshot settled this leg: fills up to it are contained. */
  as_of_sequence: number
}

/** One position as the portfolio counts it. */
export interface BookedPosition {
  /** Symbol. */
  symbol: string
  /** Signed quantity; 0 keeps the leverage of a flat symbol. */
  quantity: string
  /** Signed quantity x average entry price. */
  cost_usd: string
  /** Leverage of the symbol, null while unknown. */
  leverage: null | number
  /** Price it was valued at last. */
  price: number
}

/** One item of contract.report, as last written. */
export interface CheckedItem {
  /** Item. */
  item: string
  /** Whether it holds. */
  ok: boolean
}

/** A place in one partition of one topic. */
export interface CheckpointPosition {
  /** Topic. */
  topic: string
  /** Partition. */
  partition: number
  /** First offset that has not been read. */
  next_offset: number
}

/** A clock tick, or a run of records of one input. */
export interface CheckpointStep {
  /** Time of the clock tick; null for a run of records. */
  tick_at_ms: null | number
  /** Input of the run. */
  topic: null | string
  /** First offset of the run. */
  from_offset: number
  /** First offset behind the run. */
  next_offset: number
}

/** Time as an input: injected by the runtime, never stored. */
export interface ClockTick {
  /** The time. */
  at_ms: number
}

/** A small fact that a connector has to know after a restart. */
export interface ConnectorNotes {
  /** Connector that the note belongs to. */
  owner: string
  /** Name of the note. */
  name: string
  /** The fact, as text. */
  value: string
}

/** State of the lag watch for one group in one partition of one topic, while it is behind or has an open alert. */
export interface ConsumerLagChangelog {
  /** Consumer group. */
  group: string
  /** Topic. */
  topic: string
  /** Partition, -1 for all of them together. */
  partition: number
  /** Time of the last observation, 0 before the first. */
  observed_at_ms: number
  /** Next offset that the group will process, null when it was never known. */
  position: null | number
  /** Since when its lag can't be read, null while it can. */
  unknown_since_ms: null | number
  /** Since when it is above a limit, null while it is not. */
  high_since_ms: null | number
  /** Since when its position has not moved, or nothing waited. */
  stands_since_ms: number
  /** The lag at that time, in records. */
  stands_lag: number
  /** The end of the partition at that time. */
  stands_end_offset: number
  /** Observations in a row in which its position moved. */
  moves: number
  /** Since when the lag has not fallen. */
  rising_since_ms: number
  /** The lag at that time, in records. */
  rising_lag: number
  /** The last known lag, in records. */
  last_lag: number
  /** The largest lag since it last fell to the floor. */
  peak_lag: number
  /** When that was. */
  peak_at_ms: number
  /** Since when nobody has observed it, null while somebody does. */
  silent_since_ms: null | number
  /** Alerts that are open. */
  alerts: OpenAlert[]
}

export type ContractCheck =
  | 'TOPIC_DECLARED'
  | 'TOPIC_PRESENT'
  | 'PROCESSOR_ALIVE'
  | 'EVIDENCE'
  | 'OTHER'

/** State of the contract check: what was seen of what is declared. */
export interface ContractCheckChangelog {
  /** Since when it has watched without a break; nothing is missing before a limit has passed from here. */
  since_ms: number
  /** A recent clock time; a jump since then is a break. */
  looked_at_ms: number
  /** Whether all held at the last full check and nobody new was seen since: then only silence can break it. */
  settled: boolean
  /** Heartbeats, in order of first sight. */
  processors: SeenProcessor[]
  /** Topics that were observed, in order of first sight. */
  topics: SeenTopic[]
  /** Items reported so far. */
  items: CheckedItem[]
  /** Alerts that are open. */
  alerts: OpenAlert[]
}

/** Declared against observed, checked at start and continuously. */
export interface ContractReport {
  /** Topic, processor or schema that was checked. */
  item: string
  /** What was checked. */
  check: ContractCheck
  /** Whether it holds. */
  ok: boolean
  /** Expected and seen. */
  detail: string
  /** Time. */
  at_ms: number
}

/** A record that could not be handled, with its cause and its bytes. */
export interface DeadLetter {
  /** Topic it came from, or was meant for. */
  topic: string
  /** Partition, -1 when it never reached the log. */
  partition: number
  /** Offset, -1 when it never reached the log. */
  offset: number
  /** Key. */
  key: string
  /** Task or connector that met it. */
  processor: string
  /** Why. */
  cause: DeadLetterCause
  /** Expected and actual. */
  detail: string
  /** How payload is written. */
  payload_encoding: PayloadEncoding
  /** The record itself: its bytes in base64, or its value as JSON. */
  payload: string
  /** Time. */
  at_ms: number
}

export type DeadLetterCause =
  | 'UNDECODABLE'
  | 'UNKNOWN_SCHEMA'
  | 'INVALID_VALUE'
  | 'UNENCODABLE'
  | 'OTHER'

export type Direction =
  | 'LONG'
  | 'SHORT'
  | 'UNKNOWN'

/** State of the duplicate-order audit for one account; what it remembers is in its ledger. */
export interface DuplicateOrdersChangelog {
  /** Account. */
  account: string
  /** Open alerts, the oldest first. */
  open: OpenAccusation[]
}

/** One order, or one intent or exit with its orders, as the duplicate-order audit remembers it. */
export interface DuplicateOrdersSeenChangelog {
  /** What the entry is about. */
  kind: AuditedKind
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Purpose of the order or orders. */
  purpose: Purpose
  /** Intent, exit or position behind it; empty when not ours. */
  parent_id: string
  /** First command seen, null when there was none. */
  command_id: null | string
  /** ORDER: its client order id. PARENT: the order that filled first. */
  client_order_id: null | string
  /** ORDER: the id the venue gave it. */
  venue_order_id: null | string
  /** ORDER: quantity commanded. PARENT: quantity of the exit signal. */
  quantity: null | string
  /** ORDER: filled so far. */
  filled_quantity: string
  /** ORDER: whether it may still fill. */
  live: boolean
  /** ORDER: whether it is a stop that was triggered: the venue may then give it a new id, once. */
  triggered: boolean
  /** PARENT: client order ids of its orders, in order. */
  orders: string[]
  /** When an alert was raised about it, null when none was. */
  raised_at_ms: null | number
  /** Time of the last record about it. */
  at_ms: number
}

export type Environment =
  | 'PAPER'
  | 'DEMO'
  | 'LIVE'
  | 'BACKTEST'
  | 'UNKNOWN'

/** Numbers behind the decision. */
export interface Evidence {
  /** Name of the number, unit last. */
  name: string
  /** Its value. */
  value: number
}

/** One change of the market as one venue reported it: a quote, a trade, a mark price or several of them. Absent is null, never 0. */
export interface ExchangeTick {
  /** Venue that reported it, for example binance. */
  venue: string
  /** Environment that the data belongs to; never mixed. */
  environment: Environment
  /** Symbol as the exchange names it, for example BTCUSDT or 1000PEPEUSDT. */
  symbol: string
  /** Best bid price in quote units, null when this message has no quote. */
  bid: null | number
  /** Size at the best bid in base units. */
  bid_size: null | number
  /** Best ask price in quote units. */
  ask: null | number
  /** Size at the best ask in base units. */
  ask_size: null | number
  /** Price of the trade this message reports, null when it is not a trade. */
  last: null | number
  /** Size of that trade in base units. */
  last_size: null | number
  /** Side of the aggressor of that trade. */
  taker_side: null | Side
  /** Mark price, where the message carries one. */
  mark: null | number
  /** Funding rate of the coming interval as a fraction. */
  funding_rate: null | number
  /** Length of the funding interval. */
  funding_interval_ms: null | number
  /** Time of the next funding payment. */
  next_funding_at_ms: null | number
  /** Time stamped by the venue; its clock may run ahead of or behind ours. */
  venue_at_ms: null | number
  /** Time of receipt here. */
  received_at_ms: number
  /** The venue's own sequence number of the message. */
  sequence: null | number
}

/** State of the execution processor for one account and symbol: intents and exits whose orders have not all ended. */
export interface ExecutionChangelog {
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Those that have not ended. */
  subjects: ExecutionSubject[]
}

/** State of the execution gates for one account: what hard limits are decided on. */
export interface ExecutionGatesChangelog {
  /** Account. */
  account: string
  /** Safe mode as last heard. */
  safe_mode: GateSafeMode
  /** Portfolio as last heard. */
  portfolio: GatePortfolio
  /** Entries commanded in the UTC day. */
  entries_today: number
  /** 00:00 UTC of that day: when the count starts anew. */
  entries_day_start_at_ms: number
  /** Times of the entries of the last minute. */
  entry_times_ms: number[]
  /** Times of venue faults inside the window. */
  fault_times_ms: number[]
  /** End of the decision window, null when none is open. */
  window_ends_at_ms: null | number
  /** Entries that wait for the end of the decision window. */
  waiting: GateEntry[]
  /** Orders that no terminal report has ended, in order of command. */
  orders: GateOrder[]
  /** Symbols ever traded or found; a flat one is known to be flat. */
  legs: GateLeg[]
}

/** Ids of intents, exits and fills that the execution gates have seen. */
export interface ExecutionGatesSeenChangelog {
  /** When it was seen first. */
  at_ms: number
}

/** One order of it. */
export interface ExecutionOrder {
  /** Order. */
  client_order_id: string
  /** Quantity. */
  quantity: string
  /** Filled as its reports count. */
  filled_quantity: string
  /** Sum of its fills seen. */
  seen_quantity: string
  /** Sum of quantity x price of its fills. */
  value_usd: string
  /** Fees of its fills. */
  fees_usd: string
  /** Fills seen. */
  trade_ids: string[]
  /** Terminal state; null while it lives. */
  ended_as: null | OrderState
  /** When it ended. */
  ended_at_ms: null | number
  /** Time of receipt of its last report. */
  heard_at_ms: number
  /** The venue's error code. */
  venue_code: null | number
  /** The code's meaning. */
  reason: null | VenueReason
  /** The venue's words. */
  detail: null | string
}

/** The end of an intent or an exit: exactly one terminal record each. Refusals are such ends. */
export interface ExecutionResult {
  /** Unique id. */
  result_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Environment. */
  environment: Environment
  /** What it is the result of. */
  subject: Subject
  /** Intent id or exit id. */
  subject_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** How it ended. DUPLICATE marks a copy and is never terminal. */
  status: ExecutionStatus
  /** True for the one record that ends the subject. */
  terminal: boolean
  /** Gate that refused it. */
  gate: Gate
  /** Why. */
  reason: ReasonCode
  /** The numbers compared, in words. */
  detail: string
  /** Side of the order. */
  side: Side
  /** Quantity asked for, null when it was refused before it was known. */
  requested_quantity: null | string
  /** Quantity filled. */
  filled_quantity: string
  /** Average fill price; set when filled_quantity is above 0. */
  average_price: null | string
  /** Fees of the fills. */
  fees_usd: string
  /** Price at decision time. */
  reference_price: null | string
  /** Cost of the fill against the reference, positive is worse. */
  slippage_bps: null | number
  /** Order, when one was sent. */
  client_order_id: null | string
  /** The venue's error code. */
  venue_code: null | number
  /** Tick to intent or exit signal. */
  decide_ms: null | number
  /** Intent or exit signal to command. */
  gate_ms: null | number
  /** Command to the last report. */
  venue_ms: null | number
  /** Time of the result. */
  at_ms: number
}

export type ExecutionStatus =
  | 'FILLED'
  | 'PARTIALLY_FILLED'
  | 'REFUSED'
  | 'REJECTED'
  | 'CANCELLED'
  | 'EXPIRED'
  | 'DUPLICATE'
  | 'UNKNOWN'

/** An intent or exit that is being carried out. */
export interface ExecutionSubject {
  /** What it is. */
  subject: Subject
  /** Intent id or exit id. */
  subject_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Environment. */
  environment: Environment
  /** Side. */
  side: Side
  /** Price at decision time. */
  reference_price: null | string
  /** Receive time of the tick behind it. */
  tick_at_ms: number
  /** Time of the intent or exit signal. */
  decided_at_ms: number
  /** Time of the first command. */
  commanded_at_ms: number
  /** Its orders; an exit above the largest market order has several. */
  orders: ExecutionOrder[]
}

/** How often one exit was sent. */
export interface ExitAttempts {
  /** Rule. */
  kind: ExitKind
  /** Rung. */
  rung: number
  /** Signals sent. */
  attempts: number
}

/** The last trades of one account under one exit policy. */
export interface ExitAttributionChangelog {
  /** Account. */
  account: string
  /** Regime and direction. */
  policy: string
  /** The last trades, oldest first. */
  trades: AttributedTrade[]
}

/** State of the exit brain for one symbol: the open positions it watches and their levels. */
export interface ExitBrainChangelog {
  /** Symbol. */
  symbol: string
  /** Open positions, one for each account. */
  positions: WatchedPosition[]
  /** When the alert about missing prices was raised. */
  silent_since_ms: null | number
  /** First of an unbroken row of clock ticks that found no usable price; null while prices come. */
  unpriced_since_ms: null | number
  /** Last clock tick of that row: a longer gap starts a new row. */
  unpriced_clock_at_ms: null | number
}

export type ExitKind =
  | 'STOP'
  | 'LIQUIDATION_GUARD'
  | 'TARGET'
  | 'HARVEST'
  | 'BREAK_EVEN'
  | 'TRAILING'
  | 'TIME'
  | 'KILL_SCORE'
  | 'PANIC'
  | 'BACKSTOP'
  | 'LIQUIDATION'
  | 'EXTERNAL'
  | 'UNKNOWN'

export type ExitLevel =
  | 'STOP'
  | 'TARGET'
  | 'UNKNOWN'

/** A stop, target or trail that was set or moved. Stops only tighten. */
export interface ExitLevelChanged {
  /** Position. */
  position_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Which level. */
  level: ExitLevel
  /** Rung of the target ladder, 0 for the stop. */
  rung: number
  /** Level before, null when it is set for the first time. */
  old_price: null | string
  /** Level now. */
  new_price: string
  /** Why it moved. INSIDE_COSTS marks a target that lies inside the round-trip cost: it is refused and never fires. */
  reason: LevelReason
  /** Price at the time. */
  observed_price: string
  /** Open profit in units of initial risk. */
  r_multiple: null | number
  /** Time of the change. */
  at_ms: number
}

/** By exit kind and rung. */
export interface ExitPart {
  /** Rule. */
  exit_kind: ExitKind
  /** Rung. */
  exit_rung: number
  /** Quantity it closed. */
  quantity: string
  /** Realised before costs. */
  gross_usd: string
  /** Its share of fees and funding, positive is a cost. */
  costs_usd: string
  /** gross - costs. */
  net_usd: string
}

export type ExitPhase =
  | 'SENT'
  | 'LIVE'
  | 'OWED'

/** A decision of the exit brain to close some or all of a position. The exit brain is its only writer. */
export interface ExitSignal {
  /** Identity: position, kind, rung and attempt. */
  exit_id: string
  /** Position to reduce. */
  position_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Environment. */
  environment: Environment
  /** Rule that decided. BACKSTOP, LIQUIDATION and EXTERNAL never come from the exit brain: they name legs that the venue made. */
  kind: ExitKind
  /** Rung of a ladder, 0 for rules without one. */
  rung: number
  /** 1 for the first signal of this identity, higher when it is followed up. */
  attempt: number
  /** Side of the closing order. */
  side: Side
  /** Quantity to close, above 0, at most the open quantity. */
  quantity: string
  /** Whether the whole position is to be closed. */
  closes_all: boolean
  /** How urgent it is. */
  urgency: Urgency
  /** Level that was hit. */
  trigger_price: null | string
  /** Price that hit it; null when no price is known and time alone decided. */
  observed_price: null | string
  /** Open profit in units of initial risk. */
  r_multiple: null | number
  /** Numbers behind the decision. */
  evidence: Evidence[]
  /** Time of the decision. */
  created_at_ms: number
  /** Receive time of the tick behind it. */
  tick_at_ms: number
}

/** An exit that was decided and has not reached its goal. */
export interface ExitUnderWay {
  /** Id of the last signal. */
  exit_id: string
  /** Rule. */
  kind: ExitKind
  /** Rung. */
  rung: number
  /** Urgency. */
  urgency: Urgency
  /** Whether the whole position is to be closed. */
  closes_all: boolean
  /** Goal: the quantity that stays open, 0 when it closes all. */
  keep_quantity: string
  /** Level that was hit. */
  trigger_price: null | string
  /** How far it is. */
  phase: ExitPhase
  /** Attempt of the last signal. */
  attempt: number
  /** Open quantity when it was sent. */
  quantity_at_send: string
  /** Time of the last signal. */
  sent_at_ms: number
  /** Last clock time seen while waiting. */
  clock_at_ms: number
  /** True when a pause of the clock already restarted the wait once. */
  waited_again: boolean
}

/** What each exit rule earned on a closed trade. Only ever made from trade.closed. */
export interface ExitbrainPnl {
  /** Trade. */
  trade_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Exit policy: regime profile and direction. */
  policy: string
  /** Net of the trade; the parts sum to it. */
  net_usd: string
  /** By exit kind and rung. */
  parts: ExitPart[]
  /** Largest open profit. */
  mfe_usd: string
  /** mfe - gross, at least 0. */
  left_on_table_usd: string
  /** gross / mfe, null when mfe is 0. */
  capture_fraction: null | number
  /** Mean net of the last trades under this policy. */
  expectancy_usd: number
  /** The same in R, null when risk is unknown. */
  expectancy_r: null | number
  /** Share of wins among them. */
  win_rate: number
  /** Trades in that window. */
  sample: number
  /** Time the trade closed. */
  closed_at_ms: number
}

/** Exposure against limits, measured on equity: advice for the router, never an order. */
export interface ExposureState {
  /** Account. */
  account: string
  /** Equity it is measured against. */
  equity_usd: string
  /** Gross exposure / equity. */
  gross_fraction: number
  /** Net exposure / equity, signed. */
  net_fraction: number
  /** Margin used / equity. */
  margin_fraction: number
  /** Symbol with the largest exposure, empty when flat. */
  largest_symbol: string
  /** Its exposure / equity. */
  largest_symbol_fraction: number
  /** First limit that is exceeded. */
  verdict: ExposureVerdict
  /** Whether the router may propose longs. */
  allow_long: boolean
  /** Whether the router may propose shorts. */
  allow_short: boolean
  /** Factor for new sizes, 0 to 1. */
  size_factor: number
  /** Time. */
  at_ms: number
}

export type ExposureVerdict =
  | 'WITHIN'
  | 'OVER_GROSS'
  | 'OVER_NET'
  | 'OVER_SYMBOL'
  | 'OVER_MARGIN'
  | 'UNKNOWN'

/** What the incremental features keep between bars. Averages start as plain means and become exponential when 1 / count falls to 2 / (span + 1). */
export interface FeatureMemory {
  /** Bars taken in, up to the longest span. */
  bars: number
  /** Close of the last bar. */
  close: number
  /** Exponential mean of closes, span 8. */
  average_fast: number
  /** Exponential mean of closes, span 21. */
  average_slow: number
  /** Exponential mean of squared returns, span 5. */
  variance_fast: number
  /** The same, span 20. */
  variance: number
  /** The same, span 60. */
  variance_slow: number
  /** Average true range in price units: Wilder's mean over 14 bars. */
  atr: number
  /** Exponential mean of bought less sold volume, span 4. */
  signed_volume: number
  /** Exponential mean of volume, span 4. */
  volume_fast: number
  /** The same, span 20. */
  volume: number
  /** Exponential mean of the imbalance, span 30. */
  imbalance_mean: number
  /** Exponential variance of the imbalance around that mean, span 30. */
  imbalance_variance: number
  /** The last 20 closes, oldest first. */
  closes: number[]
  /** The last 20 highs, oldest first. */
  highs: number[]
  /** The last 20 lows, oldest first. */
  lows: number[]
}

/** State of the freshness watch: the last observation of each topic. */
export interface FreshnessChangelog {
  /** Since when it has watched without a break; no age counts from before. */
  since_ms: number
  /** A recent clock time; a jump since then is a break. */
  looked_at_ms: number
  /** Topics, in order of first sight. */
  topics: WatchedTopic[]
  /** Always empty: groups are in consumer_lag.changelog. */
  groups: WatchedGroup[]
  /** Alerts that are open. */
  alerts: OpenAlert[]
}

/** A funding payment booked by the venue. */
export interface FundingPaid {
  /** Unique id. */
  funding_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Venue. */
  venue: string
  /** Environment. */
  environment: Environment
  /** Change of the wallet: positive was received, negative was paid. */
  amount_usd: string
  /** Rate applied, as a fraction. */
  rate: number
  /** Signed position at that time. */
  quantity: string
  /** Mark price at that time. */
  mark_price: string
  /** Time of the payment. */
  venue_at_ms: number
  /** The venue's sequence number of account events. */
  venue_sequence: number
}

export type Gate =
  | 'NONE'
  | 'SAFE_MODE'
  | 'EXPIRY'
  | 'IN_FLIGHT'
  | 'IDEMPOTENCY'
  | 'ACCOUNT_LIMIT'
  | 'FILTERS'
  | 'LEVERAGE'
  | 'MARGIN'
  | 'VENUE'

/** An entry as the gates see it. */
export interface GateEntry {
  /** Intent. */
  intent_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Symbol. */
  symbol: string
  /** Venue. */
  venue: string
  /** Environment. */
  environment: Environment
  /** BUY opens a long, SELL a short. */
  side: Side
  /** Size asked for. */
  notional_usd: string
  /** Leverage asked for. */
  leverage: number
  /** Price at decision time. */
  reference_price: string
  /** Initial stop. */
  stop_price: string
  /** Initial target. */
  target_price: string
  /** Regime at decision time. */
  regime: Regime
  /** Rank among competing intents. */
  score: number
  /** Expected time in the trade. */
  horizon_ms: number
  /** Time of the decision. */
  created_at_ms: number
  /** After this time the intent is refused. */
  expires_at_ms: number
  /** Receive time of the tick behind it. */
  tick_at_ms: number
}

/** One symbol of the account. */
export interface GateLeg {
  /** Symbol. */
  symbol: string
  /** Signed quantity by our own fills; 0 when flat. */
  quantity: string
  /** Sum of signed quantity x entry price of what is open. */
  cost_usd: string
  /** Correlation id of the trade that is open. */
  correlation_id: string
  /** Intent that opened it, or the record that brought it. */
  parent_id: string
  /** Venue. */
  venue: string
  /** Environment. */
  environment: Environment
  /** True when we did not open it. */
  adopted: boolean
  /** Reference price of the entry. */
  reference_price: null | string
  /** Initial stop of the entry; null when adopted. */
  stop_price: null | string
  /** Leverage of the entry. */
  leverage: null | number
  /** Time of the last stop order sent for it. */
  protect_at_ms: null | number
  /** The venue's last account event in the last correction: fills up to it are contained in the quantity. -1 without one. */
  corrected_sequence: number
}

/** A live order of ours. */
export interface GateOrder {
  /** Order. */
  client_order_id: string
  /** Symbol. */
  symbol: string
  /** Why it exists. */
  purpose: Purpose
  /** How far it got. */
  phase: OrderPhase
  /** Side. */
  side: Side
  /** Quantity. */
  quantity: string
  /** Filled as its reports count. */
  filled_quantity: string
  /** Sum of its fills seen. */
  seen_quantity: string
  /** Intent or exit behind it. */
  parent_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Price at decision time. */
  reference_price: null | string
  /** Entries: the initial stop. */
  stop_price: null | string
  /** Entries: leverage. */
  leverage: null | number
  /** Entries: taker fee both ways as a fraction, reserved with the margin. */
  fee_rate: null | string
  /** Exits: how urgent the exit was. */
  urgency: null | Urgency
  /** Time of the command or of its last report. */
  heard_at_ms: number
  /** The cancel that was sent for it. */
  cancel_client_order_id: null | string
  /** When it was sent. */
  cancel_at_ms: null | number
}

/** Portfolio as last heard. */
export interface GatePortfolio {
  /** Whether equity is known. */
  known: boolean
  /** Equity. */
  equity_usd: string
  /** Free for new margin. */
  available_usd: string
  /** Drawdown from the high-water mark. */
  drawdown_fraction: number
  /** PnL of the UTC day. */
  day_pnl_usd: string
  /** Equity at its start. */
  day_start_equity_usd: string
  /** Time of the venue's books behind it. */
  truth_at_ms: number
}

/** Safe mode as last heard. */
export interface GateSafeMode {
  /** Whether it was heard at all; unknown refuses entries. */
  known: boolean
  /** Whether it is active. */
  active: boolean
  /** What set it. */
  trigger: string
  /** Its announced end. */
  until_ms: number
  /** When the last period ended; intents created before are refused. 0 when there was none. */
  ended_at_ms: number
}

/** What the venue says about one symbol: filters, fees, leverage brackets. */
export interface InstrumentState {
  /** Symbol. */
  symbol: string
  /** Venue. */
  venue: string
  /** Environment. */
  environment: Environment
  /** Whether it trades. */
  status: InstrumentStatus
  /** Base asset. */
  base_asset: string
  /** Quote asset. */
  quote_asset: string
  /** Price step. */
  tick_size: string
  /** Quantity step. */
  step_size: string
  /** Smallest quantity. */
  min_quantity: string
  /** Largest quantity of a limit order. */
  max_quantity: string
  /** Largest quantity of a market order. */
  market_max_quantity: string
  /** Smallest notional of an order that is not reduce-only. */
  min_notional_usd: string
  /** Largest distance of a limit price from mark. */
  price_band_fraction: number
  /** Taker fee as a fraction of notional. */
  taker_fee_rate: string
  /** Maker fee as a fraction of notional. */
  maker_fee_rate: string
  /** Fee of a liquidation as a fraction of notional. */
  liquidation_fee_rate: string
  /** Leverage brackets, lowest notional first. */
  brackets: LeverageBracket[]
  /** Funding interval. */
  funding_interval_ms: number
  /** True when the venue gave no filters and they were inferred from the data. */
  inferred: boolean
  /** When the venue was asked. */
  observed_at_ms: number
}

export type InstrumentStatus =
  | 'TRADING'
  | 'HALTED'
  | 'UNKNOWN'

/** What one order did to the position. */
export interface KeeperLeg {
  /** Whether it opened or closed. */
  leg: LegKind
  /** Order. */
  client_order_id: string
  /** Intent or exit behind it. */
  parent_id: string
  /** Rule behind an exit. */
  exit_kind: null | ExitKind
  /** Rung behind an exit. */
  exit_rung: null | number
  /** Quantity, above 0. */
  quantity: string
  /** Sum of quantity x price. */
  value_usd: string
  /** Fees. */
  fees_usd: string
  /** Realised before fees, 0 for entries. */
  realised_usd: string
  /** Time of the first fill. */
  first_fill_at_ms: number
  /** Time of the last fill. */
  last_fill_at_ms: number
}

/** A plan that a fill may need. */
export interface KeeperOrder {
  /** Order. */
  client_order_id: string
  /** Why it exists. */
  purpose: Purpose
  /** Intent, exit or position behind it. */
  parent_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Quantity. */
  quantity: string
  /** Filled as its reports count. */
  filled_quantity: string
  /** Sum of its fills seen. */
  seen_quantity: string
  /** Whether it rests at the venue. */
  acked: boolean
  /** Terminal state; null while it lives. */
  ended_as: null | OrderState
  /** Trigger of a stop. */
  trigger_price: null | string
  /** Entries: price at decision time. */
  reference_price: null | string
  /** Entries: the initial stop. */
  stop_price: null | string
  /** Entries: the initial target. */
  target_price: null | string
  /** Entries: loss at the stop. */
  risk_usd: null | string
  /** Entries: leverage. */
  leverage: null | number
  /** Entries: regime. */
  regime: null | Regime
  /** Entries: expected time in the trade. */
  horizon_ms: null | number
  /** Exits: the rule that decided. */
  exit_kind: null | ExitKind
  /** Exits: the rung. */
  exit_rung: null | number
}

/** One rung of the harvest ladder. */
export interface LadderRung {
  /** Number of the rung, from 1. */
  rung: number
  /** Open profit in R at which it fires. */
  r: number
  /** Share of the entered quantity it closes. */
  fraction: number
  /** Its price. */
  price: string
  /** Whether it may still fire. */
  status: RungStatus
}

export type LegKind =
  | 'ENTRY'
  | 'EXIT'
  | 'UNKNOWN'

export type LevelReason =
  | 'INITIAL'
  | 'BREAK_EVEN'
  | 'TRAILING'
  | 'ADOPTED'
  | 'REGIME'
  | 'INSIDE_COSTS'
  | 'UNKNOWN'

/** Leverage brackets, lowest notional first. */
export interface LeverageBracket {
  /** Lower end, inclusive. */
  notional_floor_usd: string
  /** Upper end, exclusive. */
  notional_cap_usd: string
  /** Largest leverage. */
  max_leverage: number
  /** Maintenance margin rate. */
  maintenance_rate: string
  /** Maintenance amount: the deduction that makes brackets continuous. */
  maintenance_amount_usd: string
}

export type Liquidity =
  | 'MAKER'
  | 'TAKER'
  | 'UNKNOWN'

/** Last consolidated price of a symbol, refreshed by the clock: advice for processors of the account domain. */
export interface MarkState {
  /** Symbol. */
  symbol: string
  /** Environment of the price. */
  environment: Environment
  /** Consolidated price. */
  price: number
  /** Best bid at the trading venue. */
  bid: null | number
  /** Best ask at the trading venue. */
  ask: null | number
  /** Mark price at the trading venue. */
  mark: null | number
  /** Spread at the trading venue. */
  spread_bps: null | number
  /** Divergence over the fresh venues. */
  divergence_bps: null | number
  /** Funding rate scaled to eight hours. */
  funding_rate_8h: null | number
  /** Whether the trading venue's quote is inside its freshness limit. */
  fresh: boolean
  /** Receive time of the last tick in it. */
  price_at_ms: number
}

/** One bar of one symbol and interval, built from consolidated prices. */
export interface MarketBar {
  /** Symbol. */
  symbol: string
  /** Length of the bar. */
  interval_ms: number
  /** Inclusive start, a multiple of the interval. */
  open_at_ms: number
  /** Exclusive end. */
  close_at_ms: number
  /** First price. */
  open: number
  /** Highest price. */
  high: number
  /** Lowest price. */
  low: number
  /** Last price. */
  close: number
  /** Traded base units. */
  volume: number
  /** Traded base units whose aggressor bought. */
  taker_buy_volume: number
  /** Traded base units whose aggressor sold. What is left of volume has no known aggressor. */
  taker_sell_volume: number
  /** Trades counted. */
  trade_count: number
  /** Price updates counted. */
  update_count: number
  /** True when the interval is over; an open bar is never published as complete. */
  complete: boolean
  /** True when one or more bars before this one are missing. */
  gap: boolean
  /** How many bars before this one are missing. */
  missing_bars: number
  /** Receive time of the tick that completed the bar, or the clock time that did. */
  tick_at_ms: number
}

/** What one transaction of a task of the market sub-topology took in, in the order in which it was processed: with the records of these ranges, the task's past can be played again. */
export interface MarketCheckpoint {
  /** Sub-topology and partition, such as market|2. */
  task: string
  /** The log that ids were made for. */
  log_id: string
  /** The task's time after the transaction. */
  now_ms: number
  /** Its last clock tick. */
  last_tick_at_ms: null | number
  /** Next offset of every input. It equals what the group has committed: both were written by one transaction. */
  positions: CheckpointPosition[]
  /** How far the tables had been read that moved since the last checkpoint; all of them after a restart. They advance only between transactions. */
  tables: CheckpointPosition[]
  /** In the order of processing. */
  steps: CheckpointStep[]
  /** True for the first transaction after the task was taken over or restored. */
  restarted: boolean
}

/** What the engine keeps for one model. */
export interface ModelMemory {
  /** Name of the model. */
  model: string
  /** Version that the memory belongs to; another one starts it anew. */
  version: string
  /** Complete bars this memory has seen, up to 1,000,000. */
  bars: number
  /** The model's own numbers; only the model knows what they mean. */
  memory: number[]
  /** Its last output that counted. */
  last_action: Action
  /** How many outputs in a row were that one, up to 1,000,000; warm-up does not count. */
  run_length: number
  /** When its open alert was raised, null when none is open. */
  alert_raised_at_ms: null | number
}

/** One vote for each model. */
export interface ModelVote {
  /** Name of the model. */
  model: string
  /** Version of the model. */
  version: string
  /** What it votes for. */
  action: Action
  /** Its confidence in that, 0 to 1. */
  confidence: number
  /** Weight in the ensemble after re-normalisation over the models that vote; 0 when it is out. */
  weight: number
  /** Why it counts or not. */
  status: VoteStatus
}

/** State of the naked-position watch for one account and symbol; the key ends with the position. */
export interface NakedPositionChangelog {
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Position that is watched. */
  position_id: string
  /** Position and stop as last seen, in words. */
  detail: string
  /** Since when no resting stop fits the position, null while one does. */
  naked_since_ms: null | number
  /** When the alert was raised, null while there is none. */
  raised_at_ms: null | number
  /** Last clock tick while it was naked: a gap is a pause of the watch, null while it is protected. */
  clock_at_ms: null | number
}

/** An alert about a duplicate that is not cleared yet. */
export interface OpenAccusation {
  /** Subject of the alert. */
  subject: string
  /** When it was raised. */
  raised_at_ms: number
}

/** An alert that was raised and not cleared yet. */
export interface OpenAlert {
  /** Identity: kind and subject. */
  alert_id: string
  /** What kind. */
  kind: AlertKind
  /** How bad. */
  severity: Severity
  /** What it is about. */
  subject: string
  /** When it was raised. */
  raised_at_ms: number
}

/** One bar in the making. Its prices count only while update_count is above 0. */
export interface OpenBar {
  /** Length of the bar. */
  interval_ms: number
  /** Inclusive start, a multiple of the interval. */
  open_at_ms: number
  /** Exclusive end; also the end of the last bar while update_count is 0. 0 before the first bar. */
  close_at_ms: number
  /** False when the symbol's first update came after the bar's start: such a bar is not published. */
  whole: boolean
  /** How many bars before this one are missing. */
  missing_bars: number
  /** First price. */
  open: number
  /** Highest price. */
  high: number
  /** Lowest price. */
  low: number
  /** Last price. */
  close: number
  /** Traded base units. */
  volume: number
  /** Traded base units whose aggressor bought. */
  taker_buy_volume: number
  /** Traded base units whose aggressor sold. */
  taker_sell_volume: number
  /** Trades counted. */
  trade_count: number
  /** Price updates counted; 0 when no bar is open. */
  update_count: number
}

/** A difference that was seen and is not gone yet. */
export interface OpenDifference {
  /** Symbol, empty for the account as a whole. */
  symbol: string
  /** What it is. */
  finding: ReconcileFinding
  /** Order concerned, else empty. */
  client_order_id: string
  /** Quantity in our books. */
  book_quantity: null | string
  /** Quantity at the venue. */
  venue_quantity: null | string
  /** Equal snapshots in a row that showed it. */
  seen: number
  /** When it was reported with these numbers, null while they are not confirmed. */
  reported_at_ms: null | number
  /** When the alert about it was raised. */
  raised_at_ms: null | number
  /** When it was first seen with these numbers. */
  first_seen_at_ms: number
  /** When its repair was last ordered again, null while it was ordered once at most. */
  repeated_at_ms: null | number
  /** For how long snapshots have come since it was reported with these numbers; a gap between them counts little. */
  unresolved_ms: number
}

/** Something a person should know, raised once and cleared once. */
export interface OpsAlert {
  /** Identity: kind and subject. */
  alert_id: string
  /** What kind. */
  kind: AlertKind
  /** How bad. */
  severity: Severity
  /** Raised or cleared. */
  state: AlertState
  /** Topic, processor, position or order concerned. */
  subject: string
  /** What was expected and what was seen. */
  detail: string
  /** When it was raised. */
  raised_at_ms: number
  /** Time of this record. */
  at_ms: number
}

/** What one transaction of a task of the ops sub-topology took in, in the order in which it was processed: with the records of these ranges, the task's past can be played again. */
export interface OpsCheckpoint {
  /** Sub-topology and partition, such as market|2. */
  task: string
  /** The log that ids were made for. */
  log_id: string
  /** The task's time after the transaction. */
  now_ms: number
  /** Its last clock tick. */
  last_tick_at_ms: null | number
  /** Next offset of every input. It equals what the group has committed: both were written by one transaction. */
  positions: CheckpointPosition[]
  /** How far the tables had been read that moved since the last checkpoint; all of them after a restart. They advance only between transactions. */
  tables: CheckpointPosition[]
  /** In the order of processing. */
  steps: CheckpointStep[]
  /** True for the first transaction after the task was taken over or restored. */
  restarted: boolean
}

/** An order for the gateway to carry out at the venue. The execution gates are its only writer. */
export interface OrderCommand {
  /** Id of the command. */
  command_id: string
  /** Id at the venue, [a-z0-9]{1,32}, derived from command_id. */
  client_order_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Venue. */
  venue: string
  /** Environment the order is for. */
  environment: Environment
  /** Why it exists. */
  purpose: Purpose
  /** Order type; CANCEL cancels cancel_client_order_id. */
  type: OrderType
  /** Side of the order. */
  side: Side
  /** Quantity in base units, a multiple of the step. */
  quantity: string
  /** True for every exit and protective order. No default: it can't be forgotten. */
  reduce_only: boolean
  /** Limit price. */
  price: null | string
  /** Trigger of a conditional order. */
  trigger_price: null | string
  /** Leverage to be set before an entry. */
  leverage: null | number
  /** Order to be cancelled. */
  cancel_client_order_id: null | string
  /** Intent, exit or position behind it. */
  parent_id: string
  /** Price at decision time, for slippage. */
  reference_price: null | string
  /** Entries: the initial stop. */
  stop_price: null | string
  /** Entries: the initial target. */
  target_price: null | string
  /** Entries: loss at the stop. */
  risk_usd: null | string
  /** Entries: regime at decision time. */
  regime: null | Regime
  /** Entries: expected time in the trade. */
  horizon_ms: null | number
  /** Exits: the rule that decided. */
  exit_kind: null | ExitKind
  /** Exits: the rung. */
  exit_rung: null | number
  /** Time of the intent or exit signal. */
  decided_at_ms: number
  /** Time of this command. */
  commanded_at_ms: number
  /** Entries: not to be sent after this. */
  expires_at_ms: null | number
  /** Receive time of the tick behind it. */
  tick_at_ms: number
}

export type OrderPhase =
  | 'SENT'
  | 'LIVE'
  | 'UNSETTLED'
  | 'ENDED'

/** What the venue said about an order, one record for each change and each fill. */
export interface OrderReport {
  /** Unique id: venue, order and event. */
  report_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Venue. */
  venue: string
  /** Environment. */
  environment: Environment
  /** Client order id; the venue's own id for orders that are not ours. */
  client_order_id: string
  /** The venue's id. */
  venue_order_id: null | string
  /** Purpose of the command; EXTERNAL for orders that are not ours. */
  purpose: Purpose
  /** Intent, exit or position behind it; empty when not ours. */
  parent_id: string
  /** Correlation id of the trade; empty when not ours. */
  correlation_id: string
  /** State after this event. */
  state: OrderState
  /** Side of the order. */
  side: Side
  /** Whether it may only reduce. */
  reduce_only: boolean
  /** Quantity of the order. */
  order_quantity: string
  /** Quantity filled so far. */
  filled_quantity: string
  /** Trade id, when this event is a fill. */
  venue_trade_id: null | string
  /** Quantity of this fill. */
  fill_quantity: null | string
  /** Price of this fill. */
  fill_price: null | string
  /** Fee of this fill; negative is a rebate. */
  fee_usd: null | string
  /** Whether the fill added or took liquidity. */
  liquidity: null | Liquidity
  /** Rule behind a closing fill; BACKSTOP, LIQUIDATION or EXTERNAL when the venue decided. */
  exit_kind: null | ExitKind
  /** Rung behind a closing fill. */
  exit_rung: null | number
  /** The venue's error code. */
  venue_code: null | number
  /** The code's meaning. */
  reason: null | VenueReason
  /** The venue's words. */
  detail: null | string
  /** Time the command was sent. */
  sent_at_ms: null | number
  /** The venue's time of the event. */
  venue_at_ms: number
  /** Time of receipt. */
  received_at_ms: number
  /** The venue's sequence number of account events; rises by the event. */
  venue_sequence: number
}

export type OrderState =
  | 'ACKED'
  | 'PARTIALLY_FILLED'
  | 'FILLED'
  | 'REJECTED'
  | 'CANCELLED'
  | 'EXPIRED'
  | 'TRIGGERED'
  | 'UNKNOWN'

export type OrderType =
  | 'MARKET'
  | 'LIMIT'
  | 'STOP_MARKET'
  | 'TAKE_PROFIT_MARKET'
  | 'CANCEL'
  | 'UNKNOWN'

export type PayloadEncoding =
  | 'BASE64'
  | 'JSON'

/** A snapshot that is ahead of the events seen. */
export interface PendingSnapshot {
  /** Wallet balance. */
  wallet_usd: string
  /** Deposits less withdrawals in it. */
  transfers_usd: null | string
  /** Open positions. */
  positions: BookedPosition[]
  /** Venue time. */
  as_of_ms: number
  /** Sequence number of the last account event in it. */
  venue_sequence: number
}

/** One cell for each discrete state seen. */
export interface PolicyCell {
  /** Discrete state. */
  state_key: string
  /** Rewards seen. */
  count: number
  /** Mean reward in R. */
  mean_reward_r: number
  /** Sum of squared deviations. */
  m2_reward_r: number
}

/** State of the portfolio processor for one account: the venue's last books and what happened since. */
export interface PortfolioChangelog {
  /** Account. */
  account: string
  /** Whether the venue's books were ever seen whole. */
  known: boolean
  /** Wallet of the last adopted snapshot and what was booked since. */
  wallet_usd: string
  /** Deposits less withdrawals that the marks have followed, null while the venue has not said. */
  transfers_usd: null | string
  /** Venue time of the last adopted snapshot, 0 before the first. */
  snapshot_at_ms: number
  /** Sequence number of that snapshot: events up to it are already in it. */
  snapshot_sequence: number
  /** Sequence number of the last order report seen. */
  order_sequence: number
  /** Sequence number of the last funding payment seen. */
  funding_sequence: number
  /** Snapshot that waits until the events it already holds have come. */
  pending: null | PendingSnapshot
  /** Positions. */
  positions: BookedPosition[]
  /** Highest equity, moved by stated deposits and withdrawals. */
  high_water_usd: string
  /** 00:00 UTC of the running day, 0 before equity is known. */
  day_start_at_ms: number
  /** Equity at that time, moved by stated deposits and withdrawals. */
  day_start_equity_usd: string
  /** Closed trades lost in a row. */
  losses_in_a_row: number
  /** Whether something changed since the last portfolio.state. */
  changed: boolean
  /** Time of the last portfolio.state. */
  emitted_at_ms: number
}

/** The account as a whole, from fills between the venue's snapshots. */
export interface PortfolioState {
  /** Account. */
  account: string
  /** Environment. */
  environment: Environment
  /** False until the venue's books were seen once; then there is no equity and no entry. */
  known: boolean
  /** Wallet balance. */
  wallet_usd: string
  /** Unrealised PnL at the last marks. */
  unrealised_usd: string
  /** Wallet + unrealised. */
  equity_usd: string
  /** equity - margin used, never below 0. */
  available_usd: string
  /** Initial margin of open positions. */
  margin_used_usd: string
  /** Sum of |notional|. */
  gross_exposure_usd: string
  /** Sum of signed notional. */
  net_exposure_usd: string
  /** Exposure by symbol. */
  exposures: SymbolExposure[]
  /** Open positions. */
  open_positions: number
  /** Highest equity, moved by stated deposits and withdrawals. */
  high_water_usd: string
  /** 1 - equity / high water. */
  drawdown_fraction: number
  /** 00:00 UTC of the running day. */
  day_start_at_ms: number
  /** Equity at that time. */
  day_start_equity_usd: string
  /** equity - day start equity. */
  day_pnl_usd: string
  /** Closed trades lost in a row. */
  losses_in_a_row: number
  /** Age of the last complete snapshot. */
  venue_truth_age_ms: number
  /** Time of this state. */
  at_ms: number
}

/** A round trip that ended: everything that was booked on it. */
export interface PositionFlattened {
  /** Id of the round trip. */
  position_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Venue. */
  venue: string
  /** Environment. */
  environment: Environment
  /** Direction of the position. */
  direction: Direction
  /** Intent that opened it, null when adopted. */
  intent_id: null | string
  /** True when it was found at the venue. */
  adopted: boolean
  /** Regime at entry. */
  regime: Regime
  /** Leverage at entry. */
  leverage: null | number
  /** Largest absolute quantity. */
  peak_quantity: string
  /** Average entry price. */
  average_entry_price: string
  /** Average exit price. */
  average_exit_price: string
  /** Stop fixed at entry. */
  initial_stop_price: null | string
  /** Loss at the initial stop. */
  risk_usd: null | string
  /** One leg for each order, entries first. */
  legs: PositionLeg[]
  /** Realised before fees and funding. */
  gross_usd: string
  /** Fees, entry and exit. */
  fees_usd: string
  /** Funding, positive was received. */
  funding_usd: string
  /** gross - fees + funding. */
  net_usd: string
  /** Time of the first fill. */
  opened_at_ms: number
  /** Time of the last fill. */
  closed_at_ms: number
}

/** State of the position keeper for one account and symbol: the open position, its legs and the orders that may still change it. */
export interface PositionKeeperChangelog {
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** The open position: one, or none when flat. */
  positions: PositionState[]
  /** Sum of signed quantity x entry price of what is open, exact. */
  cost_usd: string
  /** The venue's last account event in the last correction: fills up to it are contained in the quantity. -1 without one. */
  corrected_sequence: number
  /** What each order did to the open position. */
  legs: KeeperLeg[]
  /** Orders of ours that no terminal report has ended. */
  orders: KeeperOrder[]
}

/** Ids of fills, funding payments and corrections that the position keeper has booked. */
export interface PositionKeeperSeenChangelog {
  /** When it was seen first. */
  at_ms: number
}

/** One leg for each order, entries first. */
export interface PositionLeg {
  /** Whether it opened or closed. */
  leg: LegKind
  /** Order. */
  client_order_id: string
  /** Intent or exit behind it. */
  parent_id: string
  /** Rule behind an exit. */
  exit_kind: null | ExitKind
  /** Rung behind an exit. */
  exit_rung: null | number
  /** Quantity, above 0. */
  quantity: string
  /** Average price. */
  average_price: string
  /** Fees. */
  fees_usd: string
  /** Realised before fees, 0 for entries. */
  realised_usd: string
  /** Time of the first fill. */
  first_fill_at_ms: number
  /** Time of the last fill. */
  last_fill_at_ms: number
}

/** An open position of one account. The position keeper is its only writer; a tombstone when flat. */
export interface PositionState {
  /** Id of the round trip. */
  position_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Venue. */
  venue: string
  /** Environment. */
  environment: Environment
  /** CLOSING while an exit order is live. */
  status: PositionStatus
  /** Signed quantity: above 0 long, below 0 short. */
  quantity: string
  /** Largest absolute quantity so far. */
  peak_quantity: string
  /** Average price of the entry fills. */
  average_entry_price: string
  /** Realised before fees and funding. */
  realised_usd: string
  /** Fees so far. */
  fees_usd: string
  /** Funding so far, positive was received. */
  funding_usd: string
  /** Intent that opened it, null when adopted. */
  intent_id: null | string
  /** True when it was found at the venue and not opened by us. */
  adopted: boolean
  /** Leverage at entry. */
  leverage: null | number
  /** Regime at entry. */
  regime: Regime
  /** Expected time in the trade. */
  horizon_ms: null | number
  /** Stop fixed at entry. */
  initial_stop_price: null | string
  /** Target fixed at entry. */
  target_price: null | string
  /** Loss at the initial stop. */
  risk_usd: null | string
  /** Exit that is being carried out. */
  pending_exit_id: null | string
  /** Last exit that ended. */
  last_exit_id: null | string
  /** How it ended. */
  last_exit_status: null | ExecutionStatus
  /** Stop order resting at the venue. */
  protective_client_order_id: null | string
  /** Its trigger. */
  protective_stop_price: null | string
  /** Its quantity. */
  protective_quantity: null | string
  /** Time of the first fill. */
  opened_at_ms: number
  /** Time of the last change. */
  updated_at_ms: number
}

export type PositionStatus =
  | 'OPEN'
  | 'CLOSING'
  | 'UNKNOWN'

/** The consolidated price of one symbol after one tick, with what it rests on. */
export interface PriceUpdate {
  /** Environment of the ticks it was made from. */
  environment: Environment
  /** Symbol. */
  symbol: string
  /** Venue whose prices orders, stops and liquidation use. */
  trading_venue: string
  /** Consolidated price: median of the fresh venues' mids. */
  price: number
  /** Best bid at the trading venue. */
  bid: null | number
  /** Size at that bid in base units. */
  bid_size: null | number
  /** Best ask at the trading venue. */
  ask: null | number
  /** Size at that ask in base units. */
  ask_size: null | number
  /** Mark price at the trading venue. */
  mark: null | number
  /** Price of the trade in the tick that caused this update, null when it was not a trade. */
  last: null | number
  /** Size of that trade in base units. */
  last_size: null | number
  /** Side of that trade's aggressor. */
  taker_side: null | Side
  /** 10,000 x (ask - bid) / mid at the trading venue. */
  spread_bps: null | number
  /** 10,000 x (highest - lowest mid) / median over the fresh venues; null with fewer than two. */
  divergence_bps: null | number
  /** Venues in the consolidated price. */
  fresh_venues: string[]
  /** Venues left out because their last quote is too old. */
  stale_venues: string[]
  /** Fresh venues left out because they lie too far from the median (only with three or more). */
  outlier_venues: string[]
  /** Funding rate of the trading venue scaled to eight hours. */
  funding_rate_8h: null | number
  /** Time of the trading venue's next funding payment. */
  next_funding_at_ms: null | number
  /** Age of the trading venue's quote at the time of this update. */
  age_ms: number
  /** Receive time of the tick that caused this update. */
  tick_at_ms: number
}

export type Purpose =
  | 'ENTRY'
  | 'EXIT'
  | 'PROTECT'
  | 'CANCEL'
  | 'EXTERNAL'
  | 'UNKNOWN'

export type ReasonCode =
  | 'NONE'
  | 'SAFE_MODE_ACTIVE'
  | 'EXPIRED'
  | 'IN_FLIGHT'
  | 'DUPLICATE'
  | 'POSITION_OPEN'
  | 'MAX_POSITIONS'
  | 'MAX_EXPOSURE'
  | 'MAX_SYMBOL_EXPOSURE'
  | 'MAX_IN_FLIGHT'
  | 'DAILY_LOSS'
  | 'DRAWDOWN'
  | 'DAILY_LIMIT'
  | 'RATE_LIMITED'
  | 'EQUITY_UNKNOWN'
  | 'EQUITY_STALE'
  | 'INSTRUMENT_UNKNOWN'
  | 'BELOW_MIN_NOTIONAL'
  | 'BELOW_MIN_QUANTITY'
  | 'ABOVE_MAX_QUANTITY'
  | 'STOP_INVALID'
  | 'PRICE_INVALID'
  | 'LEVERAGE_BRACKET'
  | 'LEVERAGE_MISMATCH'
  | 'MARGIN_SHORT'
  | 'ENVIRONMENT_MISMATCH'
  | 'POSITION_FLAT'
  | 'EXIT_IN_FLIGHT'
  | 'REDUCE_ONLY_REJECTED'
  | 'NO_LIQUIDITY'
  | 'VENUE_REJECTED'
  | 'HALTED'
  | 'STALE_PRICE'
  | 'OTHER'

export type ReconcileAction =
  | 'NONE'
  | 'ADOPT'
  | 'CORRECT'
  | 'CLEAR'
  | 'ALERT'
  | 'CANCEL_ORDER'
  | 'UNKNOWN'

export type ReconcileFinding =
  | 'MATCHED'
  | 'GHOST_POSITION'
  | 'UNKNOWN_POSITION'
  | 'WRONG_QUANTITY'
  | 'WRONG_SIDE'
  | 'UNKNOWN_ORDER'
  | 'MISSING_STOP'
  | 'MISSING_ORDER'
  | 'STRAY_STOP'
  | 'WALLET_DRIFT'
  | 'INCOMPLETE'
  | 'OTHER'

/** The account's books against the venue's. */
export interface ReconcileReport {
  /** Unique id. */
  report_id: string
  /** Account. */
  account: string
  /** Symbol, empty for a finding about the account as a whole. */
  symbol: string
  /** What was found. */
  finding: ReconcileFinding
  /** What follows. */
  action: ReconcileAction
  /** Quantity in our books. */
  book_quantity: null | string
  /** Quantity at the venue. */
  venue_quantity: null | string
  /** Entry price at the venue. */
  venue_entry_price: null | string
  /** Leverage at the venue. */
  venue_leverage: null | number
  /** Order concerned. */
  client_order_id: null | string
  /** Whether the difference is gone. */
  resolved: boolean
  /** Time from first seen to repaired. */
  repair_ms: null | number
  /** The numbers compared, in words. */
  detail: string
  /** When the difference was first seen. */
  first_seen_at_ms: number
  /** Time. */
  at_ms: number
  /** The venue's last account event in that snapshot: fills up to it are contained in venue_quantity and must not be booked again. */
  venue_sequence: null | number
}

/** State of the reconciler for one account: its own book, kept from reports, and the open differences to the venue's. */
export interface ReconcilerChangelog {
  /** Account. */
  account: string
  /** Legs that were ever open or corrected. */
  positions: BookPosition[]
  /** Orders that were commanded or reported and have not ended. */
  orders: BookOrder[]
  /** The venue's last account event seen, -1 before the first. */
  last_sequence: number
  /** The venue's time of that event, 0 before the first. */
  last_event_at_ms: number
  /** Venue time of the last snapshot that counted, 0 before the first. */
  snapshot_as_of_ms: number
  /** Open differences, oldest first. */
  differences: OpenDifference[]
  /** When MATCHED was last reported, null when something else was reported since. */
  matched_at_ms: null | number
  /** When safe mode was asked for, null while nothing is unresolved for too long. */
  escalated_at_ms: null | number
  /** When a snapshot was last judged, null before the first. */
  judged_at_ms: null | number
}

/** A fill that is in the own book already. */
export interface ReconcilerSeenChangelog {
  /** Account. */
  account: string
  /** When it was booked. */
  at_ms: number
}

export type RefusalReason =
  | 'HOLD'
  | 'CONFIDENCE_LOW'
  | 'CONSENSUS_LOW'
  | 'SPREAD_WIDE'
  | 'DIVERGENCE_HIGH'
  | 'FUNDING_ADVERSE'
  | 'STALE_PRICE'
  | 'SIGNAL_STALE'
  | 'COOLDOWN'
  | 'SAFE_MODE'
  | 'POSITION_OPEN'
  | 'EQUITY_UNKNOWN'
  | 'EXPOSURE_HIGH'
  | 'COST_EXCEEDS_EDGE'
  | 'SIZE_TOO_SMALL'
  | 'STOP_INVALID'
  | 'INSTRUMENT_UNKNOWN'
  | 'SYMBOL_NOT_TRADED'
  | 'VOLATILITY_EXTREME'
  | 'ENVIRONMENT_MISMATCH'
  | 'DUPLICATE'
  | 'OTHER'

export type Regime =
  | 'TREND'
  | 'RANGE'
  | 'VOLATILE'
  | 'CHOP'
  | 'NORMAL'

export type RlAction =
  | 'INCREASE'
  | 'DECREASE'
  | 'KEEP'
  | 'NONE'

/** What the agent has learned for one account. */
export interface RlAgentChangelog {
  /** Account. */
  account: string
  /** Rewards learned from. */
  updates: number
  /** One cell for each discrete state seen. */
  cells: PolicyCell[]
  /** Time of the last update. */
  updated_at_ms: number
}

export type RlEffect =
  | 'NONE'
  | 'REINFORCE'
  | 'REDUCE'
  | 'WOULD_REINFORCE'
  | 'WOULD_REDUCE'

/** The reward of one decision, once for each closed trade. */
export interface RlFeedback {
  /** Unique id. */
  feedback_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Trade. */
  trade_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Decision that is rewarded. */
  intent_id: string
  /** Net R of the trade, minus the drawdown penalty. */
  reward_r: number
  /** Net R of the trade. */
  net_r: number
  /** Penalty for adverse excursion. */
  drawdown_penalty_r: number
  /** Discrete state of the decision. */
  state_key: string
  /** State vector stored with the decision. */
  features: Evidence[]
  /** Multiplier in force. */
  multiplier_applied: number
  /** Time. */
  at_ms: number
}

/** One decision that waits for its reward, or had it. */
export interface RlFeedbackIntentsChangelog {
  /** Decision. */
  intent_id: string
  /** Discrete state of the decision. */
  state_key: string
  /** State vector of the decision. */
  features: Evidence[]
  /** Multiplier in force. */
  multiplier_applied: number
  /** When the decision was seen first. */
  at_ms: number
  /** Trade that rewarded it. */
  rewarded_trade_id: null | string
}

export type RlGateReason =
  | 'PASS'
  | 'KILL_SWITCH_ACTIVE'
  | 'RL_DISABLED'
  | 'NO_RL_DATA'
  | 'POLICY_STALE'
  | 'RL_CONF_LOW'
  | 'ENSEMBLE_CONF_LOW'
  | 'COOLDOWN_ACTIVE'
  | 'NOT_ATTEMPTED'

/** What reinforcement learning said and did, also when it is off. */
export interface RlInfluence {
  /** Whether it may act at all. */
  enabled: boolean
  /** Whether its gates passed. */
  gate_pass: boolean
  /** First gate that stopped it, or PASS. */
  gate_reason: RlGateReason
  /** What the policy would do to the size. */
  action: RlAction
  /** Its confidence, 0 to 1. */
  confidence: number
  /** Policy version, empty when there is none. */
  version: string
  /** Age of the policy. */
  policy_age_ms: null | number
  /** Weight it may have, 0 in shadow. */
  weight: number
  /** Size multiplier it would use, 0.5 to 1.5. */
  multiplier_proposed: number
  /** Size multiplier that was used, exactly 1 in shadow. */
  multiplier_applied: number
  /** What came of it. */
  effect: RlEffect
}

/** What the monitor has counted for one account. */
export interface RlMonitorChangelog {
  /** Account. */
  account: string
  /** Version seen last, empty when there is none. */
  policy_version: string
  /** When that policy was made. */
  policy_updated_at_ms: null | number
  /** Time of the last reward. */
  last_feedback_at_ms: null | number
  /** Rewards counted. */
  rewards: number
  /** Mean reward. */
  mean_reward_r: number
  /** Sum of squared deviations. */
  m2_reward_r: number
  /** Rewards whose shadow is known. */
  compared: number
  /** Sum of (multiplier - 1) x net R over them. */
  shadow_gain_sum_r: number
  /** Intents whose RL gates passed. */
  gate_pass: number
  /** Intents whose RL gates did not pass. */
  gate_blocked: number
  /** Closed trades without reward, oldest first. */
  awaited: AwaitedReward[]
  /** Whether something changed since the last report. */
  changed: boolean
  /** Time of the last report. */
  reported_at_ms: number
  /** When the alert about missing rewards was raised. */
  stale_since_ms: null | number
}

/** What the agent would have done with one intent, until its reward comes. */
export interface RlMonitorShadowsChangelog {
  /** Intent. */
  intent_id: string
  /** Multiplier it would have used. */
  multiplier: number
  /** Time. */
  at_ms: number
}

/** The agent's present policy. */
export interface RlPolicy {
  /** Account. */
  account: string
  /** Version, rises with each update. */
  version: string
  /** Rewards learned from. */
  updates: number
  /** One cell for each discrete state seen. */
  cells: PolicyCell[]
  /** Time of the last update. */
  updated_at_ms: number
}

/** The monitor's view of the agent: would it have helped. */
export interface RlReport {
  /** Account. */
  account: string
  /** Version seen last. */
  policy_version: string
  /** Age of that policy, null when there is none. */
  policy_age_ms: null | number
  /** Age of the last reward, null when there is none. */
  last_feedback_age_ms: null | number
  /** Rewards counted. */
  rewards: number
  /** Mean reward. */
  mean_reward_r: null | number
  /** Half width of its 95 % interval, null below two rewards. */
  reward_interval_r: null | number
  /** Mean of (multiplier - 1) x net R: what the agent would have added per trade. */
  shadow_gain_r: null | number
  /** Intents whose RL gates passed. */
  gate_pass: number
  /** Intents whose RL gates did not pass. */
  gate_blocked: number
  /** Time. */
  at_ms: number
}

/** What the agent would have done with an intent. */
export interface RlShadow {
  /** Intent. */
  intent_id: string
  /** Correlation id. */
  correlation_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Discrete state. */
  state_key: string
  /** What it would do to the size. */
  action: RlAction
  /** Multiplier it would use, 0.5 to 1.5. */
  multiplier: number
  /** Its confidence, 0 to 1. */
  confidence: number
  /** Policy version. */
  version: string
  /** Time. */
  at_ms: number
}

export type RungStatus =
  | 'WAITING'
  | 'FIRED'
  | 'REFUSED'

/** State of the safe-mode processor for one account: what it said last. */
export interface SafeModeChangelog {
  /** Account. */
  account: string
  /** Whether safe_mode.state was ever written for this account. */
  announced: boolean
  /** Whether entries are refused. */
  active: boolean
  /** What set it last. */
  trigger: SafeModeTrigger
  /** Why it was set last, in words. */
  reason: string
  /** Who set it last. */
  actor: string
  /** Start of the present or last period. */
  since_ms: number
  /** Its end. */
  until_ms: number
  /** How often a repeat extended it. */
  extensions: number
  /** Time of the last change. */
  changed_at_ms: number
}

/** A request to switch safe mode on or off. */
export interface SafeModeCommand {
  /** Account. */
  account: string
  /** On or off. */
  active: boolean
  /** What asked for it. */
  trigger: SafeModeTrigger
  /** Why, in words. */
  reason: string
  /** Processor or person. */
  actor: string
  /** Time of the request. */
  at_ms: number
}

/** Safe mode of one account: it always has a trigger, a reason, an actor and an end. */
export interface SafeModeState {
  /** Account. */
  account: string
  /** Whether entries are refused. */
  active: boolean
  /** What set it last. */
  trigger: SafeModeTrigger
  /** Why, in words. */
  reason: string
  /** Processor or person. */
  actor: string
  /** Start of the present or last period. */
  since_ms: number
  /** Its end. */
  until_ms: number
  /** How often a repeat extended it. */
  extensions: number
  /** Time of this change. */
  changed_at_ms: number
  /** Set on a record that changes nothing: what was asked, and why nothing changed. */
  detail: null | string
}

export type SafeModeTrigger =
  | 'OPERATOR'
  | 'RATE_BREAKER'
  | 'VENUE_FAULTS'
  | 'STALE_PRICES'
  | 'RECONCILIATION'
  | 'DUPLICATE_ORDER'
  | 'DAILY_LOSS'
  | 'DRAWDOWN'
  | 'NAKED_POSITION'
  | 'UNKNOWN'

/** The last heartbeat of one processor in one task. */
export interface SeenProcessor {
  /** Processor. */
  processor: string
  /** Partition of the task. */
  partition: number
  /** Time of the heartbeat. */
  at_ms: number
  /** Start of the task. */
  started_at_ms: number
  /** Keys in its state. */
  live_keys: number
  /** Time of its last record. */
  last_input_at_ms: null | number
  /** Restarts counted in the present window. */
  restarts: number
  /** Start of that window. */
  restarts_since_ms: number
  /** Sub-topology of the task: its processors start together. */
  sub_topology: string
}

/** A topic that was observed. */
export interface SeenTopic {
  /** Topic. */
  topic: string
  /** Whether the topology declares it. */
  declared: boolean
  /** Time of the first observation; of the last one while it is undeclared. */
  seen_at_ms: number
}

export type Severity =
  | 'INFO'
  | 'WARNING'
  | 'CRITICAL'

export type Side =
  | 'BUY'
  | 'SELL'
  | 'UNKNOWN'

/** A signal that did not become an intent for an account, and why. */
export interface SignalRefused {
  /** The signal. */
  signal_id: string
  /** Correlation id of the signal. */
  correlation_id: string
  /** Account it was refused for. */
  account: string
  /** Symbol. */
  symbol: string
  /** The signal's action. */
  action: Action
  /** Why. */
  reason: RefusalReason
  /** The numbers compared, in words. */
  detail: string
  /** The signal's confidence. */
  confidence: number
  /** Time of the decision. */
  at_ms: number
}

/** Resting orders, conditional ones included. */
export interface SnapshotOrder {
  /** Symbol. */
  symbol: string
  /** Client order id. */
  client_order_id: string
  /** Type. */
  type: OrderType
  /** Side. */
  side: Side
  /** Quantity open. */
  quantity: string
  /** Trigger of a conditional order. */
  trigger_price: null | string
  /** Whether it may only reduce. */
  reduce_only: boolean
}

/** Open positions. */
export interface SnapshotPosition {
  /** Symbol. */
  symbol: string
  /** Signed quantity. */
  quantity: string
  /** Average entry price. */
  entry_price: string
  /** Mark price. */
  mark_price: string
  /** Leverage set for the symbol. */
  leverage: number
  /** Liquidation price, null when unknown or none. */
  liquidation_price: null | string
}

/** What the strategy router remembers of one account and symbol: their last intent. */
export interface StrategyRouterChangelog {
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Signal of the last intent. */
  last_signal_id: string
  /** Time of the last intent: start of the cooldown. */
  last_intent_at_ms: number
  /** Last time the policy's gates passed with a change of size, in shadow too: start of the policy's cooldown. */
  rl_influenced_at_ms: null | number
}

export type Subject =
  | 'INTENT'
  | 'EXIT'
  | 'UNKNOWN'

/** Exposure by symbol. */
export interface SymbolExposure {
  /** Symbol. */
  symbol: string
  /** Signed notional at mark. */
  notional_usd: string
  /** Its initial margin. */
  margin_usd: string
  /** Its unrealised PnL. */
  unrealised_usd: string
}

/** What the runtime sees of one topic at one time: one record for the topic itself, and one for each partition of each of its groups. The input of the lag and freshness watch. */
export interface TopicObserved {
  /** Topic. */
  topic: string
  /** Whether the topology declares it. */
  declared: boolean
  /** First retained offset, of the partition or summed over all. */
  first_offset: number
  /** Next offset, of the partition or summed over all. */
  end_offset: number
  /** Time of the last record. */
  last_record_at_ms: null | number
  /** Consumer group the lag belongs to, empty for the topic itself. */
  group: string
  /** Records not yet consumed by that group, null when unknown. */
  lag: null | number
  /** Records that retention removed before that group read them. */
  trimmed_unread: number
  /** Time of the observation. */
  at_ms: number
  /** Partition, -1 for all of them together. */
  partition: number
  /** Next offset that the group will process, as committed; null for the topic itself and when unknown. */
  committed_offset: null | number
  /** Age of the oldest record that the group has not processed; null when none waits, or when unknown. */
  lag_ms: null | number
  /** False when the group's position or the end of the partition could not be read. */
  lag_known: boolean
}

/** Progress of one processor in one task. Health is progress, never process state. */
export interface TopologyHeartbeat {
  /** Processor. */
  processor: string
  /** Sub-topology. */
  sub_topology: string
  /** Partition of the task. */
  partition: number
  /** Records handled since the task started. */
  handled: number
  /** Records emitted since the task started. */
  emitted: number
  /** Keys in its state; for the exit brain, symbols with positions watched. */
  live_keys: number
  /** Time of the last record that was not a clock tick. */
  last_input_at_ms: null | number
  /** Time of the last record it emitted. */
  last_output_at_ms: null | number
  /** First clock time of the task. */
  started_at_ms: number
  /** Time. */
  at_ms: number
}

/** A position from its first fill until its trade is closed. */
export interface TrackedPosition {
  /** Account. */
  account: string
  /** Id of the round trip. */
  position_id: string
  /** True after the tombstone: prices no longer count. */
  ended: boolean
  /** 1 long, -1 short. */
  sign: number
  /** Open quantity, above 0. */
  quantity: number
  /** Average entry price. */
  entry: number
  /** Realised before fees, in USD. */
  realised: number
  /** Lowest PnL before fees so far in USD, at most 0. */
  worst: number
  /** Highest PnL before fees so far in USD, at least 0. */
  best: number
  /** Time of the last state. */
  updated_at_ms: number
}

/** One record for each round trip. The trade closer is its only writer. */
export interface TradeClosed {
  /** Equal to position_id. */
  trade_id: string
  /** Position. */
  position_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Signal that opened it, empty when adopted. */
  signal_id: string
  /** Intent that opened it. */
  intent_id: null | string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Venue. */
  venue: string
  /** Environment. */
  environment: Environment
  /** Direction. */
  direction: Direction
  /** Regime at entry. */
  regime: Regime
  /** Leverage at entry. */
  leverage: null | number
  /** Largest absolute quantity. */
  quantity: string
  /** Average entry price. */
  entry_price: string
  /** Average exit price. */
  exit_price: string
  /** All legs; realised sums to gross, fees to fees. */
  legs: PositionLeg[]
  /** Realised before fees and funding. */
  gross_usd: string
  /** Fees. */
  fees_usd: string
  /** Funding, positive was received. */
  funding_usd: string
  /** gross - fees + funding. */
  net_usd: string
  /** Loss at the initial stop. */
  risk_usd: null | string
  /** net / risk. */
  r_multiple: null | number
  /** Largest open loss, at most 0. */
  mae_usd: string
  /** Largest open profit, at least 0. */
  mfe_usd: string
  /** mae / risk. */
  mae_r: null | number
  /** mfe / risk. */
  mfe_r: null | number
  /** First fill to last fill. */
  held_ms: number
  /** Rules that closed it, in order, without repeats. */
  exit_kinds: string[]
  /** Rule that closed the rest. */
  final_exit_kind: ExitKind
  /** Time of the first fill. */
  opened_at_ms: number
  /** Time of the last fill. */
  closed_at_ms: number
}

/** State of the trade closer for one symbol: excursions of open positions. */
export interface TradeCloserChangelog {
  /** Symbol. */
  symbol: string
  /** Open positions and those whose trade is about to be closed. */
  open: TrackedPosition[]
}

/** One closed trade: it is never closed again. */
export interface TradeCloserSeenChangelog {
  /** Position. */
  position_id: string
  /** When its trade was closed. */
  at_ms: number
}

/** A wish of the strategy router to open a position. Entries only. */
export interface TradeIntent {
  /** Id of the intent, derived from its input. */
  intent_id: string
  /** Signal it answers. */
  signal_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Account. */
  account: string
  /** Symbol. */
  symbol: string
  /** Venue to trade at. */
  venue: string
  /** Environment of account and prices. */
  environment: Environment
  /** BUY opens a long, SELL a short. */
  side: Side
  /** Size in USD: quantity x price. */
  notional_usd: string
  /** notional_usd / leverage. */
  margin_usd: string
  /** Leverage asked for; 1 is allowed. */
  leverage: number
  /** Loss at the stop: |reference - stop| x quantity. */
  risk_usd: string
  /** Price at decision time: ask for a buy, bid for a sell. */
  reference_price: string
  /** Initial stop, below the reference for a buy, above it for a sell. */
  stop_price: string
  /** Initial target on the other side. */
  target_price: string
  /** Confidence of the signal. */
  confidence: number
  /** Raw ensemble confidence. */
  ensemble_confidence: number
  /** Models that agreed. */
  consensus: number
  /** The votes behind it. */
  votes: ModelVote[]
  /** Regime at decision time. */
  regime: Regime
  /** Average true range in basis points. */
  atr_bps: number
  /** Spread at decision time. */
  spread_bps: null | number
  /** Divergence at decision time. */
  divergence_bps: null | number
  /** Funding at decision time. */
  funding_rate_8h: null | number
  /** Expected move in favour. */
  expected_move_bps: number
  /** Fees both ways, spread and funding. */
  expected_cost_bps: number
  /** Rank among competing intents; higher is better. */
  score: number
  /** Time over which the move is expected. */
  horizon_ms: number
  /** What reinforcement learning said and did, also when it is off. */
  rl: RlInfluence
  /** Time of the decision. */
  created_at_ms: number
  /** After this time the intent is refused. */
  expires_at_ms: number
  /** Receive time of the tick behind it. */
  tick_at_ms: number
}

export type Urgency =
  | 'NORMAL'
  | 'HIGH'
  | 'EMERGENCY'

export type VenueReason =
  | 'REDUCE_ONLY_REJECTED'
  | 'INSUFFICIENT_MARGIN'
  | 'FILTER'
  | 'LEVERAGE'
  | 'UNKNOWN_SYMBOL'
  | 'NO_LIQUIDITY'
  | 'WOULD_TRIGGER'
  | 'DUPLICATE_ID'
  | 'UNKNOWN_ORDER'
  | 'EXPIRED_BEFORE_SEND'
  | 'TRANSPORT'
  | 'ENVIRONMENT'
  | 'OTHER'

export type VoteStatus =
  | 'VOTING'
  | 'WARMING_UP'
  | 'DEGENERATE'
  | 'MISMATCH'
  | 'OUT'

/** The lag of one group on one topic. */
export interface WatchedGroup {
  /** Topic. */
  topic: string
  /** Consumer group. */
  group: string
  /** Records not read yet, null when unknown. */
  lag: null | number
  /** Observations in a row that did not know it. */
  unknown: number
  /** Records that were removed unread. */
  lost: number
  /** Next offset to be read. */
  position: number
  /** Since when the position has not moved, or nothing was unread. */
  stands_since_ms: number
  /** The lag at that time. */
  stands_lag: number
  /** Time of the observation. */
  observed_at_ms: number
}

/** One open position with its levels and the exit that is under way. */
export interface WatchedPosition {
  /** Id of the round trip. */
  position_id: string
  /** Correlation id of the trade. */
  correlation_id: string
  /** Account. */
  account: string
  /** Environment. */
  environment: Environment
  /** Direction of the position. */
  direction: Direction
  /** True when it has no plan of ours. */
  adopted: boolean
  /** Status as the position keeper sees it. */
  status: PositionStatus
  /** Open quantity, above 0. */
  quantity: string
  /** All quantity that entered: the base of the ladder. */
  entered_quantity: string
  /** Average entry price. */
  average_entry_price: string
  /** Leverage at entry. */
  leverage: null | number
  /** Time of the first fill. */
  opened_at_ms: number
  /** Time of the time stop. */
  deadline_at_ms: number
  /** First stop: R is its distance from the entry. */
  initial_stop_price: string
  /** Stop in force; it only tightens. */
  stop_price: string
  /** What set it last. */
  stop_reason: LevelReason
  /** Target, null when there is none or when it lies inside the costs. */
  target_price: null | string
  /** Liquidation price of the position on its own margin, null when it has none or is not known. */
  liquidation_price: null | string
  /** Mark price at which the liquidation guard closes. */
  guard_price: null | string
  /** False until the venue's brackets were seen. */
  guard_known: boolean
  /** Harvest ladder, nearest first. */
  rungs: LadderRung[]
  /** Signals sent by kind and rung. */
  attempts: ExitAttempts[]
  /** The exit under way: at most one. */
  under_way: null | ExitUnderWay
  /** Before this time nothing is decided, because an exit is under way; 0 when free. */
  waits_until_ms: number
  /** When the alert about an exit without effect was raised. */
  failed_since_ms: null | number
  /** 1 long, -1 short. */
  sign: number
  /** R: distance of entry and initial stop per unit, in price. */
  risk: number
  /** Entry. Signed by the direction (short: minus the price), so that long and short compare alike. */
  signed_entry: number
  /** Stop, signed alike. */
  signed_stop: number
  /** Target, signed alike. */
  signed_target: null | number
  /** Next waiting rung, signed alike. */
  signed_rung: null | number
  /** Guard, signed alike; compared with the mark price. */
  signed_guard: null | number
  /** Price from which the stop may move, signed alike. */
  signed_move: null | number
  /** Best price since the fill, to within one trail step, signed alike. */
  signed_best: number
  /** Improvement that is noted as a new best price. */
  best_step: number
}

/** One topic as last observed. */
export interface WatchedTopic {
  /** Topic. */
  topic: string
  /** Next offset. */
  end_offset: number
  /** Time of the last record. */
  last_record_at_ms: null | number
  /** Time of the observation, 0 before the first. */
  observed_at_ms: number
  /** Topics with an input: time of the first record of the input that has no answer yet. */
  waiting_since_ms: null | number
  /** Topics with an input: observations in which it grew since this topic did. */
  input_growths: number
}

/** Topic name to the shape of its records. */
export interface TopicRecords {
  'account.checkpoint': AccountCheckpoint
  'account.snapshot': AccountSnapshot
  'aggregator.changelog': AggregatorChangelog
  'ai.signal_generated': AiSignalGenerated
  'ai_engine.changelog': AiEngineChangelog
  'bars.changelog': BarsChangelog
  'clock.tick': ClockTick
  'connector.notes': ConnectorNotes
  'consumer_lag.changelog': ConsumerLagChangelog
  'contract.report': ContractReport
  'contract_check.changelog': ContractCheckChangelog
  'dead.letter': DeadLetter
  'duplicate_orders.changelog': DuplicateOrdersChangelog
  'duplicate_orders_seen.changelog': DuplicateOrdersSeenChangelog
  'exchange.tick': ExchangeTick
  'execution.changelog': ExecutionChangelog
  'execution.result': ExecutionResult
  'execution_gates.changelog': ExecutionGatesChangelog
  'execution_gates_seen.changelog': ExecutionGatesSeenChangelog
  'exit.level_changed': ExitLevelChanged
  'exit.signal': ExitSignal
  'exit_attribution.changelog': ExitAttributionChangelog
  'exit_brain.changelog': ExitBrainChangelog
  'exitbrain.pnl': ExitbrainPnl
  'exposure.state': ExposureState
  'freshness.changelog': FreshnessChangelog
  'funding.paid': FundingPaid
  'instrument.state': InstrumentState
  'mark.state': MarkState
  'market.bar': MarketBar
  'market.checkpoint': MarketCheckpoint
  'naked_position.changelog': NakedPositionChangelog
  'ops.alert': OpsAlert
  'ops.checkpoint': OpsCheckpoint
  'order.command': OrderCommand
  'order.report': OrderReport
  'portfolio.changelog': PortfolioChangelog
  'portfolio.state': PortfolioState
  'position.flattened': PositionFlattened
  'position.state': PositionState
  'position_keeper.changelog': PositionKeeperChangelog
  'position_keeper_seen.changelog': PositionKeeperSeenChangelog
  'price.update': PriceUpdate
  'reconcile.report': ReconcileReport
  'reconciler.changelog': ReconcilerChangelog
  'reconciler_seen.changelog': ReconcilerSeenChangelog
  'rl.feedback': RlFeedback
  'rl.policy': RlPolicy
  'rl.report': RlReport
  'rl.shadow': RlShadow
  'rl_agent.changelog': RlAgentChangelog
  'rl_feedback_intents.changelog': RlFeedbackIntentsChangelog
  'rl_monitor.changelog': RlMonitorChangelog
  'rl_monitor_shadows.changelog': RlMonitorShadowsChangelog
  'safe_mode.changelog': SafeModeChangelog
  'safe_mode.command': SafeModeCommand
  'safe_mode.state': SafeModeState
  'signal.refused': SignalRefused
  'strategy_router.changelog': StrategyRouterChangelog
  'topic.observed': TopicObserved
  'topology.heartbeat': TopologyHeartbeat
  'trade.closed': TradeClosed
  'trade.intent': TradeIntent
  'trade_closer.changelog': TradeCloserChangelog
  'trade_closer_seen.changelog': TradeCloserSeenChangelog
}
