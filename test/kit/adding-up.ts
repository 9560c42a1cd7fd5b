// What must hold for the records of any run, however it went: each id once, each intent and exit ended once, each sum
// equal to its parts. It reads records only, so that a backtest, a live log and a log of a killed process are judged alike.
import { Decimal } from 'decimal.js'
import {
  aiSignalGenerated,
  executionResult,
  exitSignal,
  exitbrainPnl,
  fundingPaid,
  orderCommand,
  orderReport,
  positionFlattened,
  rlFeedback,
  signalRefused,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { TradeClosed } from '../../schemas/types.gen.ts'
import type { ValueOf } from '../../topologies/kernel/topic.ts'

/** All records of a run by topic, in order. */
export interface Recorded {
  of<T extends Topic>(topic: T): readonly ValueOf<T>[]
}

/** Ids that may not appear twice. Every fault is one line: what, which id, how often. */
export function copies(recorded: Recorded): string[] {
  const of = recorded.of.bind(recorded)
  return [
    ...repeated('signal_id', of(aiSignalGenerated), (one) => one.signal_id),
    ...repeated('refusal', of(signalRefused), (one) => `${one.signal_id} of ${one.account}`),
    ...repeated('intent_id', of(tradeIntent), (one) => one.intent_id),
    ...repeated('exit_id', of(exitSignal), (one) => one.exit_id),
    ...repeated('command_id', of(orderCommand), (one) => one.command_id),
    ...repeated('client_order_id', of(orderCommand), (one) => one.client_order_id),
    ...repeated('report_id', of(orderReport), (one) => one.report_id),
    ...repeated('fill', of(orderReport), (one) =>
      one.venue_trade_id === null ? null : `${one.account} ${one.symbol} ${one.venue_trade_id}`,
    ),
    ...repeated('funding_id', of(fundingPaid), (one) => `${one.account} ${one.funding_id}`),
    ...repeated('result_id', of(executionResult), (one) => one.result_id),
    ...repeated('flattened position_id', of(positionFlattened), (one) => one.position_id),
    ...repeated('closed position_id', of(tradeClosed), (one) => one.position_id),
    ...repeated('attributed trade_id', of(exitbrainPnl), (one) => one.trade_id),
    ...repeated('feedback_id', of(rlFeedback), (one) => one.feedback_id),
    ...repeated('rewarded trade_id', of(rlFeedback), (one) => one.trade_id),
  ]
}

/** Every venue event exactly once and in order: sequence numbers of one account are 1, 2, 3… */
export function sequenceFaults(recorded: Recorded): string[] {
  const byAccount = new Map<string, number[]>()
  const note = (account: string, sequence: number): void => {
    byAccount.set(account, [...(byAccount.get(account) ?? []), sequence])
  }
  for (const report of recorded.of(orderReport))
    if (!isOfGateway(report.report_id)) note(report.account, report.venue_sequence)
  for (const paid of recorded.of(fundingPaid)) note(paid.account, paid.venue_sequence)
  return [...byAccount].flatMap(([account, sequences]) => {
    const sorted = sequences.sort((left, right) => left - right)
    const wrong = sorted.findIndex((sequence, index) => sequence !== index + 1)
    return wrong < 0
      ? []
      : [`${account}: expected venue_sequence ${wrong + 1}, was ${String(sorted[wrong])}`]
  })
}

/** Reports that the gateway itself makes carry the sequence of the event before them. */
export const isOfGateway = (reportId: string): boolean => reportId.includes(':gateway:')

/** Exactly one terminal result for each intent and each exit; none yet is right for those created after `pendingAfterMs`. */
export function resultFaults(recorded: Recorded, pendingAfterMs = Infinity): string[] {
  const terminal = new Map<string, number>()
  for (const { subject, subject_id, terminal: isLast } of recorded.of(executionResult))
    if (isLast) count(terminal, `${subject} ${subject_id}`)
  const asked = new Map<string, number>([
    ...recorded
      .of(tradeIntent)
      .map((one) => [`INTENT ${one.intent_id}`, one.created_at_ms] as const),
    ...recorded.of(exitSignal).map((one) => [`EXIT ${one.exit_id}`, one.created_at_ms] as const),
  ])
  const faults: string[] = []
  for (const [name, createdAtMs] of asked) {
    const results = terminal.get(name) ?? 0
    if (results === 1 || (results === 0 && createdAtMs > pendingAfterMs)) continue
    faults.push(`${name}: expected 1 terminal result, was ${results}`)
  }
  for (const name of terminal.keys())
    if (!asked.has(name)) faults.push(`${name}: it has a terminal result and was never asked for`)
  return faults
}

/** One trade.closed, one exitbrain.pnl, and one reward where the risk is known, for each round trip; parts sum to the net. */
export function tradeFaults(recorded: Recorded): string[] {
  const closed = recorded.of(tradeClosed)
  const attributed = new Map(recorded.of(exitbrainPnl).map((one) => [one.trade_id, one]))
  const intents = new Set(recorded.of(tradeIntent).map((one) => one.intent_id))
  const rewarded = closed.filter(
    (one) => one.intent_id !== null && intents.has(one.intent_id) && one.r_multiple !== null,
  )
  return [
    ...differences('trade.closed', ids(recorded.of(positionFlattened)), ids(closed)),
    ...differences('exitbrain.pnl', ids(closed), new Set(attributed.keys())),
    ...differences(
      'rl.feedback',
      ids(rewarded),
      new Set(recorded.of(rlFeedback).map((one) => one.trade_id)),
    ),
    ...closed.flatMap(sumFaults),
    ...closed.flatMap(({ trade_id, net_usd }) => {
      const pnl = attributed.get(trade_id)
      if (pnl === undefined) return []
      const parts = sum(pnl.parts.map((part) => part.net_usd))
      return parts === new Decimal(net_usd).toFixed()
        ? []
        : [`exitbrain.pnl ${trade_id}: expected parts of ${net_usd}, was ${parts}`]
    }),
  ]
}

function sumFaults(trade: TradeClosed): string[] {
  const { trade_id, legs, gross_usd, fees_usd, funding_usd, net_usd } = trade
  const pairs: [string, string, string][] = [
    ['gross', gross_usd, sum(legs.map((leg) => leg.realised_usd))],
    ['fees', fees_usd, sum(legs.map((leg) => leg.fees_usd))],
    ['net', net_usd, new Decimal(gross_usd).minus(fees_usd).plus(funding_usd).toFixed()],
  ]
  return pairs
    .filter(([, whole, parts]) => !new Decimal(whole).equals(parts))
    .map(([name, whole, parts]) => `trade.closed ${trade_id}: ${name} ${whole}, parts ${parts}`)
}

/** Every signal, for every account that trades its symbol, is an intent or a refusal, and never both. */
export function signalFaults(
  recorded: Recorded,
  accounts: readonly { readonly name: string; readonly symbols: readonly string[] }[],
): string[] {
  const answers = new Map<string, number>()
  for (const one of recorded.of(tradeIntent)) count(answers, `${one.signal_id} of ${one.account}`)
  for (const one of recorded.of(signalRefused)) count(answers, `${one.signal_id} of ${one.account}`)
  return recorded.of(aiSignalGenerated).flatMap(({ signal_id, symbol }) =>
    accounts
      .filter((account) => account.symbols.includes(symbol))
      .map((account) => `${signal_id} of ${account.name}`)
      .filter((name) => answers.get(name) !== 1)
      .map((name) => `signal ${name}: expected 1 answer, was ${answers.get(name) ?? 0}`),
  )
}

/** Sum of decimal texts, as text. */
export const sum = (amounts: readonly string[]): string =>
  amounts.reduce((total, amount) => total.plus(amount), new Decimal(0)).toFixed()

const ids = (trades: readonly { readonly position_id: string }[]): Set<string> =>
  new Set(trades.map((one) => one.position_id))

function differences(name: string, expected: Set<string>, actual: ReadonlySet<string>): string[] {
  const missing = [...expected].filter((id) => !actual.has(id))
  const extra = [...actual].filter((id) => !expected.has(id))
  return [
    ...missing.map((id) => `${name}: expected one for ${id}, was none`),
    ...extra.map((id) => `${name}: ${id} came from nowhere`),
  ]
}

function repeated<T>(
  name: string,
  records: readonly T[],
  idOf: (record: T) => string | null,
): string[] {
  const counts = new Map<string, number>()
  for (const record of records) {
    const id = idOf(record)
    if (id !== null) count(counts, id)
  }
  return [...counts]
    .filter(([, times]) => times > 1)
    .map(([id, times]) => `${name} ${id}: expected once, was ${times} times`)
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
