// The act stage by hand: gates, execution and position keeper in one task, and a venue that says what the test says.
import { createCodec } from '../../schemas/codec.ts'
import type { Config } from '../../schemas/config.ts'
import type { Topic } from '../../schemas/topic.ts'
import {
  executionResult,
  exitSignal,
  fundingPaid,
  instrumentState,
  markState,
  orderCommand,
  orderReport,
  portfolioState,
  reconcileReport,
  safeModeState,
  tradeIntent,
} from '../../schemas/topics.ts'
import type {
  ExecutionGatesChangelog,
  ExitSignal,
  OrderCommand,
  OrderReport,
  TradeIntent,
} from '../../schemas/types.gen.ts'
import { executionGates } from '../../topologies/act/execution-gates.ts'
import { execution } from '../../topologies/act/execution.ts'
import { positionKeeper } from '../../topologies/act/position-keeper.ts'
import type { Table } from '../../topologies/kernel/processor.ts'
import { createTask } from '../../topologies/kernel/task.ts'
import type { LogRecord, ValueOf } from '../../topologies/kernel/topic.ts'
import { testConfig } from './given.ts'
import {
  exitSignalOf,
  instrumentOf,
  markOf,
  orderReportOf,
  portfolioOf,
  safeModeOf,
  startMs,
  tradeIntentOf,
} from './records.ts'

const codec = createCodec()
const processors = [executionGates, execution, positionKeeper]
const changelogs = processors.flatMap((p) => [p.state?.topic ?? [], p.ledger ?? []].flat())

export interface ActDesk {
  readonly config: Config
  nowMs(): number
  /** Publishes a record at the present time. */
  publish<T extends Topic>(topic: T, value: ValueOf<T> | null, key?: string): void
  /** Moves the clock by a second, or by `ms`, with one clock tick at the end. */
  tick(ms?: number): void
  /** Moves the time of the records that follow without a clock tick. */
  wait(ms: number): void
  /** Publishes the intent of `tradeIntentOf`, decided now unless the test says otherwise. */
  intent(changes?: Partial<TradeIntent>): TradeIntent
  /** Publishes the exit of `exitSignalOf`, decided now unless the test says otherwise. */
  exit(changes?: Partial<ExitSignal>): ExitSignal
  ack(command: OrderCommand): void
  /** One fill of the order, whole unless a quantity is given. */
  fill(
    command: OrderCommand,
    changes?: { quantity?: string; price?: string; feeUsd?: string },
  ): OrderReport
  /** A report without a fill. */
  says(command: OrderCommand, changes: Partial<OrderReport>): OrderReport
  /** A trade of the account that no command asked for. */
  foreignFill(changes: Partial<OrderReport>): OrderReport
  /** Values of a topic that were not read yet; reading takes them. Tombstones are null. */
  read<T extends Topic>(topic: T): (ValueOf<T> | null)[]
  commands(purpose?: OrderCommand['purpose']): OrderCommand[]
  results(): ValueOf<typeof executionResult>[]
  /** Every command and result since the start, read or not. */
  everyCommand(): readonly OrderCommand[]
  everyResult(): readonly ValueOf<typeof executionResult>[]
  gates(): ExecutionGatesChangelog
  /** Every resting stop commanded since the start, oldest first. */
  stops(): readonly OrderCommand[]
  /** Changes a table. */
  table(topic: typeof markState | typeof instrumentState, key: string, value: unknown): void
  /** Kills the task and restores it from its changelogs. */
  restart(): void
}

/**
 * A desk whose account is known, whose safe mode is off and whose symbols have filters and fresh prices of 100.
 * `isCold` leaves all of that unknown.
 */
export function actDesk(options: { config?: object; isCold?: boolean } = {}): ActDesk {
  const config = testConfig(options.config)
  const tables = new Map<string, Map<string, unknown>>([
    [instrumentState.name, new Map()],
    [markState.name, new Map()],
  ])
  const kept = new Map<string, { topic: string; key: string; value: unknown }>()
  const offsets = new Map<string, number>()
  const filled = new Map<string, number>()
  const unread: LogRecord[] = []
  const every: LogRecord[] = []
  let nowMs = startMs
  let sequence = 0
  const create = () =>
    createTask({
      sub: {
        name: 'account',
        processors,
        inputs: [tradeIntent, exitSignal, orderReport, fundingPaid, reconcileReport],
        handedOn: new Set([orderCommand]),
        tables: [instrumentState, markState],
        changelogs,
      },
      partition: 0,
      partitions: { market: 1, account: 1 },
      logId: 'test',
      config,
      table: (topic) => tables.get(topic.name) as unknown as Table<unknown>,
      strict: true,
    })
  let task = create()
  const collect = (): void => {
    for (const record of task.takeOutputs()) {
      if (record.value !== null) codec.encodeShared(record.topic, record.value)
      const copy = structuredClone(record)
      unread.push(copy)
      every.push(copy)
    }
    for (const { topic, key, value } of task.takeChanges()) {
      if (value === null) kept.delete(`${topic.name} ${key}`)
      else {
        const plain = codec.decode(topic.name, codec.encode(topic.name, value))
        kept.set(`${topic.name} ${key}`, { topic: topic.name, key, value: plain })
      }
    }
  }
  const all = <T extends Topic>(topic: T): ValueOf<T>[] =>
    every.filter((r) => r.topic === topic.name).map((r) => r.value as ValueOf<T>)

  const desk: ActDesk = {
    config,
    nowMs: () => nowMs,
    publish(topic, value, key) {
      if (value !== null) codec.encodeShared(topic.name, value)
      const offset = offsets.get(topic.name) ?? 0
      offsets.set(topic.name, offset + 1)
      task.process({
        topic: topic.name,
        key: key ?? topic.keyOf(value as never),
        value: structuredClone(value),
        at_ms: nowMs,
        partition: 0,
        offset,
      })
      collect()
    },
    tick(ms = 1_000) {
      nowMs += ms
      task.tick(nowMs)
      collect()
    },
    wait(ms) {
      nowMs += ms
    },
    intent(changes = {}) {
      const intent = tradeIntentOf({
        created_at_ms: nowMs,
        expires_at_ms: nowMs + 10_000,
        tick_at_ms: nowMs,
        ...changes,
      })
      desk.publish(tradeIntent, intent)
      return intent
    },
    exit(changes = {}) {
      const exit = exitSignalOf({ created_at_ms: nowMs, tick_at_ms: nowMs, ...changes })
      desk.publish(exitSignal, exit)
      return exit
    },
    ack: (command) => void desk.says(command, { state: 'ACKED' }),
    fill(command, changes = {}) {
      const done = filled.get(command.client_order_id) ?? 0
      const quantity = changes.quantity ?? String(Number(command.quantity) - done)
      const total = Number((done + Number(quantity)).toFixed(9))
      filled.set(command.client_order_id, total)
      return desk.says(command, {
        state: total >= Number(command.quantity) ? 'FILLED' : 'PARTIALLY_FILLED',
        filled_quantity: String(total),
        venue_trade_id: `trade-${sequence + 1}`,
        fill_quantity: quantity,
        fill_price: changes.price ?? '100',
        fee_usd: changes.feeUsd ?? '0.04',
        liquidity: 'TAKER',
      })
    },
    says(command, changes) {
      sequence++
      const report = orderReportOf({
        report_id: `report-${sequence}`,
        account: command.account,
        symbol: command.symbol,
        client_order_id: command.client_order_id,
        purpose: command.purpose,
        parent_id: command.parent_id,
        correlation_id: command.correlation_id,
        side: command.side,
        reduce_only: command.reduce_only,
        order_quantity: command.quantity,
        exit_kind: command.exit_kind,
        exit_rung: command.exit_rung,
        filled_quantity: String(filled.get(command.client_order_id) ?? 0),
        venue_trade_id: null,
        fill_quantity: null,
        fill_price: null,
        fee_usd: null,
        liquidity: null,
        venue_at_ms: nowMs,
        received_at_ms: nowMs,
        venue_sequence: sequence,
        ...changes,
      })
      desk.publish(orderReport, report)
      return report
    },
    foreignFill(changes) {
      sequence++
      const report = orderReportOf({
        report_id: `report-${sequence}`,
        client_order_id: `manual-${sequence}`,
        purpose: 'EXTERNAL',
        parent_id: '',
        correlation_id: '',
        exit_kind: 'EXTERNAL',
        exit_rung: 0,
        venue_trade_id: `trade-${sequence}`,
        venue_at_ms: nowMs,
        received_at_ms: nowMs,
        venue_sequence: sequence,
        ...changes,
      })
      desk.publish(orderReport, report)
      return report
    },
    read(topic) {
      const values: (ValueOf<typeof topic> | null)[] = []
      for (let i = 0; i < unread.length;)
        if (unread[i]!.topic === topic.name)
          values.push(unread.splice(i, 1)[0]!.value as ValueOf<typeof topic> | null)
        else i++
      return values
    },
    commands: (purpose) =>
      desk
        .read(orderCommand)
        .filter((c) => c !== null)
        .filter((c) => purpose === undefined || c.purpose === purpose),
    results: () => desk.read(executionResult).filter((r) => r !== null),
    everyCommand: () => all(orderCommand),
    everyResult: () => all(executionResult),
    stops: () => all(orderCommand).filter((command) => command.purpose === 'PROTECT'),
    gates: () => kept.get('execution_gates.changelog main')!.value as ExecutionGatesChangelog,
    table(topic, key, value) {
      const table = tables.get(topic.name)!
      if (value === undefined) table.delete(key)
      else table.set(key, value)
    },
    restart() {
      task = create()
      for (const { topic, key, value } of kept.values())
        task.restore(topic, key, structuredClone(value))
    },
  }
  if (options.isCold !== true) {
    const symbols = config.accounts.flatMap((account) => account.symbols)
    for (const symbol of symbols) {
      desk.table(instrumentState, symbol, instrumentOf({ symbol }))
      // Fresh for as long as any test runs: staleness is tested on its own.
      desk.table(markState, symbol, markOf({ symbol, price_at_ms: startMs + 1_000_000_000 }))
    }
    desk.publish(safeModeState, safeModeOf({ changed_at_ms: startMs - 60_000 }))
    desk.publish(portfolioState, portfolioOf({ at_ms: startMs + 1_000_000_000 }))
  }
  return desk
}
