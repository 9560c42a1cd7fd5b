// A small topology with everything that can go wrong between processes: counted state, hand-on, results that cross to the
// other domain, a ledger that knows repeats, a table, a connector's answers. From every result can be told which it is.
import {
  clockTick,
  contractReport,
  executionGatesSeenChangelog,
  executionResult,
  exchangeTick,
  exitSignal,
  marketBar,
  nakedPositionChangelog,
  opsAlert,
  orderCommand,
  orderReport,
  safeModeCommand,
  safeModeState,
  tradeIntent,
} from '../../../schemas/topics.ts'
import type { Topic } from '../../../schemas/topic.ts'
import type { ExchangeTick, ExecutionResult, OrderCommand } from '../../../schemas/types.gen.ts'
import { processor, unchanged } from '../../../topologies/kernel/processor.ts'
import { topology } from '../../../topologies/kernel/topology.ts'
import {
  exchangeTickOf,
  exitSignalOf,
  marketBarOf,
  orderCommandOf,
  orderReportOf,
  safeModeOf,
  tradeIntentOf,
} from '../../kit/records.ts'

/** Symbols of all partitions, each with an account; accounts of all partitions too. */
export const symbols = Array.from({ length: 16 }, (_, i) => `SYM${i}`)
export const accountOf = (symbol: string): string => `account-${symbols.indexOf(symbol) % 4}`

/** Of the n-th tick of a symbol: whether it makes an exit instead of an intent, and whether that is said twice. */
export const isExit = (n: number): boolean => n % 5 === 0
export const isSaidTwice = (n: number): boolean => n % 7 === 0

/** Schemas are found by name, so changelogs for tests borrow names of topics that nobody else uses here. */
const tallyState = {
  ...contractReport,
  ...{ kind: 'changelog', domain: 'market', singleWriter: true },
} as unknown as Topic<'contract.report', 'changelog'>
const gateState = { ...nakedPositionChangelog, domain: 'account' } as typeof nakedPositionChangelog

/** A bar for each tick, with the symbol's count and the tick's own number. */
const tally = processor({
  name: 'tally',
  doc: 'Counts ticks by symbol.',
  reads: [exchangeTick, clockTick],
  state: {
    topic: tallyState,
    key: (record) => record.key,
    initial: (key) => ({ item: key, check: 'OTHER', ok: true, detail: '0', at_ms: 0 }),
  },
  writes: [marketBar],
  decide(state, record, ctx, emit) {
    if (record.topic === 'clock.tick') return unchanged
    const n = Number(state.detail) + 1
    state.detail = String(n)
    state.at_ms = ctx.nowMs
    emit(
      marketBar,
      marketBarOf({ symbol: record.key, update_count: n, trade_count: record.value.sequence ?? 0 }),
    )
  },
})

/** An intent or an exit for each bar, handed on from the tally and sent to the other domain. */
const decider = processor({
  name: 'decider',
  doc: 'Decides about every bar, now and then twice in the same words.',
  reads: [marketBar],
  writes: [tradeIntent, exitSignal],
  decide(_, { key: symbol, value }, ctx, emit) {
    const n = value.update_count
    const own = { account: accountOf(symbol), symbol, correlation_id: `${symbol}#${n}` }
    for (let time = 0; time < (isSaidTwice(n) ? 2 : 1); time++)
      if (isExit(n)) emit(exitSignal, exitSignalOf({ ...own, exit_id: ctx.id(0) }))
      else emit(tradeIntent, tradeIntentOf({ ...own, intent_id: ctx.id(0) }))
  },
})

/** One command for each distinct intent and exit. In safe mode intents are refused, exits pass. */
const gates = processor({
  name: 'gates',
  doc: 'Lets each intent pass once.',
  reads: [tradeIntent, exitSignal],
  tables: [safeModeState],
  ledger: executionGatesSeenChangelog,
  state: {
    topic: gateState,
    key: (record) => record.key,
    initial: (key) => ({
      ...{ account: key, symbol: key, position_id: '0', detail: '' },
      ...{ naked_since_ms: null, raised_at_ms: null, clock_at_ms: null },
    }),
  },
  writes: [orderCommand, executionResult],
  decide(state, record, ctx, emit) {
    const { value } = record
    const isIntent = record.topic === 'trade.intent'
    const id = isIntent ? record.value.intent_id : record.value.exit_id
    if (ctx.ledger.get(id) !== undefined) return unchanged
    ctx.ledger.set(id, { at_ms: ctx.nowMs })
    const n = Number(state.position_id) + 1
    state.position_id = String(n)
    const own = {
      account: value.account,
      symbol: value.symbol,
      correlation_id: value.correlation_id,
    }
    const isRefused = isIntent && (ctx.table(safeModeState).get('main')?.active ?? false)
    if (isRefused)
      emit(executionResult, resultOf({ ...own, result_id: ctx.id(0), subject_id: id, gate_ms: n }))
    else
      emit(
        orderCommand,
        orderCommandOf({
          ...own,
          ...{ command_id: ctx.id(0), client_order_id: ctx.id(1), parent_id: id },
          ...{ reduce_only: !isIntent, horizon_ms: n },
        }),
      )
  },
})

/** A result for each report of the connector. */
const keeper = processor({
  name: 'keeper',
  doc: 'Notes reports.',
  reads: [orderReport],
  writes: [executionResult],
  decide(_, { value }, ctx, emit) {
    const { account, symbol, correlation_id, parent_id: subject_id, venue_sequence } = value
    emit(
      executionResult,
      resultOf({
        ...{ account, symbol, correlation_id, subject_id, result_id: ctx.id(0) },
        ...{ status: 'FILLED', gate: 'NONE', reason: 'NONE', venue_ms: venue_sequence },
      }),
    )
  },
})

const guard = processor({
  name: 'guard',
  doc: 'Turns commands into the table of safe mode.',
  reads: [safeModeCommand],
  // Where the runtime raises its alerts belongs to every topology that has anybody to alert.
  writes: [safeModeState, opsAlert],
  decide(_, { value: { account, active, trigger, reason, actor } }, ctx, emit) {
    const atMs = ctx.nowMs
    const own = { account, active, trigger, reason, actor }
    emit(safeModeState, safeModeOf({ ...own, since_ms: atMs, changed_at_ms: atMs }))
  },
})

export const faulty = topology('faulty', {
  see: [tally],
  decide: [decider],
  act: [gates, keeper],
  watch: [guard],
})

/** Topics of state, by what they keep. */
export const kept = { tally: tallyState, gates: gateState, seen: executionGatesSeenChangelog }

/** The group of the connector that answers commands. */
export const gatewayGroup = 'gateway'

/** What the connector writes for a command; `count` is how many it has answered with this one. */
export const answerTo = (command: OrderCommand, count: number, atMs: number) =>
  orderReportOf({
    ...{ account: command.account, symbol: command.symbol, parent_id: command.parent_id },
    ...{ client_order_id: command.client_order_id, report_id: command.command_id },
    ...{ correlation_id: command.correlation_id, venue_sequence: count, received_at_ms: atMs },
  })

/** A tick with a number of its own. */
export const tickOf = (symbol: string, sequence: number, atMs: number): ExchangeTick =>
  exchangeTickOf({ symbol, sequence, last: 100, received_at_ms: atMs, venue_at_ms: atMs })

function resultOf(changes: Partial<ExecutionResult>): ExecutionResult {
  return {
    ...{ result_id: '', account: '', symbol: '', environment: 'PAPER', subject: 'INTENT' },
    ...{ subject_id: '', correlation_id: '', status: 'REFUSED', terminal: true },
    ...{ gate: 'SAFE_MODE', reason: 'SAFE_MODE_ACTIVE', detail: '', side: 'BUY' },
    ...{ requested_quantity: null, filled_quantity: '0', average_price: null, fees_usd: '0' },
    ...{ reference_price: null, slippage_bps: null, client_order_id: null, venue_code: null },
    ...{ decide_ms: null, gate_ms: null, venue_ms: null, at_ms: 0 },
    ...changes,
  }
}
