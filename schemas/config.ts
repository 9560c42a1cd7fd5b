// The configuration's schema: every setting, its default, its limits and what it means. Nothing here is a secret.
import { z } from 'zod'
import type { Topic } from './topic.ts'
import { accountSnapshot, portfolioState, topologyHeartbeat } from './topics.ts'

const fraction = z.number().min(0).max(1)
const ms = z.number().int().positive()
const bps = z.number().nonnegative()
const money = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'expected a decimal number as text, such as "10000"')
const symbol = z
  .string()
  .regex(/^[A-Z0-9]{2,30}$/, 'expected an exchange symbol such as BTCUSDT or 1000PEPEUSDT')
const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a lower-case name such as main')

const account = z.strictObject({
  name: name.describe('Name of the account; part of every key of the account domain.'),
  symbols: z.array(symbol).min(1).describe('Symbols this account may trade.'),
  max_leverage: z
    .number()
    .int()
    .min(1)
    .max(125)
    .default(5)
    .describe("Cap on leverage, below the venue's bracket."),
  starting_balance_usd: money
    .default('10000')
    .describe('Deposit of a paper account when it is opened.'),
})

const aggregator = z.strictObject({
  stale_after_ms: ms
    .default(5_000)
    .describe('A venue whose last quote is older leaves the consolidated price.'),
  outlier_bps: bps
    .default(100)
    .describe(
      'With three or more fresh venues, one that lies farther from the median is left out.',
    ),
  backward_tolerance_ms: z
    .number()
    .int()
    .nonnegative()
    .default(5_000)
    .describe(
      'How far receive time may go back for one venue, or lie ahead of our own clock, before the tick is a dead letter.',
    ),
})

const bars = z.strictObject({
  interval_ms: ms
    .default(60_000)
    .describe('Interval of the bars the AI engine uses. One-minute bars are always built too.'),
})

const ai = z.strictObject({
  weights: z
    .strictObject({
      trend: fraction,
      'mean-reversion': fraction,
      breakout: fraction,
      'order-flow': fraction,
    })
    .default({ trend: 0.3, 'mean-reversion': 0.2, breakout: 0.25, 'order-flow': 0.25 })
    .describe('Weight of each model; they are re-normalised over the models that vote.'),
  consensus: z
    .number()
    .int()
    .min(1)
    .max(4)
    .default(3)
    .describe('Equal directional votes needed of four; fewer is HOLD.'),
  warm_up_bars: z
    .number()
    .int()
    .positive()
    .default(20)
    .describe('Complete bars a model needs before it votes.'),
  horizon_bars: z
    .number()
    .int()
    .positive()
    .default(12)
    .describe('Bars over which a move is expected.'),
  degenerate_after: z
    .number()
    .int()
    .positive()
    .default(200)
    .describe('A model with one class in its last N outputs leaves the vote.'),
  confidence_cap: fraction
    .default(0.95)
    .describe('Upper bound of confidence. There is no lower bound: no rule raises confidence.'),
})

const router = z.strictObject({
  min_confidence: fraction.default(0.55).describe('The one confidence threshold.'),
  max_spread_bps: bps.default(15).describe('Entries are refused above this spread.'),
  max_divergence_bps: bps
    .default(60)
    .describe('Entries are refused above this divergence between venues.'),
  max_funding_8h: z
    .number()
    .nonnegative()
    .default(0.001)
    .describe('Blocks only the side that pays.'),
  max_atr_bps: bps.default(500).describe('Entries are refused above this volatility.'),
  price_max_age_ms: ms.default(5_000).describe('Older prices refuse entries with STALE_PRICE.'),
  signal_max_age_ms: ms.default(5_000).describe('Older signals are refused.'),
  intent_ttl_ms: ms.default(10_000).describe('Life of an intent.'),
  cooldown_ms: z
    .number()
    .int()
    .nonnegative()
    .default(60_000)
    .describe('Pause for account and symbol after an intent.'),
  risk_fraction: fraction.default(0.005).describe('Share of equity lost at the stop.'),
  max_notional_fraction: z
    .number()
    .positive()
    .default(1)
    .describe("Cap on one trade's notional as a multiple of equity."),
  stop_sigmas: z
    .number()
    .positive()
    .default(1.5)
    .describe('Stop distance in standard moves over the horizon.'),
  target_r: z
    .number()
    .positive()
    .default(2)
    .describe('Target distance as a multiple of the stop distance.'),
  min_stop_bps: bps
    .default(10)
    .describe('Smallest stop distance; also at least the round-trip cost.'),
  max_stop_bps: bps.default(1_000).describe('Larger stop distances refuse the entry.'),
  edge_factor: z
    .number()
    .nonnegative()
    .default(1)
    .describe(
      'Expected move x confidence must exceed this multiple of the costs. 0 switches the gate off.',
    ),
  slippage_bps: bps.default(1).describe('Slippage assumed each way in the cost of a trade.'),
})

const limits = z.strictObject({
  max_open_positions: z
    .number()
    .int()
    .positive()
    .default(5)
    .describe('Open positions and live entries together.'),
  max_in_flight: z
    .number()
    .int()
    .positive()
    .default(3)
    .describe('Live entry orders of the account.'),
  max_gross_fraction: z
    .number()
    .positive()
    .default(3)
    .describe('Gross exposure as a multiple of equity.'),
  max_symbol_fraction: z
    .number()
    .positive()
    .default(1)
    .describe('Exposure of one symbol as a multiple of equity.'),
  daily_loss_fraction: fraction
    .default(0.03)
    .describe(
      "Loss since 00:00 UTC, as a share of the day's first equity, that stops entries until the next day.",
    ),
  max_drawdown_fraction: fraction
    .default(0.15)
    .describe('Drawdown from the high-water mark that stops entries.'),
  max_entries_per_day: z.number().int().positive().default(500).describe('Entries per UTC day.'),
  max_entries_per_minute: z.number().int().positive().default(20).describe('Entries in any 60 s.'),
  decision_window_ms: z
    .number()
    .int()
    .nonnegative()
    .default(200)
    .describe('When free slots are scarce, intents wait this long and the best are taken.'),
  equity_max_age_ms: ms.default(60_000).describe('Older venue truth refuses entries.'),
  margin_buffer_fraction: fraction
    .default(0.05)
    .describe('Share of available margin that is never used.'),
  backstop_fraction: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.25)
    .describe('The resting stop lies this share of the stop distance beyond the local stop.'),
})

const rung = z.strictObject({ r: z.number().positive(), fraction: fraction })

const exits = z.strictObject({
  ladder: z
    .array(rung)
    .default([
      { r: 1, fraction: 0.3 },
      { r: 2, fraction: 0.3 },
    ])
    .describe(
      'Harvest ladder: at r, close this fraction of the initial quantity. The rest runs to target, trail or time.',
    ),
  break_even_r: z
    .number()
    .positive()
    .default(1)
    .describe('From this profit on, the stop is moved to entry plus costs.'),
  trail_start_r: z
    .number()
    .positive()
    .default(1.5)
    .describe('From this profit on, the stop trails.'),
  trail_r: z
    .number()
    .positive()
    .default(1)
    .describe('Distance of the trailing stop from the best price, in R.'),
  trail_step_r: z
    .number()
    .positive()
    .default(0.1)
    .describe('Smallest move of the trailing stop, in R; it bounds the number of records.'),
  time_stop_horizons: z
    .number()
    .positive()
    .default(1)
    .describe('Positions are closed after this many horizons of their signal.'),
  max_hold_ms: ms
    .default(86_400_000)
    .describe('Upper bound of the time stop; also used for adopted positions.'),
  liquidation_guard_fraction: fraction
    .default(0.3)
    .describe('Close when this share of the entry-to-liquidation distance is all that is left.'),
  adopted_stop_bps: bps
    .default(200)
    .describe('Stop distance for positions adopted without a plan.'),
  follow_up_ms: ms
    .default(2_000)
    .describe('An exit without effect after this time is sent again with a higher attempt.'),
  silent_after_ms: ms
    .default(15_000)
    .describe('Open positions without a usable price for longer raise an alert.'),
  round_trip_cost_bps: bps
    .default(12)
    .describe('Fees and slippage both ways; no target lies inside, break-even lies beyond.'),
})

const exposure = z.strictObject({
  max_gross_fraction: z
    .number()
    .positive()
    .default(2.5)
    .describe('Gross exposure over equity at which the router is told to stop.'),
  max_net_fraction: z
    .number()
    .positive()
    .default(2)
    .describe('Net exposure over equity at which the router may only trade the other side.'),
  max_margin_fraction: fraction
    .default(0.65)
    .describe('Margin used over equity at which the router is told to stop.'),
})

const rl = z.strictObject({
  mode: z
    .enum(['off', 'shadow', 'live'])
    .default('shadow')
    .describe('In shadow it says what it would do and changes nothing.'),
  kill_switch: z.boolean().default(false).describe('Stops all influence at once.'),
  max_policy_age_ms: ms.default(600_000).describe('Older policies have no influence.'),
  min_confidence: fraction.default(0.65).describe('Confidence of the policy needed.'),
  min_ensemble_confidence: fraction.default(0.55).describe('Confidence of the ensemble needed.'),
  cooldown_ms: ms.default(120_000).describe('Pause between two influences on one symbol.'),
  max_weight: fraction.default(0.1).describe("Largest weight of the policy's multiplier."),
  drawdown_penalty: z
    .number()
    .nonnegative()
    .default(0.1)
    .describe('Share of the adverse excursion, in R, taken from the reward.'),
})

const safeMode = z.strictObject({
  duration_ms: ms.default(900_000).describe('Length of safe mode.'),
  max_extensions: z
    .number()
    .int()
    .nonnegative()
    .default(3)
    .describe(
      'How often a repeated trigger may extend it within one period; each extension ends duration_ms after the repeat.',
    ),
  venue_faults: z
    .number()
    .int()
    .positive()
    .default(5)
    .describe('Venue faults within the window that set safe mode. Business refusals do not count.'),
  venue_faults_window_ms: ms.default(60_000).describe('That window.'),
})

const watch = z.strictObject({
  heartbeat_ms: ms.default(2_000).describe('Interval of topology.heartbeat.'),
  observe_ms: ms.default(2_000).describe('Interval of topic.observed.'),
  snapshot_ms: ms.default(2_000).describe('Interval of account.snapshot.'),
  max_lag: z
    .number()
    .int()
    .positive()
    .default(10_000)
    .describe('Lag of one group in one partition, in records, that raises an alert.'),
  max_lag_ms: ms
    .default(30_000)
    .describe('The same in time: the age of the oldest record that the group has not processed.'),
  lag_floor: z
    .number()
    .int()
    .nonnegative()
    .default(100)
    .describe('A lag of at most so many records is never called growing.'),
  lag_grace_ms: ms
    .default(10_000)
    .describe('A lag must stay above a limit for this long: a burst that drains is none.'),
  lag_unknown_ms: ms
    .default(15_000)
    .describe("A group's lag that can't be read for longer raises an alert."),
  growth_window_ms: ms
    .default(30_000)
    .describe(
      'Input that grows for this long without output, a lag that grows or a reader that stands for this long raise an alert.',
    ),
  naked_after_ms: ms
    .default(5_000)
    .describe('A position without a resting stop for longer raises an alert and safe mode.'),
  reconcile_confirmations: z
    .number()
    .int()
    .min(1)
    .default(2)
    .describe('Equal snapshots in a row that confirm a difference.'),
  reconcile_unresolved_ms: ms
    .default(30_000)
    .describe('A difference to the venue that stays for longer sets safe mode.'),
  reconcile_matched_ms: ms
    .default(300_000)
    .describe('While the books match, that is reported at most this often.'),
  snapshot_max_age_ms: ms
    .default(30_000)
    .describe('A snapshot older than this when it arrives changes nothing.'),
})

const log = z.strictObject({
  path: z.string().min(1).default('data/quantum.sqlite').describe('File of the embedded log.'),
  commit_interval_ms: z
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(5)
    .describe('Longest wait for more records before a commit.'),
  max_batch: z.number().int().positive().default(500).describe('Input records of one transaction.'),
  market_partitions: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Partitions of the market domain, fixed when the log is created.'),
  account_partitions: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Partitions of the account domain, fixed when the log is created.'),
})

const secretFile = z.string().min(1).nullable().default(null)
const onError = z.enum(['dead-letter', 'fail'])

const kafka = z.strictObject({
  brokers: z
    .array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'expected host:port'))
    .min(1)
    .default(['127.0.0.1:19092'])
    .describe('Bootstrap brokers.'),
  topic_prefix: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{0,40}$/)
    .default('')
    .describe(
      'Put before every topic name, group and transactional id; several systems on one broker.',
    ),
  instance: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{0,60}$/)
    .default('')
    .describe(
      'Name of this process in its groups: a restart under the same name takes its partitions back at once. Empty: a new member each time.',
    ),
  market_partitions: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(6)
    .describe('Partitions of the market domain, fixed when the topics are created.'),
  account_partitions: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(6)
    .describe('Partitions of the account domain, fixed when the topics are created.'),
  replication: z.number().int().min(1).max(9).default(1).describe('Replicas of each partition.'),
  min_insync: z
    .number()
    .int()
    .min(1)
    .max(9)
    .default(1)
    .describe('Replicas that must have a record before it counts (min.insync.replicas).'),
  commit_interval_ms: z
    .number()
    .int()
    .min(0)
    .max(5_000)
    .default(10)
    .describe('Longest wait for more records before a transaction.'),
  max_batch: z
    .number()
    .int()
    .positive()
    .default(5_000)
    .describe('Input records of one transaction.'),
  transaction_timeout_ms: ms
    .max(900_000)
    .default(60_000)
    .describe('The broker aborts a transaction that is open for longer.'),
  session_timeout_ms: ms
    .max(300_000)
    .default(10_000)
    .describe('A process that the broker has not heard for this long loses its partitions.'),
  request_timeout_ms: ms.default(30_000).describe('Longest wait for an answer of a broker.'),
  on_error: z
    .strictObject({
      deserialise: onError.default('dead-letter').describe('Bytes that no schema fits.'),
      process: onError.default('fail').describe('A processor that throws.'),
      produce: onError
        .default('fail')
        .describe('A result that the broker refuses, such as one that is too large.'),
    })
    .prefault({})
    .describe(
      'What becomes of a record that can not be dealt with: a dead letter, or the task stops.',
    ),
  on_lost_input: z
    .enum(['fail', 'skip'])
    .default('fail')
    .describe(
      'What a task does when retention removed records that it has not processed: stop, or go on with the first that is left. Prices and heartbeats are always skipped.',
    ),
  tls: z
    .strictObject({
      enabled: z.boolean().default(false).describe('TLS to the brokers.'),
      ca_file: secretFile.describe(
        'Certificate authority (PEM) of the brokers; null: the system’s.',
      ),
      cert_file: secretFile.describe('Own certificate (PEM), for mutual TLS.'),
      key_file: secretFile.describe('Its key (PEM).'),
    })
    .prefault({}),
  sasl: z
    .strictObject({
      mechanism: z
        .enum(['none', 'plain', 'scram-sha-256', 'scram-sha-512'])
        .default('none')
        .describe('How the process says who it is.'),
      username: z.string().default('').describe('User name.'),
      password_file: secretFile.describe(
        'File that holds the password. Or set QUANTUM_KAFKA_PASSWORD; it is never a setting.',
      ),
    })
    .prefault({}),
})

const registry = z.strictObject({
  url: z.url().default('http://127.0.0.1:18081').describe('Base URL of the schema registry.'),
  username: z.string().default('').describe('User name for basic authentication; empty: none.'),
  password_file: secretFile.describe(
    'File that holds the password. Or set QUANTUM_REGISTRY_PASSWORD; it is never a setting.',
  ),
  auto_register: z
    .boolean()
    .default(false)
    .describe('Registers schemas at start. Off: `quantum schemas register` does.'),
  timeout_ms: ms.default(5_000).describe('Longest wait for an answer of the registry.'),
})

const http = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address that health and metrics are served on.'),
  port: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .nullable()
    .default(null)
    .describe('Port of /livez, /readyz and /metrics; null: none, 0: any free one.'),
})

const simulator = z.strictObject({
  path: z
    .string()
    .min(1)
    .default('data/venue.sqlite')
    .describe('File of the simulated venue; never the log.'),
  latency_ms: z.number().int().nonnegative().default(20).describe('Command to matching.'),
  report_latency_ms: z.number().int().nonnegative().default(10).describe('Matching to report.'),
})

const market = z.strictObject({
  seed: z.number().int().nonnegative().default(1).describe('Seed of the generated market.'),
  ticks_per_second: z
    .number()
    .positive()
    .default(40)
    .describe('Generated ticks per second over all symbols and venues.'),
  liveliness: z
    .number()
    .positive()
    .default(1)
    .describe('How far prices move; 1 is about 100 bps a minute.'),
})

const shape = z.strictObject({
  environment: z
    .enum(['PAPER', 'DEMO', 'LIVE', 'BACKTEST'])
    .default('PAPER')
    .describe('Stamped on every order; environments never mix.'),
  trading_venue: name
    .default('binance')
    .describe('The venue that trades and whose prices count for orders.'),
  pricing_venues: z.array(name).default([]).describe('Further venues that only price.'),
  accounts: z
    .array(account)
    .min(1)
    .default([
      {
        name: 'main',
        symbols: ['BTCUSDT', 'ETHUSDT'],
        max_leverage: 5,
        starting_balance_usd: '10000',
      },
    ]),
  clock_ms: ms.default(1_000).describe('Interval of clock.tick.'),
  aggregator: aggregator.prefault({}),
  bars: bars.prefault({}),
  ai: ai.prefault({}),
  router: router.prefault({}),
  limits: limits.prefault({}),
  exits: exits.prefault({}),
  exposure: exposure.prefault({}),
  rl: rl.prefault({}),
  safe_mode: safeMode.prefault({}),
  watch: watch.prefault({}),
  runtime: z
    .enum(['embedded', 'redpanda'])
    .default('embedded')
    .describe('Where the log is kept: one file, or a broker that speaks the Kafka API.'),
  kafka: kafka.prefault({}),
  registry: registry.prefault({}),
  http: http.prefault({}),
  log: log.prefault({}),
  simulator: simulator.prefault({}),
  market: market.prefault({}),
})

export const configSchema = shape.superRefine((config, ctx) => {
  for (const { path, message } of contradictions(config))
    ctx.addIssue({ code: 'custom', path: path.split('.'), message })
})

/** The whole configuration, with defaults filled in. */
export type Config = z.infer<typeof shape>

interface Contradiction {
  readonly path: string
  /** Expected and actual, each with its value. */
  readonly message: string
}

/** Settings that are sound one by one and can't be meant together. */
function contradictions(config: Config): Contradiction[] {
  return [
    ...config.accounts.flatMap(accountFaults),
    ...marketFaults(config),
    ...tradeFaults(config),
    ...exitFaults(config.exits, config.aggregator.stale_after_ms),
    ...intervalFaults(config),
    ...registryFaults(config.registry.url),
    ...kafkaFaults(config.kafka),
  ]
}

/** Half a security setting is none: what it was meant to protect would go out in the clear. */
function kafkaFaults({ tls, sasl, min_insync, replication }: Config['kafka']): Contradiction[] {
  const files = (['ca_file', 'cert_file', 'key_file'] as const).filter((name) => tls[name] !== null)
  const has = (name: (typeof files)[number]): boolean => files.includes(name)
  const [alone, missing] = has('cert_file') ? ['cert_file', 'key_file'] : ['key_file', 'cert_file']
  return [
    ...faultUnless(
      min_insync <= replication,
      'kafka.min_insync',
      `at most kafka.replication ${String(replication)}`,
      min_insync,
    ),
    ...faultUnless(
      tls.enabled || files.length === 0,
      `kafka.tls.${String(files[0])}`,
      'kafka.tls.enabled true with it',
      'false',
    ),
    ...faultUnless(
      has('cert_file') === has('key_file'),
      `kafka.tls.${alone}`,
      `kafka.tls.${missing} with it`,
      'none',
    ),
    ...faultUnless(
      sasl.mechanism === 'none' || sasl.username !== '',
      'kafka.sasl.mechanism',
      `kafka.sasl.username with ${sasl.mechanism}`,
      'none',
    ),
    ...faultUnless(
      sasl.mechanism !== 'none' || sasl.username === '',
      'kafka.sasl.username',
      `kafka.sasl.mechanism with ${sasl.username}`,
      'none',
    ),
  ]
}

/** The address is printed and logged, so it may hold no secret, and the message does not repeat it. */
function registryFaults(url: string): Contradiction[] {
  const hasUser = /^[a-z+]+:\/\/[^/]*@/i.test(url)
  const wanted =
    'no user or password in it: use registry.username, and registry.password_file or QUANTUM_REGISTRY_PASSWORD'
  return faultUnless(!hasUser, 'registry.url', wanted, 'an address with one')
}

/** A contradiction if what is expected does not hold. */
function faultUnless(holds: boolean, path: string, wanted: string, was: string | number) {
  return holds ? [] : [{ path, message: `expected ${wanted}, was ${String(was)}` }]
}

function accountFaults(one: Config['accounts'][number], index: number): Contradiction[] {
  const path = `accounts.${String(index)}`
  const { symbols, starting_balance_usd: balance } = one
  return [
    ...faultUnless(isDistinct(symbols), `${path}.symbols`, 'each symbol once', symbols.join(', ')),
    ...faultUnless(Number(balance) > 0, `${path}.starting_balance_usd`, 'more than 0', balance),
  ]
}

function marketFaults({ accounts, trading_venue, pricing_venues, log, simulator }: Config) {
  const names = accounts.map((one) => one.name)
  const others = `venues other than trading_venue ${trading_venue}`
  return [
    ...faultUnless(isDistinct(names), 'accounts', 'different names', names.join(', ')),
    ...faultUnless(
      !pricing_venues.includes(trading_venue),
      'pricing_venues',
      others,
      pricing_venues.join(', '),
    ),
    ...faultUnless(
      plainPath(simulator.path) !== plainPath(log.path),
      'simulator.path',
      `another file than log.path ${log.path}`,
      simulator.path,
    ),
  ]
}

const isDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length

/** A path without what changes nothing in it, for example `./` and double slashes. */
const plainPath = (path: string): string =>
  path
    .split('/')
    .filter((part, i) => part !== '.' && (part !== '' || i === 0))
    .join('/')

function tradeFaults({ ai, router, limits }: Config): Contradiction[] {
  const weights = Object.entries(ai.weights)
  const { min_stop_bps: least, max_stop_bps: most, intent_ttl_ms: ttlMs } = router
  return [
    ...faultUnless(
      weights.some(([, weight]) => weight > 0),
      'ai.weights',
      'a weight above 0',
      weights.map(([model, weight]) => `${model} ${String(weight)}`).join(', '),
    ),
    ...faultUnless(
      least <= most,
      'router.min_stop_bps',
      `at most router.max_stop_bps ${String(most)}`,
      least,
    ),
    ...faultUnless(
      limits.decision_window_ms < ttlMs,
      'limits.decision_window_ms',
      `less than router.intent_ttl_ms ${String(ttlMs)}`,
      limits.decision_window_ms,
    ),
  ]
}

function exitFaults(exits: Config['exits'], staleAfterMs: number): Contradiction[] {
  const { ladder, break_even_r: breakEvenR, trail_start_r: trailR } = exits
  const sum = ladder.reduce((total, one) => total + one.fraction, 0)
  return [
    ...faultUnless(
      trailR >= breakEvenR,
      'exits.trail_start_r',
      `at least break_even_r ${String(breakEvenR)}`,
      trailR,
    ),
    ...faultUnless(
      ladder.every((one, i) => i === 0 || one.r > ladder[i - 1]!.r),
      'exits.ladder',
      'rising r',
      ladder.map((one) => one.r).join(', '),
    ),
    ...faultUnless(sum <= 1, 'exits.ladder', 'fractions that sum to at most 1', sum),
    ...faultUnless(
      exits.silent_after_ms > staleAfterMs,
      'exits.silent_after_ms',
      `more than aggregator.stale_after_ms ${String(staleAfterMs)}`,
      exits.silent_after_ms,
    ),
  ]
}

/** What is written or looked at by an interval must come before somebody misses it. */
function intervalFaults({ environment, clock_ms, watch, limits }: Config): Contradiction[] {
  const { heartbeat_ms, snapshot_ms, observe_ms, growth_window_ms: windowMs } = watch
  const inTime = (path: string, intervalMs: number, topic: Topic): Contradiction[] => {
    const limitMs = topic.fresh?.withinMs ?? Infinity
    const wanted = `at most ${String(limitMs)}, the age at which ${topic.name} is stale`
    return faultUnless(intervalMs <= limitMs, path, wanted, intervalMs)
  }
  const equity = faultUnless(
    limits.equity_max_age_ms > snapshot_ms,
    'limits.equity_max_age_ms',
    `more than watch.snapshot_ms ${String(snapshot_ms)}`,
    limits.equity_max_age_ms,
  )
  // A backtest looks by the minute or the day, and no limit of the watch is finer than its looks.
  if (environment === 'BACKTEST') return equity
  return [
    ...equity,
    ...inTime('clock_ms', clock_ms, portfolioState),
    ...inTime('watch.heartbeat_ms', heartbeat_ms, topologyHeartbeat),
    ...inTime('watch.snapshot_ms', snapshot_ms, accountSnapshot),
    ...faultUnless(
      observe_ms <= windowMs,
      'watch.observe_ms',
      `at most watch.growth_window_ms ${String(windowMs)}`,
      observe_ms,
    ),
  ]
}
