// Follows ticks through the commits of a runtime: when the process had each one, and when what it caused was on disk.
import type { Step } from '../../connectors/embedded/cycle.ts'
import type {
  ExchangeTick,
  ExitSignal,
  OrderCommand,
  OrderReport,
  PriceUpdate,
  TradeIntent,
} from '../../schemas/types.gen.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'

/** Symbol and receive time name a tick: at these rates no symbol has two in one ms. */
const nameOf = (symbol: string, atMs: number): string => `${symbol}|${atMs}`

export function createMeter() {
  /** When the process had each tick. */
  const hadAt = new Map<string, number>()
  /** Intents and exit signals that a tick caused, and their commands: to the moment of that tick. */
  const causedAt = new Map<string, number>()
  const sentAt = new Map<string, number>()
  const started = () => ({
    entries: [] as number[],
    exits: [] as number[],
    fromDue: [] as number[],
    prices: [] as number[],
    fills: [] as number[],
    commits: [] as number[],
    transactionMs: 0,
    records: 0,
    ticks: 0,
  })
  let seen = started()
  let beganAt = 0
  let writtenAt = 0
  let committedAt = 0
  /** The tick whose price was the last one in this transaction. */
  let price = ''

  const onPrice = ({ symbol, tick_at_ms: atMs }: PriceUpdate): void => {
    price = nameOf(symbol, atMs)
    const from = hadAt.get(price)
    if (from !== undefined) seen.prices.push(committedAt - from)
  }
  /**
   * What a task makes of one input lies together, and of a tick it begins with the price.update. What a clock tick
   * causes comes before the first price of its transaction, so it is left out.
   */
  const onCause = (id: string, { symbol, tick_at_ms: atMs }: TradeIntent | ExitSignal): void => {
    const from = hadAt.get(price)
    if (from !== undefined && price === nameOf(symbol, atMs)) causedAt.set(id, from)
  }
  /** PROTECT and CANCEL have the same parents; what they answer is a report, not a tick. */
  const onCommand = (command: OrderCommand): void => {
    const from = causedAt.get(command.parent_id)
    if (from === undefined || (command.purpose !== 'ENTRY' && command.purpose !== 'EXIT')) return
    sentAt.set(command.client_order_id, from)
    seen[command.purpose === 'ENTRY' ? 'entries' : 'exits'].push(committedAt - from)
    seen.fromDue.push(performance.timeOrigin + committedAt - command.tick_at_ms)
  }
  const onReport = ({ client_order_id: id, state }: OrderReport): void => {
    const from = sentAt.get(id)
    if (from !== undefined && state === 'FILLED') seen.fills.push(committedAt - from)
  }

  return {
    onTick(tick: ExchangeTick) {
      hadAt.set(nameOf(tick.symbol, tick.received_at_ms), performance.now())
      seen.ticks++
    },
    atStep: (step: Step): void => {
      if (step === 'BEGIN') beganAt = performance.now()
      if (step === 'COMMIT') writtenAt = performance.now()
      if (step !== 'COMMITTED') return
      committedAt = performance.now()
      seen.commits.push(committedAt - writtenAt)
      seen.transactionMs += committedAt - beganAt
    },
    onCommit: (appended: readonly LogRecord[]): void => {
      seen.records += appended.length
      price = ''
      for (const { topic, value } of appended) {
        if (topic === 'price.update') onPrice(value as PriceUpdate)
        else if (topic === 'trade.intent')
          onCause((value as TradeIntent).intent_id, value as TradeIntent)
        else if (topic === 'exit.signal')
          onCause((value as ExitSignal).exit_id, value as ExitSignal)
        else if (topic === 'order.command') onCommand(value as OrderCommand)
        else if (topic === 'order.report') onReport(value as OrderReport)
      }
    },
    ticks: () => seen.ticks,
    /** Forgets what the warm-up measured. */
    begin() {
      seen = started()
    },
    figures(tookMs: number) {
      const { entries, exits, fromDue, prices, fills, commits } = seen
      const commands = [...entries, ...exits]
      const perSecond = (count: number): number => Math.round((1_000 * count) / tookMs)
      const commitMs = commits.reduce((total, ms) => total + ms, 0)
      return {
        ...{ p50_ms: percentile(commands, 0.5), p90_ms: percentile(commands, 0.9) },
        ...{ p99_ms: percentile(commands, 0.99), max_ms: percentile(commands, 1) },
        ...{ commands: commands.length, entries: entries.length, exits: exits.length },
        ...{ entry_p99_ms: percentile(entries, 0.99), exit_p99_ms: percentile(exits, 0.99) },
        ...{ due_p50_ms: percentile(fromDue, 0.5), due_p99_ms: percentile(fromDue, 0.99) },
        ...{ price_p50_ms: percentile(prices, 0.5), price_p99_ms: percentile(prices, 0.99) },
        ...{ fill_p50_ms: percentile(fills, 0.5), fill_p99_ms: percentile(fills, 0.99) },
        ...{ ticks_per_s: perSecond(seen.ticks), records_per_s: perSecond(seen.records) },
        commits_per_s: perSecond(commits.length),
        ...{ commit_p50_ms: percentile(commits, 0.5), commit_p99_ms: percentile(commits, 0.99) },
        // Shares of the time: all of the transactions, and their last step alone, which is nearly all sync.
        transaction_share: rounded(seen.transactionMs / tookMs),
        commit_share: rounded(commitMs / tookMs),
      }
    },
  }
}

/** The smallest value that at least this share of the values does not exceed; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN)
}

/** Four digits: more would pretend. */
export const rounded = (value: number): number => Number(value.toPrecision(4))
