// The outside checker: it says in words everything that does not agree in what a dead process left. It never repairs
// anything, and knows no more than the two files.
import { Decimal } from 'decimal.js'
import {
  deadLetter,
  exchangeTick,
  executionResult,
  exitSignal,
  fundingPaid,
  instrumentState,
  opsAlert,
  orderCommand,
  orderReport,
  priceUpdate,
  reconcileReport,
  safeModeCommand,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import type { OrderReport } from '../../schemas/types.gen.ts'
import {
  copies,
  isOfGateway,
  resultFaults,
  sequenceFaults,
  sum,
  tradeFaults,
} from '../kit/adding-up.ts'
import type { Remains } from './remains.ts'

/** The gates' pause between two tries of a stop, and a clock tick. */
const retryMs = 1_200

/**
 * What must hold at any moment, also in the middle of a commit or of an order's way. Intents and exits that were created
 * after `dueMs` may still be without a result.
 */
export function faultsAtAnyMoment(remains: Remains, dueMs: number): string[] {
  const isCaughtUp = remains.lag.every(
    ({ topic, lag }) => lag === 0 || topic === exchangeTick.name || topic === orderCommand.name,
  )
  return [
    ...remains.faults,
    ...copies(remains),
    ...sequenceFaults(remains),
    ...eventFaults(remains),
    ...orderFaults(remains),
    ...venueFaults(remains),
    ...resultFaults(remains, dueMs),
    // Records that wait between two tasks have not had their effect yet.
    ...(isCaughtUp ? [...bookFaults(remains), ...tradeFaults(remains)] : []),
  ]
}

/**
 * Until when intents and exits must have ended: a grace before the last price that was processed, if the last start had
 * come that far; else nothing must. It is the log's own time, so that a slow machine is no fault.
 */
export function dueBeforeMs(remains: Remains, graceMs: number): number {
  const startedAtMs = remains.of(instrumentState).at(-1)?.observed_at_ms ?? Infinity
  const lastAtMs = remains.of(priceUpdate).at(-1)?.tick_at_ms ?? 0
  return lastAtMs - startedAtMs > graceMs ? lastAtMs - graceMs : 0
}

/**
 * Whether everything that the venue did is in the log, and nothing is on its way in either direction. Ticks may wait:
 * what they will set off has not begun.
 */
export function isSettled(remains: Remains): boolean {
  const { venue, lag, attempts } = remains
  const seen = lastSequences(remains)
  return (
    venue.queue.length === 0 &&
    venue.outbox.length === 0 &&
    attempts.every(({ state }) => state === 'LIVE') &&
    lag.every((one) => one.lag === 0 || one.topic === exchangeTick.name) &&
    Object.values(venue.accounts).every((one) => one.sequence === (seen.get(one.account) ?? 0))
  )
}

/** What must hold besides when nothing is under way: the venue and we agree on everything. */
export function faultsWhenSettled(remains: Remains): string[] {
  const { venue, positions } = remains
  return Object.values(venue.accounts).flatMap((account) => {
    const faults: string[] = []
    const ours = [...positions.values()].filter((one) => one.account === account.account)
    const symbols = new Set([...Object.keys(account.positions), ...ours.map((one) => one.symbol)])
    for (const symbol of symbols) {
      const mine = ours.find((one) => one.symbol === symbol)?.quantity ?? '0'
      const theirs = account.positions[symbol]?.quantity ?? '0'
      if (mine !== theirs)
        faults.push(`${account.account}|${symbol}: position ${mine}, at the venue ${theirs}`)
    }
    for (const symbol of new Set([...symbols, ...account.orders.map((order) => order.symbol)])) {
      const stops = account.orders.filter((order) => order.symbol === symbol)
      const size = new Decimal(account.positions[symbol]?.quantity ?? '0').abs().toFixed()
      const resting = stops.map((stop) =>
        new Decimal(stop.quantity).minus(stop.filled_quantity).toFixed(),
      )
      const isRight = size === '0' ? resting.length === 0 : resting.join() === size
      if (!isRight && !isRetrying(remains, account.account, symbol))
        faults.push(
          `${account.account}|${symbol}: expected one stop of ${size}, was [${resting.join()}]`,
        )
    }
    const closedUsd = remains
      .of(tradeClosed)
      .filter((one) => one.account === account.account)
      .map((one) => one.net_usd)
    const openUsd = ours.map((one) =>
      new Decimal(one.realised_usd).minus(one.fees_usd).plus(one.funding_usd).toFixed(),
    )
    const booked = sum([...closedUsd, ...openUsd])
    const change = new Decimal(account.wallet_usd)
      .minus(account.deposits_usd)
      .minus(account.insurance_usd)
      .toFixed()
    if (booked !== change)
      faults.push(
        `${account.account}: wallet changed by ${change}, trades and positions by ${booked}`,
      )
    return faults
  })
}

/** A stop that the venue refused, because the price is beyond it already, is tried again a second later. */
function isRetrying(remains: Remains, account: string, symbol: string): boolean {
  const last = remains
    .of(orderReport)
    .findLast(
      (one) => one.account === account && one.symbol === symbol && one.purpose === 'PROTECT',
    )
  return last?.state === 'REJECTED' && remains.venue.now_ms - last.venue_at_ms <= retryMs
}

/** What our own watchers would have found had a death done harm: copies of orders, lost records, books that differ. */
export function watcherFaults(remains: Remains): string[] {
  const harm = new Set(['DUPLICATE_ORDER', 'DATA_LOSS', 'DEAD_LETTER'])
  const drift = [
    'GHOST_POSITION',
    'UNKNOWN_POSITION',
    'WRONG_QUANTITY',
    'WRONG_SIDE',
    'WALLET_DRIFT',
  ]
  return [
    ...remains
      .of(opsAlert)
      .filter((alert) => harm.has(alert.kind))
      .map((alert) => `${alert.kind} ${alert.subject}: ${alert.detail}`),
    ...remains
      .of(reconcileReport)
      .filter((report) => drift.includes(report.finding))
      .map((report) => `${report.finding} ${report.symbol}: ${report.detail}`),
    ...remains.of(deadLetter).map((letter) => `dead letter of ${letter.topic}: ${letter.detail}`),
  ]
}

/** The log holds the venue's events from the first on, in order and unchanged, up to some point. */
function eventFaults(remains: Remains): string[] {
  const seen = lastSequences(remains)
  const logged = new Map<string, string>()
  for (const report of remains.of(orderReport)) logged.set(report.report_id, factsOf(report))
  const paid = new Set(remains.of(fundingPaid).map((one) => one.funding_id))
  const faults: string[] = []
  const known = new Set<string>()
  for (const event of remains.events) {
    if (event.topic === 'order.report') known.add(event.record.report_id)
    if (event.record.venue_sequence > (seen.get(event.record.account) ?? 0)) continue
    if (event.topic === 'funding.paid') {
      if (!paid.has(event.record.funding_id))
        faults.push(`${event.record.funding_id} is not in the log`)
    } else if (logged.get(event.record.report_id) !== factsOf(event.record))
      faults.push(`${event.record.report_id}: the log has it differently or not at all`)
  }
  for (const id of logged.keys())
    if (!isOfGateway(id) && !known.has(id)) faults.push(`${id}: the venue has no such event`)
  return faults
}

/** What the venue says in a report; the rest is the gateway's. */
const factsOf = (report: OrderReport): string =>
  JSON.stringify([
    ...[report.client_order_id, report.venue_order_id, report.state, report.filled_quantity],
    ...[report.venue_trade_id, report.fill_quantity, report.fill_price, report.fee_usd],
    ...[report.venue_sequence, report.side, report.reduce_only],
  ])

/** Every order at the venue is one command of ours, sent once; an intent has one entry at most. */
function orderFaults(remains: Remains): string[] {
  const commands = new Map(remains.of(orderCommand).map((one) => [one.client_order_id, one]))
  const atVenue = new Map<string, Set<string>>()
  for (const { topic, record } of remains.events) {
    if (topic !== 'order.report' || record.venue_order_id === null || record.venue_order_id === '')
      continue
    const ids = atVenue.get(record.client_order_id) ?? new Set()
    atVenue.set(record.client_order_id, ids.add(record.venue_order_id))
  }
  const faults: string[] = []
  const entries = new Map<string, number>()
  for (const [id, venueIds] of atVenue) {
    const command = commands.get(id)
    if (venueIds.size > 1) faults.push(`${id}: it became the orders ${[...venueIds].join(', ')}`)
    if (command === undefined && !id.startsWith('autoclose'))
      faults.push(`${id}: an order at the venue without a command`)
    if (command?.purpose !== 'ENTRY') continue
    const times = (entries.get(command.parent_id) ?? 0) + 1
    entries.set(command.parent_id, times)
    if (times > 1) faults.push(`intent ${command.parent_id}: it became ${times} entries`)
  }
  return faults
}

/** The venue's own positions are the sum of its fills. */
function venueFaults({ venue, events }: Remains): string[] {
  const fills = events.flatMap((event) => (event.topic === 'order.report' ? [event.record] : []))
  return Object.values(venue.accounts).flatMap((account) => {
    const ofAccount = fills.filter((fill) => fill.account === account.account)
    const quantities = quantitiesOf(ofAccount)
    return [...new Set([...quantities.keys(), ...Object.keys(account.positions)])]
      .filter(
        (symbol) =>
          (quantities.get(symbol) ?? '0') !== (account.positions[symbol]?.quantity ?? '0'),
      )
      .map((symbol) => `venue ${account.account}|${symbol}: its fills do not give its position`)
  })
}

/** Our positions are the sum of the fills in the log, however far behind the venue that is. */
function bookFaults(remains: Remains): string[] {
  const accounts = Object.keys(remains.venue.accounts)
  return accounts.flatMap((account) => {
    const reports = remains.of(orderReport).filter((one) => one.account === account)
    const quantities = quantitiesOf(reports)
    const ours = [...remains.positions.values()].filter((one) => one.account === account)
    return [...new Set([...quantities.keys(), ...ours.map((one) => one.symbol)])].flatMap(
      (symbol) => {
        const mine = ours.find((one) => one.symbol === symbol)?.quantity ?? '0'
        const expected = quantities.get(symbol) ?? '0'
        return mine === expected
          ? []
          : [`${account}|${symbol}: fills in the log give ${expected}, position.state is ${mine}`]
      },
    )
  })
}

/** Signed sums of fills by symbol. */
function quantitiesOf(reports: readonly OrderReport[]): Map<string, string> {
  const sums = new Map<string, Decimal>()
  for (const { symbol, side, fill_quantity } of reports) {
    if (fill_quantity === null) continue
    const before = sums.get(symbol) ?? new Decimal(0)
    sums.set(symbol, side === 'BUY' ? before.plus(fill_quantity) : before.minus(fill_quantity))
  }
  return new Map([...sums].map(([symbol, quantity]) => [symbol, quantity.toFixed()]))
}

/** Last event of each account that is in the log. */
function lastSequences(remains: Remains): Map<string, number> {
  const last = new Map<string, number>()
  const note = (account: string, sequence: number): void => {
    last.set(account, Math.max(last.get(account) ?? 0, sequence))
  }
  for (const report of remains.of(orderReport))
    if (!isOfGateway(report.report_id)) note(report.account, report.venue_sequence)
  for (const one of remains.of(fundingPaid)) note(one.account, one.venue_sequence)
  return last
}

/** What happened, for the line that a test prints. */
export function summaryOf(remains: Remains): string {
  const alerts = new Map<string, number>()
  for (const { kind, state } of remains.of(opsAlert))
    if (state === 'RAISED') alerts.set(kind, (alerts.get(kind) ?? 0) + 1)
  return [
    `${remains.records} records`,
    `${remains.of(tradeIntent).length} intents`,
    `${remains.of(exitSignal).length} exits`,
    `${remains.of(executionResult).length} results`,
    `${remains.of(tradeClosed).length} trades`,
    `${remains.events.length} venue events`,
    ...remains.of(safeModeCommand).map((one) => `safe mode by ${one.trigger}: ${one.reason}`),
    ...[...alerts].map(([kind, times]) => `${kind} ${times} times`),
  ].join(', ')
}
