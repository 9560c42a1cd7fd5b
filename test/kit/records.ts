// Full valid records to start from: each builder takes what the test is about and fills in the rest.
import type {
  AccountSnapshot,
  AiSignalGenerated,
  ExchangeTick,
  ExitSignal,
  ExposureState,
  FundingPaid,
  InstrumentState,
  MarketBar,
  MarkState,
  OpsAlert,
  OrderCommand,
  OrderReport,
  PortfolioState,
  PositionFlattened,
  PositionLeg,
  PositionState,
  PriceUpdate,
  ReconcileReport,
  RlFeedback,
  RlPolicy,
  SafeModeCommand,
  SafeModeState,
  SnapshotOrder,
  SnapshotPosition,
  TopicObserved,
  TopologyHeartbeat,
  TradeClosed,
  TradeIntent,
} from '../../schemas/types.gen.ts'

/** Time at which the kit's clock starts: 2023-11-14 22:13:20 UTC. */
export const startMs = 1_700_000_000_000

/** A signal to buy BTCUSDT at 100, made from a one-minute bar that ends at `startMs`. */
export function signalOf(changes: Partial<AiSignalGenerated> = {}): AiSignalGenerated {
  const symbol = changes.symbol ?? 'BTCUSDT'
  const signalId = changes.signal_id ?? `signal-${symbol}-1`
  return {
    signal_id: signalId,
    correlation_id: signalId,
    symbol,
    action: 'BUY',
    confidence: 0.8,
    ensemble_confidence: 0.85,
    votes: [
      {
        model: 'trend',
        version: '1',
        action: changes.action ?? 'BUY',
        confidence: 0.8,
        weight: 1,
        status: 'VOTING',
      },
    ],
    consensus: 3,
    models: 4,
    regime: 'TREND',
    atr: 0.1,
    atr_bps: 10,
    expected_move_bps: 60,
    horizon_ms: 720_000,
    price: 100,
    bar_interval_ms: 60_000,
    bar_open_at_ms: startMs - 60_000,
    bar_close_at_ms: startMs,
    feature_set_hash: 'f1',
    tick_at_ms: startMs,
    ...changes,
  }
}

/** A fresh price of 100 with a spread of 2 bps, one venue. */
export function markOf(changes: Partial<MarkState> = {}): MarkState {
  return {
    symbol: 'BTCUSDT',
    environment: 'PAPER',
    price: 100,
    bid: 99.99,
    ask: 100.01,
    mark: 100,
    spread_bps: 2,
    divergence_bps: null,
    funding_rate_8h: null,
    fresh: true,
    price_at_ms: startMs,
    ...changes,
  }
}

/** An instrument that trades: tick 0.01, step 0.001, 5 USD at least, taker fee 4 bps, two brackets. */
export function instrumentOf(changes: Partial<InstrumentState> = {}): InstrumentState {
  return {
    symbol: 'BTCUSDT',
    venue: 'binance',
    environment: 'PAPER',
    status: 'TRADING',
    base_asset: 'BTC',
    quote_asset: 'USDT',
    tick_size: '0.01',
    step_size: '0.001',
    min_quantity: '0.001',
    max_quantity: '10000',
    market_max_quantity: '1000',
    min_notional_usd: '5',
    price_band_fraction: 0.05,
    taker_fee_rate: '0.0004',
    maker_fee_rate: '0.0002',
    liquidation_fee_rate: '0.0125',
    brackets: [
      {
        notional_floor_usd: '0',
        notional_cap_usd: '50000',
        max_leverage: 125,
        maintenance_rate: '0.004',
        maintenance_amount_usd: '0',
      },
      {
        notional_floor_usd: '50000',
        notional_cap_usd: '10000000',
        max_leverage: 20,
        maintenance_rate: '0.01',
        maintenance_amount_usd: '300',
      },
    ],
    funding_interval_ms: 28_800_000,
    inferred: false,
    observed_at_ms: startMs,
    ...changes,
  }
}

/** A flat account of 10,000 USD whose books were just seen. */
export function portfolioOf(changes: Partial<PortfolioState> = {}): PortfolioState {
  return {
    account: 'main',
    environment: 'PAPER',
    known: true,
    wallet_usd: '10000',
    unrealised_usd: '0',
    equity_usd: '10000',
    available_usd: '10000',
    margin_used_usd: '0',
    gross_exposure_usd: '0',
    net_exposure_usd: '0',
    exposures: [],
    open_positions: 0,
    high_water_usd: '10000',
    drawdown_fraction: 0,
    day_start_at_ms: 1_699_920_000_000,
    day_start_equity_usd: '10000',
    day_pnl_usd: '0',
    losses_in_a_row: 0,
    venue_truth_age_ms: 0,
    at_ms: startMs,
    ...changes,
  }
}

/** Exposure advice that allows everything. */
export function exposureOf(changes: Partial<ExposureState> = {}): ExposureState {
  return {
    account: 'main',
    equity_usd: '10000',
    gross_fraction: 0,
    net_fraction: 0,
    margin_fraction: 0,
    largest_symbol: '',
    largest_symbol_fraction: 0,
    verdict: 'WITHIN',
    allow_long: true,
    allow_short: true,
    size_factor: 1,
    at_ms: startMs,
    ...changes,
  }
}

/** Safe mode that is off. */
export function safeModeOf(changes: Partial<SafeModeState> = {}): SafeModeState {
  return {
    account: 'main',
    active: false,
    trigger: 'UNKNOWN',
    reason: '',
    actor: 'start',
    since_ms: 0,
    until_ms: 0,
    extensions: 0,
    changed_at_ms: startMs,
    detail: null,
    ...changes,
  }
}

/** An open long of 1 BTCUSDT, entered at 100 with its stop at 99 and its target at 102, protected at 98.75. */
export function positionStateOf(changes: Partial<PositionState> = {}): PositionState {
  return {
    position_id: 'position-1',
    correlation_id: 'signal-1',
    account: 'main',
    symbol: 'BTCUSDT',
    venue: 'binance',
    environment: 'PAPER',
    status: 'OPEN',
    quantity: '1',
    peak_quantity: '1',
    average_entry_price: '100',
    realised_usd: '0',
    fees_usd: '0.04',
    funding_usd: '0',
    intent_id: 'intent-1',
    adopted: false,
    leverage: 5,
    regime: 'TREND',
    horizon_ms: 720_000,
    initial_stop_price: '99',
    target_price: '102',
    risk_usd: '1',
    pending_exit_id: null,
    last_exit_id: null,
    last_exit_status: null,
    protective_client_order_id: 'protect-1',
    protective_stop_price: '98.75',
    protective_quantity: '1',
    opened_at_ms: startMs,
    updated_at_ms: startMs,
    ...changes,
  }
}

/** A policy without cells. */
export function rlPolicyOf(changes: Partial<RlPolicy> = {}): RlPolicy {
  return {
    account: 'main',
    version: '1',
    updates: 0,
    cells: [],
    updated_at_ms: startMs,
    ...changes,
  }
}

/** A complete snapshot of a flat account of 10,000 USD before its first event. */
export function snapshotOf(changes: Partial<AccountSnapshot> = {}): AccountSnapshot {
  return {
    account: 'main',
    venue: 'binance',
    environment: 'PAPER',
    complete: true,
    wallet_usd: '10000',
    transfers_usd: '10000',
    unrealised_usd: '0',
    equity_usd: '10000',
    available_usd: '10000',
    margin_used_usd: '0',
    positions: [],
    open_orders: [],
    as_of_ms: startMs,
    venue_sequence: 0,
    ...changes,
  }
}

/** A long of 1 BTCUSDT at 100 as the venue shows it. */
export function snapshotPositionOf(changes: Partial<SnapshotPosition> = {}): SnapshotPosition {
  return {
    symbol: 'BTCUSDT',
    quantity: '1',
    entry_price: '100',
    mark_price: '100',
    leverage: 5,
    liquidation_price: null,
    ...changes,
  }
}

/** The command of that entry, at 5x, with its stop at 99 and its target at 102. */
export function orderCommandOf(changes: Partial<OrderCommand> = {}): OrderCommand {
  return {
    command_id: 'command-1',
    client_order_id: 'order-1',
    correlation_id: 'signal-1',
    account: 'main',
    symbol: 'BTCUSDT',
    venue: 'binance',
    environment: 'PAPER',
    purpose: 'ENTRY',
    type: 'MARKET',
    side: 'BUY',
    quantity: '1',
    reduce_only: false,
    price: null,
    trigger_price: null,
    leverage: 5,
    cancel_client_order_id: null,
    parent_id: 'intent-1',
    reference_price: '100',
    stop_price: '99',
    target_price: '102',
    risk_usd: '1',
    regime: 'TREND',
    horizon_ms: 720_000,
    exit_kind: null,
    exit_rung: null,
    decided_at_ms: startMs,
    commanded_at_ms: startMs,
    expires_at_ms: startMs + 10_000,
    tick_at_ms: startMs,
    ...changes,
  }
}

/** An entry that was filled whole: 1 BTCUSDT bought at 100 for a fee of 0.04 USD, the account's first event. */
export function orderReportOf(changes: Partial<OrderReport> = {}): OrderReport {
  const sequence = changes.venue_sequence ?? 1
  return {
    report_id: `report-${sequence}`,
    account: 'main',
    symbol: 'BTCUSDT',
    venue: 'binance',
    environment: 'PAPER',
    client_order_id: 'order-1',
    venue_order_id: '1',
    purpose: 'ENTRY',
    parent_id: 'intent-1',
    correlation_id: 'signal-1',
    state: 'FILLED',
    side: 'BUY',
    reduce_only: false,
    order_quantity: '1',
    filled_quantity: '1',
    venue_trade_id: `trade-${sequence}`,
    fill_quantity: '1',
    fill_price: '100',
    fee_usd: '0.04',
    liquidity: 'TAKER',
    exit_kind: null,
    exit_rung: null,
    venue_code: null,
    reason: null,
    detail: null,
    sent_at_ms: startMs,
    venue_at_ms: startMs,
    received_at_ms: startMs,
    venue_sequence: sequence,
    ...changes,
  }
}

/** A funding payment of 1 USD, the account's second event. */
export function fundingPaidOf(changes: Partial<FundingPaid> = {}): FundingPaid {
  return {
    funding_id: `funding-${changes.venue_sequence ?? 2}`,
    account: 'main',
    symbol: 'BTCUSDT',
    venue: 'binance',
    environment: 'PAPER',
    amount_usd: '-1',
    rate: 0.0001,
    quantity: '1',
    mark_price: '100',
    venue_at_ms: startMs,
    venue_sequence: 2,
    ...changes,
  }
}

/** A long of 1 BTCUSDT that was closed at its stop with a net loss of 1.08 USD. */
export function tradeClosedOf(changes: Partial<TradeClosed> = {}): TradeClosed {
  return {
    trade_id: 'position-1',
    position_id: 'position-1',
    correlation_id: 'signal-1',
    signal_id: 'signal-1',
    intent_id: 'intent-1',
    account: 'main',
    symbol: 'BTCUSDT',
    venue: 'binance',
    environment: 'PAPER',
    direction: 'LONG',
    regime: 'TREND',
    leverage: 5,
    quantity: '1',
    entry_price: '100',
    exit_price: '99',
    legs: [],
    gross_usd: '-1',
    fees_usd: '0.08',
    funding_usd: '0',
    net_usd: '-1.08',
    risk_usd: '1',
    r_multiple: -1.08,
    mae_usd: '-1',
    mfe_usd: '0',
    mae_r: -1,
    mfe_r: 0,
    held_ms: 60_000,
    exit_kinds: ['STOP'],
    final_exit_kind: 'STOP',
    opened_at_ms: startMs - 60_000,
    closed_at_ms: startMs,
    ...changes,
  }
}

/** An intent to buy 10 BTCUSDT at 100 with its stop at 99 and its target at 102; the policy is off. */
export function tradeIntentOf(changes: Partial<TradeIntent> = {}): TradeIntent {
  return {
    intent_id: 'intent-1',
    signal_id: 'signal-1',
    correlation_id: 'signal-1',
    account: 'main',
    symbol: 'BTCUSDT',
    venue: 'binance',
    environment: 'PAPER',
    side: 'BUY',
    notional_usd: '1000',
    margin_usd: '200',
    leverage: 5,
    risk_usd: '10',
    reference_price: '100',
    stop_price: '99',
    target_price: '102',
    confidence: 0.8,
    ensemble_confidence: 0.85,
    consensus: 3,
    votes: [],
    regime: 'TREND',
    atr_bps: 10,
    spread_bps: 2,
    divergence_bps: null,
    funding_rate_8h: null,
    expected_move_bps: 60,
    expected_cost_bps: 12,
    score: 0.4,
    horizon_ms: 720_000,
    rl: {
      enabled: false,
      gate_pass: false,
      gate_reason: 'RL_DISABLED',
      action: 'NONE',
      confidence: 0,
      version: '',
      policy_age_ms: null,
      weight: 0,
      multiplier_proposed: 1,
      multiplier_applied: 1,
      effect: 'NONE',
    },
    created_at_ms: startMs,
    expires_at_ms: startMs + 10_000,
    tick_at_ms: startMs,
    ...changes,
  }
}

/** One price for everything: bid, ask and mark are the price unless they are given. */
export function priceUpdateOf(changes: Partial<PriceUpdate> & { price: number }): PriceUpdate {
  const { price } = changes
  return {
    environment: 'PAPER',
    symbol: 'BTCUSDT',
    trading_venue: 'binance',
    bid: price,
    bid_size: 10,
    ask: price,
    ask_size: 10,
    mark: price,
    last: null,
    last_size: null,
    taker_side: null,
    spread_bps: 0,
    divergence_bps: null,
    fresh_venues: ['binance'],
    stale_venues: [],
    outlier_venues: [],
    funding_rate_8h: null,
    next_funding_at_ms: null,
    age_ms: 0,
    tick_at_ms: startMs,
    ...changes,
  }
}

/** An exit of 1 unit at 102 (gross 2) for a fee of 0.04. */
export function positionLegOf(changes: Partial<PositionLeg> = {}): PositionLeg {
  return {
    leg: 'EXIT',
    client_order_id: 'order-2',
    parent_id: 'exit-1',
    exit_kind: 'TARGET',
    exit_rung: 0,
    quantity: '1',
    average_price: '102',
    fees_usd: '0.04',
    realised_usd: '2',
    first_fill_at_ms: startMs + 60_000,
    last_fill_at_ms: startMs + 60_000,
    ...changes,
  }
}

/** The end of the long of `positionStateOf` at its target after a minute: gross 2, fees 0.08, net 1.92, risk 1. */
export function positionFlattenedOf(changes: Partial<PositionFlattened> = {}): PositionFlattened {
  return {
    position_id: 'position-1',
    correlation_id: 'signal-1',
    account: 'main',
    symbol: 'BTCUSDT',
    venue: 'binance',
    environment: 'PAPER',
    direction: 'LONG',
    intent_id: 'intent-1',
    adopted: false,
    regime: 'TREND',
    leverage: 5,
    peak_quantity: '1',
    average_entry_price: '100',
    average_exit_price: '102',
    initial_stop_price: '99',
    risk_usd: '1',
    legs: [
      positionLegOf({
        leg: 'ENTRY',
        client_order_id: 'order-1',
        parent_id: 'intent-1',
        exit_kind: null,
        exit_rung: null,
        average_price: '100',
        realised_usd: '0',
        first_fill_at_ms: startMs,
        last_fill_at_ms: startMs,
      }),
      positionLegOf(),
    ],
    gross_usd: '2',
    fees_usd: '0.08',
    funding_usd: '0',
    net_usd: '1.92',
    opened_at_ms: startMs,
    closed_at_ms: startMs + 60_000,
    ...changes,
  }
}

/** An exit of the whole long of `positionStateOf` at its stop. */
export function exitSignalOf(changes: Partial<ExitSignal> = {}): ExitSignal {
  return {
    exit_id: 'exit-1',
    position_id: 'position-1',
    correlation_id: 'signal-1',
    account: 'main',
    symbol: 'BTCUSDT',
    environment: 'PAPER',
    kind: 'STOP',
    rung: 0,
    attempt: 1,
    side: 'SELL',
    quantity: '1',
    closes_all: true,
    urgency: 'HIGH',
    trigger_price: '99',
    observed_price: '99',
    r_multiple: -1,
    evidence: [],
    created_at_ms: startMs,
    tick_at_ms: startMs,
    ...changes,
  }
}

/** The venue holds a long of 1 BTCUSDT at 100 that our books do not know. */
export function reconcileReportOf(changes: Partial<ReconcileReport> = {}): ReconcileReport {
  return {
    report_id: 'reconcile-1',
    account: 'main',
    symbol: 'BTCUSDT',
    finding: 'UNKNOWN_POSITION',
    action: 'ADOPT',
    book_quantity: '0',
    venue_quantity: '1',
    venue_entry_price: '100',
    venue_leverage: 5,
    client_order_id: null,
    resolved: false,
    repair_ms: null,
    detail: '',
    first_seen_at_ms: startMs,
    at_ms: startMs,
    venue_sequence: null,
    ...changes,
  }
}

/** A quote of BTCUSDT from binance received at `startMs`: bid 99.99, ask 100.01. */
export function exchangeTickOf(changes: Partial<ExchangeTick> = {}): ExchangeTick {
  return {
    venue: 'binance',
    environment: 'PAPER',
    symbol: 'BTCUSDT',
    bid: 99.99,
    bid_size: 3,
    ask: 100.01,
    ask_size: 2,
    last: null,
    last_size: null,
    taker_side: null,
    mark: null,
    funding_rate: null,
    funding_interval_ms: null,
    next_funding_at_ms: null,
    venue_at_ms: null,
    received_at_ms: startMs,
    sequence: null,
    ...changes,
  }
}

/** A complete one-minute bar of BTCUSDT that opens at `startMs`: 100, 101, 99, 100, with 10 units traded, half of them bought. */
export function marketBarOf(changes: Partial<MarketBar> = {}): MarketBar {
  const intervalMs = changes.interval_ms ?? 60_000
  const openAtMs = changes.open_at_ms ?? startMs
  return {
    symbol: 'BTCUSDT',
    interval_ms: intervalMs,
    open_at_ms: openAtMs,
    close_at_ms: openAtMs + intervalMs,
    open: 100,
    high: 101,
    low: 99,
    close: 100,
    volume: 10,
    taker_buy_volume: 5,
    taker_sell_volume: 5,
    trade_count: 20,
    update_count: 100,
    complete: true,
    gap: false,
    missing_bars: 0,
    tick_at_ms: openAtMs + intervalMs,
    ...changes,
  }
}

/** An operator who switches safe mode on. */
export function safeModeCommandOf(changes: Partial<SafeModeCommand> = {}): SafeModeCommand {
  return {
    account: 'main',
    active: true,
    trigger: 'OPERATOR',
    reason: 'checking something',
    actor: 'operator',
    at_ms: startMs,
    ...changes,
  }
}

/** The stop that protects the long of `snapshotPositionOf` as the venue shows it. */
export function snapshotOrderOf(changes: Partial<SnapshotOrder> = {}): SnapshotOrder {
  return {
    symbol: 'BTCUSDT',
    client_order_id: 'protect-1',
    type: 'STOP_MARKET',
    side: 'SELL',
    quantity: '1',
    trigger_price: '98.75',
    reduce_only: true,
    ...changes,
  }
}

/** A declared topic with ten records, the last just now; no group. */
export function topicObservedOf(changes: Partial<TopicObserved> = {}): TopicObserved {
  return {
    topic: 'price.update',
    declared: true,
    first_offset: 0,
    end_offset: 10,
    last_record_at_ms: changes.at_ms ?? startMs,
    group: '',
    lag: 0,
    trimmed_unread: 0,
    at_ms: startMs,
    partition: -1,
    committed_offset: null,
    lag_ms: null,
    lag_known: changes.lag !== null,
    ...changes,
  }
}

/** An alert that has just been raised. */
export function opsAlertOf(changes: Partial<OpsAlert> = {}): OpsAlert {
  return {
    alert_id: 'LAG_HIGH|trading.account|trade.intent|0',
    kind: 'LAG_HIGH',
    severity: 'WARNING',
    state: 'RAISED',
    subject: 'trading.account|trade.intent|0',
    detail: 'expected less, was more',
    raised_at_ms: startMs,
    at_ms: startMs,
    ...changes,
  }
}

/** The exit brain without positions, that has just taken in a record. */
export function heartbeatOf(changes: Partial<TopologyHeartbeat> = {}): TopologyHeartbeat {
  return {
    processor: 'exit-brain',
    sub_topology: 'market',
    partition: 0,
    handled: 100,
    emitted: 1,
    live_keys: 0,
    last_input_at_ms: changes.at_ms ?? startMs,
    last_output_at_ms: null,
    started_at_ms: startMs,
    at_ms: startMs,
    ...changes,
  }
}

/** A reward of 1 R for the intent of `tradeIntentOf`. */
export function rlFeedbackOf(changes: Partial<RlFeedback> = {}): RlFeedback {
  return {
    feedback_id: `feedback-${changes.trade_id ?? 'position-1'}`,
    account: 'main',
    symbol: 'BTCUSDT',
    trade_id: 'position-1',
    correlation_id: 'signal-1',
    intent_id: 'intent-1',
    reward_r: 1,
    net_r: 1,
    drawdown_penalty_r: 0,
    state_key: 'TREND|BUY|c3|v1',
    features: [],
    multiplier_applied: 1,
    at_ms: startMs,
    ...changes,
  }
}
