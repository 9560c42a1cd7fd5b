// The outside checker: it opens the files of a dead process, the trader's log and the venue's own file, and says in words
// everything that does not agree. It shares no memory with what it checks and never repairs anything.
import { DatabaseSync } from 'node:sqlite'
import { Decimal } from 'decimal.js'
import type { Attempt } from '../../connectors/exchange/attempt.ts'
import { openReader } from '../../connectors/embedded/reader.ts'
import type { Lag } from '../../connectors/runtime.ts'
import { openVenueFile } from '../../connectors/exchange/simulator/durable-file.ts'
import type { VenueEvent, VenueState } from '../../connectors/exchange/simulator/state.ts'
import {
  exchangeTick,
  executionResult,
  exitSignal,
  fundingPaid,
  orderCommand,
  orderReport,
  positionState,
  topics,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { OrderReport, PositionState } from '../../schemas/types.gen.ts'
import type { ValueOf } from '../../topologies/kernel/topic.ts'
import {
  copies,
  isOfGateway,
  resultFaults,
  sequenceFaults,
  sum,
  tradeFaults,
} from '../kit/adding-up.ts'
import type { Recorded } from '../kit/adding-up.ts'

/** What a dead process left. */
export interface Remains extends Recorded {
  readonly positions: ReadonlyMap<string, PositionState>
  readonly lag: readonly Lag[]
  /** Commands that the gateway had written down and not seen ended. */
  readonly attempts: readonly Attempt[]
  readonly venue: VenueState
  /** Every event of the venue in order, those that nobody has seen yet included. */
  readonly events: readonly VenueEvent[]
  /** What could not be read, and gaps between offsets. */
  readonly faults: readonly string[]
  readonly records: number
}

/** The gates' pause between two tries of a stop, and a clock tick. */
const retryMs = 1_200

const everything = Number.MAX_SAFE_INTEGER

/** Reads both files. The process that wrote them must be dead: the venue's file is opened as its owner does. */
export function readRemains(logPath: string, venuePath: string): Remains {
  const faults: string[] = []
  const byTopic = new Map<string, unknown[]>()
  let records = 0
  const reader = openReader(logPath)
  for (const topic of topics) {
    if (topic.kind === 'changelog' || topic.kind === 'clock') continue
    const values: unknown[] = []
    byTopic.set(topic.name, values)
    const stored = reader.read(topic, { limit: everything })
    records += stored.length
    const next = new Map(
      reader
        .heads()
        .filter((head) => head.topic === topic.name)
        .map(
          (head) =>
            [head.partition, { at: head.firstOffset, end: head.nextOffset }] as [
              number,
              { at: number; end: number },
            ],
        ),
    )
    for (const { partition, offset, value, fault } of stored) {
      const place = next.get(partition)
      if (place === undefined || place.at !== offset)
        faults.push(`${topic.name}/${partition}: expected offset ${place?.at ?? -1}, was ${offset}`)
      if (place !== undefined) place.at = offset + 1
      if (fault !== null) faults.push(`${topic.name}/${partition}@${offset}: ${fault.detail}`)
      else if (value !== null) values.push(value)
    }
    for (const [partition, { at, end }] of next)
      if (at !== end)
        faults.push(`${topic.name}/${partition}: expected records up to ${end}, was ${at}`)
  }
  const positions = new Map(
    reader
      .latest(positionState)
      .filter(({ fault }) => fault === null)
      .map(({ key, value }) => [key, value as PositionState]),
  )
  const lag = reader.lag()
  reader.close()

  const file = openVenueFile(venuePath, 0)
  const venue = file.load()
  if (venue === undefined) throw new Error(`${venuePath}: expected a venue, was empty`)
  const events = [
    ...Object.keys(venue.accounts).flatMap((account) => file.eventsSince(account, 0, everything)),
    ...venue.outbox,
  ]
  file.close()
  return {
    of: <T extends Topic>(topic: T) => (byTopic.get(topic.name) ?? []) as ValueOf<T>[],
    ...{ positions, lag, attempts: attemptsOf(logPath), venue, events, faults, records },
  }
}

function attemptsOf(logPath: string): Attempt[] {
  const db = new DatabaseSync(logPath, { readOnly: true })
  const rows = db
    .prepare("SELECT value FROM notes WHERE owner = 'gateway' AND name LIKE 'order|%'")
    .all()
  db.close()
  return rows.map(({ value }) => JSON.parse(String(value)) as Attempt)
}

/**
 * What must hold at any moment, also in the middle of a commit or of an order's way. Intents and exits that were created
 * after `pendingAfterMs` may still be without a result.
 */
export function faultsAtAnyMoment(remains: Remains, pendingAfterMs: number): string[] {
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
    ...resultFaults(remains, pendingAfterMs),
    // Records that wait between two tasks have not had their effect yet.
    ...(isCaughtUp ? [...bookFaults(remains), ...tradeFaults(remains)] : []),
  ]
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
export const summaryOf = (remains: Remains): string =>
  [
    `${remains.records} records`,
    `${remains.of(tradeIntent).length} intents`,
    `${remains.of(exitSignal).length} exits`,
    `${remains.of(executionResult).length} results`,
    `${remains.of(tradeClosed).length} trades`,
    `${remains.events.length} venue events`,
  ].join(', ')
