import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../cli/configuration/load.ts'
import { backtestConfig } from '../../connectors/backtest/settings.ts'
import { configSchema } from '../../schemas/config.ts'
import { testConfig } from '../kit/given.ts'

const minuteMs = 60_000

/** What is said about settings: name, and both values. */
const faultsOf = (changes: object): string[] =>
  configSchema.safeParse(changes).error?.issues.map((i) => `${i.path.join('.')}: ${i.message}`) ??
  []

const account = (changes: object) => ({
  accounts: [{ name: 'main', symbols: ['BTCUSDT'], ...changes }],
})
const rungs = (...all: [r: number, fraction: number][]) => ({
  exits: { ladder: all.map(([r, fraction]) => ({ r, fraction })) },
})
const nobody = { trend: 0, 'mean-reversion': 0, breakout: 0, 'order-flow': 0 }

describe('settings that contradict each other are refused with their names and values', () => {
  test.each<[string, object, string]>([
    [
      'the smallest stop is larger than the largest',
      { router: { min_stop_bps: 200, max_stop_bps: 100 } },
      'router.min_stop_bps: expected at most router.max_stop_bps 100, was 200',
    ],
    [
      'no model has a weight',
      { ai: { weights: nobody } },
      'ai.weights: expected a weight above 0, was trend 0, mean-reversion 0, breakout 0, order-flow 0',
    ],
    [
      'more votes are needed than there are models',
      { ai: { consensus: 5 } },
      'ai.consensus: Too big: expected number to be <=4',
    ],
    [
      'an account trades one symbol twice',
      account({ symbols: ['BTCUSDT', 'ETHUSDT', 'BTCUSDT'] }),
      'accounts.0.symbols: expected each symbol once, was BTCUSDT, ETHUSDT, BTCUSDT',
    ],
    [
      'an account without money',
      account({ starting_balance_usd: '0.00' }),
      'accounts.0.starting_balance_usd: expected more than 0, was 0.00',
    ],
    [
      'two accounts of one name',
      { accounts: [account({}).accounts[0], account({}).accounts[0]] },
      'accounts: expected different names, was main, main',
    ],
    [
      'the trading venue among those that only price',
      { pricing_venues: ['okx', 'binance'] },
      'pricing_venues: expected venues other than trading_venue binance, was okx, binance',
    ],
    [
      'heartbeats rarer than their limit',
      { watch: { heartbeat_ms: 30_001 } },
      'watch.heartbeat_ms: expected at most 30000, the age at which topology.heartbeat is stale, was 30001',
    ],
    [
      'snapshots rarer than their limit',
      { watch: { snapshot_ms: 60_001 }, limits: { equity_max_age_ms: 300_000 } },
      'watch.snapshot_ms: expected at most 60000, the age at which account.snapshot is stale, was 60001',
    ],
    [
      'snapshots as rare as equity may be old',
      { watch: { snapshot_ms: 30_000 }, limits: { equity_max_age_ms: 30_000 } },
      'limits.equity_max_age_ms: expected more than watch.snapshot_ms 30000, was 30000',
    ],
    [
      'a clock slower than the portfolio must be',
      { clock_ms: 60_001, watch: { growth_window_ms: 120_000 } },
      'clock_ms: expected at most 60000, the age at which portfolio.state is stale, was 60001',
    ],
    [
      'looks rarer than the window they must see growth in',
      { watch: { observe_ms: 30_001, growth_window_ms: 30_000 } },
      'watch.observe_ms: expected at most watch.growth_window_ms 30000, was 30001',
    ],
    [
      'prices that are missed before they are old',
      { exits: { silent_after_ms: 5_000 } },
      'exits.silent_after_ms: expected more than aggregator.stale_after_ms 5000, was 5000',
    ],
    [
      'two rungs at one profit',
      rungs([1, 0.3], [1, 0.3]),
      'exits.ladder: expected rising r, was 1, 1',
    ],
    ['falling rungs', rungs([2, 0.3], [1, 0.3]), 'exits.ladder: expected rising r, was 2, 1'],
    [
      'rungs that close more than there is',
      rungs([1, 0.7], [2, 0.7]),
      'exits.ladder: expected fractions that sum to at most 1, was 1.4',
    ],
    [
      'log and venue in one file',
      { log: { path: 'data/one.sqlite' }, simulator: { path: './data//one.sqlite' } },
      'simulator.path: expected another file than log.path data/one.sqlite, was ./data//one.sqlite',
    ],
    [
      'more replicas that must have a record than there are',
      { kafka: { replication: 1, min_insync: 2 } },
      'kafka.min_insync: expected at most kafka.replication 1, was 2',
    ],
    [
      'a certificate for a connection in the clear',
      { kafka: { tls: { ca_file: 'ca.pem' } } },
      'kafka.tls.ca_file: expected kafka.tls.enabled true with it, was false',
    ],
    [
      'a certificate without its key',
      { kafka: { tls: { enabled: true, cert_file: 'cert.pem' } } },
      'kafka.tls.cert_file: expected kafka.tls.key_file with it, was none',
    ],
    [
      'a key without its certificate',
      { kafka: { tls: { enabled: true, key_file: 'key.pem' } } },
      'kafka.tls.key_file: expected kafka.tls.cert_file with it, was none',
    ],
    [
      'a way to log in and nobody who does',
      { kafka: { sasl: { mechanism: 'scram-sha-512' } } },
      'kafka.sasl.mechanism: expected kafka.sasl.username with scram-sha-512, was none',
    ],
    [
      'somebody who does not log in',
      { kafka: { sasl: { username: 'trader' } } },
      'kafka.sasl.username: expected kafka.sasl.mechanism with trader, was none',
    ],
    [
      'a user in the address of the registry, which is not repeated',
      { registry: { url: 'http://user:secret@127.0.0.1:8081' } },
      'registry.url: expected no user or password in it: use registry.username, and registry.password_file or QUANTUM_REGISTRY_PASSWORD, was an address with one',
    ],
  ])('%s', (_, changes, fault) => {
    expect(faultsOf(changes)).toEqual([fault])
  })

  test('what lies just inside is accepted', () => {
    expect(faultsOf({ router: { min_stop_bps: 100, max_stop_bps: 100 } })).toEqual([])
    expect(faultsOf({ ai: { weights: { ...nobody, trend: 0.1 } } })).toEqual([])
    expect(faultsOf({ watch: { heartbeat_ms: 30_000, observe_ms: 30_000 } })).toEqual([])
    expect(
      faultsOf({ watch: { snapshot_ms: 60_000 }, limits: { equity_max_age_ms: 60_001 } }),
    ).toEqual([])
    expect(faultsOf(rungs([1, 0.5], [1.1, 0.5]))).toEqual([])
    expect(faultsOf(rungs())).toEqual([])
    expect(faultsOf({ kafka: { replication: 3, min_insync: 3 } })).toEqual([])
    const files = { ca_file: 'ca.pem', cert_file: 'cert.pem', key_file: 'key.pem' }
    const sasl = { mechanism: 'plain', username: 'trader' }
    expect(faultsOf({ kafka: { tls: { enabled: true, ...files }, sasl } })).toEqual([])
  })

  test('each is said once, with its place', () => {
    const env = { QUANTUM__ROUTER__MAX_STOP_BPS: '5' }
    expect(() => loadConfig(null, env)).toThrow(
      'configuration is wrong:\n  router.min_stop_bps: expected at most router.max_stop_bps 5, was 10 (default)',
    )
  })
})

describe('the configuration of a backtest keeps the same rules', () => {
  const spacings = [null, 1_000, minuteMs, 60 * minuteMs, 24 * 60 * minuteMs]
  const own = [
    {},
    { watch: { snapshot_ms: 59_000 }, clock_ms: 60_000 },
    {
      aggregator: { stale_after_ms: 120_000 },
      exits: { silent_after_ms: 120_001 },
      limits: { equity_max_age_ms: 2_001 },
    },
  ]
  test.each(spacings.flatMap((spacing) => own.map((changes) => [spacing, changes] as const)))(
    'files with an interval of %s ms, settings %j',
    (barIntervalMs, changes) => {
      const config = backtestConfig(
        testConfig(changes),
        { spacing: { barIntervalMs } as never, symbols: ['BTCUSDT'] },
        barIntervalMs ?? 5_000,
      )
      expect(configSchema.parse(config)).toEqual(config)
    },
  )
})
