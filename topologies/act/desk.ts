// The execution gates' hands for one decision: the state, the tables, and the three topics they may write.
import type { Decimal } from 'decimal.js'
import type { Config } from '../../schemas/config.ts'
import {
  executionResult,
  instrumentState,
  markState,
  orderCommand,
  safeModeCommand,
} from '../../schemas/topics.ts'
import type {
  ExecutionGatesChangelog,
  ExecutionGatesSeenChangelog,
  ExecutionResult,
  ExitSignal,
  GateEntry,
  InstrumentState,
  MarkState,
  SafeModeCommand,
} from '../../schemas/types.gen.ts'
import type { Ctx, Emit, Ledger } from '../kernel/processor.ts'
import { exact } from '../../schemas/decimal.ts'
import type { Refusal } from './gates/gate.ts'
import { commandOf, keptOrder } from './order.ts'
import type { Beside, Order } from './order.ts'

type GatesCtx = Ctx<typeof instrumentState | typeof markState, ExecutionGatesSeenChangelog>
type GatesEmit = Emit<typeof orderCommand | typeof executionResult | typeof safeModeCommand>

export interface Desk {
  readonly state: ExecutionGatesChangelog
  readonly config: Config
  readonly nowMs: number
  readonly seen: Ledger<ExecutionGatesSeenChangelog>
  instrumentOf(symbol: string): InstrumentState | null
  markOf(symbol: string): MarkState | null
  priceOf(symbol: string): Decimal | null
  /** Writes the command, keeps its order until it has ended, unless it is a cancel, and returns its client order id. */
  command(order: Order, beside?: Beside): string
  result(result: Omit<ExecutionResult, 'result_id' | 'account' | 'at_ms'>): void
  askSafeMode(command: Omit<SafeModeCommand, 'account' | 'at_ms'>): void
}

/** A client order id: 'q' and the command's id, [a-z0-9], at most 32 characters. */
const clientOrderIdOf = (commandId: string): string => `q${commandId}`.slice(0, 32)

export function openDesk(state: ExecutionGatesChangelog, ctx: GatesCtx, emit: GatesEmit): Desk {
  const { account } = state
  let ids = 0
  return {
    state,
    config: ctx.config,
    nowMs: ctx.nowMs,
    seen: ctx.ledger,
    instrumentOf: (symbol) => ctx.table(instrumentState).get(symbol) ?? null,
    markOf: (symbol) => ctx.table(markState).get(symbol) ?? null,
    priceOf(symbol) {
      const mark = ctx.table(markState).get(symbol)
      return mark === undefined || !(mark.price > 0) ? null : exact(mark.price)
    },
    command(order, beside = {}) {
      const commandId = ctx.id(ids++)
      const command = commandOf(order, {
        command_id: commandId,
        client_order_id: clientOrderIdOf(commandId),
        account,
        commanded_at_ms: ctx.nowMs,
      })
      emit(orderCommand, command)
      if (command.type !== 'CANCEL') state.orders.push(keptOrder(command, beside))
      return command.client_order_id
    },
    result(result) {
      emit(executionResult, { ...result, result_id: ctx.id(ids++), account, at_ms: ctx.nowMs })
    },
    askSafeMode(command) {
      emit(safeModeCommand, { ...command, account, at_ms: ctx.nowMs })
    },
  }
}

/** The result of an entry that ends here, or the note on a copy, which ends nothing. */
export function refuseEntry(
  desk: Desk,
  entry: GateEntry,
  refusal: Refusal,
  options: { readonly isCopy: boolean } = { isCopy: false },
): void {
  desk.result({
    ...endedHere(refusal, options.isCopy),
    subject: 'INTENT',
    subject_id: entry.intent_id,
    correlation_id: entry.correlation_id,
    symbol: entry.symbol,
    environment: entry.environment,
    side: entry.side,
    requested_quantity: null,
    reference_price: entry.reference_price,
    decide_ms: Math.max(0, entry.created_at_ms - entry.tick_at_ms),
    gate_ms: Math.max(0, desk.nowMs - entry.created_at_ms),
  })
}

/** The result of an exit that has nothing to close, or the note on a copy. No gate ever refuses an exit. */
export function endExit(
  desk: Desk,
  signal: ExitSignal,
  because: Omit<Refusal, 'gate'>,
  options: { readonly isCopy: boolean } = { isCopy: false },
): void {
  desk.result({
    ...endedHere({ gate: options.isCopy ? 'IDEMPOTENCY' : 'NONE', ...because }, options.isCopy),
    subject: 'EXIT',
    subject_id: signal.exit_id,
    correlation_id: signal.correlation_id,
    symbol: signal.symbol,
    environment: signal.environment,
    side: signal.side,
    requested_quantity: signal.quantity,
    reference_price: signal.observed_price,
    decide_ms: Math.max(0, signal.created_at_ms - signal.tick_at_ms),
    gate_ms: Math.max(0, desk.nowMs - signal.created_at_ms),
  })
}

function endedHere(refusal: Refusal, isCopy: boolean) {
  return {
    status: isCopy ? 'DUPLICATE' : 'REFUSED',
    terminal: !isCopy,
    gate: refusal.gate,
    reason: refusal.reason,
    detail: refusal.detail,
    filled_quantity: '0',
    average_price: null,
    fees_usd: '0',
    slippage_bps: null,
    client_order_id: null,
    venue_code: null,
    venue_ms: null,
  } as const
}
