// What a backtest changes in the configuration, so that limits made for live ticks fit the data that is replayed.
import type { Config } from '../../schemas/config.ts'
import type { FeedSpacing } from './files/market-feed.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
const clockTicksPerBar = 12

/**
 * The effective configuration of a backtest. Ticks keep the live limits, and the reports that only
 * watch a running system come by the minute. Bars bring four prices an interval, so
 * freshness limits become two intervals, the clock ticks twelve times an interval, and those reports become daily. Bars below a minute can't earn a taker's fees: there the cost gate is off, so that the
 * run shows what such trades cost instead of refusing them all.
 */
export function backtestConfig(
  config: Config,
  feed: { readonly spacing: FeedSpacing; readonly symbols: readonly string[] },
  barIntervalMs: number,
): Config {
  const [account, ...others] = config.accounts
  const common: Config = {
    ...config,
    environment: 'BACKTEST',
    accounts: [{ ...account!, symbols: [...feed.symbols] }, ...others],
    bars: { ...config.bars, interval_ms: barIntervalMs },
    router: {
      ...config.router,
      cooldown_ms: Math.min(config.router.cooldown_ms, barIntervalMs),
      edge_factor: barIntervalMs < 60_000 ? 0 : config.router.edge_factor,
    },
  }
  const spacingMs = feed.spacing.barIntervalMs
  if (spacingMs === null)
    return {
      ...common,
      watch: {
        ...config.watch,
        heartbeat_ms: atLeast(config.watch.heartbeat_ms, minuteMs),
        observe_ms: atLeast(config.watch.observe_ms, minuteMs),
      },
    }
  const clockMs = Math.max(config.clock_ms, Math.floor(spacingMs / clockTicksPerBar))
  return {
    ...common,
    clock_ms: clockMs,
    aggregator: {
      ...config.aggregator,
      stale_after_ms: atLeast(config.aggregator.stale_after_ms, 2 * spacingMs),
    },
    router: {
      ...common.router,
      price_max_age_ms: atLeast(config.router.price_max_age_ms, 2 * spacingMs),
      signal_max_age_ms: atLeast(config.router.signal_max_age_ms, 2 * clockMs),
      intent_ttl_ms: atLeast(config.router.intent_ttl_ms, 2 * clockMs),
    },
    limits: {
      ...config.limits,
      equity_max_age_ms: atLeast(config.limits.equity_max_age_ms, 2 * spacingMs),
    },
    exits: {
      ...config.exits,
      silent_after_ms: atLeast(config.exits.silent_after_ms, 3 * spacingMs),
      follow_up_ms: atLeast(config.exits.follow_up_ms, 2 * clockMs),
      max_hold_ms: atLeast(config.exits.max_hold_ms, 48 * spacingMs),
    },
    watch: {
      ...config.watch,
      heartbeat_ms: atLeast(config.watch.heartbeat_ms, dayMs),
      observe_ms: atLeast(config.watch.observe_ms, dayMs),
      snapshot_ms: atLeast(config.watch.snapshot_ms, spacingMs),
      naked_after_ms: atLeast(config.watch.naked_after_ms, 2 * clockMs),
    },
  }
}

const atLeast = (value: number, least: number): number => Math.max(value, least)
