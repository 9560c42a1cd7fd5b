// A small topology for the runtime contract: two domains, hand-on, kept state, a table, a tombstone, an id, the clock.
// It is built from topics of the real system and does nothing sensible with them.
import {
  clockTick,
  contractReport,
  exchangeTick,
  marketBar,
  markState,
  safeModeCommand,
  safeModeState,
} from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { ExchangeTick, SafeModeCommand } from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../../topologies/kernel/processor.ts'
import { topology } from '../../topologies/kernel/topology.ts'
import { markOf, safeModeOf } from '../kit/records.ts'

/** Time at which the contract's clock starts, a whole second. */
export const startMs = 1_700_000_000_000

/** Schemas are found by name, so a changelog for tests borrows the name of a topic that nobody else uses here. */
const tallyState = {
  ...contractReport,
  kind: 'changelog',
  domain: 'market',
  singleWriter: true,
} as unknown as Topic<'contract.report', 'changelog'>

/** Counts ticks by symbol and hands a bar on for each; after a minute without ticks it ends the symbol's state. */
const tally = processor({
  name: 'tally',
  doc: 'Counts.',
  reads: [exchangeTick, clockTick],
  tables: [safeModeState, markState],
  state: {
    topic: tallyState,
    key: (record) => record.key,
    initial: (key) => ({ item: key, check: 'OTHER', ok: true, detail: '0', at_ms: 0 }),
  },
  writes: [marketBar],
  decide(state, record, ctx, emit) {
    if (record.topic === 'clock.tick') {
      if (ctx.nowMs - state.at_ms >= 60_000) ctx.forget()
      return unchanged
    }
    const price = record.value.last ?? 0
    state.detail = String(Number(state.detail) + 1)
    state.at_ms = ctx.nowMs
    emit(marketBar, {
      ...emptyBar,
      symbol: record.key,
      close: price,
      update_count: Number(state.detail),
      gap: ctx.table(safeModeState).get('main')?.active ?? false,
      open: ctx.table(markState).get(record.key)?.price ?? 0,
      tick_at_ms: ctx.nowMs,
    })
  },
})

/** Keeps the last price: 0 ends the key. Above 100 it asks for safe mode, in the other domain. */
const echo = processor({
  name: 'echo',
  doc: 'Repeats.',
  reads: [marketBar],
  writes: [markState, safeModeCommand],
  decide(_, { key, value }, ctx, emit) {
    if (value.close === 0) emit.tombstone(markState, key)
    else emit(markState, markOf({ symbol: key, price: value.close, price_at_ms: ctx.nowMs }))
    if (value.close > 100) emit(safeModeCommand, commandOf(ctx.id(0), true, ctx.nowMs))
  },
})

/** Turns commands into state. */
const guard = processor({
  name: 'guard',
  doc: 'Guards.',
  reads: [safeModeCommand, clockTick],
  writes: [safeModeState],
  decide(_, record, ctx, emit) {
    if (record.topic === 'clock.tick') return
    const { account, active, trigger, reason, actor } = record.value
    const atMs = ctx.nowMs
    emit(
      safeModeState,
      safeModeOf({ account, active, trigger, reason, actor, since_ms: atMs, changed_at_ms: atMs }),
    )
  },
})

export const sample = topology('sample', { see: [tally], act: [echo], watch: [guard] })

/** Topics that the sample's processors write, for comparisons between runtimes. */
export const sampleOutputs = [marketBar, markState, safeModeCommand, safeModeState]

const emptyBar = {
  interval_ms: 1,
  open_at_ms: 0,
  close_at_ms: 0,
  open: 0,
  high: 0,
  low: 0,
  close: 0,
  volume: 0,
  taker_buy_volume: 0,
  taker_sell_volume: 0,
  trade_count: 0,
  update_count: 0,
  complete: true,
  gap: false,
  missing_bars: 0,
  tick_at_ms: 0,
}

export function commandOf(reason: string, active: boolean, atMs: number): SafeModeCommand {
  return { account: 'main', active, trigger: 'OPERATOR', reason, actor: 'test', at_ms: atMs }
}

/** A trade at a price; 0 ends the symbol's mark. */
export function tradeOf(symbol: string, price: number, atMs: number): ExchangeTick {
  return {
    venue: 'binance',
    environment: 'PAPER',
    symbol,
    bid: null,
    bid_size: null,
    ask: null,
    ask_size: null,
    last: price,
    last_size: 1,
    taker_side: 'BUY',
    mark: null,
    funding_rate: null,
    funding_interval_ms: null,
    next_funding_at_ms: null,
    venue_at_ms: null,
    received_at_ms: atMs,
    sequence: null,
  }
}
