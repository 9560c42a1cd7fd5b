// The lineage of a trade in words: one line for each record, and the answer first.
import type {
  AiSignalGenerated,
  ExecutionResult,
  ExitLevelChanged,
  ExitSignal,
  ExitbrainPnl,
  MarketBar,
  OrderCommand,
  OrderReport,
  PriceUpdate,
  RlFeedback,
  RlShadow,
  SignalRefused,
  TradeClosed,
  TradeIntent,
} from '../../schemas/types.gen.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { Lineage } from './lineage.ts'

type Headline = (value: never) => string

const fixed = (value: number | null, digits = 2): string =>
  value === null ? 'unknown' : value.toFixed(digits)

/** What matters in a record of each topic. */
const headlines: Record<string, Headline> = {
  'price.update': (v: PriceUpdate) =>
    `price ${String(v.price)}, bid ${String(v.bid)}, ask ${String(v.ask)}, spread ${fixed(v.spread_bps)} bps, venues ${v.fresh_venues.join(', ')}`,
  'market.bar': (v: MarketBar) =>
    `bar of ${String(v.interval_ms / 1_000)} s: open ${String(v.open)}, high ${String(v.high)}, low ${String(v.low)}, close ${String(v.close)}${v.gap ? `, after a gap of ${String(v.missing_bars)}` : ''}`,
  'ai.signal_generated': (v: AiSignalGenerated) =>
    `${v.action}, confidence ${fixed(v.confidence)} (ensemble ${fixed(v.ensemble_confidence)}), ${String(v.consensus)} of ${String(v.models)} agree, regime ${v.regime}; votes: ${v.votes.map((vote) => `${vote.model} ${vote.status === 'VOTING' ? `${vote.action} ${fixed(vote.confidence)}` : vote.status}`).join(', ')}`,
  'signal.refused': (v: SignalRefused) =>
    `the router refused the signal for ${v.account}: ${v.reason} (${v.detail})`,
  'trade.intent': (v: TradeIntent) =>
    `${v.side} ${v.notional_usd} USD at ${String(v.leverage)}x, reference ${v.reference_price}, stop ${v.stop_price}, target ${v.target_price}; RL ${v.rl.gate_reason}, effect ${v.rl.effect}`,
  'rl.shadow': (v: RlShadow) =>
    `the agent would ${v.action} (x${fixed(v.multiplier)}, confidence ${fixed(v.confidence)})`,
  'order.command': (v: OrderCommand) =>
    `${v.purpose} ${v.type} ${v.side} ${v.quantity}${v.trigger_price === null ? '' : ` at trigger ${v.trigger_price}`}${v.reduce_only ? ', reduce-only' : ''} as ${v.client_order_id}`,
  'order.report': (v: OrderReport) =>
    `${v.purpose} ${v.state}${v.fill_price === null ? '' : `: ${String(v.fill_quantity)} at ${v.fill_price}, fee ${String(v.fee_usd)}`}${v.reason === null ? '' : `: ${v.reason} ${v.detail ?? ''}`}`,
  'execution.result': (v: ExecutionResult) =>
    `${v.subject} ${v.status}${v.reason === 'NONE' ? '' : ` by gate ${v.gate}: ${v.reason} (${v.detail})`}${v.average_price === null ? '' : `, ${v.filled_quantity} at ${v.average_price}, slippage ${fixed(v.slippage_bps)} bps`}`,
  'exit.level_changed': (v: ExitLevelChanged) =>
    `${v.level}${v.rung > 0 ? ` ${String(v.rung)}` : ''} ${v.old_price ?? 'none'} → ${v.new_price}: ${v.reason}`,
  'exit.signal': (v: ExitSignal) =>
    `${v.kind}${v.rung > 0 ? ` rung ${String(v.rung)}` : ''}: close ${v.quantity}${v.closes_all ? ' (all)' : ''}, trigger ${v.trigger_price ?? 'none'}, observed ${v.observed_price}`,
  'position.flattened': () => 'the position is flat',
  'trade.closed': (v: TradeClosed) =>
    `${v.direction} ${v.quantity} ${v.entry_price} → ${v.exit_price}: gross ${v.gross_usd}, fees ${v.fees_usd}, funding ${v.funding_usd}, net ${v.net_usd} USD (${fixed(v.r_multiple)} R) by ${v.final_exit_kind}`,
  'exitbrain.pnl': (v: ExitbrainPnl) =>
    `${v.parts.map((part) => `${part.exit_kind} ${part.net_usd}`).join(', ')}; left on the table ${v.left_on_table_usd}`,
  'rl.feedback': (v: RlFeedback) => `reward ${fixed(v.reward_r)} R`,
} satisfies Record<string, Headline>

/** One line about a record. */
export function headline(record: LogRecord): string {
  return headlines[record.topic]?.(record.value as never) ?? JSON.stringify(record.value)
}

/** How it ended, in one sentence. */
export function answerOf(lineage: Lineage): string {
  for (const topic of [
    'trade.closed',
    'execution.result',
    'signal.refused',
    'order.report',
    'trade.intent',
    'ai.signal_generated',
  ]) {
    const last = lineage.trail.findLast(
      (record) =>
        record.topic === topic &&
        (topic !== 'execution.result' || (record.value as ExecutionResult).terminal),
    )
    if (last !== undefined) return `${topic}: ${headline(last)}`
  }
  return 'nothing came of it yet'
}

/** The whole lineage as text. */
export function renderLineage(lineage: Lineage): string {
  const started = lineage.trail[0]?.at_ms ?? 0
  return [
    `${lineage.id} is the ${lineage.foundAs} of ${lineage.foundIn}; the trade's correlation id is ${lineage.correlationId}`,
    answerOf(lineage),
    '',
    ...lineage.trail.map(
      (record) =>
        `${new Date(record.at_ms).toISOString()} +${String(record.at_ms - started).padStart(6)} ms  ${record.topic.padEnd(20)} ${headline(record)}`,
    ),
  ].join('\n')
}
