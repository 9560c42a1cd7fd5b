// Bars out of consolidated prices. An open bar must never be published, nor one that no update was in.
import type { Config } from '../../schemas/config.ts'
import { barsChangelog, clockTick, marketBar, priceUpdate } from '../../schemas/topics.ts'
import type { BarsChangelog, OpenBar, PriceUpdate } from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { Emit } from '../kernel/processor.ts'

const minuteMs = 60_000

export const bars = processor({
  name: 'bars',
  doc: 'Builds complete bars of one minute and of the configured interval, and marks gaps.',
  reads: [priceUpdate, clockTick],
  writes: [marketBar],
  state: {
    topic: barsChangelog,
    key: (record) => record.key,
    initial: (symbol) => ({ symbol, interval_ms: 0, bars: [] }),
  },
  decide(state, record, ctx, emit) {
    if (record.topic === 'clock.tick') {
      let completed = false
      for (const bar of state.bars)
        if (bar.update_count > 0 && record.value.at_ms >= bar.close_at_ms) {
          complete(state.symbol, bar, record.value.at_ms, emit)
          completed = true
        }
      return completed ? undefined : unchanged
    }
    if (state.interval_ms !== ctx.config.bars.interval_ms) openBars(state, ctx.config)
    const update = record.value
    for (const bar of state.bars) {
      if (bar.update_count > 0 && update.tick_at_ms >= bar.close_at_ms)
        complete(state.symbol, bar, update.tick_at_ms, emit)
      if (bar.update_count === 0) start(bar, update)
      take(bar, update)
    }
  },
})

/** One bar in the making for each interval, shortest first; a bar whose interval stays is kept. */
function openBars(state: BarsChangelog, config: Config): void {
  const configuredMs = config.bars.interval_ms
  const intervals = [...new Set([minuteMs, configuredMs])].sort((a, b) => a - b)
  state.bars = intervals.map(
    (intervalMs) => state.bars.find((b) => b.interval_ms === intervalMs) ?? emptyBar(intervalMs),
  )
  state.interval_ms = configuredMs
}

const emptyBar = (intervalMs: number): OpenBar => ({
  interval_ms: intervalMs,
  open_at_ms: 0,
  close_at_ms: 0,
  whole: false,
  missing_bars: 0,
  open: 0,
  high: 0,
  low: 0,
  close: 0,
  volume: 0,
  taker_buy_volume: 0,
  taker_sell_volume: 0,
  trade_count: 0,
  update_count: 0,
})

/**
 * Opens a bar at the start of the update's interval. An update that comes late, after the clock completed its bar, goes
 * into the next one. Whole intervals without an update become no bars: they are counted in this one.
 */
function start(bar: OpenBar, update: PriceUpdate): void {
  const endedAtMs = bar.close_at_ms
  const first = endedAtMs === 0
  const atMs = update.tick_at_ms > endedAtMs ? update.tick_at_ms : endedAtMs
  bar.open_at_ms = Math.floor(atMs / bar.interval_ms) * bar.interval_ms
  bar.close_at_ms = bar.open_at_ms + bar.interval_ms
  // Before a symbol's first update nobody knows what was missed, unless it stands exactly at the start.
  bar.whole = !first || atMs === bar.open_at_ms
  bar.missing_bars = first ? 0 : (bar.open_at_ms - endedAtMs) / bar.interval_ms
  bar.open = update.price
  bar.high = update.price
  bar.low = update.price
  bar.volume = 0
  bar.taker_buy_volume = 0
  bar.taker_sell_volume = 0
  bar.trade_count = 0
}

function take(bar: OpenBar, update: PriceUpdate): void {
  const { price } = update
  if (price > bar.high) bar.high = price
  if (price < bar.low) bar.low = price
  bar.close = price
  bar.update_count++
  if (update.last === null) return
  bar.trade_count++
  const size = update.last_size
  if (size === null) return
  bar.volume += size
  if (update.taker_side === 'BUY') bar.taker_buy_volume += size
  else if (update.taker_side === 'SELL') bar.taker_sell_volume += size
}

function complete(symbol: string, bar: OpenBar, atMs: number, emit: Emit<typeof marketBar>): void {
  if (bar.whole)
    emit(marketBar, {
      symbol,
      interval_ms: bar.interval_ms,
      open_at_ms: bar.open_at_ms,
      close_at_ms: bar.close_at_ms,
      open: bar.open,
      high: bar.high,
      low: bar.low,
      close: bar.close,
      volume: bar.volume,
      taker_buy_volume: bar.taker_buy_volume,
      taker_sell_volume: bar.taker_sell_volume,
      trade_count: bar.trade_count,
      update_count: bar.update_count,
      complete: true,
      gap: bar.missing_bars > 0,
      missing_bars: bar.missing_bars,
      tick_at_ms: atMs,
    })
  bar.update_count = 0
}
