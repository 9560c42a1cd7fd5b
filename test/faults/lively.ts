// Settings under which much happens in a second: bars of a twentieth of one, positions of one, several orders under way at
// any moment. Nothing about them is sensible but that.

export const lively = {
  pricing_venues: ['bybit'],
  clock_ms: 50,
  accounts: [
    {
      name: 'main',
      symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
      max_leverage: 5,
      starting_balance_usd: '10000',
    },
  ],
  bars: { interval_ms: 50 },
  ai: { warm_up_bars: 2, horizon_bars: 20, consensus: 2 },
  router: { cooldown_ms: 0, edge_factor: 0, min_confidence: 0.1 },
  limits: {
    decision_window_ms: 50,
    max_entries_per_minute: 10_000,
    max_entries_per_day: 100_000,
    daily_loss_fraction: 1,
    max_drawdown_fraction: 1,
  },
  safe_mode: { duration_ms: 1_000 },
  watch: { snapshot_ms: 300 },
  market: { seed: 3, ticks_per_second: 300, liveliness: 8 },
}

/** No entry passes: what is open is closed and nothing follows. */
export const quiet = { ...lively, router: { ...lively.router, min_confidence: 1 } }
